"""Transfer component analysis (Pan, Tsang, Kwok & Yang 2011): components in which the two means are near.

    W = the leading eigenvectors of (K L K + mu I)^(-1) K H K,   x' = k(x, landmarks) W

K is the kernel of source and target together, L holds 1/n^2, 1/m^2 and -1/nm, so that tr(K L) is the squared distance
of the two means (maximum mean discrepancy), and H centres. K grows with the square of the utterances: it is computed of
at most `landmarks` of them, half from each domain, drawn with a fixed seed; with fewer utterances it is that of all.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from xser.adaptation.base import Adaptation, Arrays, as_float32, signed, squared_distances
from xser.parameters import Parameter, Parameters, integer, number, one_of

SEED = 2011


class TransferComponents(Adaptation):
    """Both domains by the same components, each of variance 1."""

    parameters: ClassVar[Parameters] = {
        "dims": Parameter(60, integer(1), "our assumption. Components; fewer where the kernel has fewer"),
        "mu": Parameter(1.0, number(above=0), "theirs. Weight of the penalty"),
        "kernel": Parameter("rbf", one_of("rbf", "linear"), "our assumption. `rbf` has gamma = 1 / (dims x variance)"),
        "landmarks": Parameter(1000, integer(2), "our assumption. Utterances of both domains that span them"),
    }

    def fit(self, source: np.ndarray, target: np.ndarray, parameters: Mapping[str, Any]) -> Arrays:
        """Return `landmarks` (l, dims), `map` (l, components), and `gamma`, 0 for a linear kernel."""
        from scipy.linalg import eigh

        half = parameters["landmarks"] // 2
        s = _drawn(source, max(half, parameters["landmarks"] - len(target)))
        t = _drawn(target, max(half, parameters["landmarks"] - len(source)))
        both = np.concatenate([s, t]).astype(np.float64)
        gamma = 1 / (both.shape[1] * max(both.var(), 1e-12)) if parameters["kernel"] == "rbf" else 0.0
        k = _kernel(both, both, gamma)
        sides = np.concatenate([np.full(len(s), 1 / len(s)), np.full(len(t), -1 / len(t))])
        apart = k @ sides  # K L K is the outer product of this vector with itself
        spread = k - k.mean(axis=0)
        components = min(parameters["dims"], len(both) - 1)
        values, vectors = eigh(
            k @ spread,
            np.outer(apart, apart) + parameters["mu"] * np.eye(len(both)),
            subset_by_index=[len(both) - components, len(both) - 1],
        )
        # Of few features a linear kernel has few components; the others are rounding, which scaling would blow up.
        kept = max(1, np.count_nonzero(values > len(both) * np.finfo(float).eps * values[-1]))
        values, vectors = values[::-1][:kept], vectors[:, ::-1][:, :kept]
        mapping = signed(vectors) * np.sqrt(len(both) / np.maximum(values, 1e-12))
        return as_float32(landmarks=both, map=mapping, gamma=gamma)

    def source(self, x: np.ndarray, fitted: Arrays) -> np.ndarray:
        return _kernel(x.astype(np.float64), fitted["landmarks"].astype(np.float64), fitted["gamma"]) @ fitted["map"]

    target = source


def _drawn(x: np.ndarray, most: int) -> np.ndarray:
    return x if len(x) <= most else x[np.sort(np.random.default_rng(SEED).choice(len(x), most, replace=False))]


def _kernel(x: np.ndarray, y: np.ndarray, gamma: Any) -> np.ndarray:
    if not gamma:
        return np.asarray(x @ y.T)
    return np.asarray(np.exp(-float(gamma) * squared_distances(x, y)))


ADAPTATION = TransferComponents()
