"""Confidence intervals: what varies is who is tested, or, where few are tested, what they say.

- Four or more test speakers: speakers are drawn with replacement (a bootstrap clustered by speaker).
- Two or three: utterances are drawn within speaker and class; the interval holds for these speakers only.
- One: Wilson's interval for accuracy and recalls; utterances drawn within classes for UAR and macro F1.

A bootstrap gives the standard error: one unit fewer than there are is drawn from each stratum (Rao & Wu 1988), which
makes its variance unbiased. The interval is symmetric on the logit scale with Student's t for as many degrees of
freedom as there are units less strata: with about ten speakers the percentiles of a bootstrap cover far too little.
docs/method.md has the simulation.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from xser.evaluation import metrics
from xser.evaluation.metrics import Statistic

CLUSTERED = 4  # from so many test speakers on, speakers are the sampling units
SEED = 2020
CHUNK = 4_000_000  # weights in memory at a time

BY_SPEAKER = "bootstrap clustered by speaker"
WITHIN_SPEAKERS = "bootstrap of utterances within speakers"
ONE_SPEAKER = "Wilson; UAR and F1: bootstrap of utterances within classes"


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval and the number of utterances behind it."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Design:
    """How a test set was sampled.

    `units` (n,) is the sampling unit of each utterance, `strata` (units,) the stratum of each unit, `copies` (units,)
    how many alike there are of it; `method` names the design.
    """

    units: np.ndarray
    strata: np.ndarray
    copies: np.ndarray
    method: str


def wilson(share: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval (Wilson 1927) of a share of n; `n` need not be whole."""
    z = float(ndtri(0.5 + confidence / 2))
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def effective_n(values: np.ndarray, seeds: int) -> float:
    """The number of single-seed utterances that tell as much as these.

    `values` (n,) are each utterance's share of seeds that are right. Seeds that fail on different utterances average
    out; the result lies between n (seeds agree) and n times seeds (they are independent).
    """
    n, share = len(values), float(values.mean())
    variance = float(values.var())
    return n if variance <= 0 else float(np.clip(n * share * (1 - share) / variance, n, n * seeds))


def design(speakers: np.ndarray, truth: np.ndarray, predicted: np.ndarray) -> Design:
    """Choose the sampling units of a test set from the number of its speakers (all arguments are indices)."""
    tested = int(speakers.max()) + 1
    if tested >= CLUSTERED:
        return Design(speakers, np.zeros(tested, dtype=int), np.ones(tested, dtype=int), BY_SPEAKER)
    rows = np.stack([speakers, truth, *predicted], axis=1)
    alike, units, copies = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    _, strata = np.unique(alike[:, :2], axis=0, return_inverse=True)
    return Design(units.ravel(), strata.ravel(), copies, ONE_SPEAKER if tested == 1 else WITHIN_SPEAKERS)


def _weights(plan: Design, samples: int, rng: np.random.Generator) -> np.ndarray:
    """Draw weights of shape (samples, units)."""
    weights = np.ones((samples, len(plan.strata)))
    for stratum in range(int(plan.strata.max()) + 1):
        members = plan.strata == stratum
        copies = plan.copies[members]
        n = int(copies.sum())
        if n > 1:  # a unit without fellows tells nothing about its spread
            weights[:, members] = rng.multinomial(n - 1, copies / n, size=samples) * (n / (n - 1))
        else:
            weights[:, members] = copies
    return weights


def standard_errors(statistics: Mapping[str, Statistic], plan: Design, samples: int) -> dict[str, float]:
    """The bootstrap standard error of each statistic; its units are those of the design."""
    rng = np.random.default_rng(SEED)
    step = max(1, CHUNK // len(plan.strata))
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in statistics}
    for start in range(0, samples, step):
        weights = _weights(plan, min(step, samples - start), rng)
        for name, s in statistics.items():
            drawn[name].append(s.function(weights @ s.sums))
    result = {}
    for name, parts in drawn.items():
        values = np.concatenate(parts)
        values = values[np.isfinite(values)]  # a class may be missing from a draw
        result[name] = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return result


def quantile(plan: Design, confidence: float) -> float:
    """Student's t for the design's degrees of freedom."""
    freedom = int(plan.copies.sum()) - int(plan.strata.max()) - 1
    return float(stdtrit(max(freedom, 1), 0.5 + confidence / 2))


def bootstrap(
    statistics: Mapping[str, Statistic], plan: Design, confidence: float = 0.95, samples: int = 2000
) -> dict[str, Estimate]:
    """Estimates with t intervals on the logit scale of each statistic's range.

    Where all units agree there is no spread to see; Wilson's interval of n utterances stands in.
    """
    t = quantile(plan, confidence)
    result = {}
    for name, error in standard_errors(statistics, plan, samples).items():
        s = statistics[name]
        value, span = s.value(plan.copies), s.high - s.low
        share = (value - s.low) / span
        if error > 1e-9 and 0 < share < 1:
            middle, half = np.log(share / (1 - share)), t * error / span / (share * (1 - share))
            low, high = (float(1 / (1 + np.exp(-np.clip(middle + side * half, -500, 500)))) for side in (-1, 1))
        else:
            low, high = wilson(share, s.n, confidence)
        result[name] = Estimate(value, s.low + span * low, s.low + span * high, s.n)
    return result


def evaluate(
    speakers: np.ndarray,
    truth: np.ndarray,
    predicted: np.ndarray,
    classes: int,
    confidence: float = 0.95,
    samples: int = 2000,
) -> tuple[dict[str, Estimate], str]:
    """Accuracy, UAR, macro F1 and the recall of each class (`recall 0`, ...) with intervals, and the method's name.

    Parameters
    ----------
    speakers, truth
        Indices from 0, shape (n,); `truth` is below `classes`.
    predicted
        Indices, shape (seeds, n).
    """
    plan = design(speakers, truth, predicted)
    counts = metrics.count(plan.units, truth, predicted, classes)
    if plan.method != BY_SPEAKER:  # units stand for `copies` utterances each: count one of them
        counts = metrics.Counts(*(_per_copy(x, plan.copies) for x in (counts.right, counts.said, counts.true)))
    statistics = {
        "accuracy": metrics.accuracy(counts, plan.copies),
        "uar": metrics.uar(counts, plan.copies),
        "f1": metrics.f1(counts, plan.copies),
        **{f"recall {c}": metrics.recall(counts, c, plan.copies) for c in range(classes)},
    }
    estimates = bootstrap(statistics, plan, confidence, samples)
    if plan.method == ONE_SPEAKER:
        right = (predicted == truth).mean(axis=0)
        for name in ["accuracy", *(f"recall {c}" for c in range(classes))]:
            values = right if name == "accuracy" else right[truth == int(name.split()[1])]
            limits = wilson(estimates[name].value, effective_n(values, len(predicted)), confidence)
            estimates[name] = Estimate(estimates[name].value, *limits, len(values))
    return estimates, plan.method


def _per_copy(counts: np.ndarray, copies: np.ndarray) -> np.ndarray:
    return np.asarray(counts // copies.reshape(-1, *[1] * (counts.ndim - 1)))


def evaluate_values(
    speakers: np.ndarray, truth: np.ndarray, predicted: np.ndarray, confidence: float = 0.95, samples: int = 2000
) -> Estimate:
    """Lin's concordance correlation coefficient with its interval, for values: `truth` (n,), `predicted` (seeds, n)."""
    tested = int(speakers.max()) + 1
    if tested >= CLUSTERED:
        plan = Design(speakers, np.zeros(tested, dtype=int), np.ones(tested, dtype=int), BY_SPEAKER)
    else:
        plan = Design(np.arange(len(truth)), speakers, np.ones(len(truth), dtype=int), WITHIN_SPEAKERS)
    statistic = metrics.concordance(plan.units, truth, predicted)
    return bootstrap({"ccc": statistic}, plan, confidence, samples)["ccc"]
