"""Who is held out: the protocols that make a split of one corpus, and the check that nobody leaked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from xser.data_dir import speaker_id
from xser.errors import InputError, raise_all
from xser.splits.split import DEV, OUT, TEST, TRAIN, Item, Split


def split_paper(items: Sequence[Item], corpus: str, test: Any, dev: Sequence[str] | None) -> Split:
    """One fold: the named speakers (or the last `test` of them) are tested.

    Development speakers are `dev`, or as many as are tested, next after them in order (our assumption). Names are the
    corpus' own or those of the ids.
    """
    speakers = sorted({x.speaker for x in items}, key=str.encode)
    if test is None:
        raise InputError(
            f"corpora.{corpus}.paper.test is missing: protocol `paper` needs the held-out speakers",
            hint=f"name some of {_names(speakers, corpus)}, or give a number of speakers",
        )
    held_out = speakers[-test:] if isinstance(test, int) else [speaker_id(corpus, s) for s in test]
    develop = [speaker_id(corpus, s) for s in dev] if dev else _next_speakers(speakers, held_out)
    problems = [f"speaker {_name(s, corpus)!r} does not exist" for s in [*held_out, *develop] if s not in speakers]
    problems += [f"speaker {_name(s, corpus)!r} is in both test and dev" for s in sorted(set(held_out) & set(develop))]
    if not set(speakers) - set(held_out):
        problems.append("every speaker is held out; nobody is left to train on")
    raise_all(f"corpora.{corpus}.paper cannot be used", problems, f"the speakers are {_names(speakers, corpus)}")
    return Split(items, [_parts(items, set(held_out), set(develop))])


def split_speakers(
    items: Sequence[Item], corpus: str, folds: int | str, text: str = "any", text_folds: int = 2
) -> Split:
    """Speaker-disjoint folds in which every speaker is tested once.

    Speakers are dealt to folds in turn, women and men apart, so that folds are alike. Development speakers are those
    of the next fold; where one speaker is left to train on, a fifth of each of that speaker's emotions. With
    `text="disjoint"` each fold also tests one group of sentences and trains on the others. An utterance without a
    sentence code (IEMOCAP's improvisations) is tested with one of the groups and always trained on; a corpus without
    any codes is split by speaker alone.
    """
    genders = {x.speaker: x.gender for x in items}
    speakers = sorted(genders, key=lambda s: (genders[s], s.encode()))
    if len(speakers) < 2:
        raise InputError(f"corpus {corpus}: protocol `speakers` needs two speakers at least, found {len(speakers)}")
    number = len(speakers) if folds == "loso" else min(int(folds), len(speakers))
    groups = [set(speakers[k::number]) for k in range(number)]
    sentences = sorted({x.text for x in items if x.text})
    free = sorted((x.utterance for x in items if not x.text), key=str.encode)
    texts = [{*sentences[k::text_folds], *free[k::text_folds]} for k in range(text_folds)]
    if text != "disjoint" or not sentences or not all(texts):
        texts = [set()]
    parts = []
    for k, group in enumerate(groups):
        develop = groups[(k + 1) % number] if number > 2 else set(_next_speakers(speakers, sorted(group)))
        parts += [_parts(items, group, develop, tested) for tested in texts]
    return Split(items, parts)


def _next_speakers(speakers: Sequence[str], held_out: Sequence[str]) -> list[str]:
    """As many speakers as are held out, next after them, leaving at least one to train on."""
    known = [speakers.index(s) for s in held_out if s in speakers]
    last = max(known, default=-1)
    rest = [s for s in [*speakers[last + 1 :], *speakers[: last + 1]] if s not in held_out]
    return rest[: min(len(held_out), len(rest) - 1)]


def _parts(items: Sequence[Item], test: set[str], dev: set[str], tested_texts: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    parts = []
    for x in items:
        if x.speaker in test:
            parts.append(TEST if not tested_texts or (x.text or x.utterance) in tested_texts else OUT)
        elif x.text in tested_texts:
            parts.append(OUT)
        else:
            parts.append(DEV if x.speaker in dev else TRAIN)
    if not dev:
        # One speaker is left: a fifth of the utterances is for development, since no other speaker is.
        left = [i for i, part in enumerate(parts) if part == TRAIN]
        for k in _fifth([items[i] for i in left]):
            parts[left[k]] = DEV
    return parts


def _fifth(items: Sequence[Item]) -> list[int]:
    """Positions of about a fifth of the utterances of each emotion, at least one of those that have two.

    Sentences stay whole where half to twice as many can be had so; two sentences cannot, and are cut.
    """
    total = Counter(x.emotion for x in items)
    goal = {e: max(1.0, n / 5) if n > 1 else 0.0 for e, n in total.items()}
    chosen: list[int] = []
    for whole in (True, False):
        groups: dict[str, list[int]] = {}
        for i, x in enumerate(items):
            groups.setdefault(x.text if whole and x.text else x.utterance, []).append(i)
        names = sorted(groups, key=str.encode)
        chosen, taken = [], Counter[str]()
        for name in (name for first in range(5) for name in names[first::5]):
            more = Counter(items[i].emotion for i in groups[name])
            if sum(abs(taken[e] + n - goal[e]) - abs(taken[e] - goal[e]) for e, n in more.items()) < 0:
                taken += more
                chosen += groups[name]
        if all(goal[e] / 2 <= taken[e] <= min(2 * goal[e], n - 1) for e, n in total.items()):
            break
    return chosen


def check(split: Split, corpus: str) -> None:
    """Raise an InputError if a fold leaks or lacks a part, naming every offender."""
    problems: list[str] = []
    for fold, parts in enumerate(split.parts):
        counts = Counter(parts)
        problems += [f"fold {fold}: no {part} utterances" for part in (TRAIN, TEST) if not counts[part]]
        for what in ("speaker", "sound"):
            tested = {getattr(x, what): x for x, part in zip(split.items, parts, strict=True) if part == TEST}
            for x, part in zip(split.items, parts, strict=True):
                other = tested.get(getattr(x, what))
                if other is None or part not in (TRAIN, DEV):
                    continue
                if what == "speaker":
                    problems.append(f"fold {fold}: speaker {x.speaker} is in {part} ({x.utterance}) and in test")
                else:
                    problems.append(
                        f"fold {fold}: {x.utterance} ({part}) and {other.utterance} (test) are the same audio"
                    )
    raise_all(
        f"corpus {corpus}: training and test overlap or are empty",
        sorted(set(problems)),
        "remove the copies from the corpus (card.md lists identical audio), or name other held-out speakers",
    )


def make_split(items: Sequence[Item], corpus: str, protocol: Mapping[str, Any], test: Any, dev: Any) -> Split:
    """Split one corpus by a protocol of the config, checked for leaks."""
    if not items:
        raise InputError(
            f"corpus {corpus}: no utterance has an emotion of the config", hint="see its card.md for the labels"
        )
    if protocol["kind"] == "paper":
        split = split_paper(items, corpus, test, dev)
    else:
        options = {k: v for k, v in protocol.items() if k in ("text", "text_folds")}
        split = split_speakers(items, corpus, protocol.get("folds", 5), **options)
    check(split, corpus)
    return split


def _name(speaker: str, corpus: str) -> str:
    return speaker.removeprefix(f"{corpus}_")


def _names(speakers: Sequence[str], corpus: str) -> str:
    return ", ".join(_name(s, corpus) for s in speakers)
