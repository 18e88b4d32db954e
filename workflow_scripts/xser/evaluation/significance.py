"""Whether two systems differ: paired tests on the same utterances, corrected for their number.

A difference varies with who is tested, and with the seeds of a system whose training depends on chance: five seeds of a
system may differ from five others of the same one. What is tested are speakers where four or more are, else sentences
or dialogues where the corpus tells them, else utterances; four or more speakers who share sentences vary with them (see
intervals.py).

- One seed each: McNemar's test of utterances; of eight or more speakers, sentences or dialogues the two systems'
  answers are exchanged under the null hypothesis. Of the few possible outcomes, p counts half of the one that was found
  (mid-p, Lancaster 1961): the exact p, which counts it whole, rejects far less often than it says. Fewer units have too
  few outcomes: Student's t test over them; so too over utterances that count differently (UAR), and over speakers and
  the sentences that they share, with the variance of both.
- Several seeds: a t test with the variance over these units and that over each system's seeds, as in studies of many
  readers and cases (Obuchowski & Rockette 1995; Hillis 2007), by a parametric bootstrap (Krishnamoorthy, Lu & Mathew
  2007). benchmarks/null.py simulates all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from xser.evaluation import design, intervals, metrics
from xser.evaluation.design import Design, variance_of
from xser.evaluation.intervals import Comparison

LEVEL = 0.05
RESAMPLES = 9999
EXCHANGEABLE = 8  # speakers, sentences or dialogues: of fewer, p has too few values for a level of 5 %
POINTS = 12  # 2**POINTS make the null distribution of a t test over seeds; p is within 4 % of its value down to 0.001
MCNEMAR = "McNemar, mid-p"
EXCHANGED = {
    design.SPEAKERS: "permutation by speaker",
    design.CLUSTERS: "permutation by sentence or dialogue",
    design.UTTERANCES: "permutation by utterance",
    design.CROSSED: "permutation by speaker",  # where no difference varies, which a t test needs
}
STUDENT = {kind: f"t test over {kind}" for kind in EXCHANGED}
WITH_SEEDS = {kind: f"t test over seeds and {kind}" for kind in EXCHANGED}


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
        Level of the interval; samples of its bootstrap, where the test is no t test.
    clusters
        Index of each utterance's sentence or dialogue, see `design.design`.

    Examples
    --------
    >>> a, b = np.ones((1, 80)), np.tile([1.0, 0.0], (1, 40))
    >>> c = compare(a, b, speakers=np.arange(80) // 10)  # all eight favour a: 2 of 256 exchanges are as extreme
    >>> c.difference, c.p, c.method
    (0.5, 0.00390625, 'permutation by speaker')
    """
    plan = design.design(speakers, clusters)
    single = len(right_a) == len(right_b) == 1
    if not (single and _can_exchange(right_a, right_b, plan)):
        t = student(right_a, right_b, plan)
        if t.error > intervals.NO_SPREAD:
            value, half = float(t.value), t.half_width(confidence)
            low, high = max(-1.0, value - half), min(1.0, value + half)
            method = (STUDENT if single else WITH_SEEDS)[plan.kind]
            return Comparison(value, low, high, method, float(t.p()), float("nan"))
    a, b = (by_unit(right.mean(axis=0), plan.units) for right in (right_a, right_b))
    p, p_smallest, method = _exchanged(a, b, plan.kind)
    difference = right_a.mean(axis=0) - right_b.mean(axis=0)
    if not difference.any():
        return Comparison(0.0, float("nan"), float("nan"), method, p, p_smallest)

    def statistics(units: np.ndarray) -> dict[str, metrics.Statistic]:
        sums = np.stack([np.bincount(units, difference), np.bincount(units)], axis=1)
        return {"difference": metrics.Statistic(sums, metrics.mean_difference, len(difference), low=-1.0)}

    estimate = intervals.bootstrap(statistics, plan, confidence, samples)["difference"]
    return Comparison(estimate.value, estimate.low, estimate.high, method, p, p_smallest)


def by_unit(right: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Sums of right answers (..., n) over the utterances of each unit: (..., units)."""
    order = np.argsort(units, kind="stable")
    starts = np.searchsorted(units[order], np.arange(int(units.max()) + 1))
    return np.asarray(np.add.reduceat(right[..., order], starts, axis=-1, dtype=float))


def _can_exchange(a: np.ndarray, b: np.ndarray, plan: Design) -> bool:
    """Whether single seeds are tested by exchanging the answers of units: right or wrong, or of enough units."""
    if plan.crossed is not None:
        return False
    return _binary(a, b) if plan.independent else len(plan.strata) >= EXCHANGEABLE


def within(
    margin: float,
    level: float,
    right_a: np.ndarray,
    right_b: np.ndarray,
    speakers: np.ndarray,
    samples: int = 2000,
    clusters: np.ndarray | None = None,
) -> bool:
    """Whether two one-sided tests at a level say that two accuracies differ by less than a margin (Schuirmann 1987).

    They are one interval, at 1 - 2 level; arguments as for `compare`. Systems that never differ have none: there the
    upper limit of the share of utterances on which they differ, 0 of n, is 1 - level ** (1 / n) (Clopper & Pearson
    1934), as where a bootstrap sees no spread n utterances stand in.

    Examples
    --------
    >>> never = [np.ones((1, n)) for n in (50, 80)]  # 59 utterances say less than 5 points at 0.05
    >>> [within(0.05, 0.05, x, x, np.zeros(x.size, int)) for x in never]
    [False, True]
    """
    c = compare(right_a, right_b, speakers, 1 - 2 * level, samples, clusters)
    if np.isnan(c.low):
        return bool(1 - level ** (1 / right_a.shape[-1]) < margin)
    return bool(c.low > -margin and c.high < margin)


@dataclass(frozen=True)
class Student:
    """Differences and their standard errors, both (...), and what a t test of them needs.

    `freedom` are the degrees of freedom over units. `spread` (..., points): how the standard error over its true value
    is distributed where seeds vary too; None where none do.
    """

    value: np.ndarray
    error: np.ndarray
    freedom: int
    spread: np.ndarray | None

    def p(self) -> np.ndarray:
        """Two-sided p of each difference."""
        return self._tails(np.abs(self.value) / self.error)

    def half_width(self, confidence: float) -> float:
        """Half the interval of a single difference."""
        from scipy.optimize import brentq  # like scipy.stats, for whoever compares: tables only read comparisons

        return float(self.error) * float(brentq(lambda t: float(self._tails(t)) - (1 - confidence), 0, 1e9))

    def _tails(self, t: np.ndarray | float) -> np.ndarray:
        from scipy.special import ndtr, stdtr

        if self.spread is None:
            return np.asarray(2 * stdtr(self.freedom, -np.asarray(t)))
        return np.asarray(2 * ndtr(-np.asarray(t)[..., None] * self.spread).mean(axis=-1))


def student(right_a: np.ndarray, right_b: np.ndarray, plan: Design) -> Student:
    """Differences over units and seeds, for t tests; those of many test sets (...) may be asked for at once.

    `right_a`, `right_b` (..., seeds, n) are each seed's right answers, all of them weighed alike in each test set. The
    variance over units is that of the seeds' mean, paired; that over seeds is each system's. Under the null hypothesis
    the true variances are taken to be the estimated ones.
    """
    a, b, sizes = by_unit(right_a, plan.units), by_unit(right_b, plan.units), np.bincount(plan.units)
    units, total = len(plan.strata), sizes.sum()
    difference = right_a.mean(axis=-2) - right_b.mean(axis=-2)
    value = difference.mean(axis=-1)
    over_units = variance_of([_over_units(difference, value, factor) for factor in plan.factors])
    over_seeds, interactions, freedom = [], [], [max(plan.freedom, 1)]
    for right in (a, b):
        seeds, mean = right.shape[-2], right.sum(axis=-1) / total
        freedom.append(seeds - 1)
        rest = right - right.mean(axis=-2, keepdims=True)
        rest = rest - sizes * (mean - mean.mean(axis=-1, keepdims=True))[..., None]
        interaction = ((rest * units / total) ** 2).sum(axis=(-2, -1)) / max((seeds - 1) * (units - 1), 1)
        interactions.append(interaction / seeds / units)
        over_seeds.append(mean.var(axis=-1, ddof=1) / seeds if seeds > 1 else 0 * value)
    squares = np.stack([over_units, *over_seeds, *interactions])
    freedom += [f * max(units - 1, 1) for f in freedom[1:]]
    error = np.sqrt(_variance(squares, freedom))
    if a.shape[-2] == b.shape[-2] == 1:
        return Student(value, error, freedom[0], None)
    inner = squares[3] + squares[4]
    expected = np.stack([np.maximum(over_units, inner), *np.maximum(squares[1:3], squares[3:]), *squares[3:]])
    drawn = expected[..., None] * _ratios(tuple(freedom)).reshape(len(freedom), *[1] * value.ndim, -1)
    true = expected[:3].sum(axis=0) - inner
    with np.errstate(invalid="ignore"):  # 0 / 0 where no two answers differ
        spread = np.sqrt(_variance(drawn, freedom) / true[..., None])
    return Student(value, error, freedom[0], spread)


def _over_units(difference: np.ndarray, value: np.ndarray, plan: Design) -> np.ndarray:
    """The variance of a mean difference (...), `value` of `difference` (..., n), as units of each stratum vary."""
    sizes, units = np.bincount(plan.units), len(plan.strata)
    influence = (by_unit(difference, plan.units) - value[..., None] * sizes) * units / sizes.sum()
    members = np.equal.outer(np.unique(plan.strata), plan.strata) * 1.0
    influence = influence - (influence @ members.T / members.sum(axis=1))[..., plan.strata]
    return np.asarray((influence**2).sum(axis=-1) / max(units - len(members), 1) / units)


def _variance(squares: np.ndarray, freedom: Sequence[int]) -> np.ndarray:
    """The variance of a difference, of `squares`: over units, over the seeds of a and b, and of both by their seeds.

    Units and seeds both hold the interaction of the two, so that one of them is taken less this, but not below 0
    (Hillis 2007): the one with more degrees of freedom, as it seldom comes out below.
    """
    units, seeds_a, seeds_b, inner_a, inner_b = squares
    if freedom[0] < freedom[1] + freedom[2]:
        return units + np.maximum(seeds_a - inner_a, 0) + np.maximum(seeds_b - inner_b, 0)
    return seeds_a + seeds_b + np.maximum(units - inner_a - inner_b, 0)


@cache
def _ratios(freedom: tuple[int, ...]) -> np.ndarray:
    """Quasi-random mean squares over their expected values, (len(freedom), points), by degrees of freedom."""
    from scipy import stats

    uniform = stats.qmc.Sobol(len(freedom), rng=intervals.SEED).random_base2(POINTS)
    degrees = np.maximum(freedom, 1)
    return np.asarray((stats.chi2.ppf(uniform, degrees) / degrees).T)


def _binary(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether all answers are right or wrong: no means of seeds, and not weighed."""
    return {*np.unique(a), *np.unique(b)} <= {0.0, 1.0}


def _exchanged(a: np.ndarray, b: np.ndarray, kind: str) -> tuple[float, float, str]:
    """Return p, the smallest p possible, and the method; `a` and `b` are right answers by unit."""
    only_a, only_b = int((a > b).sum()), int((b > a).sum())
    if kind != design.UTTERANCES:
        return float(sign_flip(a - b)), _smallest(len(a)), EXCHANGED[kind]
    if _binary(a, b):
        return float(mcnemar(only_a, only_b)), _smallest(only_a + only_b, exact=True), MCNEMAR
    return float(sign_flip(a - b)), _smallest(only_a + only_b), EXCHANGED[kind]


def _smallest(units: int, exact: bool = False) -> float:
    """The p of so many units that all favour one system."""
    return max(2.0**-units, 0 if exact else 0.5 / (RESAMPLES + 1))


def mcnemar(only_a: np.ndarray | int, only_b: np.ndarray | int) -> np.ndarray:
    """McNemar's two-sided mid-p (McNemar 1947; Fagerland et al. 2013) of utterances that only one of two gets right."""
    from scipy.stats import binom

    both, fewer = np.add(only_a, only_b), np.minimum(only_a, only_b)
    found = binom.pmf(fewer, both, 0.5)
    p = np.where(2 * fewer == both, 1 - found / 2, 2 * binom.cdf(fewer, both, 0.5) - found)
    return np.where(both < 2, 1.0, p)  # as in sign_flip


def sign_flip(units: np.ndarray) -> np.ndarray:
    """Two-sided mid-p of sums of differences (..., units) when each unit's sign is exchangeable (Fisher 1935).

    All sign changes are tried where there are at most 9,999 of them, else so many random ones and the observed one.
    """
    count = units.shape[-1]
    if 2**count <= RESAMPLES:
        flipped = np.arange(2**count)[:, None] >> np.arange(count) & 1
    else:
        flipped = np.random.default_rng(intervals.SEED).integers(0, 2, (RESAMPLES + 1, count))
        flipped[0] = 0
    null = np.abs(np.round(units @ (1.0 - 2 * flipped).T, 6))
    p = (null > null[..., :1]).mean(axis=-1) + (null == null[..., :1]).mean(axis=-1) / 2
    # no difference, or a single one, whose sign says nothing
    return np.asarray(np.where((np.abs(units) > 1e-9).sum(axis=-1) < 2, 1.0, p))


def uar_weights(truth: np.ndarray) -> np.ndarray:
    """What each right answer counts (n,), so that the mean over utterances is UAR."""
    _, classes, counts = np.unique(truth, return_inverse=True, return_counts=True)
    return np.asarray(len(truth) / len(counts) / counts[classes])


def shown_p(p: float) -> str:
    """A p value as pages print it: three digits, or as many as show that it is below the level.

    Examples
    --------
    >>> shown_p(0.0123), shown_p(0.0496), shown_p(0.0504), shown_p(0.00003)
    ('0.012', '0.0496', '0.050', '< 0.001')
    """
    digits = next(d for d in range(3, 17) if (round(p, d) < LEVEL) == (p < LEVEL))
    return "< 0.001" if p < 0.001 else f"{p:.{digits}f}"


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p values (Holm 1979) of a family of tests."""
    from statsmodels.stats.multitest import multipletests

    return [float(x) for x in multipletests(p, method="holm")[1]] if len(p) else []


def step_down(rejects: Sequence[Callable[[float], bool]], level: float = LEVEL) -> list[bool]:
    """Which tests of a family reject by Holm's method, of tests that say at each level whether they do.

    Examples
    --------
    >>> step_down([lambda level, p=p: p < level for p in (0.04, 0.01, 0.02, 0.9)])
    [False, True, False, False]
    """
    found = [False] * len(rejects)
    while new := [i for i, test in enumerate(rejects) if not found[i] and test(level / (len(found) - sum(found)))]:
        for i in new:
            found[i] = True
    return found


def tarone(p: Sequence[float], smallest: Sequence[float], level: float = LEVEL) -> list[float]:
    """Holm's adjusted p values of the tests of a family that can reject at all; 1 for the others (Tarone 1990).

    Tarone's number k is the first for which no more than k tests can reach level / k; a test that cannot does not
    count. Which can depends on the number of units exchanged alone, and for McNemar's test on that of the utterances
    that only one of two gets right: the correction is valid given these. `smallest` are the smallest p possible, NaN
    where there is no bound.

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
