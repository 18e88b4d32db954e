"""The audit of what is learnt and tested: labels are those that the config gives, and a split has all of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

PARTS = {"train", "dev", "test"}
Rows = Sequence[Mapping[str, str]]


def wrong_labels(utterances: Rows, emotions: Mapping[str, str], labels: Mapping[str, Any]) -> Iterator[str]:
    """Yield where utt2emo is not what the config makes of a corpus' own labels.

    Parameters
    ----------
    utterances
        Lines of utterances.tsv.
    emotions
        utt2emo: utterance -> emotion.
    labels
        `mapping` (label -> emotion), `select` (column -> values that take part), `emotions` (those asked for).
    """
    expected = {}
    for row in utterances:
        emotion = labels["mapping"].get(row["label"])
        if emotion in labels["emotions"] and all(row[c] in values for c, values in labels["select"].items()):
            expected[row["utterance"]] = emotion
    for utterance in sorted(expected.keys() | emotions.keys()):
        found, wanted = emotions.get(utterance), expected.get(utterance)
        if found != wanted:
            yield f"{utterance} is {found or 'left out'}, its label in the config stands for {wanted or 'none'}"


def wrong_split(rows: Rows, emotions: Mapping[str, str], disjoint: bool) -> Iterator[str]:
    """Yield where a split is not a split of all labelled utterances; only for disjoint texts may some be set aside."""
    names = {row["utterance"] for row in rows}
    yield from (f"{utterance} has a label and no part" for utterance in sorted(emotions.keys() - names))
    yield from (f"{utterance} has a part and no label" for utterance in sorted(names - emotions.keys()))
    allowed = PARTS | ({"-"} if disjoint else set())
    for row in rows:
        for fold, part in row.items():
            if fold.startswith("fold_") and part not in allowed:
                yield f"{row['utterance']} is {part!r} in {fold}"
