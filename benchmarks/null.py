"""How often are two systems called different that are not? A simulation of seeds, speakers and utterances.

    python benchmarks/null.py --runs 2000

prints, for each design, in how many per cent of test sets p is below 0.05. Utterances differ in difficulty, speakers
too; a seed is better or worse as a whole, and by each utterance.

- `same`: both are one system, trained with other seeds.
- `equal`: two systems that are equal on average; each finds other utterances hard, and with four or more tested
  speakers other speakers. (One to three speakers are those whom the result is about.)
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from threadpoolctl import threadpool_limits

from xser.evaluation import intervals, significance

LEVEL = 0.05
ACCURACY = 0.4  # as a logit, of a typical utterance
# Standard deviations in logits.
UTTERANCE, SPEAKER, SEED, SEED_BY_UTTERANCE = 1.5, 0.5, 0.15, 0.5
SYSTEM_BY_UTTERANCE, SYSTEM_BY_SPEAKER = 1.0, 0.3


@dataclass(frozen=True)
class Design:
    """Test speakers and utterances of all of them, seeds of both systems, and whether they are one system."""

    speakers: int
    utterances: int
    seeds_a: int
    seeds_b: int
    same: bool = True


TESTED = ((1, 43), (1, 90), (1, 400), (2, 900), (3, 900), (4, 200), (6, 300), (10, 500), (24, 1200))
DESIGNS = (
    *(Design(*tested, 5, 5) for tested in TESTED),
    *(Design(*tested, *seeds, same=False) for seeds in ((5, 5), (5, 1), (1, 1)) for tested in TESTED),
)


def draw(d: Design, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw a test set: whether each seed of both systems is right, (seeds, n), and the speakers (n,)."""
    speakers = np.arange(d.utterances) % d.speakers
    hard = rng.normal(ACCURACY, UTTERANCE, d.utterances) + rng.normal(0, SPEAKER, d.speakers)[speakers]
    right = []
    for seeds in (d.seeds_a, d.seeds_b):
        own = hard
        if not d.same:
            own = own + rng.normal(0, SYSTEM_BY_UTTERANCE, d.utterances)
            if d.speakers >= intervals.CLUSTERED:
                own = own + rng.normal(0, SYSTEM_BY_SPEAKER, d.speakers)[speakers]
        if seeds > 1:  # training depends on chance
            own = own + rng.normal(0, SEED, (seeds, 1)) + rng.normal(0, SEED_BY_UTTERANCE, (seeds, d.utterances))
        right.append((rng.random((seeds, d.utterances)) < expit(own)).astype(float))
    return right[0], right[1], speakers


def rejected(d: Design, runs: int) -> float:
    """The share of test sets in which the two systems are called different."""
    rng = np.random.default_rng([d.speakers, d.utterances, d.seeds_a, d.seeds_b, d.same])
    return sum(significance.compare(*draw(d, rng), samples=2).p < LEVEL for _ in range(runs)) / runs


def lines(runs: int) -> Iterator[str]:
    """A Markdown table of all designs."""
    yield "| systems | seeds | speakers | utterances | rejected, % | test |"
    yield "|---|---|---|---|---|---|"
    for d in DESIGNS:
        method = significance.compare(*draw(d, np.random.default_rng(0)), samples=2).method
        kind = "same" if d.same else "equal"
        share = f"{100 * rejected(d, runs):.1f}"
        yield f"| {kind} | {d.seeds_a}, {d.seeds_b} | {d.speakers} | {d.utterances} | {share} | {method} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How often systems that are equal are called different, in per cent.")
    parser.add_argument("--runs", type=int, default=2000, help="test sets drawn for each design")
    options = parser.parse_args()
    with threadpool_limits(1):
        for line in lines(options.runs):
            print(line, flush=True)
