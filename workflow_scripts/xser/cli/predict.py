"""The emotion of one's own recording, by a trained system."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xser.config.study import Study
from xser.corpora.inspection import LONGEST_UTTERANCE, inspect
from xser.errors import InputError, raise_all
from xser.features import audio, paste
from xser.features.base import load_extractor
from xser.training import store

LIMITS = (
    "A model says which of its training emotions a recording sounds most like, acted or not. It knows neither the "
    "speaker nor the situation, its probabilities are not calibrated, and on a language, room or microphone that it "
    "was not trained on expect the numbers of Table 5 and not those of Table 2. Do not judge people by it."
)


def system_problems(config: Study, system: str, normalise: str | None = None) -> list[str]:
    """Return why a system cannot tell the emotion of one recording.

    `normalise` is how a trained model of it normalises, if that may differ from the config's.
    """
    entry = config.systems[system]
    mode = normalise or entry.normalise
    found = []
    if mode not in ("global", "none"):
        found.append(f"system {system} normalises by {mode}; one recording has no statistics of its own")
    if entry.adapt:
        found.append(f"system {system} adapts to the corpus that is tested; one recording is none")
    for part in config.features[entry.features].parts:
        if config.features[part].scp:
            found.append(f"features.{part} is imported and cannot be computed from a recording")
    return found


def features_for(config: Study, features: str, path: str | Path) -> np.ndarray:
    """Compute one feature set of one recording, shape `(dims,)` or `(frames, dims)`."""
    entry = config.features[features]
    if entry.scp:
        raise InputError(f"features.{features} is imported and cannot be computed from a recording")
    if entry.of:
        pasted = paste.joined([features_for(config, part, path) for part in entry.of])
        if isinstance(pasted, str):
            raise InputError(f"{path}: {pasted}")
        return pasted
    extractor = load_extractor(entry.extractor)
    samples = audio.load(path)
    if len(samples) < extractor.min_samples:
        raise InputError(f"{path}: {len(samples)} samples at 16 kHz; {features} needs {extractor.min_samples}")
    values: np.ndarray = extractor.make(entry.parameters)(samples)
    return values


def check_audio(paths: Sequence[str | Path]) -> None:
    """Raise an InputError for recordings that no corpus could hold either: truncated, too long, of an odd rate, ..."""
    found = [inspect(".", str(path)) for path in paths]
    long = f"longer than {LONGEST_UTTERANCE} s: cut it"
    raise_all(
        "recordings that cannot be used",
        (f"{a.path}: {a.fault or long}" for a in found if a.fault or a.duration > LONGEST_UTTERANCE),
    )


def predict(
    config: Study, archive: str | Path, paths: Sequence[str | Path]
) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """Return the archive's manifest and, for each recording, emotion -> probability.

    All models of the archive (folds and seeds) vote with the mean of their probabilities.
    """
    check_audio(paths)
    with store.Store(archive) as models:
        system = config.systems[models.manifest["system"]]
        raise_all(f"{archive} cannot be used", system_problems(config, system.id, models.manifest["normalise"]))
        inputs = [features_for(config, system.features, path) for path in paths]
        votes = []
        for fold in range(models.folds):
            scaled = models.scaler(fold).transform(inputs, ["all"] * len(inputs))
            for seed in models.seeds:
                votes.append(models.model(fold, seed).predict(scaled)["emotion"])
        mean = np.mean(votes, axis=0)
        classes = models.manifest["heads"][0]["classes"]
        return models.manifest, [dict(zip(classes, map(float, row), strict=True)) for row in mean]
