"""The speech model of Tripathi & Beigi 2018 (arXiv 1804.05788), on 100 frames of 34 short-term features.

Theirs: a bidirectional LSTM of 128 cells, a bidirectional "attention decoder" of 128 cells over all its states, its 100
outputs flattened, dense 512 (ReLU), softmax over 4 classes; Adadelta, batches of 100, 100 epochs. Their decoder is a
custom recurrent layer: at each output step additive (Bahdanau) attention, asked by the decoder's previous state, mixes
the encoder's states, and a gated cell with softmax output reads the mixture.

Here the same is composed of stock Keras layers, so that saved files load everywhere, and it differs in three ways: the
attention is asked by the encoder's state of that step instead of by the decoder's previous state (with learned
projections of 128 for query and key, and scaled dot products in place of the additive score), so that all steps are
computed at once; the two directions share one attention; and the decoder's cell is an LSTM with its usual output.
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
    "frames": 100,  # theirs
    "steps": 1,  # our assumption; functionals enter as this many time steps
    "units": 128,  # theirs; cells a direction, of encoder and decoder, and width of the attention
    "dense": 512,  # theirs
    "optimizer": "adadelta",  # theirs
    "learning_rate": 1.0,  # theirs: the default of Adadelta in Keras 2
    "batch_size": 100,  # theirs
    "epochs": 100,  # theirs
    "patience": 20,  # our assumption; null: never stop early
    "epoch": "dev",  # ours: the best on development speakers; oracle: the best on the test set, as published; or last
    "monitor": "uar",  # our assumption; see lstm.py
    "class_weight": None,
    "freeze": [],  # when fine-tuning: recurrent, dense, or names of layers
}
SEEDED = True
EPOCHS = True
SUFFIX = ".keras"

SHAPING = ("units", "dense")
LAYERS = ("encoder", "attention_query", "attention_key", "attention", "decoder")  # that have weights, beside dense
RULES: dict[str, checks.Rule] = {
    **checks.TRAINING,
    "frames": checks.integer(1),  # they are flattened: whole utterances cannot enter
    "units": checks.integer(1),
    "dense": checks.integer(1),
    "freeze": checks.frozen(LAYERS),
}


def check(parameters: Mapping[str, Any]) -> None:
    """Raise InputError for values that cannot be trained with."""
    checks.refuse("tripathi", checks.problems(RULES, parameters))


def build(kit: "Kit", frames: int | None, dims: int, heads: Sequence[Head], parameters: Mapping[str, Any]) -> Any:
    """Build the Keras model: input (frames, dims), one output a head."""
    from xser.models.tensorflow_setup import keras

    units = parameters["units"]

    def both_ways(name: str, x: Any) -> Any:
        return keras.layers.Bidirectional(kit.LSTM(units, return_sequences=True, name=name), name=name)(x)

    inputs = keras.Input((frames, dims), name="features")
    states = both_ways("encoder", inputs)
    query = keras.layers.Dense(units, use_bias=False, name="attention_query")(states)
    key = keras.layers.Dense(units, use_bias=False, name="attention_key")(states)
    context = keras.layers.Attention(use_scale=True, name="attention")([query, states, key])
    x = keras.layers.Flatten(name="flatten")(both_ways("decoder", context))
    x = keras.layers.Dense(parameters["dense"], activation="relu", name="dense")(x)
    return keras.Model(inputs, kit.outputs(x, heads), name="tripathi")


@cache
def architecture() -> "Architecture":
    """This module's network, for the training loop."""
    from xser.models.training_loop import Architecture

    return Architecture("tripathi", build, SHAPING)


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

    settings = {**PARAMETERS, **parameters}
    check(settings)
    return training_loop.fit(architecture(), train, dev, heads, settings, seed, start, oracle)


def load(path: Path) -> "NeuralModel":
    """Read a saved model."""
    from xser.models.training_loop import NeuralModel

    return NeuralModel.load(architecture(), path)
