"""A copy of the repository with a config and speech of its own, run by real Snakemake as a user would."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import yaml
from projects import REPOSITORY, SNAKEMAKE, copy_repository, ran, snakemake

BASE: dict[str, Any] = {
    "emotions": ["anger", "happiness", "neutral", "sadness"],
    "protocols": {"speakers": {"kind": "speakers", "folds": 2}},
    "protocol": ["speakers"],
    "seeds": [0],
    "intervals": {"confidence": 0.95, "samples": 200},
    "languages": {},
    "features": {"is09": {"extractor": "opensmile", "set": "IS09"}, "mfcc": {"extractor": "kaldi_mfcc"}},
    "models": {"lstm": {"layers": [4], "frames": 20, "epochs": 2, "patience": 2}},
    "systems": {
        "is09-logreg": {"features": "is09", "model": "logreg"},
        "is09-svc": {"features": "is09", "model": "svc"},
        "mfcc-lstm": {"features": "mfcc", "model": "lstm"},
    },
}


class Study:
    """One project folder."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self.folder = folder
        self.printed = ""  # by the first run
        copy_repository(folder)
        self.configure(**config)

    def configure(self, **config: Any) -> None:
        """Write config.yaml: BASE, its entries replaced or extended."""
        merged = {k: {**v, **config.pop(k, {})} if isinstance(v, Mapping) else v for k, v in BASE.items()} | config
        (self.folder / "config.yaml").write_text(yaml.safe_dump(merged, sort_keys=False), encoding="utf-8")

    def path(self, name: str) -> Path:
        """A file of the project."""
        return self.folder / name

    def run(self, *targets: str) -> str:
        """Run Snakemake, which must succeed; return what it prints."""
        printed = snakemake(self.folder, *targets)
        self.printed = self.printed or printed
        return printed

    def fail(self, *targets: str) -> str:
        """Run Snakemake, which must fail by our own message; return what it prints."""
        done = ran(self.folder, *SNAKEMAKE, *targets)
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of a TSV of the project, read without xser's own code."""
        with open(self.folder / name, encoding="utf-8", newline="") as source:
            return list(csv.DictReader(source, delimiter="\t"))

    def touched(self) -> set[str]:
        """The files of the project, results and speech left out, that are not the repository's byte for byte."""
        names = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return {
            str(n)
            for n in names
            if n.parts[0] not in ("results", ".snakemake") and (REPOSITORY / n.parts[0]).exists()
            if not (REPOSITORY / n).is_file() or (self.folder / n).read_bytes() != (REPOSITORY / n).read_bytes()
        }

    def results(self) -> set[str]:
        """All files below results/ but logs and checksums, temporary ones included."""
        root = self.path("results")
        files = (p.relative_to(root) for p in root.rglob("*") if p.is_file())
        return {str(f) for f in files if f.parts[0] not in ("logs", "checksums")}


def hum(path: Path, seconds: float = 0.5, pitch: float = 150.0, seed: int = 0) -> None:
    """Write a voiced sound with noise: 16 kHz mono."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(16_000 * seconds)) / 16_000
    sound = sum(np.sin(2 * np.pi * pitch * k * times) / k for k in range(1, 6)) + 0.05 * rng.normal(size=len(times))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.2 * sound, 16_000)


def speak(root: Path, spoken: Iterable[tuple[str, str, str, float]], seconds: float = 0.5) -> None:
    """Write recordings (file, speaker, emotion, pitch) and the CSV that lists them for the reader `table`."""
    lines = ["file,speaker,emotion"]
    for number, (file, speaker, emotion, pitch) in enumerate(spoken):
        hum(root / file, seconds, pitch, seed=number)
        lines.append(f"{file},{speaker},{emotion}")
    (root / "utterances.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
