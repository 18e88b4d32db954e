"""Whether each file of the results is, to the byte, what a job made."""

import logging
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from xser import paths
from xser.checksums import has, recorded
from xser.errors import InputError
from xser.job import Progress, log

ADVICE = {
    "damaged": "delete it and run snakemake again, or copy it again",
    "missing": "copy it again, or run snakemake; of what was deleted on purpose, delete the record too",
    "foreign": "no job that recorded checksums made it: keep it elsewhere, or delete it",
}


@dataclass
class Found:
    """What is wrong with the results: paths, by what is wrong."""

    checked: int = 0
    damaged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def verify(folder: Path, threads: int | None = None) -> int:
    """Check all results of a study's folder, list what is wrong and return the exit status: 1 if anything is."""
    if not (sums := recorded(folder)):
        raise InputError(f"{folder / paths.CHECKSUMS} holds no record", hint="run xser verify beside `results`")
    log.setLevel(logging.INFO)
    log.handlers = [logging.StreamHandler(sys.stderr)]
    found = check(folder, sums, threads or os.cpu_count() or 1)
    for what, advice in ADVICE.items():
        files = getattr(found, what)
        print(*(f"{what}  {path}" for path in files), *([f"What to do: {advice}"] if files else []), sep="\n", end="")
        print(end="\n" if files else "")
    counts = ", ".join(f"{len(getattr(found, what)):,} {what}" for what in ADVICE)
    print(f"{found.checked:,} files checked: {counts}")
    return int(any(getattr(found, what) for what in ADVICE))


def check(folder: Path, sums: Mapping[str, str], threads: int) -> Found:
    """Compare the files below a study's folder with their recorded sums."""
    found, progress = Found(), Progress(len(sums), "files")
    there = {path for path in _files(folder) if not path.startswith(paths.UNRECORDED)}
    found.missing, found.foreign = sorted(sums.keys() - there - _records(sums)), sorted(there - sums.keys())

    read = sorted(sums.keys() & there)
    with ThreadPoolExecutor(threads) as pool:
        for path, same in zip(read, pool.map(lambda path: has(folder / path, sums[path]), read), strict=True):
            progress.step()
            found.checked += 1
            if not same:
                found.damaged.append(path)
    found.damaged = sorted({*found.damaged, *_records(sums)})
    return found


def _records(sums: Mapping[str, str]) -> set[str]:
    """The records that are themselves damaged."""
    return {path for path in sums if path.startswith(f"{paths.CHECKSUMS}/")}


def _files(folder: Path) -> list[str]:
    """All files below `results`, relative to the study's folder."""
    return [
        str((Path(parent) / name).relative_to(folder))
        for parent, _, names in os.walk(folder / paths.RESULTS, followlinks=True)
        for name in names
    ]
