"""Who trains, develops and tests in which fold, as a protocol of the config says, worked out a second time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xser.data_dir import speaker_id

Rows = Sequence[Mapping[str, str]]
Deal = tuple[set[str], set[str], set[str]]  # speakers tested, speakers who develop, sentences tested; empty: all
PARTS = ("train", "dev", "test", "-")
REST = ("train", "dev")  # where no speaker is left to develop, some utterances of the rest do: which is not looked at


def unlike_protocol(rows: Rows, spoken: Mapping[str, Mapping[str, str]], settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield where a split is not the one of a protocol.

    `spoken` are the lines of utterances.tsv by utterance; `settings` are those of the rule that splits: `protocol`,
    `corpus`, `test`, `dev`. A split that a user gave as a file is another matter (data.py). Of a kind of protocol that
    was added no more is known than the names of its parts.
    """
    names = {row["utterance"] for row in rows}
    own = {name: row for name, row in spoken.items() if name in names}
    folds = sum(column.startswith("fold_") for column in (rows[0] if rows else ()))
    if (deal := {"paper": _of_paper, "speakers": _of_folds}.get(settings["protocol"]["kind"])) is None:
        parts = ((row, f"fold_{fold}") for row in rows for fold in range(folds))
        yield from (f"{row['utterance']} is {row[f]!r} in {f}" for row, f in parts if row[f] not in PARTS)
        return
    deals = deal(own, settings)
    if folds != len(deals):
        yield f"it has {folds} folds, the protocol says {len(deals)}"
        return
    for row in rows:
        for fold, dealt in enumerate(deals):
            found, wanted = row[f"fold_{fold}"], _part(own[row["utterance"]], dealt)
            if found not in wanted:
                yield f"{row['utterance']} is {found!r} in fold_{fold}, the protocol says {' or '.join(wanted)!r}"


def _part(row: Mapping[str, str], deal: Deal) -> Sequence[str]:
    """The parts that an utterance may have."""
    tested, develop, sentences = deal
    if row["speaker"] in tested:
        return ["test" if not sentences or {row["text"], row["utterance"]} & sentences else "-"]
    if row["text"] in sentences:
        return ["-"]
    return ["dev" if row["speaker"] in develop else "train"] if develop else REST


def _of_paper(own: Mapping[str, Mapping[str, str]], settings: Mapping[str, Any]) -> list[Deal]:
    """One fold: the speakers that the config names, or the last ones."""
    people = sorted({row["speaker"] for row in own.values()}, key=str.encode)
    test, dev = settings["test"], settings["dev"]
    ids = people[-test:] if isinstance(test, int) else [speaker_id(settings["corpus"], name) for name in test]
    develop = [speaker_id(settings["corpus"], name) for name in dev] if dev else _after(people, ids)
    return [(set(ids), set(develop), set())]


def _of_folds(own: Mapping[str, Mapping[str, str]], settings: Mapping[str, Any]) -> list[Deal]:
    """Every speaker tested once: dealt in turn, by gender and name; each group of sentences by itself, if asked."""
    protocol, genders = settings["protocol"], {row["speaker"]: row["gender"] for row in own.values()}
    people = sorted(genders, key=lambda speaker: (genders[speaker], speaker.encode()))
    number = len(people) if protocol["folds"] == "loso" else min(protocol["folds"], len(people))
    hands, groups = [people[k::number] for k in range(number)], [set[str]()]
    if protocol["text"] == "disjoint":
        coded = sorted({row["text"] for row in own.values()} - {""})
        free = sorted((name for name, row in own.items() if not row["text"]), key=str.encode)
        n = protocol["text_folds"]
        cut = [{*coded[k::n], *free[k::n]} for k in range(n)]
        groups = cut if coded and all(cut) else groups
    found = []
    for k, hand in enumerate(hands):
        some = max(1, (len(people) - len(hand)) // 5)
        develop = hands[(k + 1) % number] if number > 2 else _after(people, hand)[:some]
        found += [(set(hand), set(develop), sentences) for sentences in groups]
    return found


def _after(people: Sequence[str], tested: Sequence[str]) -> list[str]:
    """As many speakers as are tested, next after the last of them, round the end; one at least is left to train."""
    last = max((people.index(speaker) for speaker in tested if speaker in people), default=-1)
    others = [speaker for speaker in [*people[last + 1 :], *people[: last + 1]] if speaker not in tested]
    return others[: min(len(tested), len(others) - 1)]
