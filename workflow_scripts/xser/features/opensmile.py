"""Feature sets of openSMILE: IS09, eGeMAPSv02, ComParE_2016, ...

Eyben et al., "openSMILE - the Munich versatile and fast open-source audio feature extractor", ACM Multimedia 2010.
`set` is a name of opensmile.FeatureSet. The values are those of the Python package, which are those of the SMILExtract
program; only the way there is shorter (see `make`).
"""

import tempfile
import weakref
from collections.abc import Callable, Mapping
from ctypes import POINTER, c_float
from pathlib import Path
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
Write = Callable[[np.ndarray], None]
_LENGTH, _STEP = 400, 160  # of IS09's frames, samples: 25 and 10 ms
_IS09 = r"""
[componentInstances:cComponentManager]
instance[dataMemory].type=cDataMemory
{descriptors}
[extsource:cExternalSource]
writer.dmLevel=is09_frames
writer.levelconf.isRb=0
writer.levelconf.growDyn=1
writer.levelconf.frameSizeSec=0.025
period=0.01
basePeriod=0.0000625
fieldNames[0]=pcm
fieldSizes[0]=400
[is09_pe2:cVectorPreemphasis]
\{{\cm[bufferModeRbConf]}}
[is09_mzcr:cMZcr]
\{{\cm[bufferModeRbConf]}}
\{{{folder}/is09-13/IS09_emotion_core.func.conf.inc}}
\{{\cm[sink{{?}}:sink]}}
"""


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
        graph, write = (_graph_of_frames if parameters["set"] == "IS09" else _graph)(wrapper)
        chosen = parameters["columns"]
        kept = np.isin(wrapper.feature_names, self.names(parameters)) if chosen else slice(None)

        def compute(samples: np.ndarray) -> np.ndarray:
            frames: list[np.ndarray] = []
            graph.external_sink_set_callback("extsink", lambda data: frames.append(data.copy()))
            del graph._callbacks[:-1]  # the package keeps every callback for the life of the graph
            write(samples * np.float32(32_768))
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


def _graph(wrapper: Any) -> tuple[Any, Write]:
    """Return openSMILE's component graph, initialised as opensmile.Smile does for a signal, and what fills it."""
    source = f"{wrapper.default_config_root}/shared/standard_external_wave_input.conf.inc"
    graph = wrapper._smile(options={**wrapper._options(), "source": source, "sampleRate": 16_000, "nBits": 16})

    def write(samples: np.ndarray) -> None:
        graph.external_audio_source_write_data("extsource", samples.astype(np.int16).tobytes())
        graph.external_audio_source_set_eoi("extsource")

    return graph, write


def _graph_of_frames(wrapper: Any) -> tuple[Any, Write]:
    """Return IS09's graph without its first component, which cuts frames sample by sample, and what fills it.

    That component takes a fifth of the time. Its place takes a source of ready frames; all others are as in openSMILE's
    own IS09_emotion.conf, but for those that only copy.
    """
    from opensmile.core.lib import OpenSMILE as Graph
    from opensmile.core.lib import smileapi

    folder, options = wrapper.default_config_root, wrapper._options()
    descriptors = Path(folder, "is09-13/IS09_emotion_core.lld.conf.inc").read_text(encoding="utf-8")
    descriptors = descriptors.replace("instance[is09_fr1].type=cFramer", "instance[extsource].type=cExternalSource")
    options |= {"sinkLevel": f"is09_{options['sinkLevel']}", "bufferModeConf": f"{folder}/shared/BufferMode.conf.inc"}
    graph = Graph()
    with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as config:
        config.write(_IS09.format(descriptors=descriptors, folder=folder))
        config.flush()
        graph.initialize(config.name, options)

    def write(samples: np.ndarray) -> None:
        signal = samples / np.float32(32_767)  # openSMILE's own scale
        frames = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(signal, _LENGTH)[::_STEP])
        pointer = frames.ctypes.data_as(POINTER(c_float))
        graph._check_smile_result(
            smileapi.smile_extsource_write_data(graph._smileobj, b"extsource", pointer, len(frames))
        )
        graph.external_source_set_eoi("extsource")

    return graph, write


EXTRACTOR = OpenSMILE()
