"""A corpus as Kaldi's own programs read it: 16-bit WAV of 16 kHz, absolute paths, features as feats.scp.

The data directory of a corpus (data_dir.py) names the recordings as they are: of another rate than 16 kHz, of 24 bits,
FLAC, which Kaldi's feature programs refuse, or would read otherwise than xser does (the first channel, another
resampling). Here each utterance is a file of its own, with the very samples that every extractor hears.
"""

import hashlib
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from xser.data_dir import Utterance, read_mapping, read_utterances, write_data_dir, write_mapping
from xser.errors import raise_all
from xser.features import archives, audio
from xser.files import read_text
from xser.workers import in_order

WAVS = "wav"
LONGEST = 255  # bytes of a file's name


def export(data: Path, utt2emo: Path, folder: Path, final: Path, scp: Path | None = None, cores: int = 1) -> int:
    """Write a Kaldi data directory of a corpus' own (`data`) and return its number of utterances.

    Utterances without an emotion are there, too. `final` is where `folder` will lie: absolute paths lead there.
    Features, if an `scp` is given, are copied: frames as `feats.scp`, which Kaldi's tools for matrices read, vectors as
    `vectors.scp` (for `copy-vector`). An InputError names all utterances whose audio cannot be read, or that the
    features lack.
    """
    root = Path(read_text(data / "root.txt").rstrip("\n"))
    spoken = read_utterances(data / "utterances.tsv")
    (folder / WAVS).mkdir(parents=True)
    rows = [replace(u, recording=u.utterance, path=f"{WAVS}/{_wav(u.utterance)}", start=None, end=None) for u in spoken]
    found = list(in_order(lambda: partial(_converted, root=root, folder=folder), spoken, cores))
    raise_all(f"{data}: recordings that cannot be converted", (wrong for wrong in found if isinstance(wrong, str)))
    durations = {u.utterance: seconds for u, seconds in zip(spoken, found, strict=True)}
    write_data_dir(folder, rows, durations, final)
    (folder / "utterances.tsv").unlink()  # of xser's; its paths mean nothing to Kaldi
    write_mapping(folder / "utt2emo", read_mapping(utt2emo))
    if scp is not None:
        _copy_features(scp, [u.utterance for u in spoken], folder, final)
    return len(rows)


def _converted(utterance: Utterance, root: Path, folder: Path) -> float | str:
    """Write the WAV of an utterance and return its seconds, or what is wrong with it."""
    try:
        samples = audio.load(root / utterance.path, utterance.start, utterance.end)
    except Exception as error:  # every kind is named with its utterance
        return f"{utterance.utterance}: {error}"
    whole = np.rint(samples * audio.FULL_SCALE).astype(np.int16)
    soundfile.write(folder / WAVS / _wav(utterance.utterance), whole, audio.RATE, subtype="PCM_16")
    return len(whole) / audio.RATE


def _wav(utterance: str) -> str:
    """The name of an utterance's file: a digest where file systems know no name that long; wav.scp says whose it is."""
    name = f"{utterance}.wav"
    return name if len(name.encode()) <= LONGEST else f"{hashlib.sha256(utterance.encode()).hexdigest()}.wav"


def _copy_features(scp: Path, utterances: list[str], folder: Path, final: Path) -> None:
    """Copy an archive of ours, which is one file, and name it by its absolute path."""
    entries = archives.entries(scp)
    missing = sorted(set(utterances) - {entry.utterance for entry in entries})
    raise_all(f"{scp} lacks utterances of the corpus", missing, "delete it and run again")
    lengths = {utterance: array.shape[:-1] for utterance, array in archives.stream(scp)}
    frames = all(lengths.values())
    name = "feats" if frames else "vectors"
    shutil.copyfile(scp.with_suffix(".ark"), folder / f"{name}.ark")
    write_mapping(folder / f"{name}.scp", {e.utterance: f"{final / name}.ark:{e.offset}" for e in entries})
    if frames:
        write_mapping(folder / "utt2num_frames", {utterance: count for utterance, (count,) in lengths.items()})
