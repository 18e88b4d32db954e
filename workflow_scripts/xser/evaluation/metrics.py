"""Metrics as functions of sums, so that they can be computed again for any weighting of speakers or utterances.

Every metric is the mean over seeds of its value for each seed. With counts of right answers `right`, of true labels
`true` and of answers `said`, a class' recall is right / true and its F1 is 2 right / (true + said); accuracy, UAR
(unweighted average recall, Schuller et al. 2009) and macro F1 (the mean of the classes' F1) are means of such ratios.
Classes are those that the truth holds; an answer outside them is only wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Statistic:
    """A figure that is a function of sums over sampling units (speakers or utterances).

    `sums` has shape (units, k): what each unit adds; `function` maps totals of shape (..., k) to figures of shape
    (...); `n` is the number of utterances behind it; `low` and `high` bound the figure's range.
    """

    sums: np.ndarray
    function: Callable[[np.ndarray], np.ndarray]
    n: int
    low: float = 0.0
    high: float = 1.0

    def value(self, copies: np.ndarray | None = None) -> float:
        """The figure of all units, unit i counted `copies[i]` times (once, by default)."""
        return float(self.function(self.sums.sum(axis=0) if copies is None else copies @ self.sums))


@dataclass(frozen=True)
class Counts:
    """Counts by unit: `right` and `said` of shape (units, seeds, classes), `true` of shape (units, classes)."""

    right: np.ndarray
    said: np.ndarray
    true: np.ndarray

    def total(self) -> "Counts":
        """All units as one."""
        return Counts(*(x.sum(axis=0, keepdims=True) for x in (self.right, self.said, self.true)))

    def seed(self, index: int) -> "Counts":
        """One seed by itself."""
        return Counts(self.right[:, index : index + 1], self.said[:, index : index + 1], self.true)

    def unit(self, index: int) -> "Counts":
        """One unit by itself."""
        return Counts(*(x[index : index + 1] for x in (self.right, self.said, self.true)))


def encode(
    truth: np.ndarray, predicted: np.ndarray, order: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, list[str], int]:
    """Turn labels into indices.

    Parameters
    ----------
    truth, predicted
        Labels of shape (n,) and (seeds, n).
    order
        The order in which labels are numbered; labels outside it follow in alphabetical order.

    Returns
    -------
    truth, predicted
        Indices of the same shapes.
    labels
        What they stand for: first the classes that the truth holds.
    classes
        How many those are.
    """
    present, said = set(truth.tolist()), set(predicted.ravel().tolist())
    known = [*order, *sorted((present | said) - set(order))]
    labels = [c for c in known if c in present] + [c for c in known if c not in present]
    index = {c: i for i, c in enumerate(labels)}
    return (
        np.array([index[c] for c in truth.tolist()]),
        np.array([[index[c] for c in row] for row in predicted.tolist()]),
        labels,
        len(present),
    )


def count(units: np.ndarray, truth: np.ndarray, predicted: np.ndarray, classes: int) -> Counts:
    """Count by unit.

    `units` and `truth` have shape (n,), `predicted` (seeds, n); all are indices from 0, and `truth` is below `classes`.
    """
    size, seeds = int(units.max()) + 1, len(predicted)
    true = np.zeros((size, classes), dtype=np.int64)
    right, said = (np.zeros((size, seeds, classes), dtype=np.int64) for _ in range(2))
    np.add.at(true, (units, truth), 1)
    for s, answers in enumerate(predicted):
        hit, inside = answers == truth, answers < classes
        np.add.at(right, (units[hit], s, truth[hit]), 1)
        np.add.at(said, (units[inside], s, answers[inside]), 1)
    return Counts(right, said, true)


def mean_of_ratios(totals: np.ndarray) -> np.ndarray:
    """The mean of k ratios from totals (..., 2 k), numerators first; a ratio over nothing is left out."""
    top, bottom = np.split(totals.astype(float), 2, axis=-1)
    there = bottom > 0
    ratios = np.divide(top, bottom, out=np.zeros_like(top), where=there)
    known = there.sum(axis=-1)
    return np.divide(ratios.sum(axis=-1), known, out=np.full(known.shape, np.nan), where=known > 0)


def _ratios(top: np.ndarray, bottom: np.ndarray, n: int) -> Statistic:
    units = len(top)
    return Statistic(np.concatenate([top.reshape(units, -1), bottom.reshape(units, -1)], axis=1), mean_of_ratios, n)


def accuracy(counts: Counts, copies: np.ndarray | int = 1) -> Statistic:
    """The share of utterances that are right; `copies` says how often each unit occurs (for n only)."""
    true = counts.true.sum(axis=1)
    return _ratios(counts.right.sum(axis=(1, 2)), true * counts.right.shape[1], int((true * copies).sum()))


def uar(counts: Counts, copies: np.ndarray | int = 1) -> Statistic:
    """Unweighted average recall."""
    n = int((counts.true.sum(axis=1) * copies).sum())
    return _ratios(counts.right.sum(axis=1), counts.true * counts.right.shape[1], n)


def f1(counts: Counts, copies: np.ndarray | int = 1) -> Statistic:
    """Macro F1."""
    n = int((counts.true.sum(axis=1) * copies).sum())
    return _ratios(2 * counts.right, counts.true[:, None] + counts.said, n)


def recall(counts: Counts, label: int, copies: np.ndarray | int = 1) -> Statistic:
    """The recall of one class."""
    true = counts.true[:, label]
    return _ratios(counts.right[:, :, label].sum(axis=1), true * counts.right.shape[1], int((true * copies).sum()))


def precision(counts: Counts, label: int) -> float:
    """The precision of one class: the mean over the seeds that say it at all; NaN if none does."""
    total = counts.total()
    return float(mean_of_ratios(np.concatenate([total.right[0, :, label], total.said[0, :, label]])))


def confusion(truth: np.ndarray, predicted: np.ndarray, classes: int, labels: int) -> np.ndarray:
    """The confusion matrix, shape (classes, labels): truth by answer, in utterances, the mean over seeds."""
    cells = np.bincount((truth * labels + predicted).ravel(), minlength=classes * labels)
    return np.asarray(cells.reshape(classes, labels) / len(predicted))


def concordance(units: np.ndarray, truth: np.ndarray, predicted: np.ndarray) -> Statistic:
    """Lin's concordance correlation coefficient (Lin 1989), for values: `truth` (n,), `predicted` (seeds, n)."""
    seeds = len(predicted)
    t = np.broadcast_to(truth, predicted.shape)
    moments = np.stack([np.ones_like(t), t, predicted, t * t, predicted * predicted, t * predicted], axis=2)
    sums = np.zeros((int(units.max()) + 1, seeds, 6))
    np.add.at(sums, units, moments.transpose(1, 0, 2))

    def function(totals: np.ndarray) -> np.ndarray:
        n, x, y, xx, yy, xy = np.moveaxis(totals.reshape(*totals.shape[:-1], seeds, 6), -1, 0)
        spread = (xx - x * x / n + yy - y * y / n) / n + ((x - y) / n) ** 2
        joint = 2 * (xy - x * y / n) / n
        return np.divide(joint, spread, out=np.zeros_like(joint), where=spread > 0).mean(axis=-1)

    return Statistic(sums.reshape(len(sums), -1), function, len(truth), low=-1.0)
