"""What training and test of one split have in common: dialogues, and what only a user's own split may share."""

from collections.abc import Sequence

from xser.splits.split import DEV, TEST, TRAIN, Item, Split

WHAT = {"speaker": "speakers", "text": "sentences", "sound": "recordings"}


def shared(split: Split) -> dict[str, tuple[int, int]]:
    """Of tested speakers, sentences and recordings: how many training has too, and how many there are.

    Each fold counts by itself; a speaker who is tested in two folds and trained on in one of them counts 1 of 2. Where
    a corpus does not know its sentences, 0 of 0. A recording is one by its samples, under whatever name.

    Examples
    --------
    >>> items = [Item(f"c_ann-{i}", "c_ann", "f", text, sound=f"{i}") for i, text in enumerate("xxy")]
    >>> shared(Split(items, [["train", "test", "test"]]))
    {'speakers': (1, 1), 'sentences': (1, 2), 'recordings': (0, 2)}
    """
    counts = dict.fromkeys(WHAT.values(), (0, 0))
    for parts in split.parts:
        tested, seen = _tested_and_seen(split, parts)
        for field, name in WHAT.items():
            values, known = _values(tested, field), _values(seen, field)
            counts[name] = counts[name][0] + len(values & known), counts[name][1] + len(values)
    return counts


def dependence(split: Split) -> str:
    """Say what training shares with the test, if it has tested speakers or recordings; empty if neither."""
    counts = shared(split)
    if not counts["speakers"][0] and not counts["recordings"][0]:
        return ""
    several = ", over folds" if len(split.parts) > 1 else ""
    return f"training has {', '.join(f'{n} of {of} tested {name}' for name, (n, of) in counts.items())}{several}"


def shared_dialogues(split: Split) -> str:
    """How many of the tested dialogues training or development has too, such as `70 of 70`; empty if none.

    A dialogue counts once, however many folds test it.
    """
    both, all_tested = set[str](), set[str]()
    for parts in split.parts:
        tested, seen = _tested_and_seen(split, parts)
        all_tested |= _values(tested, "dialogue")
        both |= _values(tested, "dialogue") & _values(seen, "dialogue")
    return f"{len(both)} of {len(all_tested)}" if both else ""


def _tested_and_seen(split: Split, parts: Sequence[str]) -> tuple[list[Item], list[Item]]:
    """The utterances that a fold tests, and those of its training and development."""
    given = list(zip(split.items, parts, strict=True))
    return [x for x, part in given if part == TEST], [x for x, part in given if part in (TRAIN, DEV)]


def _values(items: Sequence[Item], field: str) -> set[str]:
    return {getattr(x, field) for x in items} - {""}
