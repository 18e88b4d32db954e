"""Importance weighting by unconstrained least-squares importance fitting (Kanamori, Hido & Sugiyama 2009).

An utterance of the source weighs as much more as it is likelier in the target: w(x) = p_T(x) / p_S(x), here a sum of
Gaussian kernels around `centres` utterances of the target, with

    alpha = max(0, (H + lambda I)^(-1) h),   H = mean over S of k(x) k(x)^T,   h = mean over T of k(x)

Width and lambda are chosen by leaving out one utterance of each domain, which has a closed form (their Figure 2).
Hassan, Damper & Niranjan (2013) used it on emotion, beside kernel mean matching, whose quadratic programme is as large
as the source and which is not here.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from xser.adaptation.base import Adaptation, Arrays, as_float32, squared_distances
from xser.parameters import Parameter, Parameters, integer

SEED = 2009
WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)  # times the median distance of two centres
LAMBDAS = (1e-3, 1e-2, 1e-1, 1.0, 10.0)


class ImportanceWeighting(Adaptation):
    """Weights of mean 1 for the utterances of the source; vectors stay as they are."""

    parameters: ClassVar[Parameters] = {
        "centres": Parameter(100, integer(1), "theirs. Utterances of the target that kernels are put around")
    }
    weighs = True

    def fit(self, source: np.ndarray, target: np.ndarray, parameters: Mapping[str, Any]) -> Arrays:
        """Return `weights` (n,)."""
        s, t = source.astype(np.float64), target.astype(np.float64)
        random = np.random.default_rng(SEED)
        centres = t[random.permutation(len(t))[: parameters["centres"]]]
        far_s, far_t = squared_distances(s, centres), squared_distances(t, centres)
        between = squared_distances(centres, centres)
        median = np.median(between[between > 0]) if (between > 0).any() else 1.0
        pairs = min(len(s), len(t))
        order = random.permutation(len(s))[:pairs], random.permutation(len(t))[:pairs]
        best, alpha, kernel = np.inf, np.ones(len(centres)), np.ones_like(far_s)
        for width in WIDTHS:
            k_s, k_t = (np.exp(-far / (2 * width**2 * median)) for far in (far_s, far_t))
            for ridge in LAMBDAS:
                score = leave_one_out_loss(k_s, k_t, order, ridge)
                if score < best:
                    best, alpha, kernel = score, solve(k_s, k_t, ridge), k_s
        weights = kernel @ alpha
        return as_float32(weights=weights / weights.mean() if weights.any() else np.ones(len(s)))


def solve(k_s: np.ndarray, k_t: np.ndarray, ridge: float) -> np.ndarray:
    """Return alpha (centres,) from the kernels (n, centres) and (m, centres) of both domains."""
    h = k_s.T @ k_s / len(k_s) + ridge * np.eye(k_s.shape[1])
    return np.maximum(0, np.linalg.solve(h, k_t.mean(axis=0)))


def leave_one_out_loss(k_s: np.ndarray, k_t: np.ndarray, order: tuple[np.ndarray, np.ndarray], ridge: float) -> float:
    """Return the mean loss on pairs (an utterance of each domain) that were left out; `order` pairs them.

    Leaving out an utterance changes H by a matrix of rank one, so that its inverse follows (Sherman & Morrison).
    """
    n, m = len(k_s), len(k_t)
    x, y = k_s[order[0]], k_t[order[1]]
    inverse = np.linalg.inv(k_s.T @ k_s / n + ridge * (n - 1) / n * np.eye(k_s.shape[1]))
    h, scaled = k_t.mean(axis=0), x @ inverse
    room = n - (x * scaled).sum(axis=1)
    with_h = inverse @ h + scaled * (scaled @ h / room)[:, None]
    with_y = y @ inverse + scaled * ((y * scaled).sum(axis=1) / room)[:, None]
    alpha = np.maximum(0, (n - 1) / (n * max(m - 1, 1)) * (m * with_h - with_y))
    w_x, w_y = (x * alpha).sum(axis=1), (y * alpha).sum(axis=1)
    return float(np.mean(w_x**2) / 2 - np.mean(w_y))


ADAPTATION = ImportanceWeighting()
