"""The models of one training: a zip with one entry a fold and seed, without pickle and without dates.

`manifest.json` says what was trained; `fold{k}/scaler.npy` holds a fold's scaling, `fold{k}/adaptation.npy` what it
learnt of an unlabelled corpus, if it did, and `fold{k}/seed{s}{suffix}` a model. A neural model is an ordinary `.keras`
file.
"""

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from xser import zips
from xser.adaptation.base import Arrays, load_adaptation
from xser.errors import InputError
from xser.files import decoding
from xser.models import arrays
from xser.models.base import FittedModel, Head, load_model
from xser.training.scaling import Scaler

MANIFEST = "manifest.json"


def write(path: str | Path, manifest: Mapping[str, Any], entries: Iterable[tuple[str, bytes]]) -> None:
    """Write an archive; the same content gives the same bytes."""
    zips.write(path, [(MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode()), *entries])


def scaler_name(fold: int) -> str:
    """The entry of the scaling of one fold."""
    return f"fold{fold}/scaler.npy"


def model_name(fold: int, seed: int, suffix: str) -> str:
    """The entry of one model."""
    return f"fold{fold}/seed{seed}{suffix}"


def adaptation_name(fold: int) -> str:
    """The entry of the adaptation of one fold."""
    return f"fold{fold}/adaptation.npy"


class Store(zips.ZipReader):
    """A written archive, open for reading: its `manifest`, the `kind` of model, `folds`, `seeds` and `heads`."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path, "an archive of models")
        with decoding(path, self.what):
            self.manifest: dict[str, Any] = json.loads(self.read(MANIFEST))
            self.folds, self.seeds = int(self.manifest["folds"]), [int(seed) for seed in self.manifest["seeds"]]
            self.heads = tuple(map(Head.of, self.manifest.get("heads", ())))
            if (
                not str(self.manifest["model"]).isidentifier()
                or self.folds < 1
                or len(set(self.seeds)) < len(self.seeds)
            ):
                raise ValueError("a manifest without a model, or with one seed twice")
            adapt = self.manifest.get("adapt")
            self.adaptation = load_adaptation(adapt["method"]) if adapt else None
        self.kind = load_model(self.manifest["model"])

    def entries(self) -> dict[str, bytes]:
        """All entries but the manifest, in order."""
        return {name: self.read(name) for name in self.names if name != MANIFEST}

    def scaler(self, fold: int) -> Scaler:
        """The scaling of a fold, counted round."""
        with decoding(f"{self.path}, {scaler_name(fold % self.folds)}", "a scaling"):
            return Scaler.from_bytes(self.scaler_bytes(fold))

    def scaler_bytes(self, fold: int) -> bytes:
        """The saved scaling of a fold, counted round."""
        return self.read(scaler_name(fold % self.folds))

    def adapted_by(self, fold: int) -> Arrays:
        """The arrays of the adaptation of a fold, counted round; empty where none are saved."""
        name = adaptation_name(fold % self.folds)
        with decoding(f"{self.path}, {name}", "an adaptation"):
            return arrays.from_bytes(self.read(name)) if name in self.names else {}

    def model_bytes(self, fold: int, seed: int) -> bytes:
        """The saved model of a fold, counted round, and a seed."""
        return self.read(model_name(fold % self.folds, seed, self.kind.suffix))

    def model(self, fold: int, seed: int) -> FittedModel:
        """The model of a fold, counted round, and a seed."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"model{self.kind.suffix}"
            path.write_bytes(self.model_bytes(fold, seed))
            try:
                return self.kind.load(path)
            except InputError as error:  # it names the temporary file
                place = f"{self.path}, {model_name(fold % self.folds, seed, self.kind.suffix)}"
                raise InputError(error.what.replace(str(path), place), error.offenders, error.hint) from None
