"""Keras models as `.keras` files that stock Keras loads, with the same bytes for the same model.

What this project needs beside the architecture (heads, parameters, input shape) stands in the file's `metadata.json`,
which Keras does not read.
"""

import json
import re
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xser.errors import InputError
from xser.files import atomic
from xser.models.tensorflow_setup import keras

DATE = (1980, 1, 1, 0, 0, 0)
METADATA = "metadata.json"


def write(path: Path, model: keras.Model, settings: Mapping[str, Any]) -> None:
    """Save a model without dates, `settings` (JSON values) with it."""
    with tempfile.TemporaryDirectory() as folder:
        dated = Path(folder) / "model.keras"
        model.save(dated)
        with zipfile.ZipFile(dated) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    metadata = {"keras_version": keras.__version__, "date_saved": "1980-01-01@00:00:00", "xser": settings}
    members["config.json"] = _renumbered(members["config.json"])
    members[METADATA] = json.dumps(metadata, sort_keys=True).encode()
    with atomic(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name, DATE), data)


def _renumbered(config: bytes) -> bytes:
    """Number shared objects in their order; Keras writes their addresses in memory, which differ between processes."""
    numbers: dict[bytes, int] = {}

    def number(found: re.Match[bytes]) -> bytes:
        return b'"shared_object_id": %d' % numbers.setdefault(found[1], len(numbers) + 1)

    return re.sub(rb'"shared_object_id": (\d+)', number, config)


def read_settings(path: Path) -> dict[str, Any]:
    """Return the settings of a file that `write` wrote."""
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read(METADATA))["xser"]
    except (zipfile.BadZipFile, ValueError, KeyError) as error:
        raise InputError(f"{path} is not a model of this project ({error})", hint="delete it and run again") from None


def read_weights(path: Path, model: keras.Model) -> list[Any]:
    """Load only the weights of a file into `model`, of the same architecture, and return them."""
    model.load_weights(path)
    return model.get_weights()
