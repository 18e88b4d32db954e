"""Trainings that were done before, one file a fold and seed, so that a further seed trains itself only.

Snakemake removes a job's outputs before it runs the job, so the archive of the last run cannot serve. What is kept here
is used again only where everything is equal that a training depends on: the bytes of its input files and of its code,
its settings, the versions of Python and of all installed packages, and the model that it starts from. Folders of kept
trainings may be deleted at any time.
"""

import hashlib
import json
import platform
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from xser.training import store

EACH = ("part", "seeds")  # settings that say which trainings a job does, not what a training is


@dataclass(frozen=True)
class Training:
    """What one fold and seed gave: the bytes of its scaling and of its model, and its learning curve."""

    fold: int
    seed: int
    scaler: bytes
    model: bytes
    history: list[dict[str, float]]


def digest(settings: Mapping[str, Any], files: Iterable[str]) -> str:
    """Return what all trainings of a job depend on, as one SHA-256."""
    total = hashlib.sha256()
    common = {key: value for key, value in settings.items() if key not in EACH}
    for text in (json.dumps(common, sort_keys=True), platform.python_version(), *_packages()):
        total.update(f"{text}\n".encode())
    for name in files:
        with open(name, "rb") as source:
            total.update(f"{name} {hashlib.file_digest(source, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


def _packages() -> Sequence[str]:
    return sorted({f"{d.name} {d.version}" for d in metadata.distributions()})


class Kept:
    """The kept trainings of one system on one training set.

    Parameters
    ----------
    folder
        Where they lie; None keeps nothing.
    common
        What `digest` gave.
    start
        The archive that trainings start from, or None.
    """

    def __init__(self, folder: str | Path | None, common: str, start: str | None = None) -> None:
        self._folder = None if folder is None else Path(folder)
        self._common, self._start = common, start

    def get(self, fold: int, seed: int) -> Training | None:
        """Return a training that was done before on the same grounds; None where there is none, or a damaged one."""
        if self._folder is None:
            return None
        try:
            with zipfile.ZipFile(self._path(fold, seed)) as archive:
                about = json.loads(archive.read("manifest.json"))
                if about["digest"] != self._digest(fold, seed):
                    return None
                return Training(fold, seed, archive.read("scaler"), archive.read("model"), about["history"])
        except (OSError, zipfile.BadZipFile, KeyError, ValueError):
            return None

    def put(self, training: Training) -> None:
        """Keep a training, in place of an earlier one of that fold and seed."""
        if self._folder is not None:
            fold, seed = training.fold, training.seed
            about = {"digest": self._digest(fold, seed), "history": training.history}
            store.write(self._path(fold, seed), about, [("scaler", training.scaler), ("model", training.model)])

    def _path(self, fold: int, seed: int) -> Path:
        assert self._folder is not None
        return self._folder / f"fold{fold}-seed{seed}.zip"

    def _digest(self, fold: int, seed: int) -> str:
        total = hashlib.sha256(f"{self._common} {fold} {seed}".encode())
        if self._start:
            with store.Store(self._start) as models:
                fold %= models.folds
                total.update(models.read(f"fold{fold}/scaler.npy"))
                total.update(models.read(store.model_name(fold, seed, models.kind.suffix)))
        return total.hexdigest()
