"""Classifiers of one vector an utterance (logistic regression, SVC): their input, their heads, their files."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xser.errors import InputError, raise_all
from xser.models import arrays
from xser.models.base import Examples, FittedModel, Head, Model, joined, uar

Arrays = dict[str, np.ndarray]


class Classifier(Model):
    """One independent classifier a head, each a dict of arrays; utterances without a head's label do not train it.

    Where the parameter named `choice` is a list, the value with the best UAR on development speakers is chosen for each
    head (ties: the smallest), then the classifier is fitted on training and development utterances together. `fit_one`
    is given the chosen value among the parameters, `decide` finds it in `fitted`.
    """

    choice = ""
    takes_frames = False

    @abstractmethod
    def fit_one(self, x: np.ndarray, y: np.ndarray, parameters: Mapping[str, Any]) -> Arrays:
        """Fit at least two classes: x (utterances, dims) float32, y (utterances,) indices into the classes present.

        A model with `weighs` also takes `weights` (utterances,): how much each counts in training, 1 on average.
        """

    @abstractmethod
    def decide(self, x: np.ndarray, fitted: Arrays, parameters: Mapping[str, Any]) -> np.ndarray:
        """Return one decision value for each utterance and class present."""

    def fit(
        self,
        train: Examples,
        dev: Examples | None,
        heads: Sequence[Head],
        parameters: Mapping[str, Any],
        seed: int,
        start: FittedModel | None = None,
        oracle: Examples | None = None,
    ) -> "FittedClassifier":
        """Fit on training and development utterances; see `Model.fit`."""
        settings = self.complete(parameters)
        grid = _grid(settings[self.choice]) if self.choice else [None]
        problems = [f"head {head.name!r} is a value to regress" for head in heads if not head.classes]
        if start is not None:
            problems.append("it cannot be fine-tuned, as `a>b` asks")
        if len(grid) > 1 and dev is None:
            problems.append(f"a list of {self.choice} needs development speakers to choose by, and there are none")
        raise_all(
            f"model {self.name!r} cannot be trained like this", problems, "use the model lstm, or change the config"
        )
        edge, both = len(train.inputs), joined(train, dev)
        x = self.matrix(both.inputs)
        fitted = {}
        for head in heads:
            y = both.targets[head.name]
            options = [{**settings, self.choice: value} if self.choice else settings for value in grid]
            best = options[0]
            if len(options) > 1:
                best = options[int(np.argmax([self._dev_uar(x, y, edge, o, both.weights) for o in options]))]
            fitted[head.name] = self._fit_known(x, y, best, both.weights)
        return FittedClassifier(tuple(heads), settings, self, fitted)

    def chooses(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return the parts of a split that a parameter is chosen on: development, where a list of values is given."""
        return ["dev"] if self.choice and len(_grid(self.complete(parameters)[self.choice])) > 1 else []

    def without_dev(self, fitted: FittedModel, train: Examples, seed: int) -> "FittedClassifier":
        """Fit on training utterances alone, with the value of `choice` that was chosen; see `Model.without_dev`."""
        assert isinstance(fitted, FittedClassifier)
        head = fitted.heads[0]
        chosen = {self.choice: fitted.arrays[head.name][self.choice].item()} if self.choice else {}
        return self.fit(train, None, [head], {**fitted.parameters, **chosen}, seed)

    def load(self, path: Path) -> "FittedClassifier":
        settings, named = arrays.read(path)
        heads = tuple(map(Head.of, settings["heads"]))
        fitted: dict[str, Arrays] = {head.name: {} for head in heads}
        for key, value in named.items():
            index, name = key.split(".", 1)
            fitted[heads[int(index)].name][name] = value
        return FittedClassifier(heads, settings["parameters"], self, fitted)

    def matrix(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        """Stack functionals into a float32 matrix (utterances, dims); refuse matrices of frames."""
        if any(x.ndim != 1 for x in inputs):
            raise InputError(
                f"model {self.name!r} learns from one vector an utterance and was given matrices of frames",
                hint="use functionals (such as is09) with it, or the model lstm with frames",
            )
        if len({len(x) for x in inputs}) > 1:
            raise InputError(f"model {self.name!r}: utterances have different numbers of features")
        return np.stack(inputs).astype(np.float32, copy=False)

    def decisions(self, x: np.ndarray, fitted: Arrays, parameters: Mapping[str, Any]) -> np.ndarray:
        """Return the decision values of the classes present; a single class always wins."""
        return self.decide(x, fitted, parameters) if len(fitted["present"]) > 1 else np.zeros((len(x), 1))

    def _fit_known(
        self, x: np.ndarray, y: np.ndarray, parameters: Mapping[str, Any], weights: np.ndarray | None
    ) -> Arrays:
        # Of those that weigh nothing scikit-learn's SVC counts `support_` wrongly, and a class of them alone is none.
        known = y >= 0 if weights is None else (y >= 0) & (weights > 0)
        if not known.any():
            raise InputError(f"model {self.name!r}: no training utterance has a label")
        present, index = np.unique(y[known], return_inverse=True)
        weighed: dict[str, Any] = {} if weights is None else {"weights": weights[known]}
        fitted = self.fit_one(x if known.all() else x[known], index, parameters, **weighed) if len(present) > 1 else {}
        chosen = {self.choice: np.array(parameters[self.choice])} if self.choice else {}
        return {"present": present, **fitted, **chosen}

    def _dev_uar(
        self, x: np.ndarray, y: np.ndarray, edge: int, parameters: Mapping[str, Any], weights: np.ndarray | None
    ) -> float:
        """Fit on the utterances before the edge, and return the UAR on those behind it."""
        fitted = self._fit_known(x[:edge], y[:edge], parameters, None if weights is None else weights[:edge])
        return uar(y[edge:], fitted["present"][self.decisions(x[edge:], fitted, parameters).argmax(axis=1)])


@dataclass
class FittedClassifier(FittedModel):
    """The classifier of each head, as arrays.

    `arrays[head]["present"]` holds the classes seen in training; the others get probability 0, and a head with one
    class seen always answers that class.
    """

    model: Classifier
    arrays: dict[str, Arrays]

    def decisions(self, inputs: Sequence[np.ndarray]) -> Arrays:
        """Return for each head the decision values (utterances, classes); -inf for a class not seen in training."""
        x = self.model.matrix(inputs)
        out = {}
        for head in self.heads:
            fitted = self.arrays[head.name]
            values = np.full((len(x), len(head.classes)), -np.inf)
            values[:, fitted["present"]] = self.model.decisions(x, fitted, self.parameters)
            out[head.name] = values
        return out

    def predict(self, inputs: Sequence[np.ndarray]) -> Arrays:
        """Return for each head an array (utterances, classes): the softmax of its decision values."""
        return {name: softmax(values) for name, values in self.decisions(inputs).items()}

    def save(self, path: Path) -> None:
        heads = [head.entry() for head in self.heads]
        settings = {"model": self.model.name, "parameters": self.parameters, "heads": heads}
        named = {f"{i}.{key}": value for i, h in enumerate(self.heads) for key, value in self.arrays[h.name].items()}
        arrays.write(path, settings, named)


def softmax(values: np.ndarray) -> np.ndarray:
    """Softmax over the last axis; it keeps the order of the values, so the class with the largest stays the largest."""
    shifted = np.exp(values - values.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def probabilities(heads: Sequence[Head], logits: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Turn logits into probabilities (utterances, classes), and (utterances, 1) values into (utterances,)."""
    wide = {head.name: logits[head.name].astype(np.float64) for head in heads}
    return {head.name: softmax(wide[head.name]) if head.classes else wide[head.name][:, 0] for head in heads}


def _grid(value: Any) -> list[Any]:
    """Return the values to choose from, ascending."""
    return sorted(value) if isinstance(value, list | tuple) else [value]
