"""What in a corpus goes with the emotions, so that a system may learn it instead of them.

Mutual information of emotion and speaker, sentence and recording condition, as a share of the emotions' entropy, beside
the same with emotions shuffled: few utterances of each speaker share some information by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SHUFFLES = 200
SURE = 0.1  # a share above chance from which a corpus is called confounded
SEED = 2020


@dataclass(frozen=True)
class Confound:
    """How much of the emotion a property tells: the share of its entropy, by chance (mean, highest), and p."""

    share: float
    chance: float
    highest: float
    p: float

    @property
    def warns(self) -> bool:
        """Whether it tells more than any shuffle does, and much."""
        return self.share > self.highest and self.share - self.chance > SURE


def confound(emotions: Sequence[str], values: Sequence[str]) -> Confound | None:
    """What a property of each utterance tells of its emotion; None where either has but one value, or each its own.

    Examples
    --------
    >>> alone = confound(["anger", "fear"] * 20, ["ann", "ben"] * 20)  # each speaker has one emotion
    >>> round(alone.share, 2), alone.warns
    (1.0, True)
    >>> confound(["anger", "fear"] * 20, ["ann"] * 20 + ["ben"] * 20).warns
    False
    """
    import numpy as np  # when a card is made: the Snakefile imports this room

    kinds = len(set(values))
    if len(set(emotions)) < 2 or not 1 < kinds < len(values):
        return None
    a, b = (np.unique(x, return_inverse=True)[1] for x in (np.array(emotions), np.array(values)))

    def entropy(x: "np.ndarray") -> float:
        p = np.bincount(x)[np.bincount(x) > 0] / len(x)
        return float(-(p * np.log(p)).sum())

    of_emotions, of_values = entropy(a), entropy(b)

    def tells(shuffled: "np.ndarray") -> float:
        return (of_emotions + of_values - entropy(shuffled * kinds + b)) / of_emotions

    rng = np.random.default_rng(SEED)
    by_chance = [tells(rng.permutation(a)) for _ in range(SHUFFLES)]
    share = tells(a)
    as_much = sum(x >= share - 1e-12 for x in by_chance)
    return Confound(share, sum(by_chance) / SHUFFLES, max(by_chance), (as_much + 1) / (SHUFFLES + 1))
