"""The models of one training: a zip with one entry a fold and seed, without pickle and without dates.

`manifest.json` says what was trained; `fold{k}/scaler.npy` holds a fold's scaling and `fold{k}/seed{s}{suffix}` a
model. A neural model is an ordinary `.keras` file.
"""

import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from xser.errors import InputError
from xser.files import atomic
from xser.models.base import FittedModel, load_model
from xser.training.scaling import Scaler

DATE = (1980, 1, 1, 0, 0, 0)


def write(path: str | Path, manifest: Mapping[str, Any], entries: Iterable[tuple[str, bytes]]) -> None:
    """Write an archive; the same content gives the same bytes."""
    with atomic(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(manifest, indent=1, sort_keys=True)
        for name, data in [("manifest.json", text.encode()), *entries]:
            archive.writestr(zipfile.ZipInfo(name, DATE), data)


def model_name(fold: int, seed: int, suffix: str) -> str:
    """The entry of one model."""
    return f"fold{fold}/seed{seed}{suffix}"


class Store:
    """A written archive, open for reading."""

    def __init__(self, path: str | Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self.manifest: dict[str, Any] = json.loads(self._zip.read("manifest.json"))
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise InputError(f"{path} is not an archive of models ({error})", hint="delete it and run again") from None
        self.kind = load_model(self.manifest["model"])

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def folds(self) -> int:
        """How many folds were trained."""
        return int(self.manifest["folds"])

    @property
    def seeds(self) -> list[int]:
        """The seeds of each fold."""
        return list(self.manifest["seeds"])

    def read(self, name: str) -> bytes:
        """The bytes of one entry."""
        return self._zip.read(name)

    def names(self) -> list[str]:
        """All entries but the manifest, in order."""
        return [n for n in self._zip.namelist() if n != "manifest.json"]

    def scaler(self, fold: int) -> Scaler:
        """The scaling of one fold."""
        return Scaler.from_bytes(self.read(f"fold{fold}/scaler.npy"))

    def model(self, fold: int, seed: int) -> FittedModel:
        """The model of one fold and seed."""
        name = model_name(fold, seed, self.kind.suffix)
        with extracted(self.read(name), self.kind.suffix) as path:
            return self.kind.load(path)


@contextmanager
def extracted(data: bytes, suffix: str) -> Iterator[Path]:
    """Yield a temporary file with these bytes, for libraries that read paths only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{suffix}"
        path.write_bytes(data)
        yield path
