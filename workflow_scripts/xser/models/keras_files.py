"""Keras models as `.keras` files that stock Keras loads, with the same bytes for the same model.

What this project needs beside the architecture (heads, parameters, input shape) stands in the file's `metadata.json`,
which Keras does not read.
"""

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from xser import zips
from xser.files import decoding

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
WHAT = "a model of this project"


def write(path: Path, model: Any, settings: Mapping[str, Any]) -> None:
    """Save a Keras model without dates, `settings` (JSON values) with it."""
    from xser.models.tensorflow_setup import keras

    with tempfile.TemporaryDirectory() as folder:
        dated = Path(folder) / "model.keras"
        model.save(dated)
        with zipfile.ZipFile(dated) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    metadata = {"keras_version": keras.__version__, "date_saved": "1980-01-01@00:00:00", "xser": settings}
    members[CONFIG] = _renumbered(members[CONFIG])
    members[METADATA] = json.dumps(metadata, sort_keys=True).encode()
    zips.write(path, sorted(members.items()))


def _renumbered(config: bytes) -> bytes:
    """Number shared objects in their order; Keras writes their addresses in memory, which differ between processes."""
    numbers: dict[bytes, int] = {}

    def number(found: re.Match[bytes]) -> bytes:
        return b'"shared_object_id": %d' % numbers.setdefault(found[1], len(numbers) + 1)

    return re.sub(rb'"shared_object_id": (\d+)', number, config)


def saved_settings(path: Path) -> dict[str, Any]:
    """Return the settings of a file that `write` wrote."""
    with zips.ZipReader(path, WHAT) as archive, decoding(path, WHAT):
        settings: dict[str, Any] = json.loads(archive.read(METADATA))["xser"]
        return settings


def read_weights(path: Path, model: Any) -> list[Any]:
    """Load only the weights of a file into a Keras model of the same architecture, and return them.

    The architecture in the file is never made: it could name any layer, a Lambda with code too. The weights may not
    refer to other files, as HDF5 could.
    """
    with decoding(path, WHAT), tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / WEIGHTS
        weights.write_bytes(_checked_weights(path))
        model.load_weights(weights)
    return model.get_weights()


def weights_by_layer(path: Path) -> dict[str, list[np.ndarray]]:
    """Return the weights of each layer of a file that has any, by the layer's name; forward before backward."""
    data = _checked_weights(path)
    found = {}
    with decoding(path, WHAT), h5py.File(io.BytesIO(data)) as file:
        for layer in file["layers"].values():
            parts = [layer[key]["cell"] for key in ("forward_layer", "backward_layer") if key in layer]
            variables = [part["vars"] for part in parts or [layer.get("cell", layer)]]
            weights = [part[str(i)] for part in variables for i in range(len(part))]
            if any(w.nbytes > len(data) for w in weights):
                raise ValueError("weights larger than their file")
            if weights:
                found[str(layer["vars"].attrs["name"])] = [np.asarray(w[...], np.float32) for w in weights]
    return found


def _checked_weights(path: Path) -> bytes:
    with zips.ZipReader(path, WHAT) as archive, decoding(path, WHAT):
        data = archive.read(WEIGHTS)
        with h5py.File(io.BytesIO(data)) as file:
            _refuse_links(file)
    return data


def _refuse_links(group: h5py.Group) -> None:
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{name} is a link")
        item = group[name]
        if isinstance(item, h5py.Group):
            _refuse_links(item)
        elif item.external or item.is_virtual:
            raise ValueError(f"{name} lies in another file")
