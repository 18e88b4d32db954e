"""Mel-frequency cepstral coefficients as Kaldi computes them (compute-mfcc-feats).

`backend: native` computes many frames of an utterance at once, by Kaldi's steps; `backend: kaldi` is Kaldi's own
program. Both agree within 2.5e-3 on the golden files (the median difference is 1.2e-5), as does kaldi-native-fbank.
The parameters are Kaldi's options with its defaults, except `use_energy` (the paper's C0, not log energy) and `dither`.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from xser.features import kaldi_tools
from xser.features.base import Compute, Extractor
from xser.parameters import Parameter, Parameters, integer, number, one_of, or_null

_RATE = 16_000
_CHUNK = 128  # frames at once: what then lies in memory stays in the processor's cache
_EPSILON = np.finfo(np.float32).eps
_WINDOWS: dict[str, Callable[[np.ndarray], np.ndarray]] = {  # of the phase, 0 to 2 pi
    "hamming": lambda phase: 0.54 - 0.46 * np.cos(phase),
    "hanning": lambda phase: 0.5 - 0.5 * np.cos(phase),
    "povey": lambda phase: (0.5 - 0.5 * np.cos(phase)) ** 0.85,
    "rectangular": np.ones_like,
    "blackman": lambda phase: 0.42 - 0.5 * np.cos(phase) + 0.08 * np.cos(2 * phase),
}


class KaldiMFCC(Extractor):
    """Mel-frequency cepstral coefficients."""

    title = "Kaldi's {num_ceps} mel-frequency cepstral coefficients"
    references = ("povey2011",)
    min_samples = 400  # one window of 25 ms
    parameters: ClassVar[Parameters] = {
        "backend": kaldi_tools.BACKEND,
        "num_ceps": Parameter(13, integer(1), "Kaldi's"),
        "use_energy": Parameter(False, one_of(False, True), "the paper's C0; Kaldi's default is the log energy"),
        "dither": Parameter(0.0, kaldi_tools.no_noise, "must be 0; Kaldi's default adds noise"),
        "frame_length": Parameter(25.0, number(least=1, most=10_000), "Kaldi's, milliseconds"),
        "frame_shift": Parameter(10.0, number(least=1), "Kaldi's, milliseconds"),
        "window_type": Parameter("povey", one_of("hamming", "hanning", "povey", "rectangular", "blackman"), "Kaldi's"),
        "preemphasis_coefficient": Parameter(0.97, number(least=0, most=1), "Kaldi's"),
        "remove_dc_offset": Parameter(True, one_of(False, True), "Kaldi's"),
        "snip_edges": Parameter(True, one_of(False, True), "Kaldi's"),
        "num_mel_bins": Parameter(23, integer(3), "Kaldi's"),
        "low_freq": Parameter(20.0, number(), "Kaldi's"),
        "high_freq": Parameter(0.0, number(), "Kaldi's"),
        "cepstral_lifter": Parameter(22.0, number(), "Kaldi's"),
        "energy_floor": Parameter(0.0, number(), "Kaldi's"),
        "raw_energy": Parameter(True, one_of(False, True), "Kaldi's"),
        "frames": Parameter(
            None,
            or_null(integer(1)),
            "our assumption. A number: zero-padded or cut to so many frames here: before scaling, not after it",
        ),
    }

    def names(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return mfcc_0 (or log_energy), mfcc_1, ..."""
        first = "log_energy" if parameters["use_energy"] else "mfcc_0"
        return [first, *(f"mfcc_{i}" for i in range(1, parameters["num_ceps"]))]

    def shortest(self, parameters: Mapping[str, Any]) -> int:
        needed = _samples(parameters["frame_length"]) if parameters["snip_edges"] else 0  # otherwise ends are mirrored
        return max(self.min_samples, needed)

    def make(self, parameters: Mapping[str, Any]) -> Compute:
        kaldi, frames = parameters["backend"] == "kaldi", parameters["frames"]
        compute = self._with_kaldi(parameters) if kaldi else self._native(parameters)
        return compute if frames is None else lambda samples: fixed(compute(samples), frames)

    def conflicts(self, parameters: Mapping[str, Any]) -> list[str]:
        wrong = []
        if parameters["num_ceps"] > parameters["num_mel_bins"]:
            wrong.append("num_ceps must not be above num_mel_bins")
        if parameters["frame_shift"] > parameters["frame_length"]:
            wrong.append("frame_shift must not be above frame_length")
        low, high = parameters["low_freq"], parameters["high_freq"]
        if not 0 <= low < (high if high > 0 else _RATE / 2 + high) <= _RATE / 2:
            wrong.append("needs 0 <= low_freq < high_freq <= 8000; a high_freq of 0 or below counts from 8000")
        elif not _bank(parameters).any(axis=0).all():
            wrong.append("some of num_mel_bins filters hear nothing; take fewer, or a longer frame_length")
        return wrong

    def _native(self, parameters: Mapping[str, Any]) -> Compute:
        """The steps of Kaldi's feature-window.cc, mel-computations.cc and feature-mfcc.cc, many frames at once."""
        from scipy.fft import rfft

        length, step = (_samples(parameters[key]) for key in ("frame_length", "frame_shift"))
        window = _WINDOWS[parameters["window_type"]](np.linspace(0, 2 * np.pi, length)).astype(np.float32)
        bank = _bank(parameters)
        cosines = cosine_transform(parameters["num_mel_bins"], parameters["num_ceps"], parameters["cepstral_lifter"])
        emphasis, floor = np.float32(parameters["preemphasis_coefficient"]), max(_EPSILON, parameters["energy_floor"])
        buffer = np.zeros((_CHUNK, len(bank) - 2), np.float32)

        def cepstra(frames: np.ndarray, emphasised: np.ndarray) -> np.ndarray:
            padded = buffer[: len(frames)]  # behind `length` it stays zero
            x, offset = padded[:, :length], np.zeros((len(frames), 1), np.float32)
            if parameters["remove_dc_offset"]:
                offset = np.einsum("ij->i", frames)[:, None] / length  # a mean, ten times as fast
            np.subtract(emphasised, (1 - emphasis) * offset, out=x)
            x[:, 0] = (1 - emphasis) * (frames[:, 0] - offset[:, 0])  # it has no sample before
            x *= window
            spectrum = rfft(padded, axis=1).view(np.float32)  # real and imaginary parts in turn
            mel = np.square(spectrum, out=spectrum) @ bank
            result = np.log(np.maximum(mel, _EPSILON)) @ cosines
            if parameters["use_energy"]:
                energy = np.square(frames - offset if parameters["raw_energy"] else x).sum(axis=1)
                result[:, 0] = np.log(np.maximum(energy, floor))
            return result

        def compute(samples: np.ndarray) -> np.ndarray:
            signal = framed(samples * np.float32(32_768), length, step, parameters["snip_edges"])
            before = np.concatenate([signal[:1], signal[:-1]])
            frames, emphasised = (
                np.lib.stride_tricks.sliding_window_view(x, length)[::step]
                for x in (signal, signal - emphasis * before)
            )
            chunks = [slice(i, i + _CHUNK) for i in range(0, len(frames), _CHUNK)]
            return np.concatenate([cepstra(frames[chunk], emphasised[chunk]) for chunk in chunks])

        return compute

    def _with_kaldi(self, parameters: Mapping[str, Any]) -> Compute:
        given = {key: value for key, value in parameters.items() if key not in ("backend", "frames")}
        command = [
            kaldi_tools.find_tool("compute-mfcc-feats"),
            *kaldi_tools.options({"sample_frequency": 16_000, **given}),
        ]

        def compute(samples: np.ndarray) -> np.ndarray:
            return kaldi_tools.matrix(kaldi_tools.run(command, kaldi_tools.wav_archive(samples)))

        return compute


def _samples(milliseconds: float) -> int:
    return int(_RATE * 0.001 * milliseconds)  # as Kaldi rounds


def _bank(parameters: Mapping[str, Any]) -> np.ndarray:
    size = 1 << (_samples(parameters["frame_length"]) - 1).bit_length()
    return mel_bank(size, parameters["num_mel_bins"], parameters["low_freq"], parameters["high_freq"])


def fixed(matrix: np.ndarray, frames: int) -> np.ndarray:
    """Return the first frames of a matrix (n, dims), with rows of zeros behind where it has fewer: (frames, dims)."""
    return np.pad(matrix[:frames], ((0, max(0, frames - len(matrix))), (0, 0)))


def framed(samples: np.ndarray, length: int, step: int, snip_edges: bool) -> np.ndarray:
    """Return what frames are cut from: the samples, or, without `snip_edges`, with both ends mirrored."""
    if snip_edges:
        return samples
    count = (len(samples) + step // 2) // step
    start = step // 2 - length // 2
    places = np.arange(start, start + (count - 1) * step + length) % (2 * len(samples))
    return samples[np.minimum(places, 2 * len(samples) - 1 - places)]


def mel_bank(size: int, bins: int, low: float, high: float) -> np.ndarray:
    """Return the weights of triangles that are spaced evenly in mel; `high` may count down from Nyquist.

    Shape (size + 2, bins): each of the size / 2 + 1 bins of a spectrum twice, for its real and its imaginary part.
    As in Kaldi the last one, at Nyquist, counts nothing.
    """

    def mel(frequency: Any) -> Any:  # in float32 with Kaldi's formula, whose rounding moves the triangles a little
        return np.float32(1127) * np.log(1 + np.asarray(frequency, np.float32) / np.float32(700))

    lowest, highest = mel(low), mel(high if high > 0 else _RATE / 2 + high)
    edges = lowest + np.arange(bins + 2, dtype=np.float32) * ((highest - lowest) / np.float32(bins + 1))
    place = mel(np.arange(size // 2) * _RATE / size)[:, None]
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    weights = np.minimum((place - left) / (centre - left), (right - place) / (right - centre))
    return np.pad(np.repeat(np.maximum(weights, 0), 2, axis=0), ((0, 2), (0, 0))).astype(np.float32)


def cosine_transform(bins: int, ceps: int, lifter: float) -> np.ndarray:
    """Return the matrix (bins, ceps) of the orthonormal cosine transform, scaled by the lifter."""
    k, n = np.arange(ceps), np.arange(bins)[:, None]
    matrix = np.sqrt(np.where(k == 0, 1, 2) / bins) * np.cos(np.pi / bins * (n + 0.5) * k)
    scale = 1 + 0.5 * lifter * np.sin(np.pi * k / lifter) if lifter else 1
    return (matrix * scale).astype(np.float32)


EXTRACTOR = KaldiMFCC()
