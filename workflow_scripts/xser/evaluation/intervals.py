"""Confidence intervals: what varies is who is tested, or, where few are tested, what they say.

- Four or more test speakers: speakers are drawn with replacement (a bootstrap clustered by speaker). Where they share
  four or more sentences or dialogues these vary too: the variance is that by speaker and that by sentence less that by
  both (Cameron, Gelbach & Miller 2011), and no less than either.
- One to three: the interval holds for these speakers only. What they say clusters in sentences or dialogues: where the
  corpus tells four or more of them, these are drawn instead of speakers.
- Else utterances are independent. One speaker's accuracy has Wilson's interval (Wilson 1927), a recall the exact mid-p
  one; all else has its own from the recalls' (MOVER, see recall_limits.py).

A bootstrap gives the standard error: one unit fewer than there are is drawn from each stratum (Rao & Wu 1988), which
makes its variance unbiased. The interval is symmetric on the logit scale with Student's t for as many degrees of
freedom as there are units less strata: with about ten speakers the percentiles of a bootstrap cover far too little.

A bootstrap cannot see the spread of a class with few utterances or in few speakers (of a single utterance: none).
Of four or more speakers, metrics that weigh classes alike (UAR, macro F1) therefore take what such a class adds from
the limits of its recall.
docs/method.md has the simulation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from xser.evaluation import metrics, recall_limits
from xser.evaluation.design import CLUSTERED, Design, design, variance_of
from xser.evaluation.metrics import METRICS, Metric, Statistic
from xser.evaluation.recall_limits import wilson

SEED = 2020
NO_SPREAD = 1e-9  # a standard error that is nothing but rounding
CHUNK = 4_000_000  # weights in memory at a time
RARE = 25  # a class with fewer utterances, or in less than half of the speakers, is too rare for a bootstrap to see
FEW_SPEAKERS = "MOVER of utterances within speakers"
ONE_SPEAKER = "Wilson; UAR and F1: MOVER of utterances within classes"


@dataclass(frozen=True)
class Estimate:
    """A value with its interval and the number of utterances behind it."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Comparison:
    """A difference of two systems with its interval, the test's p, and the smallest p that the test could give.

    NaN are the interval of systems that never differ, and the smallest p of a t test.
    """

    difference: float
    low: float
    high: float
    method: str
    p: float
    p_smallest: float


def effective_n(values: np.ndarray, seeds: int) -> float:
    """The number of single-seed utterances that tell as much as these.

    `values` (n,) are each utterance's share of seeds that are right. Seeds that fail on different utterances average
    out; the result lies between n (seeds agree) and n times seeds (they are independent).
    """
    return len(values) * _gain([values], seeds)


def _gain(groups: Sequence[np.ndarray], seeds: int) -> float:
    """How many single-seed utterances one of these is worth; `groups` are shares of seeds that are right, by class."""
    single = sum(len(v) * float(v.mean()) * (1 - float(v.mean())) for v in groups)
    ours = sum(len(v) * float(v.var()) for v in groups)
    return float(np.clip(single / ours, 1, seeds)) if ours > 0 else 1.0


def intraclass(values: np.ndarray, speakers: np.ndarray, truth: np.ndarray) -> float:
    """The correlation of utterances of one class and speaker: 0 to 1, by analysis of variance (Donner 1986).

    `values` (n,) are shares of seeds that are right. 1, the worst, where no class has two speakers to compare.
    """
    _, cells, sizes = np.unique(np.stack([speakers, truth]), axis=1, return_inverse=True, return_counts=True)
    cells = cells.ravel()
    own = (np.bincount(cells, values) / sizes)[cells]
    counts = np.bincount(truth)
    mean = np.divide(np.bincount(truth, values), counts, out=np.zeros(len(counts)), where=counts > 0)[truth]
    present = int((counts > 0).sum())
    between, within = len(sizes) - present, len(values) - len(sizes)
    if between == 0:
        return 1.0
    if within == 0:
        return 0.0
    size = (len(values) - float((sizes[cells] / counts[truth]).sum())) / between
    b, w = float(((own - mean) ** 2).sum()) / between, float(((values - own) ** 2).sum()) / within
    return float(np.clip((b - w) / (b + (size - 1) * w), 0, 1)) if b > 0 else 0.0


def _weights(plan: Design, samples: int, rng: np.random.Generator) -> np.ndarray:
    """Draw weights of shape (samples, units)."""
    weights = np.ones((samples, len(plan.strata)))
    for stratum in range(int(plan.strata.max()) + 1):
        members = plan.strata == stratum
        n = int(members.sum())
        if n > 1:  # a unit without fellows tells nothing about its spread
            weights[:, members] = rng.multinomial(n - 1, np.full(n, 1 / n), size=samples) * (n / (n - 1))
    return weights


Make = Callable[[np.ndarray], Mapping[str, Statistic]]  # statistics by name of some units, the index of each, (n,)


def standard_errors(make: Make, plan: Design, samples: int) -> dict[str, float]:
    """The bootstrap standard error of each statistic; with crossed sentences the two-way one."""
    drawn = [_drawn(make(factor.units), factor, samples) for factor in plan.factors]
    return {name: float(np.sqrt(variance_of([np.square(errors[name]) for errors in drawn]))) for name in drawn[0]}


def _drawn(statistics: Mapping[str, Statistic], plan: Design, samples: int) -> dict[str, float]:
    """The standard error of each statistic when the units of the design are drawn."""
    rng = np.random.default_rng(SEED)
    step = max(1, CHUNK // len(plan.strata))
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in statistics}
    for start in range(0, samples, step):
        weights = _weights(plan, min(step, samples - start), rng)
        for name, s in statistics.items():
            drawn[name].append(s.values(weights))
    result = {}
    for name, parts in drawn.items():
        values = np.concatenate(parts)
        values = values[np.isfinite(values)]  # a class may be missing from a draw
        result[name] = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return result


def _symmetric(s: Statistic, error: float, freedom: int, confidence: float) -> Estimate | None:
    """A t interval on the logit scale of the statistic's range; None where the bootstrap saw no spread."""
    from scipy.special import stdtrit  # here, as in recall_limits.mid_p

    value, span = s.value(), s.high - s.low
    share = (value - s.low) / span
    if error <= NO_SPREAD or not 0 < share < 1:
        return None
    t = float(stdtrit(max(freedom, 1), 0.5 + confidence / 2))
    middle, half = np.log(share / (1 - share)), t * error / span / (share * (1 - share))
    low, high = (float(1 / (1 + np.exp(-np.clip(middle + side * half, -500, 500)))) for side in (-1, 1))
    return Estimate(value, s.low + span * low, s.low + span * high, s.n)


def bootstrap(make: Make, plan: Design, confidence: float = 0.95, samples: int = 2000) -> dict[str, Estimate]:
    """Estimates with t intervals on the logit scale of each statistic's range.

    Where all units agree there is no spread to see; Wilson's interval of n utterances stands in.
    """
    statistics, result = make(plan.units), {}
    for name, error in standard_errors(make, plan, samples).items():
        s = statistics[name]
        if (estimate := _symmetric(s, error, plan.freedom, confidence)) is None:
            value, span = s.value(), s.high - s.low
            low, high = wilson((value - s.low) / span, s.n, confidence)
            estimate = Estimate(value, s.low + span * low, s.low + span * high, s.n)
        result[name] = estimate
    return result


def evaluate(
    speakers: np.ndarray,
    truth: np.ndarray,
    predicted: np.ndarray,
    classes: int,
    confidence: float = 0.95,
    samples: int = 2000,
    clusters: np.ndarray | None = None,
) -> tuple[dict[str, Estimate], str]:
    """All metrics and the recall of each class (`recall 0`, ...) with intervals, and the method's name.

    Parameters
    ----------
    speakers, truth
        Indices from 0, shape (n,); `truth` is below `classes`.
    predicted
        Indices, shape (seeds, n).
    confidence
        Level of the intervals.
    samples
        Samples of the bootstrap.
    clusters
        Sentences or dialogues, see `design`.

    Examples
    --------
    >>> truth = np.array([0, 1] * 20)
    >>> predicted = np.where(np.arange(40) < 30, truth, 1 - truth)[None]
    >>> estimates, method = evaluate(np.zeros(40, int), truth, predicted, classes=2)
    >>> "{0.value:.2f} [{0.low:.2f}, {0.high:.2f}] of {0.n}".format(estimates["accuracy"])
    '0.75 [0.60, 0.86] of 40'
    """
    plan = design(speakers, clusters)
    test = _TestSet(plan, truth, predicted, classes, confidence, samples)
    parts = test.parts()
    estimates = {
        f"recall {c}": Estimate(float(value), float(low), float(high), int(n))
        for c, (value, (low, high), n) in enumerate(zip(parts.recalls, parts.limits, parts.true, strict=True))
    }
    if not plan.independent:
        return {**estimates, **test.of_units(parts)}, plan.method
    for m in METRICS:
        value = float(m.function(parts.confusion))
        moves = [recall_limits.by_recalls(m.function, parts), recall_limits.by_answers(m.function, parts, confidence)]
        estimates[m.name] = Estimate(value, *recall_limits.limits(m, value, np.concatenate(moves)), len(truth))
    if speakers.any():
        return estimates, FEW_SPEAKERS
    accuracy = estimates["accuracy"].value
    limits = wilson(accuracy, effective_n(test.right, len(predicted)), confidence)
    return estimates | {"accuracy": Estimate(accuracy, *limits, len(truth))}, ONE_SPEAKER


@dataclass(frozen=True)
class _TestSet:
    """What `evaluate` is given, and its design."""

    plan: Design
    truth: np.ndarray
    predicted: np.ndarray
    classes: int
    confidence: float
    samples: int

    @property
    def right(self) -> np.ndarray:
        """Each utterance's share of seeds that are right."""
        return np.asarray((self.predicted == self.truth).mean(axis=0))

    def parts(self) -> recall_limits.Parts:
        """What each class tells, with the limits of its recall.

        The more of a class' utterances are one sampling unit's (speaker's, sentence's), the fewer they count for: by
        the design effect 1 + (m - 1) rho (Kish 1965), m the mean utterances of an utterance's unit. Of speakers and
        sentences it is the sum of both.
        """
        right, seeds = self.right, len(self.predicted)
        groups = [right[self.truth == c] for c in range(self.classes)]
        gain = _gain(groups, seeds)
        ways = [d.units for d in self.plan.factors[:2]] if not self.plan.independent else []
        rho = [intraclass(right, units, self.truth) for units in ways]
        limits = []
        for c, values in enumerate(groups):
            sizes = [float((np.bincount(units[self.truth == c]) ** 2).sum()) / len(values) for units in ways]
            effect = 1 + sum((size - 1) * r for size, r in zip(sizes, rho, strict=True))
            # A few utterances may agree on their share of seeds by chance: what all classes say is the bound.
            n = len(values) * min(gain, _gain([values], seeds)) / effect
            limits.append(recall_limits.mid_p(float(values.mean()), n, self.confidence))
        confusion = self.counted(np.zeros_like(self.truth))[0]
        return recall_limits.Parts(confusion, np.array(limits), gain)

    def counted(self, units: np.ndarray) -> np.ndarray:
        """Confusions by unit."""
        return metrics.count(units, self.truth, self.predicted, self.classes)

    def statistic(self, metric: Metric, confusion: np.ndarray) -> Statistic:
        """A metric of all utterances as a function of the confusions of some units."""
        return Statistic(confusion, metric.function, len(self.truth), metric.low, metric.high)

    def of_units(self, parts: recall_limits.Parts) -> dict[str, Estimate]:
        """Four or more units: the metrics, and the recalls of the classes that are not rare."""
        have = [(self.counted(d.units)[:, 0].sum(axis=-1) > 0).sum(axis=0) for d in self.plan.factors[:2]]
        holders = np.min(have, axis=0)  # of each class: its speakers, or its sentences where these are fewer
        scattered = (holders >= CLUSTERED) & (have[0] >= len(self.plan.strata) / 2)
        common = scattered & (parts.true >= RARE)

        def statistics(units: np.ndarray) -> dict[str, Statistic]:
            confusion = self.counted(units)
            found = {m.name: self.statistic(m, confusion) for m in METRICS if not m.by_class}
            for c in np.flatnonzero(common).tolist():
                recall = metrics.of_class(metrics.recalls, c)
                found[f"recall {c}"] = Statistic(confusion, recall, int(parts.true[c]))
            return found

        estimates = bootstrap(statistics, self.plan, self.confidence, self.samples)
        estimates |= self._by_class(parts, common, holders)
        if (scattered != common).any():
            # A unit may be easy or hard in all classes, which the limits of one class do not show: the wider stands.
            for name, e in self._by_class(parts, scattered, holders).items():
                one = estimates[name]
                estimates[name] = Estimate(e.value, min(e.low, one.low), max(e.high, one.high), e.n)
        return estimates

    def _by_class(self, parts: recall_limits.Parts, common: np.ndarray, holders: np.ndarray) -> dict[str, Estimate]:
        """Metrics that weigh classes alike: a bootstrap of `common` classes, the limits of the others' recalls.

        `common` and `holders`, the number of units that have it, are given by class. The others' utterances are a unit
        and stratum of their own, which every draw holds once, so that the bootstrap leaves out what they add.
        """
        plan, kept = self.plan, common[self.truth]
        apart = [int(plan.strata.max()) + 1] * int((~common).any())
        plan = replace(
            plan,
            units=np.where(kept, plan.units, len(plan.strata)),
            strata=np.append(plan.strata, apart).astype(int),
            crossed=None if plan.crossed is None else np.where(kept, plan.crossed, plan.crossed.max() + 1),
        )
        freedom = int(min(holders[common], default=1)) - int(self.plan.strata.max()) - 1
        chosen = {m.name: m for m in METRICS if m.by_class}

        def statistics(units: np.ndarray) -> dict[str, Statistic]:
            confusion = self.counted(units)
            return {name: self.statistic(m, confusion) for name, m in chosen.items()}

        result, of_all = {}, statistics(plan.units)
        for name, error in standard_errors(statistics, plan, self.samples).items():
            metric, s = chosen[name], of_all[name]
            moves = recall_limits.by_recalls(metric.function, parts)
            if drawn := _symmetric(s, error, freedom, self.confidence):
                seen = [[drawn.value - drawn.low, drawn.high - drawn.value]]
                moves = np.concatenate([seen, moves[~common]])
            # else no unit differs from another
            result[name] = Estimate(s.value(), *recall_limits.limits(metric, s.value(), moves), s.n)
        return result


def evaluate_values(
    speakers: np.ndarray,
    truth: np.ndarray,
    predicted: np.ndarray,
    confidence: float = 0.95,
    samples: int = 2000,
    clusters: np.ndarray | None = None,
) -> Estimate:
    """Lin's concordance correlation coefficient with its interval, for values: `truth` (n,), `predicted` (seeds, n)."""
    plan = design(speakers, clusters)

    def statistics(units: np.ndarray) -> dict[str, Statistic]:
        return {"ccc": metrics.concordance(units, truth, predicted)}

    return bootstrap(statistics, plan, confidence, samples)["ccc"]
