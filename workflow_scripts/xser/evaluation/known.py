"""How many classes the further heads of a run know: the tested corpus may have only one of them."""

from collections.abc import Iterable, Sequence

from xser.data_dir import read_utterances
from xser.files import look_up
from xser.splits.split import read_split


def known_classes(heads: Iterable[str], splits: Sequence[str], utterances: Sequence[str]) -> dict[str, int]:
    """Return head -> how many classes it has among the utterances that a run learnt from.

    `splits` and `utterances` (utterances.tsv) are files of the corpora of the run's last stage, in the same order.
    """
    labels: dict[str, set[str]] = {head: set() for head in heads}
    for split, spoken in zip(splits, utterances, strict=True):
        known = {u.utterance: u for u in read_utterances(spoken)}
        for u in look_up(known, read_split(split)[0], spoken):
            for head, found in labels.items():
                found.add(split if head == "corpus" else getattr(u, head))
    return {head: len(found - {""}) for head, found in labels.items()}
