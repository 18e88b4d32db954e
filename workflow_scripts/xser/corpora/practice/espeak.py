"""Speech from espeak-ng through its C library, the same samples for the same arguments."""

import _ctypes
import ctypes
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xser.errors import InputError

SAMPLE_RATE = 22050
"""What espeak-ng's formant synthesiser makes, in Hz."""

# From espeak-ng's speak_lib.h.
_SYNCHRONOUS, _DONT_EXIT = 2, 0x8000
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_CHARACTERS, _UTF8, _OK = 1, 1, 0
# The library keeps the path of its data in 160 bytes, and appends names of voices to it.
_LONGEST_DATA_PATH = 120

_REINSTALL = "reinstall the package espeakng-loader, or set the corpus' root to a folder that you have"

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class Synthesiser:
    """espeak-ng with its data; make one with `synthesiser()`."""

    def __init__(self, library: str, data: str) -> None:
        self.library, self.data = library, data

    def speak(self, text: str, voice: str, rate: float = 175, pitch: float = 0, spread: float = 1) -> npt.NDArray[Any]:
        """Return a text as spoken: samples in -1 to 1 at SAMPLE_RATE, shape (samples,), float64.

        `voice` is language and variant, such as `de+m3`; `rate` is in words a minute, 80 to 450; `spread` is the range
        of the intonation relative to the variant's own, 0 to 2. `pitch` raises the variant's base pitch by semitones,
        -12 to 12; espeak-ng adds the intonation on top in Hz, unscaled, so the pitch that is heard moves by about three
        quarters of it.
        """
        # espeak-ng's table doubles the base pitch every 50 steps, with 50 in the middle; its range is linear.
        values = {
            _RATE: int(np.clip(round(rate), 80, 450)),
            _VOLUME: 100,
            _PITCH: int(np.clip(round(50 + pitch * 50 / 12), 0, 99)),
            _RANGE: int(np.clip(round(50 * spread), 0, 99)),
        }
        chunks: list[bytes] = []

        def collect(samples: int | None, count: int, _events: int | None) -> int:
            if samples and count > 0:
                chunks.append(ctypes.string_at(samples, 2 * count))
            return 0

        callback = _Callback(collect)
        with _loaded(self.library) as espeak:
            _check(
                espeak.espeak_Initialize(_SYNCHRONOUS, 0, self.data.encode(), _DONT_EXIT) == SAMPLE_RATE, "initialise"
            )
            espeak.espeak_SetSynthCallback(callback)
            espeak.espeak_ng_SetRandSeed(ctypes.c_long(1))
            _check(espeak.espeak_SetVoiceByName(voice.encode()) == _OK, f"find the voice {voice}")
            for parameter, value in values.items():
                espeak.espeak_SetParameter(parameter, value, 0)
            data = text.encode() + b"\0"
            size = ctypes.c_size_t(len(data))
            _check(espeak.espeak_Synth(data, size, 0, _CHARACTERS, 0, _UTF8, None, None) == _OK, f"say {text!r}")
            espeak.espeak_Synchronize()
            espeak.espeak_Terminate()
        return np.frombuffer(b"".join(chunks), dtype="<i2").astype(np.float64) / 32768


@contextmanager
def synthesiser() -> Iterator[Synthesiser]:
    """Yield a Synthesiser on the library and data of the package espeakng-loader."""
    try:
        import espeakng_loader
    except ImportError as error:
        raise InputError(
            "practice corpora need the package espeakng-loader, which is not installed",
            hint="install requirements/run.txt, or set the corpus' root to a folder that you have",
        ) from error
    library, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    if len(data.encode()) <= _LONGEST_DATA_PATH:
        yield Synthesiser(library, data)
        return
    with tempfile.TemporaryDirectory(prefix="espeak-", dir="/tmp" if Path("/tmp").is_dir() else None) as folder:
        link = Path(folder) / "espeak-ng-data"
        link.symlink_to(data, target_is_directory=True)
        yield Synthesiser(library, str(link))


@contextmanager
def _loaded(path: str) -> Iterator[ctypes.CDLL]:
    """Yield a freshly loaded library and unload it.

    espeak-ng keeps state from one utterance to the next that neither its parameters nor espeak_Terminate reset, so
    that an utterance would depend on those before it. Loading costs 2 ms.
    """
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise InputError(
            f"espeak-ng cannot be loaded: {error}", hint="reinstall the package espeakng-loader"
        ) from error
    try:
        yield library
    finally:
        _ctypes.dlclose(library._handle)


def _check(good: bool, what: str) -> None:
    if not good:
        raise InputError(f"espeak-ng could not {what}", hint=_REINSTALL)
