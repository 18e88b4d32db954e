"""Corpus folder -> Kaldi data directory, with every recording measured.

Needs the files of one corpus; makes the data directory (see xser.data_dir), audio.tsv and left_out.tsv.
"""

import csv
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing, is_plain, load_reader, matching
from xser.corpora.inspection import DANGLING, Audio, inspect_all, samples_at_16k
from xser.data_dir import LEFT_OUT, Utterance, check_utterances, write_data_dir
from xser.errors import InputError, raise_all
from xser.files import write_text, write_tsv
from xser.job import log

AUDIO_COLUMNS = [
    *("recording", "path", "sha256", "rate", "channels", "frames", "duration", "subtype"),
    *("peak", "rms", "clipped_fraction", "problem"),
]
OVERSHOOT = 0.5  # seconds that a segment may end behind its recording, as in Kaldi's extract-segments


def main(
    reader: str,
    corpus: str,
    root: str | Path,
    files: Sequence[str],
    options: Mapping[str, Any],
    on_bad_audio: str,
    min_samples: int,
    folder: str | Path,
    threads: int = 1,
    dangling: Sequence[str] = (),
) -> None:
    """Read one corpus into a data directory.

    Parameters
    ----------
    reader, corpus
        The reader module's name and the corpus' id.
    root, files
        The corpus' folder, and the files of it that the reader needs, relative to it.
    options
        What `labels.resolve` left for the reader.
    on_bad_audio
        `fail`: an error lists all recordings that cannot be used; `skip`: left_out.tsv lists them.
    min_samples
        The shortest utterance that every configured feature can take, in samples at 16 kHz.
    folder
        The data directory to write.
    threads
        How many recordings are measured at a time.
    dangling
        Further files of the corpus, which are links that lead nowhere; those that are recordings are bad audio.
    """
    given, root, folder = root, Path(root), Path(folder)
    files = sorted({*files, *dangling}, key=os.fsencode)
    listing = list_utterances(reader, corpus, root, files, options)
    paths = sorted({u.path for u in listing.utterances})
    measured = dict(zip(paths, inspect_all(root, paths, threads), strict=True))
    faults = {u.utterance: fault for u in listing.utterances if (fault := _fault(u, measured[u.path], min_samples))}
    bad = [(_name(u), faults[u.utterance]) for u in listing.utterances if u.utterance in faults]
    patterns = load_reader(reader).files
    bad += [(path, DANGLING) for path in dangling if not matching([path], patterns)]
    if bad and on_bad_audio == "fail":
        raise InputError(
            f"corpus {corpus}: {len(bad)} recordings below {root} cannot be used",
            [f"{name}: {fault}" for name, fault in bad],
            "restore them from the publisher's copy (segments: mend the table), or set `on_bad_audio: skip`",
        )
    good = [u for u in listing.utterances if u.utterance not in faults]
    if not good:
        raise InputError(f"corpus {corpus}: no usable recording below {root}", [f"{name}: {why}" for name, why in bad])
    good = _complete_segments(good, measured)
    left_out = [*listing.left_out, *((name, f"bad audio: {fault}") for name, fault in bad)]
    _write(folder, root, good, measured, left_out)
    write_text(folder / "root.txt", f"{given}\n")
    log.info("corpus %s: %d utterances of %d speakers", corpus, len(good), len({u.speaker for u in good}))
    for why, count in Counter(why for _, why in left_out).most_common():
        log.info("left out %d: %s", count, why)


def list_utterances(reader: str, corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
    """Run the reader and check what it lists; no audio is touched yet."""
    module = load_reader(reader)
    if not root.is_dir():
        raise InputError(
            f"corpus {corpus}: {root} is not a folder",
            hint=f"set corpora.{corpus}.root in config.yaml to the folder of the corpus, or to null to leave it out",
        )
    files = matching(files, module.files)
    if not files:
        raise InputError(
            f"corpus {corpus}: there are no files {' or '.join(module.files)} below {root}",
            hint=f"point corpora.{corpus}.root in config.yaml at the folder that the corpus' publisher ships",
        )
    raise_all(
        f"corpus {corpus}: file names with control characters or line breaks, or that are not UTF-8",
        (repr(f) for f in files if not is_plain(f)),
        "rename them",
    )
    try:
        listing = module.read(corpus, root, files, dict(options))
    except (OSError, UnicodeError, csv.Error) as error:
        raise InputError(f"corpus {corpus}: a label file below {root} cannot be read: {error}") from None
    if not listing.utterances:
        raise InputError(f"corpus {corpus}: the reader {reader} found no utterance below {root}")
    rows = sorted(listing.utterances, key=lambda u: u.utterance.encode())
    raise_all(
        f"corpus {corpus}: files below {root} that cannot go together",
        check_utterances(rows),
        "each utterance must be there once, under one name",
    )
    return Listing(rows, sorted(listing.left_out))


def below(root: str | Path, files: Iterable[str]) -> list[str]:
    """Return the files that lie below the root, relative to it."""
    root = Path(root)
    return [Path(f).relative_to(root).as_posix() for f in files if Path(f).is_relative_to(root)]


def _name(u: Utterance) -> str:
    return u.path if u.start is None else f"{u.path} ({u.start:g} to {u.end:g} s)"


def _fault(u: Utterance, audio: Audio, min_samples: int) -> str:
    """Say why an utterance cannot be used, or nothing."""
    if audio.fault:
        return audio.fault
    start, end = (0.0, audio.duration) if u.start is None or u.end is None else (u.start, u.end)
    if start >= audio.duration or end > audio.duration + OVERSHOOT:
        return f"the segment ends after the recording ({audio.duration:.3f} s)"
    end = min(end, audio.duration)
    if (samples := samples_at_16k(end - start)) < min_samples:
        return f"too short: {samples} samples at 16 kHz, the features need {min_samples}"
    return ""


def _complete_segments(utterances: list[Utterance], measured: Mapping[str, Audio]) -> list[Utterance]:
    """Give every utterance a start and an end if any has: Kaldi's `segments` names all utterances or is not there.

    Segments that end after their recording are cut at its end.
    """
    if all(u.start is None for u in utterances):
        return utterances
    lengths = [measured[u.path].duration for u in utterances]
    beyond = [u.end - length for u, length in zip(utterances, lengths, strict=True) if u.end and u.end > length]
    if beyond:
        log.info("cut at the recording's end: %d segments that end up to %.3f s after it", len(beyond), max(beyond))
    return [
        replace(u, start=u.start or 0.0, end=min(u.end or length, length))
        for u, length in zip(utterances, lengths, strict=True)
    ]


def _write(
    folder: Path,
    root: Path,
    utterances: list[Utterance],
    measured: Mapping[str, Audio],
    left_out: Sequence[tuple[str, str]],
) -> None:
    durations = {
        u.utterance: measured[u.path].duration if u.start is None or u.end is None else u.end - u.start
        for u in utterances
    }
    write_data_dir(folder, utterances, durations, root)
    recordings = sorted({(u.recording, u.path) for u in utterances})
    rows = []
    for recording, path in recordings:
        audio = measured[path]
        rows.append({"recording": recording, **{c: getattr(audio, c) for c in AUDIO_COLUMNS[1:]}})
    write_tsv(folder / "audio.tsv", AUDIO_COLUMNS, rows)
    LEFT_OUT.write_records(folder / "left_out.tsv", ({"path": path, "why": why} for path, why in left_out))


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        settings = snakemake.params.settings
        main(
            files=below(settings["root"], snakemake.input.files),
            folder=Path(snakemake.output.utterances).parent,
            threads=snakemake.threads,
            **settings,
        )
