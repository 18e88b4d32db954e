"""The LSTM of the paper: two layers of 128 cells, then a softmax (or several heads), on frames or on functionals.

Frames enter zero-padded or cut to `frames` (the paper: 120), and the state after the last of them is used; with
`frames: null` whole utterances enter, masked, and the state after their own last frame is used. Functionals enter as
`steps` steps, one step of 384 for IS09.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xser import parameters as checks
from xser.models.base import Examples, Head, Model

if TYPE_CHECKING:
    from xser.models.network import Kit
    from xser.models.training_loop import Architecture, NeuralModel

PARAMETERS: dict[str, Any] = {
    "layers": [128, 128],  # the paper; cells of each LSTM layer
    "frames": 120,  # the paper; null: whole utterances, masked
    "steps": 1,  # our assumption; functionals enter as this many time steps
    "bidirectional": False,
    "dense": [],  # units of dense layers (ReLU) before the heads; the paper's transfer model has one, its size is open
    "dropout": 0.0,  # our assumption; after each LSTM and dense layer
    "optimizer": "adam",  # our assumption; any name that Keras knows
    "learning_rate": 0.001,  # our assumption
    "batch_size": 32,  # our assumption
    "epochs": 60,  # our assumption; at most this many
    "patience": 8,  # our assumption; epochs without a better one before training stops; null: never
    "epoch": "dev",  # our assumption; dev: the best on development speakers, last, or oracle: the best on the test set
    "monitor": "uar",  # our assumption; best on development speakers by uar of the first head (then loss), or by loss
    "class_weight": None,  # our assumption; balanced: classes weigh by inverse frequency in the loss
    "freeze": [],  # when fine-tuning: recurrent, dense, or names of layers
}
SEEDED = True
EPOCHS = True
SUFFIX = ".keras"

SHAPING = ("layers", "bidirectional", "dense", "dropout")
RULES: dict[str, checks.Rule] = {
    **checks.TRAINING,
    "layers": checks.list_of(checks.integer(1), least=1),
    "frames": checks.or_null(checks.integer(1)),
    "bidirectional": checks.one_of(False, True),
    "dense": checks.list_of(checks.integer(1)),
    "dropout": checks.number(least=0, below=1),
}


def check(parameters: Mapping[str, Any]) -> None:
    """Raise InputError for values that cannot be trained with."""
    wrong = checks.problems(RULES, parameters)
    if not {"layers", "dense"} & wrong.keys():
        counts = {"lstm": len(parameters["layers"]), "dense": len(parameters["dense"])}
        layers = [f"{kind}_{i}" for kind, count in counts.items() for i in range(1, count + 1)]
        wrong |= checks.problems({"freeze": checks.frozen(layers)}, parameters)
    checks.refuse("lstm", wrong)


def build(kit: "Kit", frames: int | None, dims: int, heads: Sequence[Head], parameters: Mapping[str, Any]) -> Any:
    """Build the Keras model: input (frames, dims), one output a head."""
    from xser.models.tensorflow_setup import keras

    inputs = keras.Input((frames, dims), name="features")
    x = inputs if frames is not None else keras.layers.Masking(name="padding")(inputs)
    for number, units in enumerate(parameters["layers"], start=1):
        name = f"lstm_{number}"
        layer = kit.LSTM(units, return_sequences=number < len(parameters["layers"]), name=name)
        x = (keras.layers.Bidirectional(layer, name=name) if parameters["bidirectional"] else layer)(x)
        if parameters["dropout"]:
            x = keras.layers.Dropout(parameters["dropout"], name=f"{name}_dropout")(x)
    for number, units in enumerate(parameters["dense"], start=1):
        x = keras.layers.Dense(units, activation="relu", name=f"dense_{number}")(x)
        if parameters["dropout"]:
            x = keras.layers.Dropout(parameters["dropout"], name=f"dense_{number}_dropout")(x)
    return keras.Model(inputs, kit.outputs(x, heads), name="lstm")


@cache
def architecture() -> "Architecture":
    """This module's network, for the training loop."""
    from xser.models.training_loop import Architecture

    return Architecture("lstm", build, SHAPING)


def fit(
    train: Examples,
    dev: Examples | None,
    heads: Sequence[Head],
    parameters: Mapping[str, Any],
    seed: int,
    start: Model | None = None,
    oracle: Examples | None = None,
) -> "NeuralModel":
    """Train, or fine-tune `start`; see training_loop.py."""
    from xser.models import training_loop

    return training_loop.fit(architecture(), train, dev, heads, {**PARAMETERS, **parameters}, seed, start, oracle)


def load(path: Path) -> "NeuralModel":
    """Read a saved model."""
    from xser.models.training_loop import NeuralModel

    return NeuralModel.load(architecture(), path)
