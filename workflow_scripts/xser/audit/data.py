"""The audit of what is learnt and tested: labels are those that the config gives, and a split has all of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xser.data_dir import speaker_id

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


def wrong_split(rows: Rows, emotions: Mapping[str, str], aside: bool, tested: Any, corpus: str) -> Iterator[str]:
    """Yield where a split is not one of all labelled utterances, or tests others than it should.

    Parameters
    ----------
    rows, emotions
        Lines of the split; utt2emo.
    aside
        Whether utterances may be set aside: where sentences are kept apart, or in a split of others.
    tested
        `everyone` (each utterance in one fold), or the corpus' own names of the speakers to test, or how many of the
        last ones, all of whose utterances are tested; None where the protocol is of another kind.
    corpus
        Whose audio it is, which begins the ids of its speakers.
    """
    names = {row["utterance"] for row in rows}
    yield from (f"{utterance} has a label and no part" for utterance in sorted(emotions.keys() - names))
    yield from (f"{utterance} has a part and no label" for utterance in sorted(names - emotions.keys()))
    allowed = PARTS | ({"-"} if aside else set())
    for row in rows:
        for fold, part in row.items():
            if fold.startswith("fold_") and part not in allowed:
                yield f"{row['utterance']} is {part!r} in {fold}"
    times = {row["utterance"]: sum(part == "test" for f, part in row.items() if f.startswith("fold_")) for row in rows}
    if isinstance(tested, int):
        tested = sorted({row["speaker"] for row in rows}, key=str.encode)[-tested:]
    elif tested not in (None, "everyone"):
        tested = [speaker_id(corpus, name) for name in tested]
    for row in rows if tested else ():
        found, wanted = times[row["utterance"]], int(tested == "everyone" or row["speaker"] in tested)
        if found != wanted:
            yield f"{row['utterance']} is tested in {found} folds, the protocol wants {wanted}"
