"""What a recording is, measured once: rate, channels, length, level, faults.

Each file is read once, whole; its SHA-256 and its samples come from the same bytes.
"""

import hashlib
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from xser.corpora.base import is_dangling
from xser.job import Progress

RATE = 16_000  # Hz, of all features; lengths are demanded at this rate
SILENT = 1e-3  # peak below -60 dB of full scale
CLIPPED = 1e-4  # share of samples at full scale
_BITS = {"PCM_S8": 8, "PCM_U8": 8}
DANGLING = "cannot be read: the link leads nowhere; fetch the file (git-annex, DataLad) or mend the link"
_LFS = b"version https://git-lfs"


@dataclass(frozen=True)
class Audio:
    """One recording as measured; `fault` says why it cannot be used, `problem` what to know about it.

    `rate` is in Hz, `frames` are samples a channel, `duration` seconds, `peak` and `rms` are relative to full scale,
    `clipped_fraction` is the share of samples at full scale. All are 0 where there is a fault.
    """

    path: str
    sha256: str = ""
    rate: int = 0
    channels: int = 0
    frames: int = 0
    duration: float = 0.0
    subtype: str = ""
    peak: float = 0.0
    rms: float = 0.0
    clipped_fraction: float = 0.0
    fault: str = ""

    @property
    def problem(self) -> str:
        """`silent`, `clipped` or nothing."""
        if self.peak < SILENT:
            return "silent"
        return "clipped" if self.clipped_fraction >= CLIPPED else ""

    @property
    def samples(self) -> int:
        """Length at 16 kHz."""
        return samples_at_16k(self.duration)


def samples_at_16k(seconds: float) -> int:
    """Return the number of samples that so many seconds have at 16 kHz."""
    return round(seconds * RATE)


def inspect_all(root: str | Path, paths: Sequence[str], threads: int = 1) -> list[Audio]:
    """Measure recordings, in the given order, several at a time."""
    progress = Progress(len(paths), "recordings")
    measured = []
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for audio in pool.map(lambda path: inspect(root, path), paths):
            measured.append(audio)
            progress.step()
    return measured


def inspect(root: str | Path, path: str) -> Audio:
    """Measure one recording; whatever is wrong with it is told in `fault`, never raised."""
    try:
        if is_dangling(root, path):
            return Audio(path, fault=DANGLING)
        data = (Path(root) / path).read_bytes()
    except (OSError, ValueError) as error:
        return Audio(path, fault=f"cannot be read: {getattr(error, 'strerror', None) or error}")
    sha256 = hashlib.sha256(data).hexdigest()
    if fault := _container_fault(data):
        return Audio(path, sha256, fault=fault)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as source:
            rate, subtype, promised, form = source.samplerate, source.subtype, source.frames, source.format
            samples = source.read(dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, ValueError, MemoryError) as error:
        return Audio(path, sha256, fault=f"not audio that can be decoded: {getattr(error, 'error_string', error)}")
    if not len(samples):
        return Audio(path, sha256, fault="no samples (zero length)")
    if len(samples) < promised and form != "MP3":  # an MP3 header estimates
        return Audio(path, sha256, fault=f"truncated: the header promises {promised} frames, there are {len(samples)}")
    if not np.isfinite(samples).all():
        return Audio(path, sha256, fault="samples that are not finite numbers (NaN or infinity)")
    magnitude = np.abs(samples)
    full_scale = 1 - 2.0 ** (1 - _BITS.get(subtype, 16))
    return Audio(
        path=path,
        sha256=sha256,
        rate=rate,
        channels=samples.shape[1],
        frames=len(samples),
        duration=len(samples) / rate,
        subtype=subtype,
        peak=_round(magnitude.max()),
        rms=_round(np.sqrt(np.square(samples, dtype=np.float64).mean())),
        clipped_fraction=_round((magnitude >= full_scale).mean()),
    )


def _round(value: float) -> float:
    """Six digits: more would differ between processors."""
    return float(f"{value:.6g}")


def _container_fault(data: bytes) -> str:
    """Say what is wrong with a file before it is decoded: libsndfile reads a truncated wav without a word."""
    if not data:
        return "empty file (0 bytes)"
    if data.startswith(_LFS):
        return "a Git LFS pointer, not audio: run `git lfs pull` in the corpus' folder"
    if data[:4] not in (b"RIFF", b"RIFX") or data[8:12] != b"WAVE":
        return ""
    order = "little" if data[:4] == b"RIFF" else "big"
    place = 12
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], order)  # type: ignore[arg-type]
        if data[place : place + 4] == b"data":
            there = len(data) - place - 8
            if there >= size or size >= 0x7FFFF000:  # a program that writes to a pipe promises as much as it can
                return ""
            return f"truncated: the header promises {size} bytes of audio, there are {there}"
        place += 8 + size + size % 2
    return "truncated: there is no audio after the header"
