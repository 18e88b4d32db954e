"""Intervals from the limits of the recalls, which hold however few utterances a class has.

The method of variance estimates recovery (MOVER; Zou & Donner 2008; Newcombe 1998 for differences): for a sum of
independent estimates, the distance from the sum to its lower limit is the root of the sum of squares of the distances
from each estimate to its own lower limit, and likewise above. The parts' limits are exact binomial ones by mid-p
(Lancaster 1961; Newcombe 1998, method 6): with Wilson's the sum covers too little where classes are small and easy.

A metric is a function of the classes' recalls (UAR is their mean) and of the share of the errors that are answered with
each class (F1 depends on it); a part's distance is how far the metric moves when that part alone goes to its limit.
"""

from dataclasses import dataclass

import numpy as np

from xser.evaluation.metrics import Function, Metric, recalls


@dataclass(frozen=True)
class Parts:
    """What a test set tells, by class.

    `confusion` has shape (seeds, classes, classes + 1), see metrics.py; `limits` (classes, 2) are those of each recall;
    `gain` is how many single-seed utterances an utterance is worth.
    """

    confusion: np.ndarray
    limits: np.ndarray
    gain: float

    @property
    def true(self) -> np.ndarray:
        """Utterances of each class."""
        return np.asarray(self.confusion[0].sum(axis=-1))

    @property
    def recalls(self) -> np.ndarray:
        """The recall of each class, the mean over seeds."""
        return np.asarray(recalls(self.confusion)[0].mean(axis=0) / self.true)


def wilson(share: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval (Wilson 1927) of a share of n; `n` need not be whole.

    Examples
    --------
    >>> "{:.4f} {:.4f}".format(*wilson(81 / 263, 263))  # Newcombe 1998, Table I
    '0.2553 0.3662'
    """
    from scipy.special import ndtri  # statsmodels has this interval too, but takes a second to import in every score

    z2 = float(ndtri((1 + confidence) / 2)) ** 2
    centre, half = (share * n + z2 / 2) / (n + z2), (z2 * (n * share * (1 - share) + z2 / 4)) ** 0.5 / (n + z2)
    return max(0.0, centre - half), min(1.0, centre + half)


def mid_p(share: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """The exact mid-p interval of a share of n (Lancaster 1961; Newcombe 1998, method 6); `n` need not be whole.

    Examples
    --------
    >>> "{:.4f} {:.4f}".format(*mid_p(81 / 263, 263))
    '0.2544 0.3658'
    """
    from scipy.special import betainc

    right, tail = round(share * n, 9), (1 - confidence) / 2

    def above(p: float) -> float:
        """The probability of more right answers, and half that of as many; it grows with p."""
        as_many = float(betainc(right, n - right + 1, p)) if right > 0 else 1.0
        more = float(betainc(right + 1, n - right, p)) if right < n else 0.0
        return (as_many + more) / 2

    def at(probability: float) -> float:
        # Halving: to import scipy.optimize for it was most of the time of a score.
        low, high = 0.0, 1.0
        while low < (middle := (low + high) / 2) < high:
            low, high = (middle, high) if above(middle) < probability else (low, middle)
        return middle

    low = at(tail) if right > 0 else 0.0
    high = at(1 - tail) if right < n else 1.0
    return min(low, share), max(high, share)


def by_recalls(function: Function, parts: Parts) -> np.ndarray:
    """How far a metric moves when each recall goes to its limits: down and up, shape (classes, 2)."""
    return _moves(function, parts, [[_with_recall(parts, c, x) for x in ends] for c, ends in enumerate(parts.limits)])


def by_answers(function: Function, parts: Parts, confidence: float) -> np.ndarray:
    """How far a metric moves with the share of the others' errors that is answered with each class: down and up.

    Shape (classes, 2); 0 for a metric that does not depend on what a wrong answer is.
    """
    moved = []
    for label in range(len(parts.true)):
        alarms, errors = _alarms(parts, label)
        n, given = float(errors.sum(axis=1).mean()), float(alarms.sum(axis=1).mean())
        ends = mid_p(given / n, n * parts.gain, confidence) if n else (0.0, 0.0)
        moved.append([_with_alarms(parts, label, alarms * (x * n / given) if given else errors * x) for x in ends])
    return _moves(function, parts, moved)


def limits(metric: Metric, value: float, moves: np.ndarray) -> tuple[float, float]:
    """The interval of a metric from the distances of its parts, shape (parts, 2)."""
    down, up = np.sqrt((moves**2).sum(axis=0))
    return max(metric.low, float(value - down)), min(metric.high, float(value + up))


def _moves(function: Function, parts: Parts, moved: list[list[np.ndarray]]) -> np.ndarray:
    here, there = function(parts.confusion), function(np.array(moved))
    return np.stack([here - np.minimum(there.min(axis=1), here), np.maximum(there.max(axis=1), here) - here], axis=1)


def _with_recall(parts: Parts, label: int, recall: float) -> np.ndarray:
    """The confusions if the recall of one class were another: its errors grow or shrink in proportion."""
    confusion = parts.confusion.astype(float)
    n, old = parts.true[label], parts.recalls[label]
    right = confusion[:, label, label].copy()
    fewer = recall <= old
    new = right * (recall / old if old else 0) if fewer else n - (n - right) * (1 - recall) / (1 - old)
    confusion[:, label] *= np.divide(n - new, n - right, out=np.zeros_like(right), where=n > right)[:, None]
    confusion[:, label, label] = new
    confusion[:, label, -1] += n - confusion[:, label].sum(axis=-1)  # a class without errors: they may be any answer
    return confusion


def _alarms(parts: Parts, label: int) -> tuple[np.ndarray, np.ndarray]:
    """By seed and class, the errors that are answered with a class, and all errors; both 0 for the class itself."""
    right, true = recalls(parts.confusion)
    alarms, errors = parts.confusion[:, :, label].astype(float), (true - right).astype(float)
    alarms[:, label] = errors[:, label] = 0
    return alarms, errors


def _with_alarms(parts: Parts, label: int, alarms: np.ndarray) -> np.ndarray:
    """The confusions if other utterances than now were answered with a class; these answers are of no other class."""
    confusion = parts.confusion.astype(float)
    more = alarms - _alarms(parts, label)[0]
    confusion[:, :, label] += more
    confusion[:, :, -1] -= more
    return confusion
