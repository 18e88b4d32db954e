"""Writing a practice corpus: audio as 16-bit PCM, label files, the note."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from xser.corpora.practice import NOTE, mark
from xser.corpora.practice.acoustics import sound_of, voice_of
from xser.corpora.practice.espeak import synthesiser
from xser.corpora.practice.iemocap_labels import label_file
from xser.corpora.practice.layouts import LAYOUTS
from xser.files import atomic, write_text
from xser.job import Progress


def write_corpus(reader: str, root: str | Path) -> None:
    """Write all files of the practice corpus of a reader below `root`, the same bytes on every run."""
    layout = LAYOUTS[reader]
    turns = layout.turns()
    genders = {turn.speaker: turn.gender for turn in turns}
    voices = {s: voice_of(reader, s, gender, n) for n, (s, gender) in enumerate(genders.items())}
    durations, progress = {}, Progress(len(turns), "utterances")
    with synthesiser() as espeak:
        for turn in turns:
            samples = sound_of(espeak, reader, turn, voices[turn.speaker])
            write_wav(Path(root, turn.path), samples, layout.sample_rate)
            durations[turn.path] = len(samples) / layout.sample_rate
            progress.step()
    for path, mine in layout.label_files(turns).items():
        write_text(Path(root, path), label_file(reader, mine, durations))
    write_text(Path(root, NOTE), mark(reader))


def write_wav(path: Path, samples: npt.NDArray[Any], sample_rate: int) -> None:
    """Write samples in -1 to 1, shape (samples, channels), as 16-bit PCM."""
    data = io.BytesIO()
    soundfile.write(data, np.round(samples * 32767).astype(np.int16), sample_rate, format="WAV")
    with atomic(path) as temporary:
        temporary.write_bytes(data.getvalue())  # and not by libsndfile, which says of a full disk `System error`
