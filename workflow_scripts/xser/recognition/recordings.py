"""Recordings as users have them: found by folder, list or pattern, looked at, cut into windows where they are long."""

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from xser.corpora.base import find_files, walk
from xser.corpora.inspection import SILENT, inspect
from xser.errors import InputError, raise_all
from xser.features import audio
from xser.files import read_text
from xser.recognition.limits import WHOLE

# Endings of audio. Files of the second row are found, so that it is known that they cannot be read.
ENDINGS = (
    *("wav", "flac", "ogg", "oga", "opus", "mp3", "aif", "aiff", "aifc", "au", "snd"),
    *("m4a", "mp4", "aac", "wma", "webm", "amr", "caf", "3gp", "mov", "mkv"),
)
PATTERNS = [f"**/*.{ending}" for ending in ENDINGS]
CONVERT = "convert it, such as by `ffmpeg -i FILE FILE.wav`"


@dataclass(frozen=True)
class Piece:
    """A recording, or a window of one: from `start` to `end`, in seconds (None: not known).

    `features` are None where there is nothing to predict from, and `note` says why; a note beside features is what to
    know of the recording. `usable` is whether it could be read.
    """

    path: str
    start: float | None = None
    end: float | None = None
    features: np.ndarray | None = None
    note: str = ""
    usable: bool = True


def find(names: Sequence[str], lists: Iterable[str] = ()) -> list[str]:
    """Return the recordings that are meant: files, all audio below folders, what matches patterns, the lines of lists.

    What is there twice is taken once. An InputError names all that leads nowhere.
    """
    asked, problems = [("", name) for name in names], []
    for source in lists:
        if not Path(source).is_file():
            problems.append(f"--list {source}: there is no such file")
            continue
        lines = read_text(source, given=True).splitlines()
        asked += [(f"--list {source}, line {k}: ", line.strip()) for k, line in enumerate(lines, 1) if line.strip()]
    found: dict[tuple[str, str], str] = {}  # by the real folder: links may lead to it, too
    for where, name in asked:
        paths = _paths_of(name)
        problems += [f"{where}{paths}"] if isinstance(paths, str) else []
        for folder, file in map(os.path.split, [] if isinstance(paths, str) else paths):
            found.setdefault((os.path.realpath(folder), file), os.path.join(folder, file))
    raise_all("recordings that are not there", problems)
    return list(found.values())


def _paths_of(name: str) -> list[str] | str:
    """The recordings of one name, or what is wrong with it."""
    path = Path(name)
    if path.is_dir():
        below = [str(path / found) for found in find_files(path, PATTERNS, once=True)]
        return below or f"{name}: the folder holds no recordings ({', '.join(ENDINGS[:11])})"
    if path.exists() or path.is_symlink():
        return [name]
    if not glob.has_magic(name):
        return f"{name}: there is no such file"
    matching = sorted({p for p in _matching(name) if Path(p).is_file()})
    return matching or f"{name}: nothing matches"


def _matching(pattern: str) -> Iterator[str]:
    """What a pattern matches, as by glob; but `**` enters no folder twice, where links lead back without end."""
    before, found, after = f"/{pattern}".partition("/**")
    if not found or after[:1] not in ("", "/"):
        yield from glob.glob(pattern)
        return
    for start in glob.glob(before[1:]) if before[1:] else ["/" if before else "."]:
        for folder, _ in walk(start, once=True):
            inside = glob.escape(os.path.normpath(folder))
            yield from _matching(os.path.join("" if inside == "." else inside, after[1:] or "*"))


def windows(duration: float, length: float | None) -> list[tuple[float, float]]:
    """Cut a duration into windows of about a length, all equal, back to back.

    Examples
    --------
    >>> windows(12.0, 5.0)
    [(0.0, 6.0), (6.0, 12.0)]
    """
    count = max(1, round(duration / length)) if length else 1
    edges = [round(k * duration / count, 3) for k in range(count)] + [duration]
    return list(pairwise(edges))


def pieces(
    path: str, compute: Callable[[np.ndarray], np.ndarray], shortest: int, window: float | None
) -> Iterator[Piece]:
    """Look at a recording and yield its windows with their features; whatever is wrong with it is a note.

    `compute` takes no fewer samples than `shortest`, at 16 kHz (see Recogniser). `window` is in seconds, None cuts
    nothing; up to WHOLE seconds are taken as one utterance.
    """
    heard = inspect(".", path)
    if heard.fault:
        advice = f"; {CONVERT}" if heard.fault.startswith("not audio") else ""
        yield Piece(path, note=heard.fault + advice, usable=False)
        return
    if heard.problem == "silent":
        yield Piece(path, 0.0, heard.duration, note="silent")
        return
    note = f"clipped: {heard.clipped_fraction:.2%} of its samples" if heard.problem == "clipped" else ""
    cut = windows(heard.duration, window if heard.duration > WHOLE else None)
    for start, end in cut:
        bounds = (None, None) if len(cut) == 1 else (start, None if end == cut[-1][1] else end)
        try:
            samples = audio.load(path, *bounds)
            if len(samples) < shortest:
                why = f"too short: {len(samples) / 16:.0f} ms, {shortest / 16:.0f} ms are needed"
                yield Piece(path, start, end, note=why, usable=False)
            elif np.abs(samples).max() < SILENT:
                yield Piece(path, start, end, note="silent")
            else:
                features = compute(samples)
                fault = "" if np.isfinite(features).all() else "features that are not finite"
                yield Piece(path, start, end, None if fault else features, fault or note, usable=not fault)
        except InputError as error:
            yield Piece(path, start, end, note=error.what, usable=False)
