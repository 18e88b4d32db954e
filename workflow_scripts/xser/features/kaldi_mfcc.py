"""Mel-frequency cepstral coefficients as Kaldi computes them (compute-mfcc-feats).

`backend: native` is kaldi-native-fbank, `backend: kaldi` Kaldi's own program. Both agree within
5e-3 (the median difference is 1e-5).
The parameters are Kaldi's options with its defaults, except `use_energy` (the paper's C0, not log energy) and `dither`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from xser.errors import InputError
from xser.features import kaldi_tools
from xser.features.base import check_choice

MIN_SAMPLES = 400  # one window of 25 ms
PARAMETERS: dict[str, Any] = {
    "backend": "native",
    "num_ceps": 13,
    "use_energy": False,
    "dither": 0.0,
    "frame_length": 25.0,
    "frame_shift": 10.0,
    "window_type": "povey",
    "preemphasis_coefficient": 0.97,
    "remove_dc_offset": True,
    "snip_edges": True,
    "num_mel_bins": 23,
    "low_freq": 20.0,
    "high_freq": 0.0,
    "cepstral_lifter": 22.0,
    "energy_floor": 0.0,
    "raw_energy": True,
}
_WINDOWS = ["hamming", "hanning", "povey", "rectangular", "blackman"]
_NATIVE = {
    "frame_opts": {
        "dither": "dither",
        "frame_length": "frame_length_ms",
        "frame_shift": "frame_shift_ms",
        "window_type": "window_type",
        "preemphasis_coefficient": "preemph_coeff",
        "remove_dc_offset": "remove_dc_offset",
        "snip_edges": "snip_edges",
    },
    "mel_opts": {"num_mel_bins": "num_bins", "low_freq": "low_freq", "high_freq": "high_freq"},
}
_OWN = ["num_ceps", "use_energy", "cepstral_lifter", "energy_floor", "raw_energy"]


def names(parameters: Mapping[str, Any]) -> list[str]:
    """Return mfcc_0 (or log_energy), mfcc_1, ..."""
    first = "log_energy" if parameters["use_energy"] else "mfcc_0"
    return [first, *(f"mfcc_{i}" for i in range(1, parameters["num_ceps"]))]


def make(parameters: Mapping[str, Any]) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function samples -> float32 (frames, num_ceps)."""
    return _with_kaldi(parameters) if parameters["backend"] == "kaldi" else _native(parameters)


def check(parameters: Mapping[str, Any]) -> None:
    """Raise InputError for settings that cannot work."""
    check_choice("kaldi_mfcc", parameters, "backend", kaldi_tools.BACKENDS)
    check_choice("kaldi_mfcc", parameters, "window_type", _WINDOWS)
    if parameters["dither"]:
        raise InputError(
            "features by kaldi_mfcc: dither must be 0",
            hint="its noise depends on an utterance's place in the list, so features would change with shards",
        )
    if not 1 <= parameters["num_ceps"] <= parameters["num_mel_bins"]:
        raise InputError("features by kaldi_mfcc: num_ceps must lie between 1 and num_mel_bins")
    if not 0 < parameters["frame_shift"] <= parameters["frame_length"]:
        raise InputError("features by kaldi_mfcc: frame_shift must lie between 0 and frame_length (milliseconds)")


def _native(parameters: Mapping[str, Any]) -> Callable[[np.ndarray], np.ndarray]:
    import kaldi_native_fbank

    settings = kaldi_native_fbank.MfccOptions()
    settings.frame_opts.samp_freq = 16_000
    for part, attributes in _NATIVE.items():
        for key, attribute in attributes.items():
            setattr(getattr(settings, part), attribute, parameters[key])
    for key in _OWN:
        setattr(settings, key, parameters[key])
    width = parameters["num_ceps"]

    def compute(samples: np.ndarray) -> np.ndarray:
        mfcc = kaldi_native_fbank.OnlineMfcc(settings)
        mfcc.accept_waveform(16_000, (samples * 32_768).tolist())  # a list goes in faster than an array
        mfcc.input_finished()
        result = np.empty((mfcc.num_frames_ready, width), dtype=np.float32)
        for i in range(len(result)):
            result[i] = mfcc.get_frame(i)  # a copy: the frame's memory is the library's
        return result

    return compute


def _with_kaldi(parameters: Mapping[str, Any]) -> Callable[[np.ndarray], np.ndarray]:
    given = {key: value for key, value in parameters.items() if key != "backend"}
    command = [kaldi_tools.find_tool("compute-mfcc-feats"), *kaldi_tools.options({"sample_frequency": 16_000, **given})]

    def compute(samples: np.ndarray) -> np.ndarray:
        return kaldi_tools.matrix(kaldi_tools.run(command, kaldi_tools.wav_archive(samples)))

    return compute
