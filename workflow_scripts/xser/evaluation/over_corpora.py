"""Systems over corpora: the mean of a difference, over corpora or pairs of them, and ranks.

SciPy's tests take most of a second to import: they are imported where they are used, as tables only need the names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xser.evaluation.intervals import NO_SPREAD, Comparison

FRIEDMAN = "Friedman"
NEMENYI = "Nemenyi"
WILCOXON = "Wilcoxon signed-rank"
JACKKNIFE = "t test over corpora, jackknife"
GAINS = (WILCOXON, JACKKNIFE)


@dataclass(frozen=True)
class Ranking:
    """Systems over corpora: mean ranks (1 is best), Friedman's chi-squared and p, Nemenyi's p of each pair."""

    ranks: np.ndarray
    statistic: float
    p: float
    pairs: np.ndarray


def mean_gain(differences: Sequence[float], confidence: float) -> Comparison:
    """The mean of a difference over corpora, with Student's interval over them, and Wilcoxon's signed-rank test (1945).

    Corpora are taken for a sample of those that there might be. With a few of them the smallest p is large: 0.0625 with
    five. Ordered pairs of corpora are no independent sample: see `mean_gain_of_pairs`.

    Examples
    --------
    >>> gain = mean_gain([0.1, 0.2, 0.15, 0.05, 0.1], 0.95)
    >>> round(gain.difference, 3), round(gain.low, 3), round(gain.high, 3), gain.p
    (0.12, 0.049, 0.191, 0.0625)
    """
    from scipy import stats

    x = np.round(np.asarray(differences, dtype=float), 9)  # else 1e-17, the same UAR summed otherwise, has a sign
    spread = float(np.std(x, ddof=1) / np.sqrt(len(x))) if len(x) > 1 else float("nan")
    half = spread * float(stats.t.ppf(0.5 + confidence / 2, len(x) - 1)) if len(x) > 1 else float("nan")
    p = float(stats.wilcoxon(x).pvalue) if len(x) > 1 and x.any() else 1.0
    smallest = min(1.0, 2.0 ** (1 - len(x)))  # Wilcoxon's is an exact p
    return Comparison(float(x.mean()), float(x.mean() - half), float(x.mean() + half), WILCOXON, p, smallest)


def mean_gain_of_pairs(differences: Mapping[tuple[str, str], float], confidence: float) -> Comparison:
    """The mean of a difference over ordered pairs of corpora (source, target), with a t test and interval over corpora.

    Each corpus is in many pairs, as source and as target. The standard error is that of a jackknife (Efron & Stein
    1981): one corpus at a time is left out, with all its pairs; degrees of freedom are the corpora less one. Neither is
    known (NaN, p 1) of fewer than three corpora, or where one of them is in all pairs.

    Examples
    --------
    >>> gain = mean_gain_of_pairs({("a", "b"): 0.1, ("b", "a"): 0.2, ("b", "c"): 0.3, ("c", "a"): 0.2}, 0.95)
    >>> round(gain.difference, 3), round(gain.low, 3), round(gain.high, 3), round(gain.p, 3)
    (0.2, -0.179, 0.579, 0.151)
    """
    from scipy import stats

    x, ends = np.array(list(differences.values())), np.array(list(differences))
    corpora = np.unique(ends)
    left = [x[(ends != corpus).all(axis=1)] for corpus in corpora]
    half, p, freedom = float("nan"), 1.0, len(corpora) - 1
    if freedom > 1 and all(len(rest) for rest in left):
        error = float(np.std([rest.mean() for rest in left]) * np.sqrt(freedom))
        half = error * float(stats.t.ppf(0.5 + confidence / 2, freedom))
        p = float(2 * stats.t.sf(abs(x.mean()) / error, freedom)) if error > NO_SPREAD else 1.0
    return Comparison(float(x.mean()), float(x.mean() - half), float(x.mean() + half), JACKKNIFE, p, float("nan"))


def rank(accuracies: np.ndarray) -> Ranking | None:
    """Friedman's test over corpora with Nemenyi's post-hoc test (Demsar 2006).

    `accuracies` has shape (corpora, systems). None where there are fewer than three systems or two corpora.
    """
    corpora, systems = accuracies.shape
    if systems < 3 or corpora < 2:
        return None
    from scikit_posthocs import posthoc_nemenyi_friedman
    from scipy import stats

    ranks = stats.rankdata(-accuracies, axis=1).mean(axis=0)
    if (accuracies == accuracies[:, :1]).all():
        return Ranking(ranks, 0.0, 1.0, np.ones((systems, systems)))
    statistic, p = stats.friedmanchisquare(*accuracies.T)
    return Ranking(ranks, float(statistic), float(p), np.asarray(posthoc_nemenyi_friedman(accuracies)))
