"""Trained models and their card, put to use: audio in, calibrated probabilities out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xser.corpora.base import is_plain
from xser.errors import InputError, raise_all
from xser.features import paste
from xser.features.base import Extractor, load_extractor
from xser.files import decoding
from xser.models.base import Head
from xser.recognition import model_card as cards
from xser.recognition.calibration import tempered
from xser.training.store import Store

ARCHIVE, CARD, PAGE = "models.zip", "card.json", "README.md"  # of an exported folder
ALONE = ("global", "none")  # modes of normalisation that ask for no other recording


def unfit(normalise: str, extractors: Sequence[str], adapts: bool) -> list[str]:
    """Return why a system cannot tell the emotion of one recording."""
    found = [] if normalise in ALONE else [f"normalises by {normalise}; one recording has no statistics of its own"]
    if adapts:
        found.append("adapts to the corpus that is tested; one recording is none")
    if "scp" in extractors:
        found.append("its features are imported and cannot be computed from a recording")
    return found


class Recogniser:
    """The models of an archive, with its card; InputError if one is damaged or unfit for a single recording."""

    def __init__(self, archive: str | Path, card: str | Path) -> None:
        if not Path(archive).is_file():
            raise InputError(f"{archive}: there is no such archive of models")
        self.archive, self.card = Path(archive), cards.read(card)
        with Store(archive) as models:
            self.normalise = str(models.manifest.get("normalise"))
            self.folds, self.seeds = models.folds, models.seeds
            problems = unfit(self.normalise, [e for e, _ in self.card.features], models.adaptation is not None)
            self.emotion = models.heads[0] if models.heads else Head("emotion")
        if len(self.classes) < 2 or not all(isinstance(name, str) and is_plain(name) for name in self.classes):
            raise InputError(f"{archive}: its models tell no emotions")
        raise_all(f"{archive} cannot be used on a recording", problems)

    @classmethod
    def of_folder(cls, folder: str | Path) -> "Recogniser":
        """Return what lies in an exported folder."""
        folder = Path(folder)
        if not folder.is_dir():
            raise InputError(f"--model: {folder} is not a folder", hint="name a folder that `xser export` made")
        return cls(folder / ARCHIVE, folder / CARD)

    @property
    def classes(self) -> list[str]:
        """The emotions that the models know."""
        return list(self.emotion.classes)

    @property
    def voters(self) -> str:
        """How many models there are."""
        return f"{self.folds} fold(s) x {len(self.seeds)} seed(s)"

    @property
    def extractors(self) -> list[tuple[Extractor, dict[str, Any]]]:
        """What computes its features, each with all its parameters."""
        loaded = ((load_extractor(name), given) for name, given in self.card.features)
        return [(extractor, extractor.complete(given)) for extractor, given in loaded]

    @property
    def shortest(self) -> int:
        """The fewest samples at 16 kHz that its features need."""
        return max(extractor.shortest(parameters) for extractor, parameters in self.extractors)

    def features(self) -> Callable[[np.ndarray], np.ndarray]:
        """Return the function from samples (see audio.load) to features, (dims,) or (frames, dims)."""
        computes = [extractor.make(parameters) for extractor, parameters in self.extractors]

        def compute(samples: np.ndarray) -> np.ndarray:
            joined = paste.side_by_side([c(samples) for c in computes])
            if isinstance(joined, str):
                raise InputError(joined)
            return joined

        return compute

    def probabilities(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        """Return calibrated probabilities (recordings, classes): each fold's seeds vote, then all folds.

        Features of all recordings must be computed before: openSMILE aborts in a process that has loaded TensorFlow.
        """
        if not inputs:
            return np.empty((0, len(self.emotion.classes)))
        with Store(self.archive) as models, decoding(self.archive, models.what):
            total = np.zeros((len(inputs), len(self.emotion.classes)))
            for fold in range(models.folds):
                scaled = models.scaler(fold).transform(inputs, ["all"] * len(inputs))
                pooled = np.zeros_like(total)
                for seed in models.seeds:
                    pooled += models.model(fold, seed).predict(scaled)[self.emotion.name]
                pooled /= len(models.seeds)
                total += pooled if self.card.temperature is None else tempered(pooled, self.card.temperature)
            if not np.allclose(total.sum(axis=1), models.folds):
                raise ValueError("probabilities that do not sum to 1")
            return total / models.folds
