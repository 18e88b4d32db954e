"""What a model is.

A model is a module `xser/models/{name}.py` with

- `PARAMETERS`: parameter -> default; everything the paper leaves open is one, and config.yaml may set it;
- `SEEDED`: whether a seed changes what it learns;
- `EPOCHS`: whether it learns in epochs (and so wants development speakers to choose one; see `develops`);
- `SUFFIX`: of its saved file, such as ".npz" or ".keras";
- `check(parameters)`: raises an InputError whose offenders are `name: why` for values it cannot be trained with (see
  xser/parameters.py). It is given all parameters when the config is read, so it imports nothing heavy;
- `fit(train, dev, heads, parameters, seed, start=None) -> Model`; `start` is a fitted model to fine-tune. A model with
  a parameter `epoch` also takes `oracle=`, examples that its epoch may be chosen on, as some published figures are;
- `load(path) -> Model`.

Inputs reach a model scaled already (see scaling.py): a list with one float32 array an utterance, either `(dims,)`
(functionals) or `(frames, dims)`. Nothing here imports another stage's code.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from xser.errors import InputError


@dataclass(frozen=True)
class Head:
    """One thing to learn: a class of `classes`, or, where `classes` is empty, a value (regression)."""

    name: str
    classes: tuple[str, ...] = ()
    weight: float = 1.0

    @property
    def kind(self) -> str:
        """`class` or `value`."""
        return "class" if self.classes else "value"


@dataclass
class Examples:
    """Utterances to learn from or to choose an epoch on.

    `inputs` holds one array an utterance. `targets` maps each head's name to an array of shape (utterances,): class
    indices (int, -1 where the label is unknown) or values (float, NaN where unknown).
    """

    inputs: list[np.ndarray]
    targets: dict[str, np.ndarray]


class Model(Protocol):
    """A fitted model."""

    history: list[dict[str, float]]
    """One dict an epoch (loss, dev_loss, dev_uar ...); empty for models without epochs."""

    def predict(self, inputs: list[np.ndarray]) -> dict[str, np.ndarray]:
        """Return for each head an array (utterances, classes) whose rows sum to 1, or (utterances,) values."""

    def save(self, path: Path) -> None:
        """Write one file, without pickle, with the same bytes for the same model."""


@dataclass
class Fitted:
    """Common state of the models here."""

    heads: tuple[Head, ...]
    parameters: dict[str, Any]
    history: list[dict[str, float]] = field(default_factory=list)


def uar(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Unweighted average recall over the classes that `truth` holds; -1 (unknown) is left out; NaN if none is known."""
    present = [c for c in np.unique(truth) if c >= 0]
    return float(np.mean([np.mean(predicted[truth == c] == c) for c in present])) if present else float("nan")


def develops(module: ModuleType, parameters: Mapping[str, Any]) -> bool:
    """Whether a training chooses its epoch on development speakers; where it does not, it learns from them too."""
    return bool(module.EPOCHS) and {**module.PARAMETERS, **parameters}.get("epoch", "dev") == "dev"


INTERFACE = ("PARAMETERS", "SEEDED", "EPOCHS", "SUFFIX", "check", "fit", "load")


def load_module(name: str) -> ModuleType:
    """Import the model module of that name; refuse a module that is none, or lacks a part of one."""
    where = f"workflow_scripts/xser/models/{name}.py"
    try:
        module = importlib.import_module(f"xser.models.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"xser.models.{name}":
            raise
        raise InputError(f"there is no model {name!r} (no {where})") from None
    missing = [part for part in INTERFACE if not hasattr(module, part)]
    if "PARAMETERS" in missing:
        raise InputError(f"there is no model {name!r} ({where} is not a model)")
    if missing:
        raise InputError(f"model {name!r} lacks {', '.join(missing)} ({where}; docs/models.md says what a model has)")
    return module
