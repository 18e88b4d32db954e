"""CORAL (Sun, Feng & Saenko 2016): the source gets the covariance of the target.

    x' = (x - mean_S) C_S^(-1/2) C_T^(1/2) + mean_T,   C = cov + ridge I

They add I and standardise each domain first; here means are moved too, which is the same where corpora are normalised.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from xser.adaptation.base import Adaptation, Arrays, as_float32, centred
from xser.parameters import Parameter, Parameters, number


class Coral(Adaptation):
    """Correlation alignment; what is tested stays as it is."""

    parameters: ClassVar[Parameters] = {
        "ridge": Parameter(1.0, number(above=0), "theirs. Added to the diagonal of both covariances")
    }

    def fit(self, source: np.ndarray, target: np.ndarray, parameters: Mapping[str, Any]) -> Arrays:
        """Return `map` (dims, dims) and both means (dims,)."""
        (s, mean_s), (t, mean_t) = centred(source), centred(target)
        ridge = parameters["ridge"]
        mapping = _power(_covariance(s, ridge), -0.5) @ _power(_covariance(t, ridge), 0.5)
        return as_float32(map=mapping, mean_source=mean_s, mean_target=mean_t)

    def source(self, x: np.ndarray, fitted: Arrays) -> np.ndarray:
        """Give vectors of the source the target's mean and covariance."""
        return (x - fitted["mean_source"]) @ fitted["map"] + fitted["mean_target"]


def _covariance(x: np.ndarray, ridge: float) -> np.ndarray:
    return x.T @ x / max(len(x) - 1, 1) + ridge * np.eye(x.shape[1])


def _power(symmetric: np.ndarray, exponent: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(symmetric)
    return (vectors * values**exponent) @ vectors.T


ADAPTATION = Coral()
