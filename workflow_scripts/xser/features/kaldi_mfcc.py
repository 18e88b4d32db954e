"""Mel-frequency cepstral coefficients as Kaldi computes them (compute-mfcc-feats).

`backend: native` is kaldi-native-fbank, `backend: kaldi` Kaldi's own program. Both agree within
5e-3 (the median difference is 1e-5).
The parameters are Kaldi's options with its defaults, except `use_energy` (the paper's C0, not log energy) and `dither`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from xser.features import kaldi_tools
from xser.features.base import Compute, Extractor
from xser.parameters import Parameter, Parameters, integer, number, one_of

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


class KaldiMFCC(Extractor):
    """Mel-frequency cepstral coefficients."""

    min_samples = 400  # one window of 25 ms
    parameters: ClassVar[Parameters] = {
        "backend": kaldi_tools.BACKEND,
        "num_ceps": Parameter(13, integer(1), "Kaldi's"),
        "use_energy": Parameter(False, one_of(False, True), "the paper's C0; Kaldi's default is the log energy"),
        "dither": Parameter(0.0, kaldi_tools.no_noise, "must be 0; Kaldi's default adds noise"),
        "frame_length": Parameter(25.0, number(above=0), "Kaldi's, milliseconds"),
        "frame_shift": Parameter(10.0, number(above=0), "Kaldi's, milliseconds"),
        "window_type": Parameter("povey", one_of("hamming", "hanning", "povey", "rectangular", "blackman"), "Kaldi's"),
        "preemphasis_coefficient": Parameter(0.97, number(), "Kaldi's"),
        "remove_dc_offset": Parameter(True, one_of(False, True), "Kaldi's"),
        "snip_edges": Parameter(True, one_of(False, True), "Kaldi's"),
        "num_mel_bins": Parameter(23, integer(1), "Kaldi's"),
        "low_freq": Parameter(20.0, number(), "Kaldi's"),
        "high_freq": Parameter(0.0, number(), "Kaldi's"),
        "cepstral_lifter": Parameter(22.0, number(), "Kaldi's"),
        "energy_floor": Parameter(0.0, number(), "Kaldi's"),
        "raw_energy": Parameter(True, one_of(False, True), "Kaldi's"),
    }

    def names(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return mfcc_0 (or log_energy), mfcc_1, ..."""
        first = "log_energy" if parameters["use_energy"] else "mfcc_0"
        return [first, *(f"mfcc_{i}" for i in range(1, parameters["num_ceps"]))]

    def make(self, parameters: Mapping[str, Any]) -> Compute:
        """Return the function samples -> float32 (frames, num_ceps)."""
        return self._with_kaldi(parameters) if parameters["backend"] == "kaldi" else self._native(parameters)

    def conflicts(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return which settings cannot work together."""
        wrong = []
        if parameters["num_ceps"] > parameters["num_mel_bins"]:
            wrong.append("num_ceps must not be above num_mel_bins")
        if parameters["frame_shift"] > parameters["frame_length"]:
            wrong.append("frame_shift must not be above frame_length")
        return wrong

    def _native(self, parameters: Mapping[str, Any]) -> Compute:
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

    def _with_kaldi(self, parameters: Mapping[str, Any]) -> Compute:
        given = {key: value for key, value in parameters.items() if key != "backend"}
        command = [
            kaldi_tools.find_tool("compute-mfcc-feats"),
            *kaldi_tools.options({"sample_frequency": 16_000, **given}),
        ]

        def compute(samples: np.ndarray) -> np.ndarray:
            return kaldi_tools.matrix(kaldi_tools.run(command, kaldi_tools.wav_archive(samples)))

        return compute


EXTRACTOR = KaldiMFCC()
