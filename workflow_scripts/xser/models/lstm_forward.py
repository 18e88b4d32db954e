"""A saved LSTM that predicts by NumPy: it needs no TensorFlow, whose start takes longer than most predictions.

The weights and equations are those of Keras (Hochreiter and Schmidhuber 1997, gates in the order i, f, g, o); only a
model to fine-tune is built in Keras.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xser.files import decoding
from xser.models import keras_files
from xser.models.base import FittedModel, Head
from xser.models.functionals import probabilities
from xser.models.neural import NeuralModel
from xser.models.sequences import given, in_order_of_length

BATCH = 256
Layer = list[np.ndarray]


@dataclass
class LoadedLSTM(FittedModel):
    """Weights by layer: kernel, recurrent kernel and bias of each direction; of dense layers kernel and bias."""

    frames: int | None
    dims: int
    weights: dict[str, Layer]
    model: NeuralModel

    def trainable(self) -> FittedModel:
        return self.model.fitted(self.frames, self.dims, self.heads, self.parameters, self.weights)

    def save(self, path: Path) -> None:
        self.trainable().save(path)

    def predict(self, inputs: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        data = given(inputs, self.frames, self.dims, self.parameters["steps"])
        out = {head.name: np.empty((len(data), len(head.classes) or 1)) for head in self.heads}
        for rows in in_order_of_length(data.lengths, BATCH):
            lengths = data.lengths[rows]
            steps = np.arange(self.frames or lengths.max())
            places = np.where(steps < lengths[:, None], data.offsets[rows][:, None] + steps, 0)
            x = self._features(data.frames[places], lengths if self.frames is None else None)
            for head in self.heads:
                kernel, bias = self.weights[head.name]
                out[head.name][rows] = x @ kernel + bias
        return probabilities(self.heads, out)

    def _features(self, x: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
        """Return what the heads see, (utterances, units), for x (utterances, steps, dims)."""
        for n, _ in enumerate(self.parameters["layers"], start=1):
            layer = self.weights[f"lstm_{n}"]
            ways = [_run(x, layer[i : i + 3], lengths, backwards=bool(i)) for i in range(0, len(layer), 3)]
            x, last = (np.concatenate(parts, axis=-1) for parts in zip(*ways, strict=True))
        for n, _ in enumerate(self.parameters["dense"], start=1):
            kernel, bias = self.weights[f"dense_{n}"]
            last = np.maximum(last @ kernel + bias, 0)
        return last


def _run(x: np.ndarray, weights: Layer, lengths: np.ndarray | None, backwards: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return h at each step (utterances, steps, units), in the order of x, and the last one.

    With `lengths`, steps from an utterance's length on leave its state as it is.
    """
    both = np.concatenate(weights[:2])
    units = weights[1].shape[0]
    h, c = np.zeros((2, len(x), units), np.float32)
    states = np.empty((*x.shape[:2], units), np.float32)
    for t in reversed(range(x.shape[1])) if backwards else range(x.shape[1]):
        i, f, g, o = np.split(np.concatenate([x[:, t], h], axis=1) @ both + weights[2], 4, axis=1)
        c_next = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        h_next = _sigmoid(o) * np.tanh(c_next)
        if lengths is None:
            h, c = h_next, c_next
        else:
            there = (t < lengths)[:, None]
            h, c = np.where(there, h_next, h), np.where(there, c_next, c)
        states[:, t] = h
    return states, h


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * x)  # SciPy's expit takes twice as long, and its import a sixth of a second


def load(path: Path, model: NeuralModel) -> LoadedLSTM:
    """Read a saved LSTM; `model` makes the same in Keras."""
    settings = keras_files.saved_settings(path)
    with decoding(path, keras_files.WHAT):
        heads, parameters = tuple(map(Head.of, settings["heads"])), settings["parameters"]
        dims = settings["dims"]
        shapes = dict(_shapes(dims, heads, parameters))
        weights = keras_files.weights_by_layer(path)
        if {name: [w.shape for w in layer] for name, layer in weights.items()} != shapes:
            raise ValueError("its weights are of other shapes than its parameters say")
    return LoadedLSTM(heads, parameters, settings["frames"], dims, weights, model)


def _shapes(
    dims: int, heads: Sequence[Head], parameters: Mapping[str, Any]
) -> Iterator[tuple[str, list[tuple[int, ...]]]]:
    """Yield the shapes of each layer's weights."""
    directions = 2 if parameters["bidirectional"] else 1
    for n, units in enumerate(parameters["layers"], start=1):
        yield f"lstm_{n}", [(dims, 4 * units), (units, 4 * units), (4 * units,)] * directions
        dims = units * directions
    for n, units in enumerate(parameters["dense"], start=1):
        yield f"dense_{n}", [(dims, units), (units,)]
        dims = units
    for head in heads:
        yield head.name, [(dims, len(head.classes) or 1), (len(head.classes) or 1,)]
