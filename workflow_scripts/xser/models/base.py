"""What a model is: one object `MODEL`, an instance of `Model`, in a module `xser/models/{name}.py`.

Inputs reach a model scaled already (see training/scaling.py): a list with one float32 array an utterance, either
`(dims,)` (functionals) or `(frames, dims)`. Nothing here imports another stage's code.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from xser.additions import Addition, load_addition
from xser.errors import raise_all
from xser.parameters import defaults


@dataclass(frozen=True)
class Head:
    """One thing to learn: a class of `classes`, or, where `classes` is empty, a value (regression).

    A network turns the gradient of a head with `reverse` round, times so much, before it reaches the layers below.
    """

    name: str
    classes: tuple[str, ...] = ()
    weight: float = 1.0
    reverse: float = 0.0

    @property
    def unknown(self) -> float:
        """What stands for an unknown label among targets."""
        return -1 if self.classes else float("nan")

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "Head":
        """Return the head that an entry of a saved file describes."""
        return cls(entry["name"], tuple(entry["classes"]), entry["weight"], entry.get("reverse", 0.0))

    def entry(self) -> dict[str, Any]:
        """Return what `of` reads, as JSON has it."""
        reverse = {"reverse": self.reverse} if self.reverse else {}
        return {"name": self.name, "classes": list(self.classes), "weight": self.weight, **reverse}


@dataclass
class Examples:
    """Utterances to learn from or to choose an epoch on.

    `inputs` holds one array an utterance. `targets` maps each head's name to an array of shape (utterances,): class
    indices (int, -1 where the label is unknown) or values (float, NaN where unknown). `utterances` names them for the
    record of what was learnt; models do not look at it. `weights`, shape (utterances,), say how much each counts in
    training, 1 on average; None: all the same.
    """

    inputs: list[np.ndarray]
    targets: dict[str, np.ndarray]
    utterances: list[str] = field(default_factory=list)
    weights: np.ndarray | None = None


def joined(train: Examples, dev: Examples | None) -> Examples:
    """Return training and development utterances as one; where one of the two has no weights, it counts 1 each."""
    if dev is None:
        return train
    targets = {name: np.concatenate([train.targets[name], dev.targets[name]]) for name in train.targets}
    weights = None
    if train.weights is not None or dev.weights is not None:
        each = (np.ones(len(x.inputs)) if x.weights is None else x.weights for x in (train, dev))
        weights = np.concatenate([*each])
    return Examples([*train.inputs, *dev.inputs], targets, weights=weights)


@dataclass
class FittedModel(ABC):
    """What `Model.fit` returns and `Model.load` reads: it predicts, and it is saved in one file.

    `parameters` are those it was fitted with. `history` holds one dict an epoch (loss, dev_loss, dev_uar, ...) and
    `chosen` says which of them, counted from 1, the model is of; models without epochs leave both as they are.
    """

    heads: tuple[Head, ...]
    parameters: dict[str, Any]
    history: list[dict[str, float]] = field(default_factory=list, kw_only=True)
    chosen: int = field(default=0, kw_only=True)

    @abstractmethod
    def predict(self, inputs: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        """Return for each head an array (utterances, classes) whose rows sum to 1, or (utterances,) values."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write one file, without pickle, with the same bytes for the same model."""

    def trainable(self) -> "FittedModel":
        """Return the form of this model that training can start from."""
        return self


class Model(Addition):
    """A kind of model: its parameters, and how it is fitted, checked and loaded.

    Attributes
    ----------
    seeded
        Whether a seed changes what it learns.
    epochs
        Whether it learns in epochs, and so wants development speakers to choose one.
    reverses, weighs
        Whether it knows heads with `reverse`, and weights of utterances.
    takes_frames
        Whether an utterance may be a matrix of frames, and not only one vector.
    suffix
        Of its saved file, such as ".npz".

    Examples
    --------
    >>> model = load_model("logreg")
    >>> model.name, model.parameters["C"].default, model.epochs
    ('logreg', 0.01, False)
    """

    seeded = False
    epochs = False
    reverses = weighs = False
    takes_frames = True
    suffix = ".npz"

    @abstractmethod
    def fit(
        self,
        train: Examples,
        dev: Examples | None,
        heads: Sequence[Head],
        parameters: Mapping[str, Any],
        seed: int,
        start: FittedModel | None = None,
        oracle: Examples | None = None,
    ) -> FittedModel:
        """Fit a model.

        Parameters
        ----------
        train, dev
            Utterances to learn from and to choose an epoch or a parameter on; `dev` is None where there are none.
        heads
            What to learn; the first is the emotion.
        parameters
            Those that differ from the defaults.
        seed
            Of all that is random.
        start
            A fitted model to fine-tune.
        oracle
            Test utterances to choose the epoch on, where the parameter `epoch` is oracle, as in some published results.

        Raises
        ------
        InputError
            If a parameter is wrong, or if it cannot learn from these utterances.
        """

    @abstractmethod
    def load(self, path: Path) -> FittedModel:
        """Read what `FittedModel.save` wrote."""

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Raise one InputError for all that is wrong with the parameters, each offender as `name: why`."""
        raise_all(
            f"model {self.name!r} cannot be trained with these parameters",
            [f"{key}: {why}" for key, why in self.wrong(parameters).items()],
            "correct the config; docs/models.md explains every parameter",
        )

    def develops(self, parameters: Mapping[str, Any]) -> bool:
        """Whether a training chooses its epoch on development speakers; where not, it learns from them too."""
        return self.epochs and {**defaults(self.parameters), **parameters}.get("epoch", "dev") == "dev"

    def learns(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return the parts of a split that the final model learns from."""
        settings = {**defaults(self.parameters), **parameters}
        return ["train"] if self.develops(settings) and not settings.get("refit") else ["train", "dev"]

    def chooses(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return the parts of a split that an epoch, or a parameter, is chosen on."""
        if not self.epochs:
            return []
        return {"dev": ["dev"], "oracle": ["test"]}.get(
            {**defaults(self.parameters), **parameters}.get("epoch", "dev"), []
        )

    def without_dev(self, fitted: FittedModel, train: Examples, seed: int) -> FittedModel | None:
        """Return a model that differs from `fitted` in this only: it has not learnt from development speakers.

        It is `fitted` itself, or is fitted on `train` now, if that takes seconds; None where neither can be.
        """
        return None if "dev" in self.learns(fitted.parameters) else fitted


def check_answers(scores: Mapping[str, np.ndarray], utterances: Sequence[str], model: str) -> None:
    """Refuse what `predict` returned if it is no number: the largest of NaN would be that of the first class."""
    raise_all(
        f"the model {model} has no finite answer for these utterances",
        [u for k, u in enumerate(utterances) if not all(np.isfinite(x[k]).all() for x in scores.values())],
        "look at their features, and at the model's learning curve: its training may have diverged",
    )


def uar(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Unweighted average recall over the classes that `truth` holds; -1 (unknown) is left out; NaN if none is known."""
    present = [c for c in np.unique(truth) if c >= 0]
    return float(np.mean([np.mean(predicted[truth == c] == c) for c in present])) if present else float("nan")


def load_model(name: str) -> Model:
    """Return the model of a name; an InputError if there is none, or if its class lacks a method."""
    return load_addition("model", "models", name, Model)  # type: ignore[type-abstract]
