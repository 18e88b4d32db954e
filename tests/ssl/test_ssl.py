"""Hidden states of small, randomly initialised encoders, saved and loaded as real ones are (`make test-ssl`)."""

import socket
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tiny_corpus import archive_files, write_utterances

from xser.errors import InputError
from xser.features import archives, ssl
from xser.features.extract import extract

torch = pytest.importorskip("torch", reason="PyTorch is not installed (make ssl)")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:torch.*")

CONVOLUTIONS: dict[str, Any] = {
    "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 37, "conv_dim": (32,) * 3,
    "conv_kernel": (10, 3, 3), "conv_stride": (5, 8, 8), "num_conv_pos_embedding_groups": 2,
}  # fmt: skip
LAYER: dict[str, Any] = {**CONVOLUTIONS, "num_conv_pos_embeddings": 16, "feat_extract_norm": "layer"}
GROUP: dict[str, Any] = {**LAYER, "feat_extract_norm": "group"}
DEEP: dict[str, Any] = {**LAYER, "do_stable_layer_norm": True}
WHISPER: dict[str, Any] = {
    "d_model": 32, "encoder_layers": 2, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 37, "decoder_ffn_dim": 37, "vocab_size": 50, "pad_token_id": 0, "bos_token_id": 1,
    "eos_token_id": 2, "decoder_start_token_id": 1, "suppress_tokens": None, "begin_suppress_tokens": None,
}  # fmt: skip
ENCODERS = {
    "wav2vec2-base": ("Wav2Vec2Config", GROUP), "wav2vec2-large": ("Wav2Vec2Config", DEEP),
    "xls-r": ("Wav2Vec2Config", {**DEEP, "feat_proj_dropout": 0.1}), "hubert-base": ("HubertConfig", GROUP),
    "hubert-large": ("HubertConfig", DEEP), "wavlm-base": ("WavLMConfig", {**GROUP, "num_buckets": 32}),
    "wavlm-large": ("WavLMConfig", {**DEEP, "num_buckets": 32}), "whisper": ("WhisperConfig", WHISPER),
    "data2vec": ("Data2VecAudioConfig", {**CONVOLUTIONS, "conv_pos_kernel_size": 5}),
}  # fmt: skip
PADS = {"wav2vec2-large", "xls-r", "hubert-large", "wavlm-large", "whisper"}
LENGTHS = [9_000, 4_000, 9_000, 16_123, 7_321]


@pytest.fixture(scope="module")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each encoder, as `save_pretrained` writes it."""
    found = {}
    for name, (config, settings) in ENCODERS.items():
        torch.manual_seed(len(name))
        found[name] = tmp_path_factory.mktemp(name)
        transformers.AutoModel.from_config(getattr(transformers, config)(**settings)).eval().save_pretrained(
            found[name]
        )
        prepare = transformers.WhisperFeatureExtractor if name == "whisper" else transformers.Wav2Vec2FeatureExtractor
        prepare(**({} if name == "whisper" else {"do_normalize": name != "wavlm-base"})).save_pretrained(found[name])
    return found


@pytest.fixture(autouse=True)
def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError("these tests use no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def voices() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [(0.1 * random.standard_normal(n)).astype(np.float32) for n in LENGTHS]


def settings(folder: Path, **given: Any) -> dict[str, Any]:
    return ssl.EXTRACTOR.complete({"model": str(folder), **given})


def forward(folder: Path, samples: np.ndarray) -> list[np.ndarray]:
    """All hidden states of one utterance by transformers' own forward pass."""
    prepare = transformers.AutoFeatureExtractor.from_pretrained(folder)
    network = transformers.AutoModel.from_pretrained(folder).eval()
    whisper = network.config.is_encoder_decoder
    with torch.no_grad():
        given = prepare([samples], sampling_rate=16_000, return_tensors="pt", return_attention_mask=False)
        states = (network.get_encoder() if whisper else network)(**given, output_hidden_states=True).hidden_states
    count = -(-len(samples) // 320) if whisper else None
    return [state[0, :count].numpy() for state in states]


@pytest.mark.parametrize("name", ENCODERS)
def test_alone_it_is_the_forward_pass_of_transformers(encoders, name):
    states = forward(encoders[name], voices()[3])
    for layer in range(len(states)):
        found = ssl.EXTRACTOR.make(settings(encoders[name], layer=layer, pooling="none"))(voices()[3])
        np.testing.assert_allclose(found, states[layer], atol=2e-6, rtol=1e-5)
    mean = ssl.EXTRACTOR.make(settings(encoders[name]))(voices()[3])
    np.testing.assert_allclose(mean, np.mean(states, axis=(0, 1)), atol=2e-6, rtol=1e-5)
    both = ssl.EXTRACTOR.make(settings(encoders[name], layer=[1, 2], pooling="mean_std"))(voices()[3])
    parts = np.concatenate([states[1], states[2]], axis=1)
    np.testing.assert_allclose(both, np.concatenate([parts.mean(axis=0), parts.std(axis=0)]), atol=2e-6, rtol=1e-5)
    assert len(ssl.EXTRACTOR.names(settings(encoders[name], layer=[1, 2], pooling="mean_std"))) == len(both) == 128


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("pooling", ["mean", "none"])
def test_among_others_an_utterance_gets_what_it_gets_alone(encoders, monkeypatch, name, pooling):
    """As on a GPU: five utterances of four lengths together, padded where padding changes nothing."""
    sizes: list[list[int]] = []
    batches = ssl.batches_by_length
    monkeypatch.setattr(ssl, "batches_by_length", lambda *a: sizes.append([len(b) for b in batches(*a)]) or batches(*a))
    parameters = settings(encoders[name], pooling=pooling)
    alone = list(map(ssl.EXTRACTOR.make(parameters), voices()))
    sizes.clear()
    monkeypatch.setattr(ssl, "_device", lambda _: "cpu:0")
    many = ssl.EXTRACTOR.make_many(parameters)
    assert many
    together = many(voices())
    assert sizes == [[5] if name in PADS else [1, 1, 2, 1]]
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(other, one, atol=5e-6, rtol=1e-4)


def test_whisper_hears_what_is_longer_than_30_s_in_parts(encoders):
    long = np.concatenate(voices() * 12)
    found = ssl.EXTRACTOR.make(settings(encoders["whisper"], layer=2, pooling="none"))(long)
    parts = [forward(encoders["whisper"], long[start : start + 480_000])[2] for start in range(0, len(long), 480_000)]
    assert len(parts) == 2
    np.testing.assert_allclose(found, np.concatenate(parts), atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_corpus_in_one_archive_whatever_the_cores(encoders, tmp_path, threads):
    rows = []
    for i in range(20):
        soundfile.write(tmp_path / f"{i:02}.flac", voices()[i % 5], 16_000)
        rows.append({"utterance": f"c_1-{i:02}", "speaker": "c_1", "recording": str(i), "path": f"{i:02}.flac"})
    write_utterances(tmp_path / "utterances.tsv", rows)
    files = archive_files(tmp_path)
    given = {"model": str(encoders["wavlm-base"]), "layer": 1}
    extract(tmp_path / "utterances.tsv", tmp_path, "ssl", given, *files, threads=threads)
    found = archives.read(files[1])
    expected = ssl.EXTRACTOR.make(settings(encoders["wavlm-base"], layer=1))
    for i, (utterance, vector) in enumerate(found.items()):
        assert utterance == f"c_1-{i:02}"
        samples = np.rint(voices()[i % 5] * 32_768) / np.float32(32_768)
        assert np.array_equal(vector, expected(samples.astype(np.float32)))


def test_several_at_once_report_a_bad_file_as_one_by_one_does(encoders, tmp_path, monkeypatch):
    monkeypatch.setattr(ssl, "_device", lambda _: "cpu:0")
    soundfile.write(tmp_path / "a.wav", voices()[0], 16_000)
    soundfile.write(tmp_path / "b.wav", voices()[0][:300], 16_000)
    rows = [{"utterance": u, "speaker": "c", "recording": u, "path": f"{u}.wav"} for u in "abc"]
    write_utterances(tmp_path / "utterances.tsv", rows)
    given = {"model": str(encoders["xls-r"])}
    with pytest.raises(InputError, match="2 of 3 utterances") as raised:
        extract(tmp_path / "utterances.tsv", tmp_path, "ssl", given, *archive_files(tmp_path))
    assert [offender.split(":")[0] for offender in raised.value.offenders] == ["b", "c"]
    assert not list(tmp_path.glob("features.*"))


def test_what_cannot_be_loaded_is_one_clear_error(encoders, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    (tmp_path / "config.json").write_text((encoders["xls-r"] / "config.json").read_text())
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.json").write_text('{"model_type": "bert"}')
    for model, given, message in [
        ("nobody/nothing", {}, "hf download nobody/nothing"),
        (tmp_path, {}, "preprocessor_config.json"),
        (other, {}, "a model of type bert"),
        (encoders["xls-r"], {"layer": 9}, "has the layers 0 to 3, not 9"),
        (encoders["xls-r"], {"device": "cuda"}, "sees no GPU"),
    ]:
        parameters = ssl.EXTRACTOR.complete({"model": str(model), **given})
        with pytest.raises(InputError) as raised:
            ssl.EXTRACTOR.make_many(parameters) or ssl.EXTRACTOR.make(parameters)
        assert message in f"{raised.value} {raised.value.hint}"


def test_weights_that_would_run_code_are_refused(encoders, tmp_path):
    """A pickle as weights, and code beside the configuration: neither runs."""
    ran = tmp_path / "ran"

    class Runs:
        def __reduce__(self) -> Any:
            return Path.touch, (ran,)

    folder = tmp_path / "model"
    folder.mkdir()
    for file in encoders["xls-r"].glob("*.json"):
        (folder / file.name).write_text(file.read_text())
    (folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(InputError, match="no weights"):
        ssl.EXTRACTOR.make(settings(folder))
    (folder / "model.safetensors").unlink()
    torch.save({"x": Runs()}, folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="no weights"):
        ssl.EXTRACTOR.make(settings(folder))
    (folder / "config.json").write_text('{"model_type": "own", "auto_map": {"AutoConfig": "own.Own"}}')
    (folder / "own.py").write_text(f"open({str(ran)!r}, 'w')")
    with pytest.raises(InputError):
        ssl.EXTRACTOR.make(settings(folder))
    assert not ran.exists()


def test_the_weights_are_inputs_of_the_job(encoders):
    assert [Path(f).name for f in ssl.EXTRACTOR.files(settings(encoders["xls-r"]))] == [
        "config.json", "model.safetensors", "preprocessor_config.json",
    ]  # fmt: skip
    assert ssl.EXTRACTOR.files(ssl.EXTRACTOR.complete({})) == []


def test_batches_hold_every_utterance_once():
    lengths = [5, 3, 3, 9, 5, 5, 1]
    for padded in (True, False):
        together = ssl.batches_by_length(lengths, 2, padded)
        assert sorted(i for batch in together for i in batch) == list(range(7))
        assert all(lengths[a[-1]] <= lengths[b[0]] for a, b in pairwise(together))
        assert max(map(len, together)) == 2
