"""Probabilities that mean what they say: temperature scaling, and how far off they are.

Guo et al., "On Calibration of Modern Neural Networks", ICML 2017: the logits are divided by one number, the
temperature, that gives held-out utterances the largest likelihood. The order of the classes stays. An ensemble is
pooled first and calibrated then. The expected calibration error is theirs, over 15 bins.
"""

import numpy as np

from xser.models.functionals import softmax

BINS = 15
COLDEST, HOTTEST = 0.02, 50.0
LEAST = 5e-7  # predictions are written with six decimals; what is smaller is 0 there


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities (utterances, classes) at another temperature; above 1 they move together."""
    with np.errstate(divide="ignore"):  # a class not seen in training has probability 0, and keeps it
        return softmax(np.log(probabilities) / temperature)


def fit_temperature(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Return the temperature of the largest likelihood of (utterances, classes) that were not learnt from.

    `truth` (utterances,) is the class of each; -1 for one that is not among them, which says nothing of temperature.
    """
    from scipy.optimize import minimize_scalar

    rows = np.flatnonzero(truth >= 0)
    logits = np.log(np.maximum(probabilities[rows], LEAST))
    right = truth[rows]

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float((total - scaled[np.arange(len(right)), right]).mean())

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(found.x))


def calibration_error(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Return the expected calibration error: how far confidence and accuracy are apart, bin by bin.

    Examples
    --------
    >>> p = np.array([[0.8, 0.2]] * 10)
    >>> round(calibration_error(p, np.array([0] * 8 + [1] * 2)), 6)
    0.0
    >>> round(calibration_error(p, np.array([0] * 5 + [1] * 5)), 6)
    0.3
    """
    return _error(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth)


def perfect_error(probabilities: np.ndarray, draws: int = 1000) -> tuple[float, float]:
    """Return the calibration error if these probabilities were exactly right: mean and 97.5 % point of drawn truths.

    Of few utterances it is far from 0. A truth is the most probable class as often as that one's probability says.

    Examples
    --------
    >>> perfect_error(np.array([[1.0, 0.0]] * 9)), perfect_error(np.array([[0.5, 0.5]]))
    ((0.0, 0.0), (0.5, 0.5))
    """
    confidence, random = probabilities.max(axis=1), np.random.default_rng(0)
    errors = [_error(confidence, random.random(len(confidence)) < confidence) for _ in range(draws)]
    return float(np.mean(errors)), float(np.quantile(errors, 0.975))


def _error(confidence: np.ndarray, right: np.ndarray) -> float:
    number = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    return float(np.abs(np.bincount(number, weights=right - confidence, minlength=BINS)).sum() / len(confidence))
