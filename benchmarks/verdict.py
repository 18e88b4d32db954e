"""How often is the paper's own system called different from the paper? A simulation of who is held out.

    python benchmarks/verdict.py --runs 2000

The same system is tested on our speakers and on the paper's, both drawn by chance. For each design, in so many per cent
of draws the verdict is `differs` or `agrees` (else `cannot tell`), with the other speakers' results at hand (as `loso`
gives them) and without; last, the old rule: our accuracy lies outside the paper's one-sample interval.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from measurement import print_table
from scipy.special import expit

from xser.evaluation.paper_figures import AGREES, DIFFERS, Ours, judge, paper_interval


@dataclass(frozen=True)
class Design:
    """Speakers of the corpus, of these tested, test utterances, accuracy of a typical speaker, deviation in logits."""

    everyone: int
    tested: int
    utterances: int
    accuracy: float
    deviation: float


CORPORA = ((10, 1, 43, 0.86), (6, 1, 70, 0.36), (4, 1, 90, 0.55), (10, 2, 932, 0.61), (68, 2, 754, 0.58))
DESIGNS = tuple(Design(*corpus, deviation) for corpus in CORPORA for deviation in (0.0, 0.3, 0.6, 1.0))


def draw(d: Design, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Draw the accuracies of all speakers, of whom the first are tested, and the paper's: of as many other speakers."""
    speakers = np.log(d.accuracy / (1 - d.accuracy)) + rng.normal(0, d.deviation, d.everyone + d.tested)
    each = d.utterances // d.tested
    right = rng.binomial(each, expit(speakers)) / each
    return right[: d.everyone], float(right[d.everyone :].mean())


def shares(d: Design, runs: int) -> list[float]:
    """The shares of differs and agrees with other speakers' results, the same without, and the old rule's."""
    rng = np.random.default_rng([d.everyone, d.utterances, int(10 * d.deviation)])
    counts = np.zeros(5)
    for _ in range(runs):
        everyone, theirs = draw(d, rng)
        accuracy, low, high = float(everyone[: d.tested].mean()), *paper_interval(100 * theirs, d.utterances)
        limits = paper_interval(100 * accuracy, d.utterances)
        for i, others in enumerate((tuple(everyone.tolist()), ())):
            ours = Ours(accuracy, *limits, d.utterances, d.tested, by_speaker=others)
            found = judge(ours, 100 * theirs, d.utterances, True, "paper", practice=False).verdict
            counts[2 * i : 2 * i + 2] += found == DIFFERS, found == AGREES
        counts[4] += not low <= accuracy <= high
    return [float(x) for x in counts / runs]


def lines(runs: int) -> Iterator[str]:
    """A Markdown table of all designs."""
    yield "| speakers | tested | n | accuracy | deviation | measured: differs | agrees | not: differs | agrees | old |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for d in DESIGNS:
        found = " | ".join(f"{100 * x:.1f}" for x in shares(d, runs))
        yield f"| {d.everyone} | {d.tested} | {d.utterances} | {100 * d.accuracy:.0f} | {d.deviation:.1f} | {found} |"


if __name__ == "__main__":
    print_table(__doc__, {"all": lines})
