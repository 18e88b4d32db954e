"""What a speaker's utterances cluster in: the sentence, or else the dialogue or recording that they are part of.

Sentences and dialogues are easier or harder for a system, so that their utterances are not independent. A sentence or
a dialogue is one cluster whoever speaks in it.
"""

from collections.abc import Sequence

import numpy as np

from xser.data_dir import read_utterances


def read_clusters(utterances_tsv: str, utterances: Sequence[str]) -> np.ndarray:
    """The cluster of each of some utterances of a corpus, as a name, shape (n,); an utterance of none is its own."""
    known = {u.utterance: u.text or u.dialogue or u.recording for u in read_utterances(utterances_tsv)}
    return np.array([known[u] for u in utterances])


def numbered(names: np.ndarray | None) -> np.ndarray | None:
    """Clusters as indices from 0; None where they are not known."""
    return None if names is None else np.unique(names, return_inverse=True)[1]
