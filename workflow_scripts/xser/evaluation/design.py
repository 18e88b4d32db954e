"""How a test set was sampled: what varies in it is who is tested, what they say, or both (see intervals.py)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

CLUSTERED = 4  # from so many test speakers on, speakers are the sampling units; likewise sentences or dialogues
SPEAKERS, CLUSTERS, UTTERANCES = "speakers", "sentences or dialogues", "utterances"
CROSSED = "speakers and sentences or dialogues"
BY_SPEAKER = "bootstrap clustered by speaker"
BY_CLUSTER = "bootstrap clustered by sentence or dialogue"
BY_BOTH = "bootstrap clustered by speaker and by sentence or dialogue"
BOOTSTRAP = {SPEAKERS: BY_SPEAKER, CLUSTERS: BY_CLUSTER, CROSSED: BY_BOTH}


@dataclass(frozen=True)
class Design:
    """How a test set was sampled.

    `units` (n,) is the sampling unit of each utterance, `strata` (units,) the stratum of each unit; `kind` says what
    units are: SPEAKERS, CLUSTERS, UTTERANCES, or CROSSED: then they are speakers, and `crossed` (n,) is the sentence or
    dialogue of each utterance. `fixed`: how many sentences or dialogues speakers share, if these are too few to vary.
    """

    units: np.ndarray
    strata: np.ndarray
    kind: str
    crossed: np.ndarray | None = None
    fixed: int = 0

    @cached_property
    def factors(self) -> list["Design"]:
        """The designs whose variances make up this one's: itself, or by speaker, by sentence, and by both at once."""
        if self.crossed is None:
            return [self]
        both = np.unique(np.stack([self.units, self.crossed]), axis=1, return_inverse=True)[1].ravel()
        return [replace(self, crossed=None), self._by(self.crossed), self._by(both)]

    def _by(self, units: np.ndarray) -> "Design":
        """Other units; the last one is in a stratum of its own if it is so here."""
        strata = np.zeros(int(units.max()) + 1, dtype=int)
        strata[-1] = self.strata[-1]
        return Design(units, strata, self.kind)

    @property
    def freedom(self) -> int:
        """Degrees of freedom: units less strata; of speakers and sentences, those of the fewer."""
        return min(len(d.strata) - int(d.strata.max()) - 1 for d in self.factors[:2])

    @property
    def method(self) -> str:
        """What a bootstrap of these units is called."""
        few = f"; {CLUSTERS}: these {self.fixed} only" if self.fixed else ""
        return BOOTSTRAP[self.kind] + few

    @property
    def independent(self) -> bool:
        """Whether utterances are the units."""
        return self.kind not in BOOTSTRAP


def by_speaker(speakers: np.ndarray) -> Design:
    """The design whose sampling units are speakers (indices from 0)."""
    tested = int(speakers.max()) + 1
    return Design(speakers, np.zeros(tested, dtype=int), SPEAKERS)


def by_utterance(speakers: np.ndarray) -> Design:
    """The design whose sampling units are the utterances of each speaker."""
    return Design(np.arange(len(speakers)), speakers, UTTERANCES)


def design(speakers: np.ndarray, clusters: np.ndarray | None = None) -> Design:
    """What varies in a test set: who speaks where there are four speakers or more, else what they say.

    Parameters
    ----------
    speakers
        Index of each utterance's speaker, from 0, shape (n,).
    clusters
        Index of each utterance's sentence or dialogue, from 0, shape (n,). A sentence is one cluster whoever says it.
        None, or fewer than four: a result holds for these sentences only.

    Examples
    --------
    >>> design(np.zeros(40, int), clusters=np.arange(40) % 8).kind
    'sentences or dialogues'
    """
    if int(speakers.max()) + 1 >= CLUSTERED:
        plan = by_speaker(speakers)
        if clusters is None or len(np.unique(np.stack([speakers, clusters]), axis=1).T) == int(clusters.max()) + 1:
            return plan  # no two speakers share a sentence
        if (count := int(clusters.max()) + 1) < CLUSTERED:
            return replace(plan, fixed=count)
        return replace(plan, kind=CROSSED, crossed=clusters)
    if clusters is None or not CLUSTERED <= (count := int(clusters.max()) + 1) < len(clusters):
        return by_utterance(speakers)
    strata = np.zeros(count, dtype=int)
    strata[clusters] = speakers
    nested = (strata[clusters] == speakers).all() and np.bincount(strata)[np.unique(speakers)].min() >= CLUSTERED
    return Design(clusters, strata if nested else np.zeros_like(strata), CLUSTERS)


def variance_of(variances: Sequence[np.ndarray]) -> np.ndarray:
    """The variance of a design from those of its `factors`: the two-way one is no less than either way's.

    Examples
    --------
    >>> float(variance_of([np.float64(4)])), float(variance_of(np.array([4.0, 3.0, 1.0])))
    (4.0, 6.0)
    """
    one, *others = variances
    if not others:
        return one
    by_cluster, by_both = others
    return np.maximum(np.maximum(one, by_cluster), one + by_cluster - by_both)
