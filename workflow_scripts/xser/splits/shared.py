"""What training and test of one split have in common: refused, or counted where the split is the user's choice."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from xser.splits.split import DEV, TEST, TRAIN, Item, Split

WHAT = {"speaker": "speakers", "text": "sentences", "span": "recordings"}
CROSSTALK = 0.1  # seconds of one recording that tested and trained segments may share, as turns in talk do
Span = tuple[str, float, float]


class Together(NamedTuple):
    """A tested utterance and one of training that have audio in common: so many seconds, all of it if infinite."""

    fold: int
    tested: Item
    seen: Item
    part: str
    seconds: float

    @property
    def leaks(self) -> bool:
        """Whether that is more than crosstalk."""
        return round(self.seconds, 6) > CROSSTALK


def together(split: Split) -> Iterator[Together]:
    """Yield what tested audio is in training or development, fold by fold; of copies of one piece one is tested."""
    near = {x.span: {x.span: math.inf} for x in split.items}
    for a, b, seconds in _overlaps(near):
        near[a][b] = near[b][a] = seconds
    spoken = [(x, near[x.span].items()) for x in split.items]
    for fold, parts in enumerate(split.parts):
        tested = {x.span: x for x, part in zip(split.items, parts, strict=True) if part == TEST}
        for (x, others), part in zip(spoken, parts, strict=True):
            if part in (TRAIN, DEV):
                for span, seconds in others:
                    if span in tested:
                        yield Together(fold, tested[span], x, part, seconds)


def _overlaps(spans: Iterable[Span]) -> Iterator[tuple[Span, Span, float]]:
    """Pairs of spans of one recording that overlap, and by how many seconds; no span is given twice."""
    active: list[Span] = []
    for span in sorted(spans):
        sound, start, end = span
        active = [other for other in active if other[0] == sound and other[2] > start]
        yield from ((other, span, min(end, other[2]) - start) for other in active)
        active.append(span)


def crosstalk(split: Split) -> list[str]:
    """Say which tested segments share a little with training, if any do."""
    found = {(t.tested.utterance, t.seen.utterance): t.seconds for t in together(split) if not t.leaks}
    if not found:
        return []
    pairs = ", ".join(sorted(f"{tested} and {seen}" for tested, seen in found))
    return [
        f"{len(found)} pairs of tested and trained segments share up to {max(found.values()):.3f} s, which "
        f"is no more than the {CROSSTALK} s allowed for crosstalk: {pairs}"
    ]


def shared(split: Split) -> dict[str, tuple[int, int]]:
    """Of tested speakers, sentences and recordings: how many training has too, and how many there are.

    Each fold counts by itself; a speaker who is tested in two folds and trained on in one of them counts 1 of 2. Where
    a corpus does not know its sentences, 0 of 0. A recording is one by its samples, under whatever name; a segment is
    shared where it overlaps one of training by more than CROSSTALK.

    Examples
    --------
    >>> items = [Item(f"c_ann-{i}", "c_ann", "f", text, sound=f"{i}") for i, text in enumerate("xxy")]
    >>> shared(Split(items, [["train", "test", "test"]]))
    {'speakers': (1, 1), 'sentences': (1, 2), 'recordings': (0, 2)}
    """
    counts = dict.fromkeys(WHAT.values(), (0, 0))
    heard = {(t.fold, t.tested.span) for t in together(split) if t.leaks}
    for fold, parts in enumerate(split.parts):
        tested, seen = _tested_and_seen(split, parts)
        for field, name in WHAT.items():
            values = _values(tested, field)
            common = {v for v in values if (fold, v) in heard} if field == "span" else values & _values(seen, field)
            counts[name] = counts[name][0] + len(common), counts[name][1] + len(values)
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


def _values(items: Sequence[Item], field: str) -> set[Any]:
    return {getattr(x, field) for x in items} - {""}
