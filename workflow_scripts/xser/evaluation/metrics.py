"""Metrics: one record each, which scores, intervals, tables, page and terminal read.

A metric is a function of confusions, so that it can be computed again for any weighting of speakers or utterances.
Confusions count utterances by truth and answer: shape (..., seeds, classes, classes + 1). Classes are those that the
truth holds; an answer outside them is only wrong and counted in the last column. A metric is the mean over seeds.

To add a metric, write its function and put its record into METRICS; nothing else has to change. Its interval, with any
number of speakers, comes from the function alone (see intervals.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]
TABLE, PAGE, TERMINAL = "table", "page", "terminal"  # where a metric may be shown


@dataclass(frozen=True)
class Form:
    """How a number is shown: times `scale`, with so many digits."""

    scale: float
    digits: int

    def __call__(self, value: float | str) -> str:
        """The number as text.

        Examples
        --------
        >>> PERCENT(0.4186), RATIO(0.4186), RATIO(-0.001)
        ('41.9', '0.42', '0.00')
        """
        return f"{self.scale * float(value):z.{self.digits}f}"


PERCENT, RATIO = Form(100, 1), Form(1, 2)


@dataclass(frozen=True)
class Metric:
    """A metric of predicted classes.

    `name` is its column in scores and tables (`{name}_low` and `{name}_high` are its interval's), `heading` what tables
    call it, `function` maps confusions to values, `shown` names the places that show it, `low` and `high` bound its
    range. `by_class`: whether a class with few utterances weighs as much as any other, which makes it uncertain.
    """

    name: str
    heading: str
    function: Function
    shown: tuple[str, ...] = (TABLE, PAGE)
    low: float = 0.0
    high: float = 1.0
    form: Form = PERCENT
    by_class: bool = False


# -- functions of confusions -------------------------------------------------------------------------------------------


def mean_of_ratios(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """The mean over the last axis of ratios, of shape (..., k); a ratio over nothing is left out."""
    there = bottom > 0
    ratios = np.divide(top, bottom, out=np.zeros(np.shape(there)), where=there)
    known = there.sum(axis=-1)
    return np.divide(ratios.sum(axis=-1), known, out=np.full(known.shape, np.nan), where=known > 0)


Ratios = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # (..., seeds, classes), above and below the line


def _right(confusion: np.ndarray) -> np.ndarray:
    return np.diagonal(confusion[..., :-1], axis1=-2, axis2=-1)


def recalls(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The share of each class' utterances that are right."""
    return _right(confusion), confusion.sum(axis=-1)


def precisions(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The share of each class' answers that are right."""
    return _right(confusion), confusion[..., :-1].sum(axis=-2)


def f1s(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F1 of each class, the harmonic mean of recall and precision."""
    return 2 * _right(confusion), confusion.sum(axis=-1) + confusion[..., :-1].sum(axis=-2)


def of_class(ratios: Ratios, label: int) -> Function:
    """A ratio of one class, the mean over the seeds that have it."""
    return lambda confusion: mean_of_ratios(*(x[..., label] for x in ratios(confusion)))


def of_all_classes(ratios: Ratios) -> Function:
    """The mean of a ratio over classes and seeds."""
    return lambda confusion: mean_of_ratios(*(x.reshape(*x.shape[:-2], -1) for x in ratios(confusion)))


def share_right(confusion: np.ndarray) -> np.ndarray:
    """The share of utterances that are right."""
    return mean_of_ratios(_right(confusion).sum(axis=(-2, -1))[..., None], confusion.sum(axis=(-3, -2, -1))[..., None])


# -- the metrics -------------------------------------------------------------------------------------------------------

ACCURACY = Metric("accuracy", "accuracy", share_right, (TABLE, PAGE, TERMINAL))
# Unweighted average recall (Schuller et al. 2009).
UAR = Metric("uar", "UAR", of_all_classes(recalls), (TABLE, PAGE, TERMINAL), by_class=True)
F1 = Metric("f1", "macro F1", of_all_classes(f1s), (), by_class=True)
METRICS = (ACCURACY, UAR, F1)


def shown_in(place: str) -> list[Metric]:
    """The metrics that a place shows: TABLE, PAGE or TERMINAL."""
    return [metric for metric in METRICS if place in metric.shown]


# -- counting ----------------------------------------------------------------------------------------------------------


def encode(
    truth: np.ndarray, predicted: np.ndarray, order: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, list[str], int]:
    """Turn labels, shapes (n,) and (seeds, n), into indices of the same shapes: as in `order`, others after it.

    Returns both, the labels that they stand for, first those of the truth, and how many classes the truth holds.

    Examples
    --------
    >>> truth, predicted = np.array(["joy", "fear"]), np.array([["joy", "anger"]])
    >>> encode(truth, predicted, ["anger", "fear", "joy"])[2:]
    (['fear', 'joy', 'anger'], 2)
    """
    present, answered = set(truth.tolist()), set(predicted.ravel().tolist())
    known = [*order, *sorted((present | answered) - set(order))]
    labels = [c for c in known if c in present] + [c for c in known if c not in present]
    index = {c: i for i, c in enumerate(labels)}
    return (
        np.array([index[c] for c in truth.tolist()]),
        np.array([[index[c] for c in row] for row in predicted.tolist()]),
        labels,
        len(present),
    )


def count(units: np.ndarray, truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Confusions by sampling unit, shape (units, seeds, classes, classes + 1).

    `units` and `truth` have shape (n,), `predicted` (seeds, n); all are indices from 0, and `truth` is below `classes`.

    Examples
    --------
    >>> one_speaker = count(np.zeros(3, int), np.array([0, 0, 1]), np.array([[0, 1, 1]]), classes=2)
    >>> one_speaker[0, 0].tolist()
    [[1, 1, 0], [0, 1, 0]]
    >>> float(UAR.function(one_speaker[0]))
    0.75
    """
    seeds = len(predicted)
    shape = (int(units.max()) + 1, seeds, classes, classes + 1)
    cells = (units, np.arange(seeds)[:, None], truth, np.minimum(predicted, classes))
    return np.bincount(np.ravel_multi_index(cells, shape).ravel(), minlength=int(np.prod(shape))).reshape(shape)


def confusion(truth: np.ndarray, predicted: np.ndarray, classes: int, labels: int) -> np.ndarray:
    """The confusion matrix, shape (classes, labels): truth by answer, in utterances, the mean over seeds."""
    cells = np.bincount((truth * labels + predicted).ravel(), minlength=classes * labels)
    return np.asarray(cells.reshape(classes, labels) / len(predicted))


# -- statistics --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statistic:
    """A number that is a function of sums over sampling units (speakers or utterances).

    `sums` has shape (units, ...): what each unit adds; `function` maps totals, one or many, to numbers; `n` is the
    number of utterances behind it; `low` and `high` bound its range.
    """

    sums: np.ndarray
    function: Function
    n: int
    low: float = 0.0
    high: float = 1.0

    def value(self) -> float:
        """The number of all units, each counted once."""
        return float(self.function(self.sums.sum(axis=0)))

    def values(self, weights: np.ndarray) -> np.ndarray:
        """The number for each of some weightings of the units, shape (weightings, units)."""
        totals = weights @ self.sums.reshape(len(self.sums), -1)
        return self.function(totals.reshape(len(weights), *self.sums.shape[1:]))


def mean_difference(sums: np.ndarray) -> np.ndarray:
    """A mean from sums of differences and of utterances, shape (..., 2)."""
    return mean_of_ratios(sums[..., :1], sums[..., 1:])


def concordance(units: np.ndarray, truth: np.ndarray, predicted: np.ndarray) -> Statistic:
    """Lin's concordance correlation coefficient (Lin 1989), for values: `truth` (n,), `predicted` (seeds, n)."""
    t = np.broadcast_to(truth, predicted.shape)
    moments = np.stack([np.ones_like(t), t, predicted, t * t, predicted * predicted, t * predicted], axis=2)
    sums = np.zeros((int(units.max()) + 1, len(predicted), 6))
    np.add.at(sums, units, moments.transpose(1, 0, 2))

    def function(totals: np.ndarray) -> np.ndarray:
        n, x, y, xx, yy, xy = np.moveaxis(totals, -1, 0)
        spread = (xx - x * x / n + yy - y * y / n) / n + ((x - y) / n) ** 2
        joint = 2 * (xy - x * y / n) / n
        return np.divide(joint, spread, out=np.zeros_like(joint), where=spread > 0).mean(axis=-1)

    return Statistic(sums, function, len(truth), low=-1.0)
