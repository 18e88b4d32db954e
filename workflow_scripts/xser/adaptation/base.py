"""What a method of adaptation is: one object `ADAPTATION`, of a class derived from `Adaptation`, in a module here.

A method sees the vectors that a model is going to learn from (the source) and unlabelled vectors of the corpus that is
going to be tested (the target), both scaled already. What it learns of them are arrays, one set a fold: they map
vectors of the source and of the target, or weigh those of the source. Labels it never sees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from xser.additions import Addition, load_addition
from xser.errors import InputError
from xser.models.base import Examples, Head

Arrays = dict[str, np.ndarray]
NONE = "none"
UNLABELLED = {"untested": ("train", "dev"), "tested": ("test",), "all": ("train", "dev", "test")}
"""What `unlabelled` may say -> the parts of the tested corpus that are used, without their labels."""
WHO = {
    "untested": "its non-test speakers",
    "tested": "the tested utterances themselves",
    "all": "all its utterances, the tested ones included",
}


class Adaptation(Addition):
    """A method; the config sets its parameters beside `method` and `unlabelled`, docs/adaptation.md shows them.

    Attributes
    ----------
    in_network
        Whether it is learnt within a network, together with the emotion, and not before.
    weighs
        Whether it gives utterances of the source a weight.

    Examples
    --------
    >>> method = load_adaptation("coral")
    >>> source, target = np.eye(3, dtype=np.float32), 2 * np.eye(3, dtype=np.float32)
    >>> fitted = method.fit(source, target, {"ridge": 1e-6})
    >>> np.round(np.cov(method.source(source, fitted).T), 2).tolist() == np.round(np.cov(target.T), 2).tolist()
    True
    """

    in_network = weighs = False

    def fit(self, source: np.ndarray, target: np.ndarray, parameters: Mapping[str, Any]) -> Arrays:
        """Return what is learnt, float32, from source (n, dims) and target (m, dims); the same input, the same bytes.

        The array `weights`, shape (n,), if there is one, weighs the utterances of the source in training.
        """
        return {}

    def source(self, x: np.ndarray, fitted: Arrays) -> np.ndarray:
        """Map vectors (n, dims) of the source to what a model learns from, (n, new dims)."""
        return x

    def target(self, x: np.ndarray, fitted: Arrays) -> np.ndarray:
        """Map vectors (m, dims) of the target to what a model is asked for, (m, new dims)."""
        return x

    def extend(
        self, train: Examples, heads: Sequence[Head], unlabelled: Sequence[np.ndarray], parameters: Mapping[str, Any]
    ) -> tuple[Examples, Sequence[Head]]:
        """Return what a network learns from and its heads, where the method works within the network."""
        return train, heads


def apply(mapping: Any, inputs: Sequence[np.ndarray], fitted: Arrays) -> list[np.ndarray]:
    """Map inputs by `source` or `target` of a method; float32."""
    if not inputs or not fitted:
        return list(inputs)
    return list(np.asarray(mapping(stacked(inputs), fitted), np.float32))


def adapted(method: Adaptation, examples: Examples, fitted: Arrays, first: int = 0) -> Examples:
    """Return examples of the source, mapped and weighed; `first` is the place of their first one among all weights."""
    weights = fitted.get("weights")
    if weights is not None:
        weights = weights[first : first + len(examples.inputs)]
    return replace(examples, inputs=apply(method.source, examples.inputs, fitted), weights=weights)


def stacked(inputs: Sequence[np.ndarray]) -> np.ndarray:
    """Return vectors as a matrix (n, dims); an InputError for matrices of frames."""
    if any(x.ndim != 1 for x in inputs):
        raise InputError(
            "adaptation needs one vector an utterance, and was given frames", hint="use functionals (is09)"
        )
    return np.stack(inputs)


def centred(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x less its mean, and the mean, float64."""
    mean = x.mean(axis=0, dtype=np.float64)
    return x - mean, mean


def as_float32(**arrays: Any) -> Arrays:
    """Return arrays as they are saved."""
    return {name: np.asarray(array, np.float32) for name, array in arrays.items()}


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return (n, m), of every row of (n, dims) to every row of (m, dims)."""
    apart = np.square(x).sum(axis=1)[:, None] + np.square(y).sum(axis=1)[None] - 2 * (x @ y.T)
    return np.asarray(np.maximum(apart, 0))


def signed(vectors: np.ndarray) -> np.ndarray:
    """Turn each column so that its largest component is positive: an eigenvector has no sign of its own."""
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])])


def load_adaptation(name: str) -> Adaptation:
    """Return the method of a name; an InputError if there is none."""
    return load_addition("adaptation", "adaptation", name, Adaptation)
