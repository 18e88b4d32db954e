"""Hidden states of a self-supervised (or Whisper's) speech encoder, by PyTorch and transformers.

Baevski et al., "wav2vec 2.0", NeurIPS 2020; Hsu et al., "HuBERT", TASLP 2021; Chen et al., "WavLM", JSTSP 2022;
Babu et al., "XLS-R", Interspeech 2022; Baevski et al., "data2vec", ICML 2022; Radford et al., "Robust Speech
Recognition via Large-Scale Weak Supervision", ICML 2023.

`make ssl` installs what it needs. Nothing else in this project imports PyTorch.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, ClassVar

import numpy as np

from xser.errors import InputError
from xser.features.audio import RATE
from xser.features.base import Compute, ComputeMany, Extractor
from xser.files import filled
from xser.parameters import Parameter, Parameters, either, integer, list_of, one_of, or_null, text

PADDED = ("wav2vec2", "hubert", "wavlm", "unispeech-sat")  # padding changes nothing, if their first layers allow it
TYPES = (*PADDED, "wav2vec2-conformer", "data2vec-audio", "unispeech", "sew", "sew-d")
WHISPER_SAMPLES, WHISPER_STEP = 30 * RATE, 320  # its encoder hears 30 s, and gives one state every 20 ms
WEIGHTS = (".json", ".safetensors", ".bin")


class SelfSupervised(Extractor):
    """States of some layers, one vector an utterance or one every 20 ms."""

    title = "hidden states of {model}"
    environment = "ssl"
    gpu = True
    pretrained = True
    memory_gb = 4.0
    min_samples = 400  # what the first layers of all but Whisper see at once
    parameters: ClassVar[Parameters] = {
        "model": Parameter("microsoft/wavlm-large", text, "a folder with weights, or an id of the Hugging Face hub"),
        "revision": Parameter(None, or_null(text), "of a hub id: a commit pins the weights; null is the newest"),
        "layer": Parameter(
            "mean",
            either(one_of("mean"), integer(0), list_of(integer(0), least=1)),
            "0 is what enters the first layer of attention, 1 its output, ...; of a list the states are put side by "
            "side; `mean` is over all of them; our assumption",
        ),
        "pooling": Parameter(
            "mean",
            one_of("mean", "mean_std", "none"),
            "over time: `mean`; `mean_std`, with the standard deviation; `none`, frames for a recurrent model",
        ),
        "device": Parameter("auto", one_of("auto", "cpu", "cuda"), "`auto`: a GPU if there is one"),
        "precision": Parameter("float32", one_of("float32", "float16", "bfloat16"), "half precision is for GPUs only"),
        "batch": Parameter(16, integer(1), "utterances that go through a GPU together; values do not depend on it"),
    }

    def conflicts(self, parameters: Mapping[str, Any]) -> list[str]:
        if parameters["device"] == "cpu" and parameters["precision"] != "float32":
            return [f"precision: {parameters['precision']} is for GPUs; with device: cpu use float32"]
        return []

    def gives_frames(self, parameters: Mapping[str, Any]) -> bool:
        return bool(parameters["pooling"] == "none")

    def files(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return the files of a folder with weights; of a hub id its revision stands for them."""
        folder = filled(parameters["model"])
        found = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        return [os.path.join(folder, name) for name in found if name.endswith(WEIGHTS)]

    def names(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return a name for each value: its layer, its dimension and, where pooled twice, the statistic."""
        config = _config(parameters["model"], parameters["revision"])
        size = getattr(config, "hidden_size", None) or config.d_model
        parts = {"mean": ["mean"], "mean_std": ["mean", "std"], "none": [""]}[parameters["pooling"]]
        return [
            "_".join(filter(None, (f"layer{layer}", str(i), part)))
            for part in parts
            for layer in _layers(parameters["layer"], ["-mean"])
            for i in range(size)
        ]

    def make(self, parameters: Mapping[str, Any]) -> Compute:
        """Return the function samples -> float32 (dims,), or (states, dims) without pooling."""
        encode = _encoder(parameters, "cpu")
        return lambda samples: encode([samples])[0]

    def make_many(self, parameters: Mapping[str, Any]) -> ComputeMany | None:
        """Return the function of several utterances, on a GPU; None without one."""
        device = _device(parameters["device"])
        return None if device == "cpu" else _encoder(parameters, device)


def _layers(chosen: Any, every: Sequence[Any]) -> Sequence[Any]:
    """The layers that are put side by side: `every` one of them for `mean`."""
    return every if chosen == "mean" else [chosen] if isinstance(chosen, int) else chosen


def _library() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise InputError(f"extractor ssl needs PyTorch and transformers ({error})", hint="run `make ssl`") from None
    transformers.utils.logging.set_verbosity_error()
    return torch, transformers


def _loaded(load: Callable[..., Any], model: str, revision: str | None, what: str, **settings: Any) -> Any:
    """Load a part of a model; only from its folder where that is given, and never with code that comes with it."""
    folder = filled(model)
    local = os.path.isdir(folder)
    try:
        return load(
            folder if local else model,
            revision=None if local else revision,
            local_files_only=local,
            trust_remote_code=False,
            **settings,
        )
    except Exception as error:  # damaged weights fail in many ways, pickles that would run code among them
        reason = str(error).strip().splitlines()
        hint = (
            f"save the whole model, with its preprocessor_config.json, into {folder}"
            if local
            else f"{model} is no folder here; where there is no network, first run `hf download {model}` where there is"
        )
        shown = reason[0][:300] if reason else type(error).__name__
        raise InputError(f"{model}: no {what} ({shown})", hint=hint) from None


@lru_cache(1)
def _config(model: str, revision: str | None) -> Any:
    _, transformers = _library()
    config = _loaded(transformers.AutoConfig.from_pretrained, model, revision, "configuration of a model")
    if config.model_type not in (*TYPES, "whisper"):
        raise InputError(f"{model}: a model of type {config.model_type}; ssl takes {', '.join((*TYPES, 'whisper'))}")
    return config


def _device(wanted: str) -> str:
    torch, _ = _library()
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise InputError("device: cuda, but PyTorch sees no GPU", hint="use device: auto, or run on a node with a GPU")
    return "cuda" if there and wanted != "cpu" else "cpu"


def _encoder(parameters: Mapping[str, Any], device: str) -> ComputeMany:
    """Return the function of several utterances, with the weights in memory."""
    config = _config(parameters["model"], parameters["revision"])
    states = config.encoder_layers if config.model_type == "whisper" else config.num_hidden_layers
    layers = _layers(parameters["layer"], range(states + 1))
    if too_high := [layer for layer in layers if layer > states]:
        raise InputError(f"{parameters['model']} has the layers 0 to {states}, not {too_high[0]}")
    precision = "float32" if device == "cpu" else parameters["precision"]
    encode = _weights(parameters["model"], parameters["revision"], device, precision)
    size = parameters["batch"] if device != "cpu" else 1
    return partial(_compute, encode, config, layers, parameters["layer"] == "mean", parameters["pooling"], size)


@lru_cache(1)  # workers that fork off share the memory
def _weights(model: str, revision: str | None, device: str, precision: str) -> Callable[..., Any]:
    """Return the function (utterances) -> states of all layers: a list with one (utterances, states, size) a layer."""
    torch, transformers = _library()
    torch.set_num_threads(1)  # sums over several threads round differently; the job's workers are its cores
    prepare = _loaded(transformers.AutoFeatureExtractor.from_pretrained, model, revision, "preprocessor_config.json")
    if prepare.sampling_rate != RATE:
        raise InputError(f"{model} was trained at {prepare.sampling_rate} Hz; xser's audio has {RATE}")
    kind = getattr(torch, precision)
    network = _loaded(transformers.AutoModel.from_pretrained, model, revision, "weights", dtype=kind)
    network = (network.get_encoder() if network.config.is_encoder_decoder else network).to(device).eval()

    @torch.inference_mode()
    def encode(utterances: Sequence[np.ndarray]) -> list[Any]:
        longest = len(utterances) > 1 or network.config.model_type == "whisper"
        ready = prepare(
            list(utterances),
            sampling_rate=RATE,
            return_tensors="pt",
            return_attention_mask=len({*map(len, utterances)}) > 1,
            **({} if network.config.model_type == "whisper" else {"padding": longest}),
        )
        given = {k: v.to(device, kind if v.is_floating_point() else None) for k, v in ready.items()}
        if network.config.model_type == "whisper":
            given.pop("attention_mask", None)  # it always hears 30 s
        return [state.float().cpu() for state in network(**given, output_hidden_states=True).hidden_states]

    encode.lengths = getattr(network, "_get_feat_extract_output_lengths", None)  # type: ignore[attr-defined]
    return encode


def batches_by_length(lengths: Sequence[int], size: int, padded: bool) -> list[list[int]]:
    """Return the indices of utterances that go together: the shortest first, of one length each where not `padded`.

    Examples
    --------
    >>> batches_by_length([9, 3, 9, 5], 2, padded=True), batches_by_length([9, 3, 9, 5], 2, padded=False)
    ([[1, 3], [0, 2]], [[1], [3], [0, 2]])
    """
    order = sorted(range(len(lengths)), key=lambda i: (lengths[i], i))
    result: list[list[int]] = []
    for i in order:
        if result and len(result[-1]) < size and (padded or lengths[result[-1][0]] == lengths[i]):
            result[-1].append(i)
        else:
            result.append([i])
    return result


def _compute(
    encode: Any, config: Any, layers: Sequence[int], mean: bool, pooling: str, size: int, samples: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Return the features of each utterance, float32 (dims,), or (states, dims) without pooling.

    An utterance among others gets what it gets alone. Where the first layers normalise over time (wav2vec 2.0, HuBERT
    and WavLM "base") or padding leaks through convolutions (data2vec), only utterances of one length go together.
    """
    whisper = config.model_type == "whisper"
    window = WHISPER_SAMPLES if whisper else max(map(len, samples))
    pieces = [(i, s[start : start + window]) for i, s in enumerate(samples) for start in range(0, len(s), window)]
    lengths = [len(piece) for _, piece in pieces]
    padded = whisper or (config.model_type in PADDED and config.feat_extract_norm == "layer")
    found: list[np.ndarray] = [np.empty(0)] * len(pieces)
    for together in batches_by_length(lengths, size, padded):
        states = encode([pieces[i][1] for i in together])
        chosen = [states[layer].numpy() for layer in layers]
        joined = np.mean(chosen, axis=0) if mean else np.concatenate(chosen, axis=-1)
        for row, i in zip(joined, together, strict=True):
            count = -(-lengths[i] // WHISPER_STEP) if whisper else int(encode.lengths(lengths[i]))
            found[i] = row[:count]
    parts: list[list[np.ndarray]] = [[] for _ in samples]
    for (i, _), states in zip(pieces, found, strict=True):
        parts[i].append(states)
    frames = list(map(np.concatenate, parts))
    if pooling == "none":
        return frames
    return [_pooled(states, pooling) for states in frames]


def _pooled(states: np.ndarray, pooling: str) -> np.ndarray:
    mean = states.mean(axis=0, dtype=np.float64)
    both = np.concatenate([mean, states.std(axis=0, dtype=np.float64)]) if pooling == "mean_std" else mean
    return both.astype(np.float32)


EXTRACTOR = SelfSupervised()
