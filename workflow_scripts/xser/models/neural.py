"""Networks that learn in epochs: their common parameters. What trains them (training_loop.py) imports TensorFlow."""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xser.models.base import Examples, FittedModel, Head, Model
from xser.parameters import Parameter, Parameters, integer, list_of, number, one_of, or_null, problems, shown, text

if TYPE_CHECKING:
    from xser.models.network import Kit, Network
    from xser.models.training_loop import FittedNetwork

# The names that Keras knows, in any case, without what wraps other optimizers. A test compares them with Keras.
OPTIMIZERS = (
    *("adadelta", "adafactor", "adagrad", "adam", "adamax", "adamw"),
    *("ftrl", "lion", "muon", "nadam", "rmsprop", "schedulefreeadamw", "sgd"),
)


def optimizer(value: Any) -> str:
    """The name of an optimizer of Keras."""
    known = isinstance(value, str) and value.lower() in OPTIMIZERS
    return "" if known else f"{shown(value)} is no optimizer that Keras knows; use one of {', '.join(OPTIMIZERS)}"


TRAINING: Parameters = {
    "frames": Parameter(120, or_null(integer(1)), "paper. `null`: whole utterances, masked"),
    "steps": Parameter(1, integer(1), "our assumption. Functionals enter as this many time steps (IS09: one of 384)"),
    "optimizer": Parameter("adam", optimizer, "our assumption. Any optimizer that Keras knows by name"),
    "learning_rate": Parameter(0.001, number(above=0), "our assumption"),
    "batch_size": Parameter(32, integer(1), "our assumption"),
    "epochs": Parameter(60, integer(1), "our assumption. At most this many"),
    "patience": Parameter(
        8, or_null(integer(1)), "our assumption. Epochs without a better one before training stops; `null`: never"
    ),
    "epoch": Parameter(
        "dev",
        one_of("dev", "last", "oracle"),
        "our assumption. `dev`: the best on development speakers (without any: the last). `last`. `oracle`: the best "
        "on the test set, as some published results are; no early stopping, and the numbers must be labelled so. With "
        "these two the development speakers are trained on",
    ),
    "refit": Parameter(
        False,
        one_of(False, True),
        "our assumption. With `epoch: dev`: once the epoch is chosen, train again from the start on training and "
        "development speakers, for as many epochs; scaling stays that of the training speakers",
    ),
    "monitor": Parameter(
        "uar",
        one_of("uar", "heads", "loss"),
        "our assumption. What chooses the epoch: `uar` of the emotions, ties by loss; `heads`, the mean UAR of all "
        "heads with classes, ties by loss; or `loss`, the weighted sum of all heads' losses",
    ),
    "class_weight": Parameter(
        None,
        one_of(None, "balanced"),
        "our assumption. `balanced`: in the loss of every head with classes, weights n / (classes x n of the class)",
    ),
    "freeze": Parameter(
        [],
        list_of(text),
        "When fine-tuning (`a>b`): `recurrent` (all recurrent layers), `dense` (hidden dense layers), `heads` (all "
        "heads), `emotion` (its head alone), or names of layers, such as `lstm_1`",
    ),
}
"""What training in epochs reads, whatever the network. All other parameters of a network shape it."""


GROUPS = ("recurrent", "dense", "heads", "emotion")
"""What `freeze` may name in any network; the head of emotion is in all."""


class NeuralModel(Model):
    """A network of named Keras layers, trained in epochs."""

    seeded = True
    epochs = True
    reverses = weighs = True
    suffix = ".keras"

    @abstractmethod
    def build(self, kit: "Kit", frames: int | None, dims: int, heads: Sequence[Head], shape: Mapping[str, Any]) -> Any:
        """Build the Keras model: input (frames, dims), one output a head, by the parameters that are not TRAINING's.

        Layers have names; `kit.LSTM` makes LSTM layers and `kit.outputs` the heads.
        """

    @abstractmethod
    def layers(self, shape: Mapping[str, Any]) -> Sequence[str]:
        """Return the names of the layers with weights, without the heads."""

    def wrong(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with parameters; the layers to freeze must be there."""
        wrong = problems(self.parameters, parameters)
        if "freeze" not in wrong:
            shape = {**parameters, **{key: self.parameters[key].default for key in wrong}}
            names = dict.fromkeys([*GROUPS, *self.layers(shape)])
            wrong |= problems({"freeze": Parameter([], list_of(one_of(*names)))}, parameters)
        return wrong

    def network(self, frames: int | None, dims: int, heads: Sequence[Head], parameters: Mapping[str, Any]) -> "Network":
        """Return the compiled network for these inputs and heads, built once a process."""
        from xser.models.network import network_for

        shape = {key: parameters[key] for key in self.parameters if key not in TRAINING}
        return network_for(self.build, frames, dims, tuple(heads), json.dumps(shape, sort_keys=True))

    def fit(
        self,
        train: Examples,
        dev: Examples | None,
        heads: Sequence[Head],
        parameters: Mapping[str, Any],
        seed: int,
        start: FittedModel | None = None,
        oracle: Examples | None = None,
    ) -> "FittedNetwork":
        """Train, or fine-tune `start`; see `Model.fit` and training_loop.py."""
        from xser.models import sequences, training_loop

        settings = self.complete(parameters)
        shape = sequences.shape_of(train.inputs, settings["frames"], settings["steps"])
        network = self.network(*shape, heads, settings)
        return training_loop.fit(self.name, network, train, dev, settings, seed, start, oracle)

    def load(self, path: Path) -> FittedModel:
        """Read what `FittedNetwork.save` wrote; the network of a model is built once a process."""
        from xser.models import keras_files
        from xser.models.training_loop import FittedNetwork

        settings = keras_files.saved_settings(path)
        heads, parameters = tuple(map(Head.of, settings["heads"])), settings["parameters"]
        network = self.network(settings["frames"], settings["dims"], heads, parameters)
        weights = keras_files.read_weights(path, network.stock)
        return FittedNetwork(heads, parameters, self.name, network, weights)

    def fitted(
        self,
        frames: int | None,
        dims: int,
        heads: tuple[Head, ...],
        parameters: dict[str, Any],
        weights: Mapping[str, Sequence[Any]],
    ) -> "FittedNetwork":
        """Return the network with these weights of each layer, without reading a file."""
        from xser.models.training_loop import FittedNetwork

        network = self.network(frames, dims, heads, parameters)
        held = [w for layer in network.stock.layers if layer.weights for w in weights[layer.name]]
        return FittedNetwork(heads, parameters, self.name, network, held)
