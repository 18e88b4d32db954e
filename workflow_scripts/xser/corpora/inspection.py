"""What a recording is, measured once: rate, channels, length, level, faults.

Each file is read once, whole; both its SHA-256 and that of its samples come from the same bytes. The samples tell
whether two recordings are the same sound: a WAV and its FLAC, or two WAVs with other headers, are other bytes. Bounds
keep a file of a few bytes
from costing hours: 4 kHz is half of what telephones have, 384 kHz the most that recorders offer; what lasts longer than
ten minutes is no utterance.
"""

import hashlib
import io
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from xser.corpora import containers
from xser.corpora.base import is_dangling
from xser.job import Progress

SILENT = 1e-3  # peak below -60 dB of full scale
CLIPPED = 1e-4  # share of samples at full scale
RATES = (4_000, 384_000)  # Hz
LONGEST_RECORDING = 4 * 3600  # seconds
LONGEST_UTTERANCE = 600  # seconds
CANCELLED = 0.1  # level of the channels' average against theirs, -20 dB: they correlate by -0.98 or less
BLOCK = 1 << 22  # samples that are decoded at a time
_BITS = {"PCM_S8": 8, "PCM_U8": 8}
DANGLING = "cannot be read: the link leads nowhere; fetch the file (git-annex, DataLad) or correct the link"


@dataclass(frozen=True)
class Audio:
    """One recording as measured; `fault` says why it cannot be used, `problem` what to know about it.

    `sha256` is of the file, `samples_sha256` of its channels' average, rounded to 16 bits: the same for a sound in any
    container, width of samples or rate that a header says. `rate` is in Hz, `frames` are samples a channel, `duration`
    seconds, `peak` and `rms` are relative to full scale, `clipped_fraction` is the share of samples at full scale. All
    but `sha256` are 0 or empty where there is a fault.
    """

    path: str
    sha256: str = ""
    samples_sha256: str = ""
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
    """Measure one recording; `fault` says whatever is wrong with it, nothing is raised."""
    try:
        if is_dangling(root, path):
            return Audio(path, fault=DANGLING)
        if (file := Path(root) / path).exists() and not file.is_file():
            return Audio(path, fault="cannot be read: a folder, pipe or device")
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        return Audio(path, fault=f"cannot be read: {error.strerror if isinstance(error, OSError) else error}")
    sha256 = hashlib.sha256(data).hexdigest()
    if fault := containers.fault(data):
        return Audio(path, sha256, fault=fault)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as source:
            return _measure(source, path, sha256)
    except soundfile.LibsndfileError as error:
        return Audio(path, sha256, fault=f"not audio that can be decoded: {error.error_string}")
    except (soundfile.SoundFileError, RuntimeError, ValueError, MemoryError) as error:
        return Audio(path, sha256, fault=f"not audio that can be decoded: {error}")


def _measure(source: soundfile.SoundFile, path: str, sha256: str) -> Audio:
    """Measure an opened file, some seconds at a time."""
    rate, channels, promised = source.samplerate, source.channels, source.frames
    if not RATES[0] <= rate <= RATES[1]:
        return Audio(path, sha256, fault=f"a sample rate of {rate} Hz; {RATES[0]} to {RATES[1]} Hz are read")
    if promised > LONGEST_RECORDING * rate:
        hours = f"{promised / rate / 3600:.1f} hours; up to {LONGEST_RECORDING // 3600} are read"
        return Audio(path, sha256, fault=f"a recording of {hours}: cut it into parts")
    full_scale = 1 - 2.0 ** (1 - _BITS.get(source.subtype, 16))
    frames, clipped, peak, power, mixed, heard = 0, 0, 0.0, 0.0, 0.0, hashlib.sha256()
    while len(samples := source.read(BLOCK // channels, dtype="float32", always_2d=True)):
        magnitude = np.abs(samples)
        frames += len(samples)
        peak = max(peak, float(magnitude.max()))
        clipped += int((magnitude >= full_scale).sum())
        mono = samples[:, 0] if channels == 1 else samples.mean(axis=1, dtype=np.float64)
        mixed += (energy := _energy(mono))
        power += energy if channels == 1 else _energy(samples)
        heard.update(_sixteen_bits(mono))
    if not frames:
        return Audio(path, sha256, fault="no samples (zero length)")
    if frames < promised and source.format != "MP3":  # whose frames are counted with the decoder's delay
        return Audio(path, sha256, fault=f"truncated: the header promises {promised} frames, there are {frames}")
    if not math.isfinite(power):
        return Audio(path, sha256, fault="samples that are not finite numbers (NaN or infinity)")
    power /= frames * channels
    if peak >= SILENT and mixed / frames < CANCELLED**2 * power:
        return Audio(
            path, sha256, fault="its channels cancel each other (opposite polarity): their average is near silence"
        )
    return Audio(
        path=path,
        sha256=sha256,
        samples_sha256=heard.hexdigest(),
        rate=rate,
        channels=channels,
        frames=frames,
        duration=frames / rate,
        subtype=source.subtype,
        peak=_round(peak),
        rms=_round(math.sqrt(power)),
        clipped_fraction=_round(clipped / (frames * channels)),
    )


def _energy(samples: np.ndarray) -> float:
    return float(np.square(samples, dtype=np.float64).sum())


def _sixteen_bits(samples: np.ndarray) -> bytes:
    """Samples as a 16-bit file has them; NaN, which is a fault, becomes anything."""
    with np.errstate(invalid="ignore"):
        steps = np.rint(samples * np.float32(1 << 15))
        return np.clip(steps, -(1 << 15), (1 << 15) - 1, out=steps).astype("<i2").tobytes()


def _round(value: float) -> float:
    """Six digits: more would differ between processors."""
    return float(f"{value:.6g}")
