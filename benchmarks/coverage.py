"""Do the intervals cover? A simulation of speakers, utterances and seeds whose true accuracy, UAR and F1 are known.

    python benchmarks/coverage.py --runs 2000

prints, for each design, how many of the nominal 95 % intervals hold the true figure, and their mean width; `--rare`
only the designs in which one class has few utterances, or is in few speakers.

Five classes have different recalls. A speaker's recall of a class is drawn from a beta distribution around it (`rho`
is its intra-speaker correlation), speakers differ in how much they say, and an utterance's answers by five seeds agree
more often than by chance. Where fewer than four speakers are tested the intervals are for these speakers: their recalls
are drawn once. A single speaker's utterances are drawn at random, classes included.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from xser.evaluation import intervals

RECALLS = np.array([0.85, 0.40, 0.55, 0.70, 0.60])
SHARES = np.array([0.26, 0.16, 0.18, 0.24, 0.16])  # of the classes among a speaker's utterances
WRONG = np.array([3.0, 1.0, 2.0, 4.0, 1.0])  # how readily an answer is wrongly given
CLASSES = len(RECALLS)
RARE = 1  # the class that some designs have little of
METRICS = ("accuracy", "uar", "f1")


@dataclass(frozen=True)
class Scenario:
    """A design: test speakers, mean utterances a speaker, correlation within a speaker, seeds, and what they share.

    `rare` are the utterances of the rare class by speaker (the others have none of it); empty: as many as its share.
    """

    speakers: int
    utterances: int
    rho: float = 0.05
    seeds: int = 5
    shared: float = 0.75
    rare: tuple[int, ...] = ()


SCENARIOS = (
    *(Scenario(1, n) for n in (43, 90, 400)),
    *(Scenario(1, n, seeds=1) for n in (43, 90, 400)),
    *(Scenario(g, n) for g in (2, 3) for n in (90, 400)),
    *(Scenario(g, n, rho) for g in (4, 6, 10, 24) for n, rho in ((50, 0.02), (50, 0.10), (200, 0.05))),
)
RARE_SCENARIOS = (
    *(Scenario(1, 400, seeds=k, rare=r) for r in ((1,), (2,), (5,)) for k in (1, 5)),
    *(Scenario(2, 500, seeds=k, rare=r) for r in ((1, 0), (1, 1), (2, 1)) for k in (1, 5)),
    *(Scenario(3, 200, seeds=k, rare=(1,)) for k in (1, 5)),
    *(Scenario(4, 50, seeds=k, rare=r) for r in ((1,), (2, 2)) for k in (1, 5)),
    *(Scenario(10, 50, 0.10, k, rare=r) for r in ((1,), (4, 4), (20, 20), (4,) * 4, (1,) * 10) for k in (1, 5)),
    *(Scenario(24, 50, 0.10, k, rare=(1,) * 20) for k in (1, 5)),
)


def _wrong() -> np.ndarray:
    """The distribution of wrong answers to each class, shape (classes, classes)."""
    matrix = np.tile(WRONG, (CLASSES, 1))
    np.fill_diagonal(matrix, 0)
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))


def _recalls(s: Scenario, rng: np.random.Generator) -> np.ndarray:
    spread = 1 / s.rho - 1
    return rng.beta(RECALLS * spread, (1 - RECALLS) * spread, size=(s.speakers, CLASSES))


def _sizes(s: Scenario, rng: np.random.Generator) -> np.ndarray:
    """Utterances by speaker and class."""
    if s.speakers == 1:
        return _with_rare(s, np.maximum(1, rng.multinomial(s.utterances, SHARES))[None])
    much = rng.uniform(0.6, 1.4, size=(s.speakers, 1)) if s.speakers >= intervals.CLUSTERED else 1.0
    return _with_rare(s, np.maximum(1, np.round(s.utterances * SHARES * much * np.ones((s.speakers, 1)))).astype(int))


def _with_rare(s: Scenario, sizes: np.ndarray) -> np.ndarray:
    if s.rare:
        sizes[:, RARE] = [*s.rare, *[0] * (s.speakers - len(s.rare))]
    return sizes


def truth_of(recalls: np.ndarray, sizes: np.ndarray) -> dict[str, float]:
    """The true figures of speakers with these recalls and sizes, both of shape (speakers, classes)."""
    right = (recalls * sizes).sum(axis=0)
    errors = ((1 - recalls) * sizes).sum(axis=0)
    said, true = right + errors @ _wrong(), sizes.sum(axis=0)
    return {
        "accuracy": float(right.sum() / true.sum()),
        "uar": float((right / true).mean()),
        "f1": float((2 * right / (true + said)).mean()),
    }


def draw(
    s: Scenario, recalls: np.ndarray, sizes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw a test set: speakers and truth of shape (n,), answers of shape (seeds, n)."""
    speakers = np.repeat(np.arange(s.speakers), sizes.sum(axis=1))
    truth = np.concatenate([np.repeat(np.arange(CLASSES), row) for row in sizes])
    cumulated = np.cumsum(_wrong(), axis=1)[truth]

    def answers(seeds: int) -> np.ndarray:
        wrong = (rng.random((seeds, len(truth), 1)) > cumulated).sum(axis=2)
        return np.where(
            rng.random((seeds, len(truth))) < recalls[speakers, truth], truth, np.minimum(wrong, CLASSES - 1)
        )

    common, own = answers(1), answers(s.seeds)
    return speakers, truth, np.where(rng.random((s.seeds, len(truth))) < s.shared, common, own)


def simulate(s: Scenario, runs: int, samples: int = 500) -> tuple[dict[str, float], dict[str, float], str]:
    """Return, by metric, the share of 95 % intervals that hold the true figure and their mean width; and the method."""
    rng = np.random.default_rng([s.speakers, s.utterances, s.seeds, *s.rare])
    clustered, method = s.speakers >= intervals.CLUSTERED, ""
    fixed = RECALLS[None] if s.speakers == 1 else _recalls(s, rng)
    if clustered:
        typical = np.stack([_sizes(s, rng) for _ in range(2000)]).mean(axis=(0, 1))[None]
        truth = truth_of(RECALLS[None], typical)
    else:
        mean = s.utterances * SHARES[None]
        truth = truth_of(fixed, _with_rare(s, mean) if s.speakers == 1 else _sizes(s, rng))
    hits, widths = dict.fromkeys(METRICS, 0.0), dict.fromkeys(METRICS, 0.0)
    for _ in range(runs):
        drawn = draw(s, _recalls(s, rng) if clustered else fixed, _sizes(s, rng), rng)
        estimates, method = intervals.evaluate(*drawn, CLASSES, 0.95, samples)
        for metric in METRICS:
            e = estimates[metric]
            hits[metric] += (e.low <= truth[metric] <= e.high) / runs
            widths[metric] += (e.high - e.low) / runs
    return hits, widths, method


def lines(scenarios: Sequence[Scenario], runs: int) -> Iterator[str]:
    """A Markdown table of some scenarios."""
    yield "| speakers | utterances a speaker | of the rare class | rho | seeds | accuracy | UAR | F1 | method |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for s in scenarios:
        hits, widths, method = simulate(s, runs)
        shown = " | ".join(f"{100 * hits[m]:.1f} ({100 * widths[m]:.1f})" for m in METRICS)
        rho = "-" if s.speakers < intervals.CLUSTERED else f"{s.rho:.2f}"
        alike = len(s.rare) > 3 and len(set(s.rare)) == 1
        rare = f"{len(s.rare)} x {s.rare[0]}" if alike else " + ".join(map(str, s.rare))
        yield f"| {s.speakers} | {s.utterances} | {rare or '-'} | {rho} | {s.seeds} | {shown} | {method} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Coverage of the nominal 95 % intervals, in per cent (mean width).")
    parser.add_argument("--runs", type=int, default=2000, help="test sets drawn for each design")
    parser.add_argument("--rare", action="store_true", help="only the designs with a rare class")
    options = parser.parse_args()
    with threadpool_limits(1):
        for line in lines(RARE_SCENARIOS if options.rare else (*SCENARIOS, *RARE_SCENARIOS), options.runs):
            print(line, flush=True)
