"""One corpus through one extractor into one archive, over the cores of a job.

Values depend on nothing but the utterance, and are written in the C order of the utterance ids: the bytes are the same
whatever the number of cores.
"""

import ctypes
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from xser.data_dir import Utterance, read_utterances
from xser.errors import InputError, raise_all
from xser.features import archives, audio
from xser.features.base import Compute, ComputeMany, load_extractor
from xser.job import Progress
from xser.workers import in_order

Item = TypeVar("Item")
TOGETHER = 256  # utterances in memory at a time, for an extractor that computes several at once


def extract(
    utterances_tsv: str | Path,
    root: str | Path,
    extractor: str,
    parameters: Mapping[str, Any],
    ark: str | Path,
    scp: str | Path,
    names: str | Path,
    threads: int = 1,
    shard: Sequence[int] | None = None,
) -> None:
    """Extract the features of all utterances, or of one shard of them, into an archive (see archives.py).

    Paths are relative to `root`; `parameters` are those that differ from the extractor's defaults; `threads` utterances
    are at work at the same time. `shard` is an index from 0 and the number of shards, contiguous parts of the
    utterances.

    Raises
    ------
    InputError
        If any utterance cannot be read, is too short, or gives values that are not finite; all such are listed, and
        nothing is written.
    """
    keep_memory()
    chosen = load_extractor(extractor)
    settings = chosen.complete(parameters)
    columns = chosen.names(settings)
    utterances = part_of(sorted(read_utterances(utterances_tsv), key=lambda u: u.utterance.encode()), shard)
    many = chosen.make_many(settings)
    if not many:
        chosen.make(settings)  # what does not work at all (a missing program) is one clear error here

    shortest = chosen.shortest(settings)

    def make() -> Callable[[Utterance], np.ndarray | str]:
        compute = chosen.make(settings)
        return lambda utterance: features_of(utterance, Path(root), compute, shortest, columns)

    progress, problems = Progress(len(utterances), "utterances"), []
    with archives.writing(ark, scp, names, columns) as write:
        results = (
            several(utterances, Path(root), many, shortest, columns) if many else in_order(make, utterances, threads)
        )
        for utterance, result in zip(utterances, results, strict=True):
            if isinstance(result, str):
                problems.append(f"{utterance.utterance}: {result}")
            elif not problems:
                write(utterance.utterance, result)
            progress.step()
        raise_all(
            f"{extractor}: {len(problems)} of {len(utterances)} utterances cannot be extracted",
            problems,
            "replace or remove these files, or set `on_bad_audio: skip`",
        )


def keep_memory() -> None:
    """Let the C library keep 64 MB of freed memory: returned and asked for anew each time, it costs a fifth of MFCC."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):  # glibc
        mallopt(-1, 64 << 20)  # M_TRIM_THRESHOLD
        mallopt(-3, 32 << 20)  # M_MMAP_THRESHOLD


def part_of(items: list[Item], shard: Sequence[int] | None) -> list[Item]:
    """Return one of `of` contiguous parts, whose sizes differ by at most one."""
    if shard is None:
        return items
    index, of = shard
    if not 0 <= index < of:
        raise InputError(f"there is no shard {index} of {of} (the first is 0)")
    return items[len(items) * index // of : len(items) * (index + 1) // of]


def several(
    utterances: Sequence[Utterance], root: Path, compute: ComputeMany, min_samples: int, columns: list[str]
) -> Iterator[np.ndarray | str]:
    """Yield what `features_of` returns for each utterance, where many are computed at once."""
    for start in range(0, len(utterances), TOGETHER):
        heard = [samples_of(utterance, root, min_samples) for utterance in utterances[start : start + TOGETHER]]
        good = [samples for samples in heard if not isinstance(samples, str)]
        results = iter(compute(good) if good else ())
        yield from (samples if isinstance(samples, str) else checked(next(results), columns) for samples in heard)


def features_of(
    utterance: Utterance, root: Path, compute: Compute, min_samples: int, columns: list[str]
) -> np.ndarray | str:
    """Return the features of one utterance, float32 (dims,) or (frames, dims), or why there are none."""
    samples = samples_of(utterance, root, min_samples)
    try:
        return samples if isinstance(samples, str) else checked(compute(samples), columns)
    except InputError as error:
        return str(error)


def samples_of(utterance: Utterance, root: Path, min_samples: int) -> np.ndarray | str:
    """Return the samples of one utterance, or why they cannot be used."""
    try:
        samples = audio.load(root / utterance.path, utterance.start, utterance.end)
    except InputError as error:
        return str(error)
    if len(samples) < min_samples:
        return f"too short: {len(samples) / 16:.1f} ms, {min_samples / 16:.1f} ms are needed"
    return samples


def checked(result: np.ndarray, columns: list[str]) -> np.ndarray | str:
    """Return features as they are, or what is wrong with them."""
    if result.shape[-1] != len(columns) or not result.size:
        return f"gives an array of shape {result.shape}, {len(columns)} columns are expected"
    bad = ~np.isfinite(result).reshape(-1, len(columns)).all(axis=0)
    if bad.any():
        return f"values that are not finite in {', '.join(np.array(columns)[bad][:5])} ({bad.sum()} columns)"
    return result
