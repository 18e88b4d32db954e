"""Trainings that were done before, one file a fold and seed, so that a further seed trains itself only.

Snakemake removes a job's outputs before it runs the job, so the archive of the last run cannot serve. What lies in the
training cache is used again only where everything is equal that a training depends on: the bytes of its input files and
of its code, its settings, the versions of Python and of all installed packages, and the model that it starts from.

The trainings of the last few settings stay (`SETTINGS` of a fold and seed), so that going back to a setting trains
nothing; those of earlier settings take at most `OLDER_BYTES` in all. What was used longest ago goes first. The folder
may be deleted at any time.
"""

import hashlib
import json
import os
import platform
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from xser import zips
from xser.checksums import sha256
from xser.errors import InputError
from xser.files import decoding
from xser.training.store import MANIFEST, Store

EACH = ("part", "seeds")  # settings that say which trainings a job does, not what a training is
SETTINGS = 4  # of each fold and seed, the present one among them
OLDER_BYTES = 2_000_000_000
WHAT = "a training of the training cache"
ABOUT = ("history", "chosen", "learnt")  # of a training, beside its scaling and model


@dataclass(frozen=True)
class Trained:
    """What one fold and seed gave: the bytes of its scaling and model, its learning curve and the chosen epoch.

    `learnt` has the digests of the utterances given as `train`, `dev` and `oracle` and of those that the `scaling` saw
    and that were `unlabelled`, and that of the model to `start` from; `adaptation` is empty where nothing is adapted.
    """

    fold: int
    seed: int
    scaler: bytes
    model: bytes
    history: list[dict[str, float]]
    chosen: int
    learnt: dict[str, str]
    adaptation: bytes = b""


def training_key(settings: Mapping[str, Any], files: Iterable[str]) -> str:
    """Return what all trainings of a job depend on, as one SHA-256."""
    total = hashlib.sha256()
    common = {key: value for key, value in settings.items() if key not in EACH}
    for text in (json.dumps(common, sort_keys=True), platform.python_version(), *_packages()):
        total.update(f"{text}\n".encode())
    for name in files:
        total.update(f"{name} {sha256(name)}\n".encode())
    return total.hexdigest()


def _packages() -> Sequence[str]:
    return sorted({f"{d.name} {d.version}" for d in metadata.distributions()})


class TrainingCache:
    """The cached trainings of one system on one training set; without a folder nothing is kept.

    `common` is what `digest` gave, `start` the archive that trainings start from, or None.
    """

    def __init__(self, folder: str | Path | None, common: str, start: str | None = None) -> None:
        self._folder = None if folder is None else Path(folder)
        self._common, self._start = common, start

    def get(self, fold: int, seed: int) -> Trained | None:
        """Return a training that was done before on the same grounds; None where there is none, or a damaged one."""
        if self._folder is None:
            return None
        path, total = self._place(fold, seed)
        try:
            with zips.ZipReader(path, WHAT) as archive, decoding(path, WHAT):
                about = json.loads(archive.read(MANIFEST))
                if about["digest"] != total:
                    return None
                scaler, model = archive.read("scaler"), archive.read("model")
                found: dict[str, Any] = {key: about[key] for key in ABOUT}
                adaptation = archive.read("adaptation") if "adaptation" in archive.names else b""
        except (InputError, OSError):
            return None
        with suppress(OSError):  # of another member of a group
            os.utime(path)  # used just now
        return Trained(fold, seed, scaler, model, **found, adaptation=adaptation)

    def put(self, trained: Trained) -> None:
        """Add a training."""
        if self._folder is not None:
            path, total = self._place(trained.fold, trained.seed)
            about = {"digest": total, **{key: getattr(trained, key) for key in ABOUT}}
            members = [(MANIFEST, json.dumps(about).encode()), ("scaler", trained.scaler), ("model", trained.model)]
            members += [("adaptation", trained.adaptation)] if trained.adaptation else []
            zips.write(path, members)

    def _place(self, fold: int, seed: int) -> tuple[Path, str]:
        """The file of a training, and the digest of all it depends on."""
        assert self._folder is not None
        total = hashlib.sha256(f"{self._common} {fold} {seed}".encode())
        if self._start:
            with Store(self._start) as models:
                total.update(models.scaler_bytes(fold))
                total.update(models.model_bytes(fold, seed))
        return self._folder / f"fold{fold}-seed{seed}-{total.hexdigest()[:16]}.zip", total.hexdigest()


def prune(root: str | Path) -> None:
    """Remove what is too old or too much, of all trainings below `root`."""
    ages: dict[Path, os.stat_result] = {}
    for path in Path(root).rglob("fold*.zip"):
        with suppress(FileNotFoundError):  # another job may have been first
            ages[path] = path.stat()
    by_training = defaultdict(list)
    for path in sorted(ages, key=lambda p: -ages[p].st_mtime_ns):
        by_training[path.parent, path.name.rpartition("-")[0]].append(path)
    gone = [path for paths in by_training.values() for path in paths[SETTINGS:]]
    older = [path for paths in by_training.values() for path in paths[1:SETTINGS]]
    total = 0
    for path in sorted(older, key=lambda p: -ages[p].st_mtime_ns):
        total += ages[path].st_size
        gone += [path] if total > OLDER_BYTES else []
    for path in gone:
        path.unlink(missing_ok=True)
