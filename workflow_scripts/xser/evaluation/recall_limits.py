"""Intervals of UAR and macro F1 from the limits of their parts, which hold however few utterances a class has.

The method of variance estimates recovery (MOVER; Zou & Donner 2008; Newcombe 1998 for differences): for a sum of
independent estimates, the distance from the sum to its lower limit is the root of the sum of squares of the distances
from each estimate to its own lower limit, and likewise above. The parts' limits are exact binomial ones by mid-p
(Lancaster 1961; Newcombe 1998, method 6): with Wilson's the sum covers too little where classes are small and easy.

UAR is a sum of recalls. Macro F1 is a function of the classes' recalls and of the share of the errors that are answered
with each class; a part's distance is how far macro F1 moves when that part alone goes to its limit.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc, ndtri


@dataclass(frozen=True)
class Parts:
    """What a test set tells, by class.

    `confusion` has shape (seeds, classes, classes), truth by answer; `true` (classes,) counts utterances; `limits`
    (classes, 2) are those of each recall; `gain` is how many single-seed utterances an utterance is worth.
    """

    confusion: np.ndarray
    true: np.ndarray
    limits: np.ndarray
    gain: float

    @property
    def recalls(self) -> np.ndarray:
        """The recall of each class, the mean over seeds."""
        return np.asarray(self.right.mean(axis=0) / self.true)

    @property
    def right(self) -> np.ndarray:
        """Right answers by seed and class."""
        return np.asarray(np.diagonal(self.confusion, axis1=1, axis2=2))


def wilson(share: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval (Wilson 1927) of a share of n; `n` need not be whole."""
    z = float(ndtri(0.5 + confidence / 2))
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def mid_p(share: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """The exact mid-p interval of a share of n (Lancaster 1961; Newcombe 1998, method 6); `n` need not be whole."""
    right, tail = round(share * n, 9), (1 - confidence) / 2

    def above(p: float) -> float:
        """The probability of more right answers, and half that of as many."""
        as_many = float(betainc(right, n - right + 1, p)) if right > 0 else 1.0
        more = float(betainc(right + 1, n - right, p)) if right < n else 0.0
        return (as_many + more) / 2

    low = float(brentq(lambda p: above(p) - tail, 0, 1)) if right > 0 else 0.0
    high = float(brentq(lambda p: above(p) - (1 - tail), 0, 1)) if right < n else 1.0
    return min(low, share), max(high, share)


def uar(parts: Parts) -> np.ndarray:
    """How far UAR moves when each recall goes to its limits: down and up, shape (classes, 2)."""
    return np.abs(parts.limits - parts.recalls[:, None]) / len(parts.true)


def accuracy(parts: Parts) -> np.ndarray:
    """How far accuracy moves when each recall goes to its limits: down and up, shape (classes, 2)."""
    return np.abs(parts.limits - parts.recalls[:, None]) * (parts.true / parts.true.sum())[:, None]


def f1(parts: Parts) -> np.ndarray:
    """How far macro F1 moves when each recall goes to its limits: down and up, shape (classes, 2)."""
    here = _macro_f1(parts.confusion, parts.true)
    moved = [
        [_macro_f1(_with_recall(parts, c, limit), parts.true) for limit in parts.limits[c]]
        for c in range(len(parts.true))
    ]
    return np.maximum((np.array(moved) - here) * (-1, 1), 0)


def f1_answers(parts: Parts, confidence: float) -> np.ndarray:
    """How far macro F1 moves with the share of the others' errors that is answered with each class: down and up.

    Shape (classes, 2). The more of the errors, the lower F1: F1 moves down with the upper limit.
    """
    classes = len(parts.true)
    right, said = parts.right, parts.confusion.sum(axis=1)
    alarms, errors = said - right, parts.true - right
    moves = np.zeros((classes, 2))
    for k in range(classes):
        others = errors.sum(axis=1) - errors[:, k]
        if not (n := float(others.mean())):
            continue
        share = float(alarms[:, k].mean()) / n
        here = _ratio(2 * right[:, k], parts.true[k] + said[:, k]).mean()
        for side, limit in enumerate(mid_p(share, n * parts.gain, confidence)[::-1]):
            moved = alarms[:, k] * limit / share if share else others * limit
            there = _ratio(2 * right[:, k], parts.true[k] + right[:, k] + moved).mean()
            moves[k, side] = abs(there - here) / classes
    return moves


def limits(value: float, moves: np.ndarray) -> tuple[float, float]:
    """The interval of a figure from the distances of its parts, shape (parts, 2)."""
    down, up = np.sqrt((moves**2).sum(axis=0))
    return max(0.0, float(value - down)), min(1.0, float(value + up))


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.zeros(np.shape(bottom)), where=bottom > 0)


def _macro_f1(confusion: np.ndarray, true: np.ndarray) -> float:
    right = np.diagonal(confusion, axis1=1, axis2=2)
    return float(_ratio(2 * right, true + confusion.sum(axis=1)).mean())


def _with_recall(parts: Parts, label: int, recall: float) -> np.ndarray:
    """The confusions if the recall of one class were another: its errors grow or shrink in proportion."""
    confusion = parts.confusion.astype(float)
    n, old = parts.true[label], parts.recalls[label]
    right = confusion[:, label, label].copy()
    fewer = recall <= old
    new = right * (recall / old if old else 0) if fewer else n - (n - right) * (1 - recall) / (1 - old)
    confusion[:, label] *= _ratio(n - new, n - right)[:, None]
    confusion[:, label, label] = new
    return confusion
