"""An exported folder: models that learnt the golden recordings by heart, with their card."""

from pathlib import Path
from typing import Any

import numpy as np

from xser.features import audio
from xser.features.base import load_extractor
from xser.models import logreg
from xser.models.base import Examples, Head
from xser.recognition.model_card import Card
from xser.recognition.recogniser import ARCHIVE, CARD
from xser.training import scaling, store

WAVS = sorted((Path(__file__).parent / "golden" / "data").glob("**/*.wav"))
CLASSES = ("anger", "neutral")
LABELS = [CLASSES[k % 2] for k in range(len(WAVS))]
CALIBRATION = {
    "utterances": 40,
    "speakers": 3,
    "before": 0.2,
    "after": 0.05,
    "tested": 60,
    "perfect": 0.04,
    "perfect_high": 0.06,
}
SCORE = {
    "test": "emodb", "who": "held-out", "n": 40, "uar": 0.61, "uar_low": 0.5, "uar_high": 0.7, "chance": 0.2,
    "notes": ["(o) oracle epoch"],
}  # fmt: skip
CORPUS = {"id": "emodb", "title": "EMO-DB", "language": "German", "licence": "CC0", "reference": "B", "practice": False}


def card(**changes: Any) -> Card:
    """The card of is09-logreg."""
    is09 = load_extractor("opensmile").complete({"set": "IS09"})
    fields: dict[str, Any] = {
        "system": "is09-logreg", "train": "emodb", "protocol": "paper", "model": "logreg", "normalise": "global",
        "feature_set": "is09", "features": [("opensmile", is09)], "temperature": 1.0, "calibration": CALIBRATION,
        "uncalibrated": "", "scores": [SCORE], "corpora": [CORPUS], "versions": [("Python", "3")],
    }  # fmt: skip
    return Card(**{**fields, **changes})


def archive(path: Path, seeds: int = 1, normalise: str = "global") -> None:
    """Write the models."""
    compute = load_extractor("opensmile").make(load_extractor("opensmile").complete({"set": "IS09"}))
    inputs = [compute(audio.load(wav)) for wav in WAVS]
    scaler = scaling.fit(normalise, inputs, ["all"] * len(inputs))
    scaled = scaler.transform(inputs, ["all"] * len(inputs))
    heads = (Head("emotion", CLASSES),)
    entries = [("fold0/scaler.npy", scaler.to_bytes())]
    truth = np.array([CLASSES.index(label) for label in LABELS])
    for seed in range(seeds):
        model = logreg.MODEL.fit(Examples(scaled, {"emotion": truth}), None, heads, {"C": 10.0}, seed)
        model.save(path.with_suffix(".npz"))
        entries.append((store.model_name(0, seed, ".npz"), path.with_suffix(".npz").read_bytes()))
    path.with_suffix(".npz").unlink()
    manifest = {
        "model": "logreg", "normalise": normalise, "system": "is09-logreg", "train": "emodb", "folds": 1,
        "seeds": list(range(seeds)), "heads": [head.entry() for head in heads], "corpora": ["emodb"],
    }  # fmt: skip
    store.write(path, manifest, entries)


def folder(path: Path, **changes: Any) -> Path:
    """Write an exported folder."""
    path.mkdir(parents=True)
    archive(path / ARCHIVE, seeds=2)
    card(**changes).write(path / CARD)
    return path
