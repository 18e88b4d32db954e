"""Linear prediction cepstral coefficients (LPCC).

Atal, "Effectiveness of linear prediction characteristics of the speech wave for automatic speaker identification and
verification", JASA 55(6), 1974; Rabiner and Juang, "Fundamentals of Speech Recognition", 1993, sections 3.3.7 and
3.3.8. Prediction by the autocorrelation method, one system of equations a frame.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from xser.features.audio import RATE
from xser.features.base import Compute, Extractor
from xser.parameters import Parameter, Parameters, integer, number

FLOOR = 1e-10  # power of silence, where full scale is 1


class LinearPredictionCepstra(Extractor):
    """The cepstrum of the all-pole model of each frame; the first value is the logarithm of its gain's square."""

    title = "linear prediction cepstral coefficients"
    references = ()
    min_samples = 400  # one window of 25 ms
    parameters: ClassVar[Parameters] = {
        "order": Parameter(12, integer(1), "of the prediction; our assumption"),
        "num_ceps": Parameter(13, integer(1), "as many as MFCC have, the gain included"),
        "frame_length": Parameter(25.0, number(least=5, most=25), "as MFCC, milliseconds"),
        "frame_shift": Parameter(10.0, number(least=1, most=1000), "as MFCC, milliseconds"),
        "preemphasis_coefficient": Parameter(0.97, number(least=0, most=1), "as MFCC"),
    }

    def names(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return lpcc_0 (the gain), lpcc_1, ..."""
        return [f"lpcc_{i}" for i in range(parameters["num_ceps"])]

    def conflicts(self, parameters: Mapping[str, Any]) -> list[str]:
        samples = round(parameters["frame_length"] * RATE / 1000)
        return [f"order must be below the {samples} samples of a frame"] if parameters["order"] >= samples else []

    def make(self, parameters: Mapping[str, Any]) -> Compute:
        length, shift = (round(parameters[key] * RATE / 1000) for key in ("frame_length", "frame_shift"))
        window, order = np.hamming(length), parameters["order"]
        lags = np.abs(np.subtract.outer(np.arange(order), np.arange(order)))

        def compute(samples: np.ndarray) -> np.ndarray:
            frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), length)[::shift]
            frames = frames - parameters["preemphasis_coefficient"] * np.roll(frames, 1, axis=1)
            frames[:, 0] = 0  # it has no sample before it
            power = np.abs(np.fft.rfft(frames * window, 2 * length)) ** 2
            correlation = np.fft.irfft(power)[:, : order + 1] / length
            correlation[:, 0] = correlation[:, 0] * (1 + 1e-9) + FLOOR  # silence is white noise of that power
            prediction = np.linalg.solve(correlation[:, lags], correlation[:, 1:, None])[..., 0]
            gain = correlation[:, 0] - (prediction * correlation[:, 1:]).sum(axis=1)
            return lpc_cepstra(prediction, gain, parameters["num_ceps"]).astype(np.float32)

        return compute


def lpc_cepstra(prediction: np.ndarray, gain: np.ndarray, count: int) -> np.ndarray:
    """Return the cepstrum (frames, count) of gain / |1 - sum a_k z^-k|², for a (frames, order) and gain (frames,).

    Rabiner and Juang, equation 3.71: c_0 = ln gain, c_m = a_m + sum over k of (k / m) c_k a_(m-k).

    Examples
    --------
    >>> lpc_cepstra(np.array([[0.5]]), np.array([1.0]), 4).round(4)  # one pole at 0.5: c_m = 0.5^m / m
    array([[0.    , 0.5   , 0.125 , 0.0417]])
    """
    order = prediction.shape[1]
    a = np.zeros((len(prediction), max(count, order + 1)))
    a[:, 1 : order + 1] = prediction
    c = np.zeros((len(prediction), count))
    c[:, 0] = np.log(gain)
    for m in range(1, count):
        k = np.arange(1, m)
        c[:, m] = a[:, m] + (c[:, k] * a[:, m - k] * (k / m)).sum(axis=1)
    return c


EXTRACTOR = LinearPredictionCepstra()
