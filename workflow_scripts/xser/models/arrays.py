"""Arrays and settings in one `.npz` file that holds no pickle and no date: the same content gives the same bytes."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from xser.errors import InputError
from xser.files import atomic

DATE = (1980, 1, 1, 0, 0, 0)
SETTINGS = "settings"


def write(path: Path, settings: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write `arrays` and, as JSON text in the array "settings", `settings`."""
    text = np.array(json.dumps(settings, sort_keys=True))
    with atomic(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for name, array in sorted({**arrays, SETTINGS: text}.items()):
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(array).reshape(array.shape), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", DATE), data.getvalue())


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the settings and the arrays of a file that `write` wrote."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return json.loads(str(arrays.pop(SETTINGS))), arrays
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError) as error:
        raise InputError(f"{path} is not a saved model ({error})", hint="delete it and run again") from None
