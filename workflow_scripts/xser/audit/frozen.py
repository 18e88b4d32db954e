"""Whether layers that the config freezes moved: a fine-tuned network must have those that it started from."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence

import h5py
import numpy as np

RECURRENT = ("Bidirectional", "GRU", "LSTM", "RNN")  # how Keras' names of such layers end


def moved(start: bytes, tuned: bytes, freeze: Sequence[str], heads: Sequence[str]) -> list[str]:
    """Names of frozen layers that two `.keras` files have other weights of; `freeze` is the parameter of networks."""
    kinds, before, after = _kinds(tuned), _layers(start), _layers(tuned)
    groups = {
        "heads": list(heads),
        "recurrent": [name for name, kind in kinds.items() if kind.endswith(RECURRENT)],
        "dense": [name for name, kind in kinds.items() if kind == "Dense" and name not in heads],
    }
    names = dict.fromkeys(name for f in freeze for name in groups.get(f, [f]))
    return [name for name in names if not _same(before.get(name, {}), after.get(name, {}))]


def _same(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    return bool(one) and one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


def _kinds(model: bytes) -> dict[str, str]:
    """The class of each layer."""
    with zipfile.ZipFile(io.BytesIO(model)) as file:
        layers = json.loads(file.read("config.json"))["config"]["layers"]
    return {layer["config"]["name"]: layer["class_name"] for layer in layers}


def _layers(model: bytes) -> dict[str, dict[str, np.ndarray]]:
    """All weights of each layer."""
    with zipfile.ZipFile(io.BytesIO(model)) as file, h5py.File(io.BytesIO(file.read("model.weights.h5"))) as weights:
        found: dict[str, dict[str, np.ndarray]] = {}
        for layer in weights["layers"].values():
            own = found.setdefault(str(layer["vars"].attrs["name"]), {})
            layer.visititems(lambda name, x, own=own: own.update({name: x[...]} if isinstance(x, h5py.Dataset) else {}))
    return found
