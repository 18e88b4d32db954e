"""What every benchmark shares: its command line, and its numbers as JSON with the machine that they belong to."""

import argparse
import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from threadpoolctl import threadpool_limits

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
PACKAGES = ("numpy", "scikit-learn", "tensorflow-cpu", "keras", "opensmile", "kaldi-native-fbank", "snakemake", "torch")


def command_line(doc: str | None, quick: str = "", worker: int = 0) -> argparse.ArgumentParser:
    """Return a parser that shows `doc`, knows --quick and --json (with help for `quick`), and --worker with arguments.

    Examples
    --------
    >>> command_line("A benchmark.", "one round").parse_args(["--quick"])
    Namespace(quick=True, json=None)
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    if quick:
        parser.add_argument("--quick", action="store_true", help=quick)
        parser.add_argument("--json", type=Path)
    if worker:
        parser.add_argument("--worker", nargs=worker, help=argparse.SUPPRESS)
    return parser


@dataclass(frozen=True)
class Run:
    """What a command with all its children took, and what it printed."""

    cpu: float
    wall: float
    megabytes: float
    text: str


def timed(command: Sequence[str], folder: Path, modules: str | Path = REPOSITORY / "workflow_scripts") -> Run:
    """Run a command in a folder with PYTHONPATH `modules`; end this program with what it printed if it fails."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": str(modules)}, stdout=out, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        out.seek(0)
        text = out.read().decode()
    if status:
        sys.exit(f"{' '.join(command)}\n{text[-3000:]}")
    return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, text)


def worked(script: str, *arguments: str) -> dict[str, Any]:
    """What a benchmark prints, as JSON, when it is started as a worker, a process whose peak memory is its own."""
    command = [sys.executable, script, "--worker", *arguments]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


def markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines of a Markdown table."""
    for row in itertools.chain([head, ["---"] * len(head)], rows):
        yield f"| {' | '.join(map(str, row))} |"


def write_speech(path: Path, pitch: np.ndarray, rate: int, tilt: float = 1.0) -> None:
    """Write a voiced sound with noise, whose `pitch` is given for every sample; harmonic k has k^-tilt."""
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voice = sum(np.sin(k * phase) / k**tilt for k in range(1, 6))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.12 * voice + 0.01 * np.random.default_rng(0).normal(size=len(pitch)), rate)


def print_table(doc: str | None, tables: Mapping[str, Callable[[int], Iterator[str]]]) -> None:
    """Print the table, of those that a simulation has, that the command line asks for: the first by default."""
    parser = command_line(doc)
    parser.add_argument("table", nargs="?", choices=tables, default=next(iter(tables)))
    parser.add_argument("--runs", type=int, default=2000, help="test sets drawn for each design")
    options = parser.parse_args()
    with threadpool_limits(1):
        for line in tables[options.table](options.runs):
            print(line, flush=True)


def machine() -> dict[str, Any]:
    """The machine and the versions that a number belongs to."""
    processor, memory = platform.processor() or platform.machine(), 0.0
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), processor)
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "processor": processor, "cores": os.cpu_count(), "memory_gb": round(memory), "system": platform.system(),
        "python": platform.python_version(), "packages": versions,
    }  # fmt: skip


def write_json(path: Path | None, numbers: dict[str, Any]) -> None:
    """Write what a part measured, with date and machine; None: nowhere."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"date": str(date.today()), "machine": machine(), **numbers}, indent=1) + "\n")
