"""Whether two systems differ: paired tests on the same utterances, corrected for their number, and ranks over corpora.

What is exchanged under the null hypothesis is what the intervals draw (see intervals.py): speakers where four or more
are tested, else utterances. A permutation test that exchanges the two systems' answers utterance by utterance is
McNemar's exact test where each answer is right or wrong; with several seeds an answer is the share of seeds that are
right.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from xser.evaluation import intervals, metrics

RESAMPLES = 9999
BATCH = 500
MCNEMAR = "McNemar, exact"
BY_SPEAKER = "permutation by speaker"
BY_UTTERANCE = "permutation by utterance"
FRIEDMAN = "Friedman"
NEMENYI = "Nemenyi"


@dataclass(frozen=True)
class Comparison:
    """Accuracy of a less that of b with its interval, the test's p, and the smallest p that the test could give."""

    difference: float
    low: float
    high: float
    method: str
    p: float
    p_smallest: float


@dataclass(frozen=True)
class Ranking:
    """Systems over corpora: mean ranks (1 is best), Friedman's chi-squared and p, Nemenyi's p of each pair."""

    ranks: np.ndarray
    statistic: float
    p: float
    pairs: np.ndarray


def compare(
    right_a: np.ndarray, right_b: np.ndarray, speakers: np.ndarray, confidence: float = 0.95, samples: int = 2000
) -> Comparison:
    """Compare two systems on the same utterances.

    Parameters
    ----------
    right_a, right_b
        For each utterance the share of seeds that are right, shape (n,).
    speakers
        Index of each utterance's speaker, from 0.
    """
    difference = right_a - right_b
    tested = int(speakers.max()) + 1
    plan = intervals.by_speaker(speakers) if tested >= intervals.CLUSTERED else intervals.by_utterance(speakers)
    sums = np.stack([np.bincount(plan.units, difference), np.bincount(plan.units)], axis=1)
    p, p_smallest, method = _test(right_a, right_b, sums[:, 0], tested)
    if not difference.any():
        return Comparison(0.0, float("nan"), float("nan"), method, p, p_smallest)
    statistic = metrics.Statistic(sums, metrics.mean_difference, len(difference), low=-1.0)
    estimate = intervals.bootstrap({"difference": statistic}, plan, confidence, samples)["difference"]
    return Comparison(estimate.value, estimate.low, estimate.high, method, p, p_smallest)


def _test(right_a: np.ndarray, right_b: np.ndarray, units: np.ndarray, tested: int) -> tuple[float, float, str]:
    """Return p, the smallest p possible, and the method; `units` holds each unit's sum of differences."""
    only_a, only_b = int((right_a > right_b).sum()), int((right_b > right_a).sum())
    if tested >= intervals.CLUSTERED:
        return sign_flip(units), _smallest(tested), BY_SPEAKER
    if tested == 1 and set(np.unique([right_a, right_b])) <= {0.0, 1.0}:
        return mcnemar(only_a, only_b), _smallest(only_a + only_b, exact=True), MCNEMAR
    return sign_flip(units), _smallest(only_a + only_b), BY_UTTERANCE


def _smallest(units: int, exact: bool = False) -> float:
    """The p of so many units that all favour one system."""
    return max(2.0 ** -max(units - 1, 0), 0 if exact else 2 / (RESAMPLES + 1))


def mcnemar(only_a: int, only_b: int) -> float:
    """McNemar's exact two-sided p (McNemar 1947) from the utterances that only one of the two systems gets right."""
    from statsmodels.stats.contingency_tables import mcnemar as test

    return float(test([[0, only_a], [only_b, 0]], exact=True).pvalue)


def sign_flip(units: np.ndarray) -> float:
    """Two-sided p of a sum of differences when each unit's sign is exchangeable (Fisher 1935).

    All sign changes are tried where there are at most 9,999 of them, else so many random ones.
    """
    units = np.round(units[np.abs(units) > 1e-9], 9)
    if len(units) < 2:  # no difference, or a single one, whose sign says nothing
        return 1.0
    result = stats.permutation_test(
        (units,),
        lambda x, axis: np.round(np.sum(x, axis=axis), 6),
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=BATCH,
        rng=np.random.default_rng(intervals.SEED),
    )
    return float(min(1.0, result.pvalue))


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p values (Holm 1979) of a family of tests."""
    from statsmodels.stats.multitest import multipletests

    return [float(x) for x in multipletests(p, method="holm")[1]] if len(p) else []


def rank(accuracies: np.ndarray) -> Ranking | None:
    """Friedman's test over corpora with Nemenyi's post-hoc test (Demsar 2006).

    `accuracies` has shape (corpora, systems). None where there are fewer than three systems or two corpora.
    """
    corpora, systems = accuracies.shape
    if systems < 3 or corpora < 2:
        return None
    from scikit_posthocs import posthoc_nemenyi_friedman

    ranks = stats.rankdata(-accuracies, axis=1).mean(axis=0)
    if (accuracies == accuracies[:, :1]).all():
        return Ranking(ranks, 0.0, 1.0, np.ones((systems, systems)))
    statistic, p = stats.friedmanchisquare(*accuracies.T)
    return Ranking(ranks, float(statistic), float(p), np.asarray(posthoc_nemenyi_friedman(accuracies)))
