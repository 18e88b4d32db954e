"""Pitch as Kaldi computes it (compute-kaldi-pitch-feats | process-kaldi-pitch-feats).

Ghahremani et al., "A pitch extraction algorithm tuned for automatic speech recognition", ICASSP 2014. Three columns:
the probability-of-voicing feature, the log pitch normalised over a window of 1.5 s, and its delta.
`backend: native` is kaldi-native-fbank, `backend: kaldi` Kaldi's own programs. Both agree within 1e-4, but for one
frame in a thousand that lands one lag step (0.5 %) beside: Kaldi differs from itself by as much across processors.
The parameters are Kaldi's options with its defaults, except the noise on the delta.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from xser.errors import InputError
from xser.features import kaldi_tools
from xser.features.base import check_choice

MIN_SAMPLES = 1_000  # below, kaldi-native-fbank can overrun its memory (snip_edges: false, 449 to 732 samples)
_EXTRACTION: dict[str, Any] = {
    "frame_length": 25.0,
    "frame_shift": 10.0,
    "min_f0": 50.0,
    "max_f0": 400.0,
    "soft_min_f0": 10.0,
    "penalty_factor": 0.1,
    "lowpass_cutoff": 1000.0,
    "resample_frequency": 4000.0,
    "delta_pitch": 0.005,
    "nccf_ballast": 7000.0,
    "lowpass_filter_width": 1,
    "upsample_filter_width": 5,
    "snip_edges": True,
}
_PROCESSING: dict[str, Any] = {
    "pitch_scale": 2.0,
    "pov_scale": 2.0,
    "pov_offset": 0.0,
    "delta_pitch_scale": 10.0,
    "delta_pitch_noise_stddev": 0.0,
    "normalization_left_context": 75,
    "normalization_right_context": 75,
    "delta_window": 2,
    "delay": 0,
    "add_pov_feature": True,
    "add_normalized_log_pitch": True,
    "add_delta_pitch": True,
    "add_raw_log_pitch": False,
}
PARAMETERS: dict[str, Any] = {"backend": "native", **_EXTRACTION, **_PROCESSING}
_NATIVE = {"frame_length": "frame_length_ms", "frame_shift": "frame_shift_ms", "resample_frequency": "resample_freq"}
_COLUMNS = {
    "add_pov_feature": "pov",
    "add_normalized_log_pitch": "log_pitch_normalized",
    "add_delta_pitch": "log_pitch_delta",
    "add_raw_log_pitch": "log_pitch",
}


def names(parameters: Mapping[str, Any]) -> list[str]:
    """Return the names of the columns that the parameters ask for, in Kaldi's order."""
    return [name for key, name in _COLUMNS.items() if parameters[key]]


def make(parameters: Mapping[str, Any]) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function samples -> float32 (frames, columns)."""
    return _with_kaldi(parameters) if parameters["backend"] == "kaldi" else _native(parameters)


def check(parameters: Mapping[str, Any]) -> None:
    """Raise InputError for settings that cannot work."""
    check_choice("kaldi_pitch", parameters, "backend", kaldi_tools.BACKENDS)
    if parameters["delta_pitch_noise_stddev"]:
        raise InputError(
            "features by kaldi_pitch: delta_pitch_noise_stddev must be 0",
            hint="the noise depends on an utterance's place in the list, so features would change with shards",
        )
    if not names(parameters):
        raise InputError("features by kaldi_pitch: no column is asked for", hint="set one of add_* to true")
    if not 0 < parameters["soft_min_f0"] <= parameters["min_f0"] < parameters["max_f0"]:
        raise InputError("features by kaldi_pitch: needs 0 < soft_min_f0 <= min_f0 < max_f0")
    if not 0 < 2 * parameters["lowpass_cutoff"] < parameters["resample_frequency"] <= 16_000:
        raise InputError("features by kaldi_pitch: needs 0 < 2 lowpass_cutoff < resample_frequency <= 16000")


def _native(parameters: Mapping[str, Any]) -> Callable[[np.ndarray], np.ndarray]:
    import kaldi_native_fbank

    extraction, processing = kaldi_native_fbank.PitchExtractionOptions(), kaldi_native_fbank.ProcessPitchOptions()
    extraction.samp_freq = 16_000
    for key in _EXTRACTION:
        setattr(extraction, _NATIVE.get(key, key), parameters[key])
    for key in _PROCESSING:
        setattr(processing, key, parameters[key])

    def compute(samples: np.ndarray) -> np.ndarray:
        wave = (samples * 32_768).tolist()  # a list goes in faster than an array
        pitch = kaldi_native_fbank.compute_and_process_kaldi_pitch(extraction, processing, wave)
        return np.array(pitch, dtype=np.float32)

    return compute


def _with_kaldi(parameters: Mapping[str, Any]) -> Callable[[np.ndarray], np.ndarray]:
    extraction = {"sample_frequency": 16_000, **{key: parameters[key] for key in _EXTRACTION}}
    processing = {key: parameters[key] for key in _PROCESSING}
    first = [kaldi_tools.find_tool("compute-kaldi-pitch-feats"), *kaldi_tools.options(extraction)]
    second = [kaldi_tools.find_tool("process-kaldi-pitch-feats"), *kaldi_tools.options(processing)]

    def compute(samples: np.ndarray) -> np.ndarray:
        raw = kaldi_tools.run(first, kaldi_tools.wav_archive(samples))
        return kaldi_tools.matrix(kaldi_tools.run(second, raw))

    return compute
