"""A neural architecture in two forms with the same weights, and its compiled functions.

The *stock* form is plain Keras with softmax heads: what a saved file holds. The *fast* form has the fused LSTM layers
and heads without softmax (logits); it trains and predicts. Compiled functions are traced once an architecture and kept,
so that the next fold or seed in the same process starts at once.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from xser.models.base import Head
from xser.models.recurrent import lstm_class
from xser.models.sequences import Sequences, in_order_of_length
from xser.models.tensorflow_setup import keras, tf

PREDICTION_BATCH = 256
Build = Callable[["Kit", int | None, int, Sequence[Head], Mapping[str, Any]], Any]  # NeuralModel.build


@dataclass(frozen=True)
class Kit:
    """What the two forms of an architecture differ in."""

    LSTM: type[keras.layers.LSTM]
    fast: bool

    def outputs(self, features: Any, heads: Sequence[Head]) -> dict[str, Any]:
        """One dense layer a head on features (batch, units): a softmax over its classes, or one value."""
        return {
            head.name: keras.layers.Dense(
                len(head.classes) or 1, activation=None if self.fast or not head.classes else "softmax", name=head.name
            )(Reversal(head.reverse)(features) if head.reverse and self.fast else features)
            for head in heads
        }


class Reversal(keras.layers.Layer):
    """Leaves what goes forward as it is and turns the gradient round, times `weight` (Ganin et al. 2016)."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self._turn = tf.custom_gradient(lambda x: (tf.identity(x), lambda gradient: -weight * gradient))

    def call(self, x: Any) -> Any:
        """Return x."""
        return self._turn(x)


class Network:
    """One architecture; whose weights it holds at a moment is up to its caller."""

    def __init__(
        self, build: Build, frames: int | None, dims: int, heads: Sequence[Head], shape: Mapping[str, Any]
    ) -> None:
        self.frames, self.dims, self.heads = frames, dims, tuple(heads)
        self._build = lambda kit: build(kit, frames, dims, heads, shape)
        self.stock = self._build(Kit(keras.layers.LSTM, fast=False))
        self.fast = self._build(Kit(lstm_class(), fast=True))
        self._trainers: dict[Any, Trainer] = {}
        signature = [self.signature, tf.TensorSpec([None], tf.int32)]
        self._forward = tf.function(
            lambda data, rows: self.fast(self.gather(data, rows), training=False),
            input_signature=signature,
            autograph=False,
        )

    @property
    def signature(self) -> tuple[Any, Any, Any]:
        """Of `frames`, `offsets`, `lengths`: no number of utterances or frames is fixed."""
        return (
            tf.TensorSpec([None, self.dims], tf.float32),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([None], tf.int32),
        )

    def gather(self, data: tuple[Any, Any, Any], rows: Any) -> Any:
        """Return a batch (utterances, steps, dims), zero-padded to `frames` or to its longest utterance."""
        frames, offsets, lengths = data
        length = tf.gather(lengths, rows)[:, None]
        steps = tf.range(self.frames if self.frames is not None else tf.reduce_max(length))[None]
        x = tf.gather(frames, tf.where(steps < length, tf.gather(offsets, rows)[:, None] + steps, 0))
        return tf.ensure_shape(x, (None, self.frames, self.dims))

    def initial_weights(self, seed: int) -> list[np.ndarray]:
        """Return fresh weights as Keras initialises them, and seed dropout."""
        keras.utils.set_random_seed(seed)
        fresh = self._build(Kit(keras.layers.LSTM, fast=False)).get_weights()
        for number, layer in enumerate(layer for layer in self.fast.layers if isinstance(layer, keras.layers.Dropout)):
            layer.seed_generator.state.assign(np.array([seed, number], dtype=layer.seed_generator.state.dtype))
        return fresh

    def layer_weights(self, weights: Sequence[np.ndarray]) -> dict[str, list[np.ndarray]]:
        """Sort weights, in the order of `get_weights`, by layer name."""
        rest = iter(weights)
        return {layer.name: [next(rest) for _ in layer.weights] for layer in self.stock.layers if layer.weights}

    def logits(self, data: Sequences) -> dict[str, np.ndarray]:
        """Return for each head (utterances, classes) logits, or (utterances, 1) values, under the weights held."""
        tensors = tensors_of(data)
        out = {head.name: np.empty((len(data), len(head.classes) or 1), np.float32) for head in self.heads}
        for rows in in_order_of_length(data.lengths, PREDICTION_BATCH):
            for name, values in self._forward(tensors, tf.constant(rows)).items():
                out[name][rows] = values.numpy()
        return out

    def trainer(self, optimizer: str, batch_size: int, frozen: Sequence[str]) -> "Trainer":
        """Return the compiled training of this network, with the layers of these names frozen."""
        key = (optimizer, batch_size, tuple(sorted(frozen)))
        if key not in self._trainers:
            self._trainers[key] = Trainer(self, *key)
        return self._trainers[key]


class FusedAdam(keras.optimizers.Adam):
    """Keras' Adam with one TensorFlow op a variable, which does the same in one pass, in place of some twenty."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update a variable and its moments."""
        index, step = self._get_variable_index(variable), tf.cast(self.iterations.value + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle, m=self._momentums[index].value.handle, v=self._velocities[index].value.handle,
            beta1_power=self.beta_1**step, beta2_power=self.beta_2**step, lr=learning_rate, grad=gradient,
            beta1=self.beta_1, beta2=self.beta_2, epsilon=self.epsilon,
        )  # fmt: skip


class Trainer:
    """One epoch of gradient descent as one TensorFlow function."""

    def __init__(self, network: Network, optimizer: str, batch_size: int, frozen: Sequence[str]) -> None:
        self.network = network
        self._make = FusedAdam if optimizer.lower() == "adam" else partial(keras.optimizers.get, optimizer)
        self.optimizer = self._make()
        layers = [layer for layer in network.fast.layers if layer.name not in frozen]
        self.variables = [v for layer in layers for v in layer.trainable_variables]
        self.optimizer.build(self.variables)
        labels = {h.name: tf.TensorSpec([None], tf.int32 if h.classes else tf.float32) for h in network.heads}
        weights = {h.name: tf.TensorSpec([None], tf.float32) for h in network.heads}
        batches = tf.TensorSpec([None, batch_size], tf.int32), tf.TensorSpec([None, batch_size], tf.float32)
        signature = [network.signature, labels, weights, *batches]
        self.epoch = tf.function(self._epoch, input_signature=signature, autograph=False)

    def reset(self, learning_rate: float) -> None:
        """Forget all earlier steps, and start from the weights that the network holds."""
        fresh = self._make()
        fresh.build(self.variables)  # anew: schedulefreeadamw starts from a copy of the weights
        for variable, first in zip(self.optimizer.variables, fresh.variables, strict=True):
            variable.assign(first.value)
        self.optimizer.learning_rate = learning_rate

    def loss(self, x: Any, labels: Mapping[str, Any], weights: Mapping[str, Any]) -> Any:
        """Weighted sum of the heads' mean losses over the utterances whose label is known."""
        outputs = self.network.fast(x, training=True)
        total = tf.constant(0.0)
        for head in self.network.heads:
            y, w, z = labels[head.name], weights[head.name], outputs[head.name]
            if head.classes:
                each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z)
            else:
                each = tf.square(z[:, 0] - y)
            known = tf.reduce_sum(tf.cast(w > 0, tf.float32))
            total += head.weight * tf.reduce_sum(w * each) / tf.maximum(known, 1.0)
        return total

    def gradients(self, x: Any, labels: Mapping[str, Any], weights: Mapping[str, Any]) -> tuple[Any, list[Any]]:
        """Return the loss of a batch and its gradient with respect to each trained variable."""
        with tf.GradientTape() as tape:
            loss = self.loss(x, labels, weights)
        return loss, tape.gradient(loss, [v.value for v in self.variables])

    def _epoch(self, data: Any, labels: Any, weights: Any, order: Any, real: Any) -> Any:
        def step(number: Any, total: Any) -> tuple[Any, Any]:
            rows, counts = order[number], real[number]
            x = self.network.gather(data, rows)
            y = {name: tf.gather(values, rows) for name, values in labels.items()}
            w = {name: tf.gather(values, rows) * counts for name, values in weights.items()}
            loss, gradients = self.gradients(x, y, w)
            self.optimizer.apply(gradients, self.variables)
            return number + 1, total + loss * tf.reduce_sum(counts)

        last = tf.shape(order)[0]
        _, total = tf.while_loop(lambda number, _: number < last, step, (0, 0.0), parallel_iterations=1)
        return total / tf.reduce_sum(real)


def tensors_of(data: Sequences) -> tuple[Any, Any, Any]:
    """Copy sequences to TensorFlow, once for all epochs."""
    return tf.constant(data.frames), tf.constant(data.offsets), tf.constant(data.lengths)


@lru_cache(maxsize=8)
def network_for(build: Build, frames: int | None, dims: int, heads: tuple[Head, ...], shape: str) -> Network:
    """Return the network of these settings, built once a process; `shape` is JSON, which can be a key."""
    return Network(build, frames, dims, heads, json.loads(shape))
