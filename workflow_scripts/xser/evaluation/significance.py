"""Whether two systems differ: paired tests on the same utterances, corrected for their number, and ranks over corpora.

A difference varies with who is tested, and with the seeds of a system whose training depends on chance: five seeds of a
system may differ from five others of the same one. What is tested are speakers where four or more are, else sentences
or dialogues where the corpus tells them, else utterances (see intervals.py).

- One seed each: the two systems' answers to a speaker, sentence or utterance are exchanged under the null hypothesis;
  by utterance this is McNemar's test. Of the few possible outcomes, p counts half of the one that was found (mid-p,
  Lancaster 1961): the exact p, which counts it whole, rejects far less often than it says.
- Several seeds: Student's t test with the variance over these units and that over each system's seeds, as in
  studies of many readers and cases (Obuchowski & Rockette 1995; Hillis 2007). benchmarks/null.py simulates it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from xser.evaluation import intervals, metrics

RESAMPLES = 9999
BATCH = 500
MCNEMAR = "McNemar, mid-p"
EXCHANGED = {
    intervals.SPEAKERS: "permutation by speaker",
    intervals.CLUSTERS: "permutation by sentence or dialogue",
    intervals.UTTERANCES: "permutation by utterance",
}
CROSSED = {kind: f"t test over seeds and {kind}" for kind in EXCHANGED}
FRIEDMAN = "Friedman"
NEMENYI = "Nemenyi"
WILCOXON = "Wilcoxon signed-rank"


@dataclass(frozen=True)
class Comparison:
    """Accuracy of a less that of b with its interval, the test's p, and the smallest p that the test could give.

    NaN are the interval of systems that never differ, and the smallest p of a t test.
    """

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
    right_a: np.ndarray,
    right_b: np.ndarray,
    speakers: np.ndarray,
    confidence: float = 0.95,
    samples: int = 2000,
    clusters: np.ndarray | None = None,
) -> Comparison:
    """Compare two systems on the same utterances.

    Parameters
    ----------
    right_a, right_b
        Whether each seed is right about each utterance, shapes (seeds of a, n) and (seeds of b, n).
    speakers
        Index of each utterance's speaker, from 0.
    confidence, samples
        Level of the interval; samples of its bootstrap, where there is one seed each.
    clusters
        Index of each utterance's sentence or dialogue, see `intervals.design`.

    Examples
    --------
    >>> a, b = np.ones((1, 60)), np.tile([1.0, 0.0], (1, 30))
    >>> c = compare(a, b, speakers=np.arange(60) // 10)  # all six speakers favour a: 2 of 64 exchanges are as extreme
    >>> c.difference, c.p, c.method
    (0.5, 0.015625, 'permutation by speaker')
    """
    plan = intervals.design(speakers, clusters)
    a, b = right_a.mean(axis=0), right_b.mean(axis=0)
    if max(len(right_a), len(right_b)) > 1 and (found := _crossed(right_a, right_b, plan)) is not None:
        value, error, freedom = found
        half = error * float(stats.t.ppf(0.5 + confidence / 2, freedom))
        p = float(2 * stats.t.sf(abs(value) / error, freedom))
        return Comparison(value, max(-1.0, value - half), min(1.0, value + half), CROSSED[plan.kind], p, float("nan"))
    difference = a - b
    sums = np.stack([np.bincount(plan.units, difference), np.bincount(plan.units)], axis=1)
    p, p_smallest, method = _test(a, b, sums[:, 0], plan.kind)
    if not difference.any():
        return Comparison(0.0, float("nan"), float("nan"), method, p, p_smallest)
    statistic = metrics.Statistic(sums, metrics.mean_difference, len(difference), low=-1.0)
    estimate = intervals.bootstrap({"difference": statistic}, plan, confidence, samples)["difference"]
    return Comparison(estimate.value, estimate.low, estimate.high, method, p, p_smallest)


def _crossed(right_a: np.ndarray, right_b: np.ndarray, plan: intervals.Design) -> tuple[float, float, float] | None:
    """A difference, its standard error over units and seeds, and Satterthwaite's degrees of freedom; None if no error.

    The variance over units is that of the seeds' mean, paired; each system's variance over seeds is added, less what
    the units already hold of it (the interaction of units and seeds).
    """
    sizes, units = np.bincount(plan.units), len(plan.strata)
    scale = units / sizes.sum()
    a, b = (
        np.stack([np.bincount(plan.units, seed, minlength=units) for seed in right]) for right in (right_a, right_b)
    )
    value = float((a.mean(axis=0) - b.mean(axis=0)).sum() / sizes.sum())
    influence = (a.mean(axis=0) - b.mean(axis=0) - value * sizes) * scale
    influence -= (np.bincount(plan.strata, influence) / np.bincount(plan.strata))[plan.strata]
    freedom = max(units - int(plan.strata.max()) - 1, 1)
    over_units = float((influence**2).sum()) / freedom / units
    variance, doubt = over_units, over_units**2 / freedom
    for right in (a, b):
        if (seeds := len(right)) > 1:
            mean = right.sum(axis=1) / sizes.sum()
            rest = (right - right.mean(axis=0) - sizes * (mean - mean.mean())[:, None]) * scale
            interaction = float((rest**2).sum()) / ((seeds - 1) * max(units - 1, 1)) / (seeds * units)
            over_seeds = float(mean.var(ddof=1)) / seeds
            more = max(over_seeds - interaction, 0.0)
            variance += more
            doubt += more * over_seeds / (seeds - 1)
    if variance < intervals.NO_SPREAD**2:
        return None
    return value, float(np.sqrt(variance)), variance**2 / doubt


def _test(right_a: np.ndarray, right_b: np.ndarray, units: np.ndarray, kind: str) -> tuple[float, float, str]:
    """Return p, the smallest p possible, and the method; `units` holds each unit's sum of differences."""
    only_a, only_b = int((right_a > right_b).sum()), int((right_b > right_a).sum())
    if kind != intervals.UTTERANCES:
        return sign_flip(units), _smallest(len(units)), EXCHANGED[kind]
    if set(np.unique([right_a, right_b])) <= {0.0, 1.0}:
        return mcnemar(only_a, only_b), _smallest(only_a + only_b, exact=True), MCNEMAR
    return sign_flip(units), _smallest(only_a + only_b), EXCHANGED[kind]


def _smallest(units: int, exact: bool = False) -> float:
    """The p of so many units that all favour one system."""
    return max(2.0**-units, 0 if exact else 0.5 / (RESAMPLES + 1))


def mcnemar(only_a: int, only_b: int) -> float:
    """McNemar's two-sided mid-p (McNemar 1947; Fagerland et al. 2013) of utterances that only one of two gets right."""
    both, fewer = only_a + only_b, min(only_a, only_b)
    if both < 2:  # as in sign_flip
        return 1.0
    found = stats.binom.pmf(fewer, both, 0.5)
    return float(1 - found / 2 if 2 * fewer == both else 2 * stats.binom.cdf(fewer, both, 0.5) - found)


def sign_flip(units: np.ndarray) -> float:
    """Two-sided mid-p of a sum of differences when each unit's sign is exchangeable (Fisher 1935).

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
    null, found = np.abs(result.null_distribution), abs(float(result.statistic))
    own = int(len(null) == RESAMPLES)  # of random exchanges the observed one is one more
    above, same = (null > found).sum(), (null == found).sum() + own
    return float((above + same / 2) / (len(null) + own))


def uar_weights(truth: np.ndarray) -> np.ndarray:
    """What each right answer counts (n,), so that the mean over utterances is UAR."""
    _, classes, counts = np.unique(truth, return_inverse=True, return_counts=True)
    return np.asarray(len(truth) / len(counts) / counts[classes])


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p values (Holm 1979) of a family of tests."""
    from statsmodels.stats.multitest import multipletests

    return [float(x) for x in multipletests(p, method="holm")[1]] if len(p) else []


def tarone(p: Sequence[float], smallest: Sequence[float], level: float = 0.05) -> list[float]:
    """Holm's adjusted p values of the tests of a family that can reject at all; 1 for the others (Tarone 1990).

    Tarone's number k is the first for which no more than k tests can reach level / k; a test that cannot does not
    count. Which can depends on the numbers of speakers and utterances alone. `smallest` are the smallest p possible,
    NaN where there is no bound.

    Examples
    --------
    >>> [round(x, 4) for x in tarone([0.002, 0.0625, 0.5], smallest=[0.002, 0.0625, 0.002])]  # the second: 4 speakers
    [0.004, 1.0, 0.5]
    """
    best = np.nan_to_num(np.asarray(smallest, dtype=float), nan=0.0)
    k = next((k for k in range(1, len(best) + 1) if (best < level / k).sum() <= k), 1)
    able = np.flatnonzero(best < level / k)
    result = [1.0] * len(best)
    for i, adjusted in zip(able.tolist(), holm([p[i] for i in able.tolist()]), strict=True):
        result[i] = adjusted
    return result


def mean_gain(differences: Sequence[float], confidence: float) -> Comparison:
    """The mean of a difference over corpora, with Student's interval over them, and Wilcoxon's signed-rank test (1945).

    Corpora are taken for a sample of those that there might be. With a few of them the smallest p is large: 0.0625 with
    five. Ordered pairs of corpora are no independent sample, as each corpus is in many; their interval is too narrow.

    Examples
    --------
    >>> gain = mean_gain([0.1, 0.2, 0.15, 0.05, 0.1], 0.95)
    >>> round(gain.difference, 3), round(gain.low, 3), round(gain.high, 3), gain.p
    (0.12, 0.049, 0.191, 0.0625)
    """
    x = np.asarray(differences, dtype=float)
    spread = float(np.std(x, ddof=1) / np.sqrt(len(x))) if len(x) > 1 else float("nan")
    half = spread * float(stats.t.ppf(0.5 + confidence / 2, len(x) - 1)) if len(x) > 1 else float("nan")
    p = float(stats.wilcoxon(x).pvalue) if len(x) > 1 and x.any() else 1.0
    smallest = min(1.0, 2 * _smallest(len(x), exact=True))  # Wilcoxon's is an exact p
    return Comparison(float(x.mean()), float(x.mean() - half), float(x.mean() + half), WILCOXON, p, smallest)


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
