"""Whether each file of the results is, to the byte, what a job made, and its numbers follow from one another."""

import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from xser import paths
from xser.audit.numbers import wrong_numbers
from xser.checksums import has, recorded
from xser.cli.reasons import printable
from xser.errors import InputError
from xser.files import unfinished
from xser.job import Progress, log

ADVICE = {
    "damaged": "delete it and run snakemake again, or copy it again",
    "missing": "copy it again, or run snakemake; of what was deleted on purpose, delete the record too",
    "foreign": "no job that recorded checksums made it: keep it elsewhere, or delete it",
}


def verify(folder: Path, threads: int = 0) -> int:
    """Compare all results of a study with their sums, list what is wrong; return the exit status, 1 if anything is.

    Where no file is damaged, numbers are counted again from what they were made of (audit/numbers.py).
    """
    if not (sums := recorded(folder)):
        raise InputError(f"{folder / paths.CHECKSUMS} holds no record", hint="run xser verify beside `results`")
    log.setLevel(logging.INFO)
    log.handlers = [logging.StreamHandler(sys.stderr)]
    begun = {str(path.relative_to(folder)) for path in unfinished(folder / paths.RESULTS)}
    there = {path for path in _files(folder) if not path.startswith(paths.UNRECORDED)} - begun
    damaged = {path for path in sums if path.startswith(f"{paths.CHECKSUMS}/")}  # records
    wrong = {"damaged": damaged, "missing": sums.keys() - there - damaged, "foreign": there - sums.keys()}
    read, progress = sorted(sums.keys() & there), Progress(len(sums), "files")
    with ThreadPoolExecutor(threads if threads > 0 else os.cpu_count()) as pool:
        for path, same in zip(read, pool.map(lambda path: has(folder / path, sums[path]), read), strict=True):
            progress.step()
            if not same:
                damaged.add(path)
    for what, files in wrong.items():
        if files:
            print(*(f"{what}  {printable(path)}" for path in sorted(files)), f"What to do: {ADVICE[what]}", sep="\n")
    numbers = {} if damaged else wrong_numbers(folder / paths.RESULTS)
    if numbers:
        print(*(f"wrong  {printable(f'{path.relative_to(folder)}: {why}')}" for path, why in numbers.items()), sep="\n")
        print("What to do: run snakemake; where that makes nothing, delete these files and run it again")
    if begun:
        print(f"{len(begun):,} unfinished files: a job writes them now, or was killed (`xser recover` deletes them)")
    print(f"{len(read):,} files checked: {', '.join(f'{len(files):,} {what}' for what, files in wrong.items())}")
    return int(any(wrong.values()) or bool(numbers))


def _files(folder: Path) -> list[str]:
    """All files below `results`, relative to the study's folder."""
    return [
        str((Path(parent) / name).relative_to(folder))
        for parent, _, names in os.walk(folder / paths.RESULTS, followlinks=True)
        for name in names
    ]
