"""Arrays and settings in one `.npz` file that holds no pickle and no date: the same content gives the same bytes."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from xser import zips
from xser.files import decoding

SETTINGS = "settings"


def write(path: Path, settings: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write `arrays` and, as JSON text in the array "settings", `settings`."""
    text = np.array(json.dumps(settings, sort_keys=True))
    zips.write(path, ((f"{name}.npy", dump(array)) for name, array in sorted({**arrays, SETTINGS: text}.items())))


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the settings and the arrays of a file that `write` wrote."""
    with zips.ZipReader(path, "a saved model") as archive, decoding(path, archive.what):
        arrays = {name.removesuffix(".npy"): load(io.BytesIO(archive.read(name))) for name in archive.names}
        return json.loads(str(arrays.pop(SETTINGS))), arrays


def to_bytes(named: Mapping[str, np.ndarray]) -> bytes:
    """Return arrays as bytes: their names, then each as `.npy`."""
    return b"".join([dump(np.array(sorted(named))), *(dump(named[name]) for name in sorted(named))])


def from_bytes(data: bytes) -> dict[str, np.ndarray]:
    """Read what `to_bytes` wrote."""
    source = io.BytesIO(data)
    return {str(name): load(source) for name in load(source)}


def dump(array: np.ndarray) -> bytes:
    """Return an array as a `.npy`."""
    data = io.BytesIO()
    np.lib.format.write_array(data, np.ascontiguousarray(array).reshape(array.shape), allow_pickle=False)
    return data.getvalue()


def load(source: io.BytesIO) -> np.ndarray:
    """Read one `.npy` from a file in memory; pickles are refused, and so are arrays larger than the file."""
    start = source.tell()
    if np.lib.format.read_magic(source) != (1, 0):
        raise ValueError("another version of the format")
    shape, _, dtype = np.lib.format.read_array_header_1_0(source)
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > source.getbuffer().nbytes:
        raise ValueError("an array that is larger than its file")
    source.seek(start)
    array: np.ndarray = np.lib.format.read_array(source, allow_pickle=False)
    return array
