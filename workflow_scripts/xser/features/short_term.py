"""The 34 short-term features of Tripathi & Beigi (2018), as pyAudioAnalysis computes them.

Giannakopoulos, "pyAudioAnalysis: An open-source Python library for audio signal analysis", PLOS ONE 10(12), 2015:
zero-crossing rate, energy, entropy of energy, spectral centroid, spread, entropy, flux and roll-off, 13 MFCC, 12 chroma
values and their deviation, here over windows of 0.2 s every 0.1 s. As in their notebook the first and the last
frame are dropped, and where there are no more than two frames the first one is kept.

The peculiarities of pyAudioAnalysis are kept, because the published results rest on them: the utterance is centred and
scaled by its peak; the filter bank takes the bins of the spectrum for twice as wide as they are; of all bins that
belong to one semitone only the last counts for the chroma, divided by the number of bins of another semitone.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from xser.features.base import Compute, Extractor
from xser.parameters import Parameter, Parameters, number

_RATE = 16_000
_EPS = np.finfo(float).eps
_BLOCKS = 10  # parts of a frame or a spectrum whose energies the entropies are of
_ROLL_OFF = 0.90
_CEPSTRA = 13
_CHROMA = 12


class ShortTerm(Extractor):
    """34 features a frame."""

    title = "pyAudioAnalysis' 34 short-term features"
    references = ("giannakopoulos2015", "tripathi2018")
    min_samples = 3_200  # one window of 0.2 s
    parameters: ClassVar[Parameters] = {
        "window": Parameter(0.2, number(least=0.02, most=10), "theirs, seconds"),
        "step": Parameter(0.1, number(least=0.001, most=10), "theirs, seconds"),
    }

    def names(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return pyAudioAnalysis' names of the 34 columns."""
        spectral = [f"spectral_{name}" for name in ("centroid", "spread", "entropy", "flux", "rolloff")]
        cepstra = [f"mfcc_{i}" for i in range(1, _CEPSTRA + 1)]
        chroma = [f"chroma_{i}" for i in range(1, _CHROMA + 1)]
        return ["zcr", "energy", "energy_entropy", *spectral, *cepstra, *chroma, "chroma_std"]

    def conflicts(self, parameters: Mapping[str, Any]) -> list[str]:
        return ["step must not be above window"] if parameters["step"] > parameters["window"] else []

    def shortest(self, parameters: Mapping[str, Any]) -> int:
        return max(self.min_samples, round(parameters["window"] * _RATE))

    def make(self, parameters: Mapping[str, Any]) -> Compute:
        window, step = round(parameters["window"] * _RATE), round(parameters["step"] * _RATE)
        bank, chroma = filter_bank(window // 2), chroma_weights(window // 2)

        def compute(samples: np.ndarray) -> np.ndarray:
            signal = samples.astype(float)
            signal -= signal.mean()
            signal /= np.abs(signal).max() + 1e-10
            frames = np.lib.stride_tricks.sliding_window_view(signal, window)[::step]
            spectra = np.abs(np.fft.rfft(frames)[:, : window // 2]) / (window // 2)
            columns = [*in_time(frames), *in_frequency(spectra), mfccs(spectra, bank), *chroma_of(spectra, chroma)]
            result = np.column_stack(columns).astype(np.float32)
            return result[1:-1] if len(result) > 2 else result[:1]

        return compute


def in_time(frames: np.ndarray) -> list[np.ndarray]:
    """Return zero-crossing rate, energy and entropy of energy of frames (frames, samples)."""
    crossings = np.abs(np.diff(np.sign(frames))).sum(axis=1) / 2
    energy = (frames**2).sum(axis=1)
    return [crossings / (frames.shape[1] - 1), energy / frames.shape[1], entropy(frames)]


def in_frequency(spectra: np.ndarray) -> list[np.ndarray]:
    """Return centroid, spread, entropy, flux and roll-off (the first four relative) of spectra (frames, bins)."""
    bins = spectra.shape[1]
    position = np.arange(1, bins + 1) / bins
    peak = spectra.max(axis=1, keepdims=True)
    relative = spectra / np.where(peak == 0, _EPS, peak)
    total = relative.sum(axis=1) + _EPS
    centroid = (position * relative).sum(axis=1) / total
    spread = np.sqrt(((position - centroid[:, None]) ** 2 * relative).sum(axis=1) / total)
    shape = spectra / (spectra + _EPS).sum(axis=1, keepdims=True)
    flux = (np.diff(shape, axis=0, prepend=shape[:1]) ** 2).sum(axis=1)
    power = spectra**2
    above = np.cumsum(power, axis=1) + _EPS > _ROLL_OFF * power.sum(axis=1, keepdims=True)
    return [centroid, spread, entropy(spectra), flux, above.argmax(axis=1) / bins]


def entropy(rows: np.ndarray) -> np.ndarray:
    """Return, for each row, the entropy (bits) of how its energy is spread over ten parts of equal length."""
    total = (rows**2).sum(axis=1, keepdims=True) + _EPS
    length = rows.shape[1] // _BLOCKS
    share = (rows[:, : length * _BLOCKS].reshape(len(rows), _BLOCKS, length) ** 2).sum(axis=2) / total
    return -(share * np.log2(share + _EPS)).sum(axis=1)


def filter_bank(bins: int) -> np.ndarray:
    """Return the triangular filters (40, bins): 13 spaced linearly from 133 Hz, 27 logarithmically."""
    linear = 133.33 + np.arange(13) * (200 / 3)
    edges = np.concatenate([linear, linear[-1] * 1.0711703 ** np.arange(1, 30)])
    frequencies = np.arange(bins) / bins * _RATE
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    # A bin belongs to the slope between two edges whose bins (rounded down) lie on its two sides.
    index, first, middle, last = np.arange(bins), *(np.floor(e * bins / _RATE) for e in (low, centre, high))
    rising = (frequencies - low) / (centre - low) * ((index > first) & (index <= middle))
    falling = (high - frequencies) / (high - centre) * ((index > middle) & (index <= last))
    return 2 / (high - low) * (rising + falling)


def mfccs(spectra: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """Return 13 cepstral coefficients (frames, 13)."""
    from scipy.fft import dct

    return dct(np.log10(spectra @ bank.T + _EPS), type=2, norm="ortho", axis=1)[:, :_CEPSTRA]


def chroma_weights(bins: int) -> np.ndarray:
    """Return the weight of each bin of the power spectrum in each of the 12 pitch classes, (bins, 12)."""
    semitone = np.round(12 * np.log2(np.arange(1, bins + 1) * _RATE / (2 * bins) / 27.5)).astype(int)
    found, counts = np.unique(semitone, return_counts=True)
    bins_of = counts[np.searchsorted(found, semitone)]
    weights = np.zeros((bins, _CHROMA))
    for semitone_number in found:
        last = np.flatnonzero(semitone == semitone_number)[-1]
        place = semitone_number % bins  # semitones below 27.5 Hz are negative and count from the end
        weights[last, place % _CHROMA] += 1 / bins_of[semitone[place]]
    return weights


def chroma_of(spectra: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
    """Return the chroma values (frames, 12), relative to the frame's power, and their deviation (frames,)."""
    power = spectra**2
    total = power.sum(axis=1, keepdims=True)
    chroma = power @ weights / np.where(total == 0, _EPS, total)
    return [chroma, chroma.std(axis=1)]


EXTRACTOR = ShortTerm()
