"""Pitch as Kaldi computes it (compute-kaldi-pitch-feats | process-kaldi-pitch-feats).

Ghahremani et al., "A pitch extraction algorithm tuned for automatic speech recognition", ICASSP 2014. Three columns:
the probability-of-voicing feature, the log pitch normalised over a window of 1.5 s, and its delta.
`backend: native` is kaldi-native-fbank, `backend: kaldi` Kaldi's own programs. Both agree within 1e-4, but for one
frame in a thousand that lands one lag step (0.5 %) beside: Kaldi differs from itself by as much across processors.
The parameters are Kaldi's options with its defaults, except the noise on the delta.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from xser.features import kaldi_tools
from xser.features.base import Compute, Extractor
from xser.parameters import Parameter, Parameters, integer, number, one_of

_EXTRACTION: Parameters = {
    "frame_length": Parameter(25.0, number(least=1, most=10_000), "Kaldi's, milliseconds"),
    "frame_shift": Parameter(10.0, number(least=1), "Kaldi's, milliseconds"),
    "min_f0": Parameter(50.0, number(above=0), "Kaldi's, Hz"),
    "max_f0": Parameter(400.0, number(above=0), "Kaldi's, Hz"),
    "soft_min_f0": Parameter(10.0, number(above=0), "Kaldi's, Hz"),
    "penalty_factor": Parameter(0.1, number(), "Kaldi's"),
    "lowpass_cutoff": Parameter(1000.0, number(above=0), "Kaldi's, Hz"),
    "resample_frequency": Parameter(4000.0, number(above=0), "Kaldi's, Hz"),
    "delta_pitch": Parameter(0.005, number(), "Kaldi's"),
    "nccf_ballast": Parameter(7000.0, number(), "Kaldi's"),
    "lowpass_filter_width": Parameter(1, integer(1), "Kaldi's"),
    "upsample_filter_width": Parameter(5, integer(1), "Kaldi's"),
    "snip_edges": Parameter(True, one_of(False, True), "Kaldi's"),
}
_PROCESSING: Parameters = {
    "pitch_scale": Parameter(2.0, number(), "Kaldi's"),
    "pov_scale": Parameter(2.0, number(), "Kaldi's"),
    "pov_offset": Parameter(0.0, number(), "Kaldi's"),
    "delta_pitch_scale": Parameter(10.0, number(), "Kaldi's"),
    "delta_pitch_noise_stddev": Parameter(0.0, kaldi_tools.no_noise, "must be 0; Kaldi's default adds noise"),
    "normalization_left_context": Parameter(75, integer(0), "Kaldi's, frames"),
    "normalization_right_context": Parameter(75, integer(0), "Kaldi's, frames"),
    "delta_window": Parameter(2, integer(1), "Kaldi's, frames"),
    "delay": Parameter(0, integer(0), "Kaldi's, frames"),
    "add_pov_feature": Parameter(True, one_of(False, True), "Kaldi's"),
    "add_normalized_log_pitch": Parameter(True, one_of(False, True), "Kaldi's"),
    "add_delta_pitch": Parameter(True, one_of(False, True), "Kaldi's"),
    "add_raw_log_pitch": Parameter(False, one_of(False, True), "Kaldi's"),
}
_MARGIN = 16  # samples: the library rounds windows and lags to steps of resample_frequency
_NATIVE = {"frame_length": "frame_length_ms", "frame_shift": "frame_shift_ms", "resample_frequency": "resample_freq"}
_COLUMNS = {
    "add_pov_feature": "pov",
    "add_normalized_log_pitch": "log_pitch_normalized",
    "add_delta_pitch": "log_pitch_delta",
    "add_raw_log_pitch": "log_pitch",
}


class KaldiPitch(Extractor):
    """Voicing, normalised log pitch, its delta."""

    title = "Kaldi's pitch features"
    references = ("ghahremani2014", "povey2011")
    min_samples = 1_000
    parameters: ClassVar[Parameters] = {"backend": kaldi_tools.BACKEND, **_EXTRACTION, **_PROCESSING}

    def names(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return the names of the columns that the parameters ask for, in Kaldi's order."""
        return [name for key, name in _COLUMNS.items() if parameters[key]]

    def shortest(self, parameters: Mapping[str, Any]) -> int:
        """A window and the longest lag. Less gives nothing, or (snip_edges: false) overruns the library's memory."""
        lag = 1 / parameters["min_f0"] + parameters["upsample_filter_width"] / (2 * parameters["resample_frequency"])
        return max(self.min_samples, round(16 * parameters["frame_length"] + 16_000 * lag) + _MARGIN)

    def make(self, parameters: Mapping[str, Any]) -> Compute:
        return self._with_kaldi(parameters) if parameters["backend"] == "kaldi" else self._native(parameters)

    def conflicts(self, parameters: Mapping[str, Any]) -> list[str]:
        wrong = []
        if not self.names(parameters):
            wrong.append("no column is asked for; set one of add_* to true")
        if not parameters["soft_min_f0"] <= parameters["min_f0"] < parameters["max_f0"]:
            wrong.append("needs soft_min_f0 <= min_f0 < max_f0")
        if not 2 * parameters["lowpass_cutoff"] < parameters["resample_frequency"] <= 16_000:
            wrong.append("needs 2 lowpass_cutoff < resample_frequency <= 16000")
        return wrong

    def _native(self, parameters: Mapping[str, Any]) -> Compute:
        import kaldi_native_fbank

        extraction, processing = kaldi_native_fbank.PitchExtractionOptions(), kaldi_native_fbank.ProcessPitchOptions()
        extraction.samp_freq = 16_000
        for key in _EXTRACTION:
            setattr(extraction, _NATIVE.get(key, key), parameters[key])
        for key in _PROCESSING:
            setattr(processing, key, parameters[key])

        def compute(samples: np.ndarray) -> np.ndarray:
            wave = (samples * np.float32(32_768)).data  # goes in faster than a list, which is faster than an array
            pitch = kaldi_native_fbank.compute_and_process_kaldi_pitch(extraction, processing, wave)
            return np.array(pitch, dtype=np.float32)

        return compute

    def _with_kaldi(self, parameters: Mapping[str, Any]) -> Compute:
        extraction = {"sample_frequency": 16_000, **{key: parameters[key] for key in _EXTRACTION}}
        processing = {key: parameters[key] for key in _PROCESSING}
        first = [kaldi_tools.find_tool("compute-kaldi-pitch-feats"), *kaldi_tools.options(extraction)]
        second = [kaldi_tools.find_tool("process-kaldi-pitch-feats"), *kaldi_tools.options(processing)]

        def compute(samples: np.ndarray) -> np.ndarray:
            raw = kaldi_tools.run(first, kaldi_tools.wav_archive(samples))
            return kaldi_tools.matrix(kaldi_tools.run(second, raw))

        return compute


EXTRACTOR = KaldiPitch()
