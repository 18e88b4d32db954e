"""How often are two systems called different that are not? A simulation of seeds, speakers and utterances.

    python benchmarks/null.py [clusters] --runs 2000

prints, for each design, in how many per cent of test sets p is below 0.05. Utterances differ in difficulty, speakers
too; a seed is better or worse as a whole, and by each utterance. `clusters`: the designs in which each of two
equal systems finds other sentences or dialogues hard.

- `same`: both are one system, trained with other seeds.
- `equal`: two systems that are equal on average; each finds other utterances hard, and with four or more tested
  speakers other speakers. (One to three speakers are those whom the result is about.)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from measurement import print_table
from scipy.special import expit

from xser.evaluation import intervals, significance

LEVEL = 0.05
CLASSES = (0.3, 0.5, 0.7, 0.87)  # where one of five classes ends and the next begins
ACCURACY = 0.4  # as a logit, of a typical utterance
# Standard deviations in logits.
UTTERANCE, SPEAKER, SEED, SEED_BY_UTTERANCE = 1.5, 0.5, 0.15, 0.5
SYSTEM_BY_UTTERANCE, SYSTEM_BY_SPEAKER, SYSTEM_BY_CLUSTER = 1.0, 0.3, 0.5


@dataclass(frozen=True)
class Design:
    """Test speakers and utterances of all of them, seeds of both systems, and whether they are one system.

    `clusters` are the sentences or dialogues; 0: utterances are independent.
    """

    speakers: int
    utterances: int
    seeds_a: int
    seeds_b: int
    same: bool = True
    clusters: int = 0


TESTED = ((1, 43), (1, 90), (1, 400), (2, 900), (3, 900), (4, 200), (6, 300), (10, 500), (24, 1200))
DESIGNS = (
    *(Design(*tested, 5, 5) for tested in TESTED),
    *(Design(*tested, *seeds, same=False) for seeds in ((5, 5), (5, 1), (1, 1)) for tested in TESTED),
)
CLUSTERED = tuple(
    Design(*tested, *seeds, same=False, clusters=clusters)
    for seeds in ((5, 5), (1, 1))
    for *tested, clusters in ((1, 43, 10), (1, 70, 14), (1, 375, 25), (2, 754, 25), (2, 930, 14), (2, 930, 28))
)


def draw(d: Design, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """Draw a test set: whether each seed of both systems is right, (seeds, n), the speakers and the clusters, (n,)."""
    speakers = np.arange(d.utterances) % d.speakers
    clusters = rng.integers(0, d.clusters, d.utterances) if d.clusters else None
    hard = rng.normal(ACCURACY, UTTERANCE, d.utterances) + rng.normal(0, SPEAKER, d.speakers)[speakers]
    right = []
    for seeds in (d.seeds_a, d.seeds_b):
        own = hard
        if not d.same:
            own = own + rng.normal(0, SYSTEM_BY_UTTERANCE, d.utterances)
            if d.speakers >= intervals.CLUSTERED:
                own = own + rng.normal(0, SYSTEM_BY_SPEAKER, d.speakers)[speakers]
            if clusters is not None:
                own = own + rng.normal(0, SYSTEM_BY_CLUSTER, d.clusters)[clusters]
        if seeds > 1:  # training depends on chance
            own = own + rng.normal(0, SEED, (seeds, 1)) + rng.normal(0, SEED_BY_UTTERANCE, (seeds, d.utterances))
        right.append((rng.random((seeds, d.utterances)) < expit(own)).astype(float))
    return right[0], right[1], speakers, clusters


def compare(d: Design, rng: np.random.Generator, blind: bool = False, uar: bool = False) -> significance.Comparison:
    """Compare two systems on a test set; `blind`: as if utterances did not cluster; `uar`: by UAR of five classes."""
    right_a, right_b, speakers, clusters = draw(d, rng)
    if uar:
        weights = significance.uar_weights(np.searchsorted(CLASSES, rng.random(d.utterances)))
        right_a, right_b = right_a * weights, right_b * weights
    return significance.compare(right_a, right_b, speakers, samples=2, clusters=None if blind else clusters)


def rejected(d: Design, runs: int, blind: bool = False, uar: bool = False) -> float:
    """The share of test sets in which the two systems are called different."""
    rng = np.random.default_rng([d.speakers, d.utterances, d.seeds_a, d.seeds_b, d.same])
    return sum(compare(d, rng, blind, uar).p < LEVEL for _ in range(runs)) / runs


def lines(designs: Sequence[Design], runs: int) -> Iterator[str]:
    """A Markdown table of some designs; of clusters also what independent utterances would make of them."""
    yield "| systems | seeds | speakers | utterances | clusters | accuracy, % | UAR, % | independent, % | test |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for d in designs:
        kind, method = "same" if d.same else "equal", compare(d, np.random.default_rng(0)).method
        asked = [(False, False), (False, True), *([(True, False)] if d.clusters else [])]
        shares = [f"{100 * rejected(d, runs, *how):.1f}" for how in asked]
        who = f"{d.seeds_a}, {d.seeds_b} | {d.speakers} | {d.utterances} | {d.clusters or '-'}"
        yield f"| {kind} | {who} | {' | '.join([*shares, *([] if d.clusters else [''])])} | {method} |"


if __name__ == "__main__":
    print_table(__doc__, {"all": lambda runs: lines(DESIGNS, runs), "clusters": lambda runs: lines(CLUSTERED, runs)})
