"""What classifiers of one vector an utterance (logistic regression, SVC) share: their input, their heads, their C."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from xser.errors import InputError, raise_all
from xser.models import arrays
from xser.models.base import Examples, Fitted, Head, Model, uar

Arrays = dict[str, np.ndarray]


def matrix(inputs: Sequence[np.ndarray], model: str) -> np.ndarray:
    """Stack functionals into a float32 matrix (utterances, dims); refuse matrices of frames."""
    if any(x.ndim != 1 for x in inputs):
        raise InputError(
            f"model {model!r} learns from one vector an utterance and was given matrices of frames",
            hint="use functionals (such as is09) with it, or the model lstm with frames",
        )
    if len({len(x) for x in inputs}) > 1:
        raise InputError(f"model {model!r}: utterances have different numbers of features")
    return np.stack(inputs).astype(np.float32, copy=False)


def check_task(
    model: str, heads: Sequence[Head], start: Model | None, grid: Sequence[float], dev: Examples | None
) -> None:
    """Refuse what a classifier without epochs cannot do."""
    problems = [f"head {head.name!r} is a value to regress" for head in heads if not head.classes]
    if start is not None:
        problems.append("it cannot be fine-tuned, as `a>b` asks")
    if len(grid) > 1 and dev is None:
        problems.append("a list of C needs development speakers to choose by, and there are none")
    raise_all(f"model {model!r} cannot be trained like this", problems, "use the model lstm, or change the config")


def grid_of(value: float | Sequence[float]) -> list[float]:
    """Return the values of C to choose from, ascending; ties then go to the strongest regularisation."""
    return sorted(float(c) for c in value) if isinstance(value, Sequence) else [float(value)]


def pooled(train: Examples, dev: Examples | None) -> Examples:
    """Return training and development utterances as one."""
    if dev is None:
        return train
    targets = {name: np.concatenate([train.targets[name], dev.targets[name]]) for name in train.targets}
    return Examples([*train.inputs, *dev.inputs], targets)


class PerHead(Fitted, ABC):
    """One independent classifier a head, each a dict of arrays; utterances without a head's label do not train it.

    `arrays[head]["present"]` holds the classes seen in training; the others get probability 0, and a head with one
    class seen always answers that class.
    """

    name: ClassVar[str]
    arrays: dict[str, Arrays]

    @classmethod
    @abstractmethod
    def fit_one(cls, x: np.ndarray, y: np.ndarray, c: float, parameters: Mapping[str, Any]) -> Arrays:
        """Fit at least two classes: x (utterances, dims) float32, y (utterances,) indices into the classes present."""

    @classmethod
    @abstractmethod
    def decide(cls, x: np.ndarray, fitted: Arrays, parameters: Mapping[str, Any]) -> np.ndarray:
        """Return one decision value for each utterance and class present."""

    @classmethod
    def fit(cls, train: Examples, dev: Examples | None, heads: Sequence[Head], parameters: Mapping[str, Any]) -> Self:
        """Choose C a head by UAR on `dev` where there is a choice, then fit on training and development together."""
        grid = grid_of(parameters["C"])
        both = pooled(train, dev)
        x = matrix(both.inputs, cls.name)
        model = cls(tuple(heads), dict(parameters))
        model.arrays = {}
        for head in heads:
            y = both.targets[head.name]
            c = grid[0]
            if len(grid) > 1:
                edge = len(train.inputs)
                c = _best(grid, lambda c, y=y, e=edge: cls._dev_uar(x[:e], y[:e], x[e:], y[e:], c, parameters))  # type: ignore[misc]
            model.arrays[head.name] = {**cls._fit_known(x, y, c, parameters), "C": np.array(c)}
        return model

    @classmethod
    def _fit_known(cls, x: np.ndarray, y: np.ndarray, c: float, parameters: Mapping[str, Any]) -> Arrays:
        known = y >= 0
        if not known.any():
            raise InputError(f"model {cls.name!r}: no training utterance has a label")
        present, index = np.unique(y[known], return_inverse=True)
        fitted = cls.fit_one(x if known.all() else x[known], index, c, parameters) if len(present) > 1 else {}
        return {"present": present, **fitted}

    @classmethod
    def _dev_uar(cls, x: np.ndarray, y: np.ndarray, dev_x: np.ndarray, dev_y: np.ndarray, c: float, p: Any) -> float:
        fitted = cls._fit_known(x, y, c, p)
        return uar(dev_y, fitted["present"][cls._decisions(dev_x, fitted, p).argmax(axis=1)])

    @classmethod
    def _decisions(cls, x: np.ndarray, fitted: Arrays, parameters: Mapping[str, Any]) -> np.ndarray:
        return cls.decide(x, fitted, parameters) if len(fitted["present"]) > 1 else np.zeros((len(x), 1))

    def decisions(self, inputs: Sequence[np.ndarray]) -> Arrays:
        """Return for each head the decision values (utterances, classes); -inf for a class not seen in training."""
        x = matrix(inputs, self.name)
        out = {}
        for head in self.heads:
            fitted = self.arrays[head.name]
            values = np.full((len(x), len(head.classes)), -np.inf)
            values[:, fitted["present"]] = self._decisions(x, fitted, self.parameters)
            out[head.name] = values
        return out

    def predict(self, inputs: list[np.ndarray]) -> Arrays:
        """Return for each head an array (utterances, classes): the softmax of its decision values."""
        return {name: softmax(values) for name, values in self.decisions(inputs).items()}

    def save(self, path: Path) -> None:
        """Write a `.npz` without pickle; the same model gives the same bytes."""
        settings = {
            "model": self.name,
            "parameters": self.parameters,
            "heads": [{"name": h.name, "classes": list(h.classes), "weight": h.weight} for h in self.heads],
        }
        named = {f"{i}.{key}": value for i, h in enumerate(self.heads) for key, value in self.arrays[h.name].items()}
        arrays.write(path, settings, named)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        settings, named = arrays.read(path)
        heads = tuple(Head(h["name"], tuple(h["classes"]), h["weight"]) for h in settings["heads"])
        model = cls(heads, settings["parameters"])
        model.arrays = {h.name: {} for h in heads}
        for key, value in named.items():
            index, name = key.split(".", 1)
            model.arrays[heads[int(index)].name][name] = value
        return model


def softmax(values: np.ndarray) -> np.ndarray:
    """Softmax over the last axis; it keeps the order of the values, so the class with the largest stays the largest."""
    shifted = np.exp(values - values.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def _best(grid: Sequence[float], score: Callable[[float], float]) -> float:
    scores = [score(c) for c in grid]
    return grid[int(np.argmax(scores))]
