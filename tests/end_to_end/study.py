"""A copy of the repository with a config and speech of its own, run by real Snakemake as a user would."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
TIME_LIMIT = 500  # seconds; a study takes about half a minute
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
        _copy_repository(folder)
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
        done = self._snakemake(*targets)
        assert done.returncode == 0, done.stdout
        self.printed = self.printed or done.stdout
        return done.stdout

    def fail(self, *targets: str) -> str:
        """Run Snakemake, which must fail by our own message; return what it prints."""
        done = self._snakemake(*targets)
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout

    def _snakemake(self, *targets: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.folder / "workflow_scripts"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "2", "--nocolor", *targets],
            cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=TIME_LIMIT,
        )  # fmt: skip

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


def _copy_repository(folder: Path) -> None:
    """Copy what git knows or would add, tests left out; without a checkout, all but what is made."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY, capture_output=True
    )
    names: Iterable[str] = listed.stdout.decode().split("\0") if listed.returncode == 0 else _files()
    for name in names:
        if name and not name.startswith("tests/") and (source := REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / name)


def _files() -> Iterator[str]:
    made = {".git", ".venv", ".snakemake", "results", "tests"}
    for path in REPOSITORY.rglob("*"):
        relative = path.relative_to(REPOSITORY)
        if path.is_file() and relative.parts[0] not in made and "__pycache__" not in relative.parts:
            yield str(relative)


def hum(path: Path, seconds: float = 0.5, pitch: float = 150.0, seed: int = 0) -> None:
    """Write a voiced sound with noise: 16 kHz mono."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(16_000 * seconds)) / 16_000
    sound = sum(np.sin(2 * np.pi * pitch * k * times) / k for k in range(1, 6)) + 0.05 * rng.normal(size=len(times))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.2 * sound, 16_000)
