"""Audio as every extractor sees it: 16 kHz, mono, the 65,536 values of a 16-bit file."""

import os
from pathlib import Path

import numpy as np
import soundfile
import soxr

from xser.errors import InputError

RATE = 16_000
FULL_SCALE = 32_768  # 2^15
BLOCK = 1 << 20  # samples of each channel that are read at a time where nothing else leads to a later one


def load(path: str | Path, start: float | None = None, end: float | None = None) -> np.ndarray:
    """Read one utterance.

    The channels are averaged (openSMILE and Kaldi would take the first), the result is resampled to 16 kHz (soxr, high
    quality), then rounded to 16 bits and clipped: resampling overshoots full scale, and what does not fit would wrap to
    the opposite sign in openSMILE, which casts to 16-bit integers. Rounding makes openSMILE, Kaldi (which reads nothing
    but 16-bit files) and all others see the very same samples. A 16 kHz 16-bit mono file is returned exactly.

    Parameters
    ----------
    path
        Any file that libsndfile reads (wav, flac, ...).
    start, end
        Where the utterance lies in the recording, in seconds; the whole file where None.

    Returns
    -------
    np.ndarray
        Shape (samples,), float32, multiples of 2^-15 in [-1, 1 - 2^-15].

    Raises
    ------
    InputError
        If the file cannot be read, holds no samples where it should, or values that are not finite.
    """
    try:
        with soundfile.SoundFile(os.fsencode(path)) as source:  # soundfile encodes no name that is not UTF-8
            rate = source.samplerate
            first = round(start * rate) if start is not None else 0
            last = round(end * rate) if end is not None else source.frames
            if not 0 <= first < last <= source.frames:
                raise InputError(f"{path}: no samples from {first} to {last} in a file of {source.frames}")
            _go_to(source, first)
            if rate == RATE and source.channels == 1 and source.subtype == "PCM_16":  # as it is, three times as fast
                return source.read(last - first, dtype="int16") * np.float32(1 / FULL_SCALE)
            channels = source.read(last - first, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise InputError(f"{path}: cannot be read as audio ({error})") from None
    samples = channels[:, 0] if channels.shape[1] == 1 else channels.mean(axis=1)
    if not np.isfinite(samples).all():
        raise InputError(f"{path}: holds samples that are not finite numbers")
    if rate != RATE:
        samples = soxr.resample(samples, rate, RATE, quality="HQ")
    steps = np.clip(np.rint(samples * np.float32(FULL_SCALE)), -FULL_SCALE, FULL_SCALE - 1)
    return (steps / FULL_SCALE).astype(np.float32, copy=False)


def _go_to(source: soundfile.SoundFile, first: int) -> None:
    """Go to a sample; what telephone systems write (GSM 6.10, G.721, NMS ADPCM) can only be read up to it."""
    if source.seekable():
        source.seek(first)
        return
    while first and (passed := len(source.read(min(first, BLOCK), dtype="int16"))):
        first -= passed
