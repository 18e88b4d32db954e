"""Feature sets of openSMILE: IS09, eGeMAPSv02, ComParE_2016, ...

Eyben et al., "openSMILE - the Munich versatile and fast open-source audio feature extractor", ACM Multimedia 2010.
`set` is a name of opensmile.FeatureSet. The values are those of the Python package, which are those of the SMILExtract
program; only the way there is shorter (see `make`).
"""

import weakref
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from xser.errors import InputError, raise_all
from xser.features.base import Compute, Extractor
from xser.parameters import Parameter, Parameters, list_of, one_of, text

SETS = [
    *("IS09", "IS10", "IS11", "IS12", "IS13", "ComParE_2016", "emobase"),
    *("GeMAPS", "GeMAPSv01a", "GeMAPSv01b", "eGeMAPS", "eGeMAPSv01a", "eGeMAPSv01b", "eGeMAPSv02"),
]
LEVELS = {
    "functionals": "Functionals",
    "low_level_descriptors": "LowLevelDescriptors",
    "low_level_descriptors_deltas": "LowLevelDescriptors_Deltas",
}


class OpenSMILE(Extractor):
    """Functionals or low-level descriptors of one set."""

    title = "openSMILE's {level} of {set}"
    references = ("{set}", "eyben2010")
    min_samples = 1_200  # 75 ms: what IS10 to IS12 need; IS09 needs 25 ms, the others 40 to 60
    parameters: ClassVar[Parameters] = {
        "set": Parameter("IS09", one_of(*SETS), f"the paper's. {', '.join(f'`{name}`' for name in SETS)}"),
        "level": Parameter("functionals", one_of(*LEVELS), f"the paper's. {', '.join(f'`{n}`' for n in LEVELS)}"),
        "columns": Parameter(
            [], list_of(text), "beginnings of names, `[F0, loudness]`: only such values are kept; `[]` keeps all"
        ),
    }

    def conflicts(self, parameters: Mapping[str, Any]) -> list[str]:
        if "GeMAPS" in parameters["set"] and parameters["level"] == "low_level_descriptors_deltas":
            return [f"{parameters['set']} has no deltas; use low_level_descriptors"]
        return []

    def gives_frames(self, parameters: Mapping[str, Any]) -> bool:
        return bool(parameters["level"] != "functionals")

    def names(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return openSMILE's names of the values."""
        every, wanted = list(_smile(parameters).feature_names), tuple(parameters["columns"])
        raise_all(
            f"columns: {parameters['set']} has no values whose names begin so",
            [beginning for beginning in wanted if not any(name.startswith(beginning) for name in every)],
            f"its names are {', '.join(every[:3])}, ..., {every[-1]}",
        )
        return [name for name in every if name.startswith(wanted)] if wanted else every

    def make(self, parameters: Mapping[str, Any]) -> Compute:
        """Return the function samples -> float32 (dims,) for functionals, (frames, dims) for low-level descriptors.

        opensmile.Smile parses its configuration files anew for each signal and wraps the result in pandas. Here the
        component graph is built once and reset after each signal, which openSMILE's own interface provides for.
        """
        wrapper = _smile(parameters)
        functionals = parameters["level"] == "functionals"
        graph = _graph(wrapper)
        chosen = parameters["columns"]
        kept = np.isin(wrapper.feature_names, self.names(parameters)) if chosen else slice(None)

        def compute(samples: np.ndarray) -> np.ndarray:
            frames: list[np.ndarray] = []
            graph.external_sink_set_callback_ex("extsink", lambda data, _: frames.append(data.copy()))
            del graph._callbacks[:-1]  # the package keeps every callback for the life of the graph
            graph.external_audio_source_write_data("extsource", (samples * 32_768).astype(np.int16).tobytes())
            graph.external_audio_source_set_eoi("extsource")
            graph.run()
            graph.reset()
            if not frames:
                raise InputError("openSMILE gave no values (too short for this set)")
            result = np.vstack(frames)[:, kept]
            return result[0] if functionals else result

        weakref.finalize(compute, graph.free)
        return compute


def _smile(parameters: Mapping[str, Any]) -> Any:
    import opensmile

    return opensmile.Smile(opensmile.FeatureSet[parameters["set"]], opensmile.FeatureLevel[LEVELS[parameters["level"]]])


def _graph(wrapper: Any) -> Any:
    """Return openSMILE's component graph for 16 kHz 16-bit mono, initialised as opensmile.Smile does for a signal."""
    source = f"{wrapper.default_config_root}/shared/standard_external_wave_input.conf.inc"
    return wrapper._smile(options={**wrapper._options(), "source": source, "sampleRate": 16_000, "nBits": 16})


EXTRACTOR = OpenSMILE()
