"""From a corpus' folder to its data directory: list utterances, measure recordings, leave out what cannot be used."""

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing, Reader, is_plain, matching
from xser.corpora.inspection import DANGLING, LONGEST_UTTERANCE, Audio, inspect_all
from xser.data_dir import AUDIO, LEFT_OUT, Utterance, check_utterances, write_data_dir
from xser.errors import InputError, raise_all
from xser.files import write_text
from xser.job import log

RATE = 16_000  # Hz, of all features; lengths are demanded at this rate
OVERSHOOT = 0.5  # seconds that a segment may end behind its recording, as in Kaldi's extract-segments


@dataclass
class Measured:
    """Utterances that can be used, what is known about each recording, and bad audio as (name, why)."""

    utterances: list[Utterance]
    recordings: Mapping[str, Audio]
    bad: list[tuple[str, str]]


def list_utterances(
    reader: Reader, corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]
) -> Listing:
    """Run the reader and check what it lists; no audio is touched yet."""
    if not root.is_dir():
        raise InputError(
            f"corpus {corpus}: {root} is not a folder",
            hint=f"set corpora.{corpus}.root in config.yaml to the folder of the corpus, or to null to leave it out",
        )
    files = matching(sorted(files, key=os.fsencode), reader.files)
    if not files:
        raise InputError(
            f"corpus {corpus}: there are no files {' or '.join(reader.files)} below {root}",
            hint=f"point corpora.{corpus}.root in config.yaml at the folder that the corpus' publisher ships",
        )
    raise_all(
        f"corpus {corpus}: file names with control characters or line breaks, or that are not UTF-8",
        (repr(f) for f in files if not is_plain(f)),
        "rename them",
    )
    raise_all(
        f"corpus {corpus}: pipes, sockets or devices below {root}, which would be waited for",
        (f for f in files if os.path.exists(root / f) and not os.path.isfile(root / f)),
        "remove them",
    )
    try:
        listing = reader.read(corpus, root, files, dict(options))
    except (OSError, UnicodeError, csv.Error) as error:
        raise InputError(f"corpus {corpus}: a label file below {root} cannot be read: {error}") from None
    if not listing.utterances:
        raise InputError(f"corpus {corpus}: its reader found no utterance below {root}")
    rows = sorted(listing.utterances, key=lambda u: u.utterance.encode())
    raise_all(
        f"corpus {corpus}: files below {root} that cannot go together",
        check_utterances(rows),
        "each utterance must be there once, under one name, and each speaker has one gender",
    )
    return Listing(rows, sorted(listing.left_out))


def measure(root: Path, utterances: Sequence[Utterance], min_samples: int, threads: int) -> Measured:
    """Measure each recording once, `threads` at a time, and find the utterances that can be used.

    `min_samples` is the shortest utterance that every configured feature can take, at 16 kHz.
    """
    paths = sorted({u.path for u in utterances})
    recordings = dict(zip(paths, inspect_all(root, paths, threads), strict=True))
    faults = {u.utterance: fault for u in utterances if (fault := _fault(u, recordings[u.path], min_samples))}
    good = [u for u in utterances if u.utterance not in faults]
    bad = [(_name(u), faults[u.utterance]) for u in utterances if u.utterance in faults]
    return Measured(_complete_segments(good, recordings), recordings, bad)


def check_bad_audio(corpus: str, root: Path, measured: Measured, on_bad_audio: str) -> None:
    """Raise an InputError for bad audio where `on_bad_audio` is `fail`, or where nothing else is there."""
    offenders = [f"{name}: {why}" for name, why in measured.bad]
    if offenders and on_bad_audio == "fail":
        raise InputError(
            f"corpus {corpus}: {len(offenders)} recordings below {root} cannot be used",
            offenders,
            "restore them from the publisher's copy (segments: correct the table), or set `on_bad_audio: skip`",
        )
    if not measured.utterances:
        raise InputError(f"corpus {corpus}: no usable recording below {root}", offenders)


def write(folder: Path, root: str | Path, measured: Measured, left_out: Iterable[tuple[str, str]]) -> None:
    """Write the data directory, audio.tsv, left_out.tsv and root.txt."""
    utterances, recordings = measured.utterances, measured.recordings
    durations = {u.utterance: u.seconds(recordings[u.path].duration) for u in utterances}
    write_data_dir(folder, utterances, durations, root)
    named = sorted({(u.recording, u.path) for u in utterances})
    rows = [(name, recordings[path]) for name, path in named]
    AUDIO.write_records(
        folder / "audio.tsv",
        (
            {"recording": name, **{c: v for c, v in asdict(a).items() if c != "fault"}, "problem": a.problem}
            for name, a in rows
        ),
    )
    LEFT_OUT.write_records(folder / "left_out.tsv", ({"path": path, "why": why} for path, why in left_out))
    write_text(folder / "root.txt", f"{root}\n")


def leads_nowhere(reader: Reader, dangling: Iterable[str]) -> list[tuple[str, str]]:
    """Return, as bad audio, the links that lead nowhere and that no pattern of the reader names."""
    return [(path, DANGLING) for path in dangling if not matching([path], reader.files)]


def _name(u: Utterance) -> str:
    return u.path if u.start is None else f"{u.path} ({u.start:g} to {u.end:g} s)"


def _fault(u: Utterance, audio: Audio, min_samples: int) -> str:
    """Say why an utterance cannot be used, or nothing."""
    if audio.fault:
        return audio.fault
    start, end = (0.0, audio.duration) if u.start is None or u.end is None else (u.start, u.end)
    if start >= audio.duration or end > audio.duration + OVERSHOOT:
        return f"the segment ends after the recording ({audio.duration:.3f} s)"
    seconds = min(end, audio.duration) - start
    if seconds > LONGEST_UTTERANCE:
        return f"an utterance of {seconds:.0f} s; up to {LONGEST_UTTERANCE} s are read: cut it, or give segments"
    if (samples := round(seconds * RATE)) < min_samples:
        return f"too short: {samples} samples at 16 kHz, the features need {min_samples}"
    return ""


def _complete_segments(utterances: list[Utterance], recordings: Mapping[str, Audio]) -> list[Utterance]:
    """Give every utterance a start and an end if any has: Kaldi's `segments` names all utterances or is not there.

    Segments that end after their recording are cut at its end.
    """
    if all(u.start is None for u in utterances):
        return utterances
    lengths = [recordings[u.path].duration for u in utterances]
    beyond = [u.end - length for u, length in zip(utterances, lengths, strict=True) if u.end and u.end > length]
    if beyond:
        log.info("cut at the recording's end: %d segments that end up to %.3f s after it", len(beyond), max(beyond))
    return [
        replace(u, start=u.start or 0.0, end=min(u.end or length, length))
        for u, length in zip(utterances, lengths, strict=True)
    ]
