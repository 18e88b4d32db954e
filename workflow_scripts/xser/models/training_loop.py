"""Training of the neural models: epochs, the choice of one, fine-tuning, and the fitted model with its file."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xser.errors import InputError, raise_all
from xser.models import keras_files
from xser.models.base import Examples, FittedModel, Head, joined, uar
from xser.models.functionals import probabilities
from xser.models.network import Network, tensors_of
from xser.models.sequences import TINY, Sequences, batches, given, pack, weighted_labels
from xser.models.tensorflow_setup import keras

Weights = list[np.ndarray]
Targets = dict[str, tuple[np.ndarray, np.ndarray]]


@dataclass
class FittedNetwork(FittedModel):
    """Weights of a model of some name; the compiled network is shared with the other fitted ones of this process."""

    model: str
    network: Network
    weights: Weights

    def predict(self, inputs: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        network = self.network
        data = given(inputs, network.frames, network.dims, self.parameters["steps"])
        network.fast.set_weights(self.weights)
        return probabilities(network.heads, network.logits(data))

    def save(self, path: Path) -> None:
        settings = {
            "model": self.model,
            "frames": self.network.frames,
            "dims": self.network.dims,
            "parameters": self.parameters,
            "heads": [head.entry() for head in self.heads],
        }
        self.network.stock.set_weights(self.weights)
        keras_files.write(path, self.network.stock, settings)


def fit(
    model: str,
    network: Network,
    train: Examples,
    dev: Examples | None,
    parameters: Mapping[str, Any],
    seed: int,
    start: FittedModel | None,
    oracle: Examples | None,
) -> FittedNetwork:
    """Train from fresh weights, or from those of `start` where layers match; return the model of the chosen epoch.

    The same seed gives the same weights to the bit. The parameters are those of neural.py and of the model.
    """
    if parameters["epoch"] == "oracle" and oracle is None:
        raise InputError(f"model {model!r}: epoch is oracle, but there are no utterances to choose it on")
    weights = network.initial_weights(seed)
    frozen: list[str] = []
    if start is not None:
        weights, copied = _carry_over(network, weights, start.trainable())
        frozen = _frozen(network, parameters["freeze"], copied)
    weights = _centre_values(network, weights, train, () if start is None else copied)
    network.fast.set_weights(weights)
    run = _Run(network, train, dev, oracle, parameters, seed, frozen)
    trained = run.train()
    if parameters["refit"] and parameters["epoch"] == "dev" and dev is not None:
        network.initial_weights(seed)  # seeds dropout again
        network.fast.set_weights(weights)
        longer = {**parameters, "epoch": "last", "epochs": run.chosen}
        trained = _Run(network, joined(train, dev), None, None, longer, seed, frozen).train()
    _assert_unmoved(network, weights, trained, frozen)
    return FittedNetwork(
        network.heads, dict(parameters), model, network, trained, history=run.history, chosen=run.chosen
    )


class _Run:
    """One training: epochs until the last, or until `patience` of them brought nothing."""

    def __init__(
        self,
        network: Network,
        train: Examples,
        dev: Examples | None,
        oracle: Examples | None,
        parameters: Mapping[str, Any],
        seed: int,
        frozen: Sequence[str],
    ) -> None:
        self.network, self.parameters = network, parameters
        self.trainer = network.trainer(parameters["optimizer"], parameters["batch_size"], frozen)
        self.trainer.reset(parameters["learning_rate"])
        self.random = np.random.default_rng(seed)
        self.data, self.targets = _prepare(network, train, parameters["class_weight"] == "balanced")
        self.dev = None if dev is None else _prepare(network, dev, balanced=False)
        self.oracle = None if oracle is None else _prepare(network, oracle, balanced=False)
        self.history: list[dict[str, float]] = []
        self.chosen = 0

    def train(self) -> Weights:
        """Run the epochs and return the weights of the chosen one."""
        choice = self.parameters["epoch"] if self.dev is not None or self.parameters["epoch"] != "dev" else "last"
        tensors = tensors_of(self.data)
        labels = {name: y for name, (y, _) in self.targets.items()}
        weights = {name: w for name, (_, w) in self.targets.items()}
        best, best_score, waited = self.network.fast.get_weights(), (-np.inf, -np.inf), 0
        for _ in range(self.parameters["epochs"]):
            started = time.perf_counter()
            masked = self.network.frames is None
            rows, real = batches(self.data.lengths, self.parameters["batch_size"], self.random, by_length=masked)
            loss = float(self.trainer.epoch(tensors, labels, weights, rows, real))
            if not np.isfinite(loss):
                raise InputError(
                    f"training diverged in epoch {len(self.history) + 1} (loss {loss})", hint="lower learning_rate"
                )
            self.history.append({"loss": loss, **self._evaluate(), "seconds": time.perf_counter() - started})
            score = self._score(choice)
            waited += 1
            if score > best_score or choice == "last":
                best, best_score, waited = self.network.fast.get_weights(), score, 0
                self.chosen = len(self.history)
            if choice == "dev" and self.parameters["patience"] is not None and waited >= self.parameters["patience"]:
                break
        return best

    def _evaluate(self) -> dict[str, float]:
        out = {}
        first = self.network.heads[0]
        if self.dev is not None:
            data, known = self.dev
            logits = self.network.logits(data)
            out["dev_loss"] = mean_loss(self.network.heads, logits, known)
            for head in (h for h in self.network.heads if h.classes):
                name = "dev_uar" if head is first else f"dev_uar_{head.name}"
                out[name] = uar(_truth(known[head.name]), logits[head.name].argmax(axis=1))
        if self.oracle is not None and first.classes:
            data, known = self.oracle
            truth, predicted = _truth(known[first.name]), self.network.logits(data)[first.name].argmax(axis=1)
            out["oracle_accuracy"] = float(np.mean(predicted[truth >= 0] == truth[truth >= 0]))
        return out

    def _score(self, choice: str) -> tuple[float, float]:
        """Larger is better; ties go to the second value, then to the earlier epoch."""
        now = self.history[-1]
        if choice == "oracle":
            return now["oracle_accuracy"], 0.0
        if choice == "last":
            return 0.0, 0.0
        watched = {"uar": ["dev_uar"], "heads": [n for n in now if n.startswith("dev_uar")], "loss": []}
        known = [now[n] for n in watched[self.parameters["monitor"]] if np.isfinite(now.get(n, np.nan))]
        return float(np.mean(known)) if known else 0.0, -now["dev_loss"]


def mean_loss(heads: Sequence[Head], logits: Mapping[str, np.ndarray], known: Targets) -> float:
    """Return the weighted sum of the heads' mean losses over the utterances whose label is known, as in training."""
    total = 0.0
    for head in heads:
        y, weights = known[head.name]
        z = logits[head.name].astype(np.float64)
        if head.classes:
            top = z.max(axis=1)
            each = top + np.log(np.exp(z - top[:, None]).sum(axis=1)) - z[np.arange(len(z)), y]
        else:
            each = np.square(z[:, 0] - y)
        total += head.weight * float((weights * each).sum() / max(int(np.count_nonzero(weights)), 1))
    return total


def _prepare(network: Network, examples: Examples, balanced: bool) -> tuple[Sequences, Targets]:
    known = {head.name: weighted_labels(head, examples.targets[head.name], balanced) for head in network.heads}
    if examples.weights is not None:
        each = np.maximum(examples.weights, TINY)  # not 0, which says that a label is unknown
        known = {name: (y, (w * each).astype(np.float32)) for name, (y, w) in known.items()}
    return pack(examples.inputs, network.frames, network.dims), known


def _truth(target: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    labels, weights = target
    return np.where(weights > 0, labels, -1)


def _carry_over(network: Network, fresh: Weights, start: FittedModel) -> tuple[Weights, set[str]]:
    """Take each layer of `start` that has the same name and shapes, and for a head the same classes."""
    if not isinstance(start, FittedNetwork) or (start.network.dims, start.network.frames) != (
        network.dims,
        network.frames,
    ):
        raise InputError(
            "the model to start from has another input", hint="pre-train and fine-tune with the same system"
        )
    before = start.network.layer_weights(start.weights)
    classes = {head.name: head.classes for head in start.network.heads}
    copied = set()
    out: Weights = []
    for name, values in network.layer_weights(fresh).items():
        old = before.get(name)
        same = old is not None and [v.shape for v in old] == [v.shape for v in values]
        if same and all(head.classes == classes.get(name) for head in network.heads if head.name == name):
            copied.add(name)
        out += old if name in copied else values  # type: ignore[arg-type]
    return out, copied


def _frozen(network: Network, freeze: Sequence[str], copied: set[str]) -> list[str]:
    """Return the names of the layers to freeze: `recurrent`, `dense` (hidden ones), `heads`, or single names."""
    heads = [head.name for head in network.heads]
    layers = [layer for layer in network.fast.layers if layer.weights and layer.name not in heads]
    recurrent = (keras.layers.RNN, keras.layers.Bidirectional)
    groups = {
        "recurrent": [layer.name for layer in layers if isinstance(layer, recurrent)],
        "dense": [layer.name for layer in layers if isinstance(layer, keras.layers.Dense)],
        "heads": heads,
    }
    # A group comes before a layer of its name, such as `dense` of Tripathi's.
    names = [name for f in freeze for name in groups.get(f, [f])]
    raise_all(
        "layers that the model to start from lacks, or has for other classes, cannot be frozen",
        [name for name in names if name not in copied],
        "where one of the two trainings has no utterance of an emotion, do not freeze the head, "
        "or leave that emotion out of `emotions`",
    )
    return names


def _centre_values(network: Network, weights: Weights, train: Examples, copied: Sequence[str] | set[str]) -> Weights:
    """Let a fresh regression head start from the mean of its training values."""
    layers = network.layer_weights(weights)
    for head in network.heads:
        values = train.targets[head.name]
        if not head.classes and head.name not in copied and np.isfinite(values).any():
            layers[head.name][1] = np.full(1, np.nanmean(values), np.float32)
    return [value for values in layers.values() for value in values]


def _assert_unmoved(network: Network, before: Weights, after: Weights, frozen: Sequence[str]) -> None:
    old, new = network.layer_weights(before), network.layer_weights(after)
    moved = [name for name in frozen if not all(map(np.array_equal, old[name], new[name]))]
    if moved:
        raise AssertionError(f"frozen layers moved: {', '.join(moved)}")
