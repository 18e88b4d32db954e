"""The features stage: audio, extraction, shards, archives."""

import io
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import kaldiio
import numpy as np
import pytest
import soundfile
from scipy import linalg
from tiny_corpus import archive_files as outputs
from tiny_corpus import write_archive, write_utterances

from xser.corpora.inspection import inspect
from xser.errors import InputError
from xser.features import archives, audio, base
from xser.features.archives import merge
from xser.features.extract import extract

EXTRACTORS = ["kaldi_mfcc", "kaldi_pitch", "lpcc", "opensmile", "short_term"]


def noise(samples: int, seed: int = 0, rate: int = 16_000) -> np.ndarray:
    """A voice-like signal: a gliding tone in noise."""
    t = np.arange(samples) / rate
    random = np.random.default_rng(seed)
    return 0.3 * np.sin(2 * np.pi * (120 + 20 * seed + 30 * t) * t) + 0.02 * random.standard_normal(samples)


def corpus(folder: Path, signals: dict[str, np.ndarray], **columns: Any) -> Path:
    rows = []
    for name, values in signals.items():
        soundfile.write(folder / f"{name}.wav", values, 16_000, subtype="FLOAT" if np.isnan(values).any() else "PCM_16")
        rows.append({"utterance": name, "speaker": "c_1", "recording": name, "path": f"{name}.wav", **columns})
    write_utterances(folder / "utterances.tsv", rows)
    return folder / "utterances.tsv"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty utterances, in no order."""
    folder = tmp_path_factory.mktemp("small")
    order = np.random.default_rng(1).permutation(30)
    corpus(folder, {f"c_1-{i}": noise(8_000 + 400 * i, i) for i in order})
    return folder


# -- audio -------------------------------------------------------------------------------------------------------------


def test_16_bit_16_khz_mono_is_exact(tmp_path):
    values = np.random.default_rng(0).integers(-32_768, 32_768, 5_000).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", values, 16_000)
    assert np.array_equal(audio.load(tmp_path / "a.wav") * 32_768, values)


def test_resampling_clips_what_overshoots_and_rounds_to_16_bits(tmp_path):
    square = np.where(np.arange(48_000) // 60 % 2, 32_767, -32_768).astype(np.int16)
    soundfile.write(tmp_path / "a.flac", square, 48_000)
    samples = audio.load(tmp_path / "a.flac")
    assert len(samples) == 16_000
    assert samples.dtype == np.float32
    assert (samples.min(), samples.max()) == (-1, 1 - 2**-15)
    assert np.array_equal(samples * 32_768, np.rint(samples * 32_768))


def test_channels_are_averaged(tmp_path):
    left, right = np.full(2_000, 1_000, np.int16), np.full(2_000, 3_000, np.int16)
    soundfile.write(tmp_path / "a.wav", np.column_stack([left, right]), 16_000)
    assert np.array_equal(audio.load(tmp_path / "a.wav") * 32_768, np.full(2_000, 2_000))


def test_a_segment_is_cut_at_the_recording_s_own_rate(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.arange(20_000, dtype=np.int16), 16_000)
    assert np.array_equal(audio.load(tmp_path / "a.wav", 0.5, 1.0) * 32_768, np.arange(8_000, 16_000))
    with pytest.raises(InputError, match="no samples from 16000 to 32000"):
        audio.load(tmp_path / "a.wav", 1.0, 2.0)


def codings() -> Iterator[tuple[str, str]]:
    """All that soundfile can write, of the formats that inspection knows."""
    for form in ("WAV", "AIFF", "AU", "FLAC", "OGG"):
        for coding in soundfile.available_subtypes(form):
            with suppress(soundfile.LibsndfileError):
                soundfile.write(io.BytesIO(), np.zeros(100), 16_000, format=form, subtype=coding)
                yield form, coding


@pytest.mark.parametrize(("form", "coding"), list(codings()))
def test_what_inspection_lets_pass_can_be_loaded_whole_and_in_part(tmp_path, monkeypatch, form, coding):
    monkeypatch.setattr(audio, "BLOCK", 3_000)
    soundfile.write(tmp_path / "a", noise(32_000), 16_000, format=form, subtype=coding)
    if inspect(tmp_path, "a").fault:
        return
    whole = audio.load(tmp_path / "a")
    assert len(whole) >= 32_000
    assert np.array_equal(audio.load(tmp_path / "a", 0.5, 1.5), whole[8_000:24_000])


# -- extractors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extractor", "given"),
    [
        *((name, {}) for name in EXTRACTORS),
        ("kaldi_mfcc", {"frame_length": 300.0}),
        ("kaldi_pitch", {"frame_length": 100.0}),
        ("kaldi_pitch", {"min_f0": 20.0, "snip_edges": False}),  # 1,000 samples ended the process
        ("short_term", {"window": 0.5}),
    ],
)
def test_an_extractor_keeps_its_promises(extractor, given):
    module = base.load_extractor(extractor)
    settings = module.complete(given)
    compute, columns = module.make(settings), module.names(settings)
    assert len(set(columns)) == len(columns)
    long = (np.rint(noise(24_000) * 32_768) / 32_768).astype(np.float32)
    for samples in (long, long[: module.shortest(settings)], long):
        result = compute(samples)
        assert result.dtype == np.float32
        assert result.shape[-1] == len(columns)
        assert np.isfinite(result).all()
    assert np.array_equal(compute(long), compute(long.copy()))


@pytest.mark.parametrize("name", ["IS10", "IS11", "IS12", "emobase", "eGeMAPSv02", "ComParE_2016"])
def test_every_opensmile_set_takes_the_shortest_utterance(name):
    module = base.load_extractor("opensmile")
    samples = noise(module.min_samples).astype(np.float32)
    assert np.isfinite(module.make(module.complete({"set": name}))(samples)).all()


def test_wrong_parameters_are_listed_together():
    with pytest.raises(InputError) as error:
        base.load_extractor("kaldi_mfcc").complete({"num_ceps": "13", "ceps": 1, "low_freq": 40})
    assert [o.split(":")[0] for o in error.value.offenders] == ["ceps", "num_ceps"]
    with pytest.raises(InputError, match="no extractor 'nonsense'"):
        base.load_extractor("nonsense")
    with pytest.raises(InputError, match="no extractor 'audio'"):
        base.load_extractor("audio")


@pytest.mark.parametrize(
    ("extractor", "wrong"),
    [
        ("kaldi_mfcc", {"dither": 1.0}),
        ("kaldi_mfcc", {"num_ceps": 30}),
        ("kaldi_mfcc", {"window_type": "hann"}),
        ("kaldi_mfcc", {"frame_length": 0.025, "frame_shift": 0.01}),  # seconds
        ("kaldi_mfcc", {"preemphasis_coefficient": 97.0}),
        ("kaldi_mfcc", {"high_freq": 11_025.0}),
        ("kaldi_mfcc", {"low_freq": 4_000.0, "high_freq": 3_400.0}),
        ("kaldi_mfcc", {"num_mel_bins": 128}),
        ("kaldi_mfcc", {"num_mel_bins": 2, "num_ceps": 2}),
        ("kaldi_pitch", {"delta_pitch_noise_stddev": 0.005}),
        ("kaldi_pitch", {"min_f0": 500.0}),
        ("kaldi_pitch", {"frame_length": 0.025, "frame_shift": 0.01}),
        ("opensmile", {"set": "IS08"}),
        ("opensmile", {"set": "eGeMAPSv02", "level": "low_level_descriptors_deltas"}),
        ("short_term", {"window": 0.001}),
    ],
)
def test_settings_that_cannot_work_are_refused(extractor, wrong):
    module = base.load_extractor(extractor)
    with pytest.raises(InputError):
        module.complete(wrong)


# -- extraction --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_bytes_do_not_depend_on_cores_or_shards(small, tmp_path, monkeypatch, extractor):
    monkeypatch.chdir(tmp_path)
    folder = Path("results/features/set")
    written = {}
    for cores in (1, 2):
        extract(small / "utterances.tsv", small, extractor, {}, *outputs(folder, "c"), threads=cores)
        written[cores] = [path.read_bytes() for path in outputs(folder, "c")]
    assert written[1] == written[2]
    shards = [outputs(folder / "shards", f"c.{i}") for i in range(4)]
    for i, paths in enumerate(shards):
        extract(small / "utterances.tsv", small, extractor, {}, *paths, shard=(i, 4))
    for path in outputs(folder, "c"):
        path.unlink()
    merge([scp for _, scp, _ in shards], shards[0][2], *outputs(folder, "c"))
    assert [path.read_bytes() for path in outputs(folder, "c")] == written[1]
    # The index is Kaldi's: in C order, and any reader of Kaldi's format finds the arrays.
    lines = (folder / "c.scp").read_text().splitlines()
    ids = [line.split()[0] for line in lines]
    assert ids == sorted(f"c_1-{i}" for i in range(30))
    assert all(line.split()[1].startswith("results/features/set/c.ark:") for line in lines)
    ours, theirs = archives.read(folder / "c.scp"), kaldiio.load_scp(str(folder / "c.scp"))
    assert all(np.array_equal(ours[u], theirs[u]) for u in ids)


def test_all_faults_are_listed_and_nothing_is_written(tmp_path):
    signals = {f"c_1-{i}": noise(8_000, i) for i in range(20)}
    signals |= {"c_1-nan": np.full(8_000, np.nan), "c_1-short": noise(500)}
    table = corpus(tmp_path, signals)
    (tmp_path / "c_1-3.wav").unlink()
    (tmp_path / "c_1-5.wav").write_text("no audio")
    (tmp_path / "c_1-7.wav").write_bytes(b"")
    for cores in (1, 2):
        with pytest.raises(InputError) as error:
            extract(table, tmp_path, "kaldi_pitch", {}, *outputs(tmp_path / "out"), threads=cores)
        assert [o.split(":")[0] for o in error.value.offenders] == [f"c_1-{i}" for i in (3, 5, 7, "nan", "short")]
        assert "too short: 31.2 ms, 62.5 ms are needed" in str(error.value)
        assert list((tmp_path / "out").iterdir()) == []


def test_values_that_are_not_finite_name_their_columns(small, tmp_path, monkeypatch):
    module = base.load_extractor("short_term")
    monkeypatch.setattr(module, "make", lambda parameters: lambda samples: np.full((3, 34), np.nan, np.float32))
    with pytest.raises(InputError, match=r"not finite in zcr, energy.*\(34 columns\)") as error:
        extract(small / "utterances.tsv", small, "short_term", {}, *outputs(tmp_path))
    assert len(error.value.offenders) == 30


def test_more_shards_than_utterances_leave_some_empty(tmp_path):
    table = corpus(tmp_path, {"c_1-a": noise(8_000)})
    shards = [outputs(tmp_path / "shards", str(i)) for i in range(3)]
    for i, paths in enumerate(shards):
        extract(table, tmp_path, "kaldi_mfcc", {}, *paths, shard=(i, 3))
    merge([scp for _, scp, _ in shards], shards[0][2], *outputs(tmp_path))
    assert list(archives.read(tmp_path / "features.scp")) == ["c_1-a"]
    with pytest.raises(InputError, match="no shard 3 of 3"):
        extract(table, tmp_path, "kaldi_mfcc", {}, *outputs(tmp_path), shard=(3, 3))


# -- archives ----------------------------------------------------------------------------------------------------------


def test_a_failed_writer_leaves_the_old_archive(tmp_path):
    write_archive(tmp_path, "features", {"a": np.ones(1)})
    before = [path.read_bytes() for path in outputs(tmp_path)]

    def fail() -> None:
        with archives.writing(*outputs(tmp_path), ["y"]) as write:
            write("b", np.ones(1, np.float32))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [path.read_bytes() for path in outputs(tmp_path)] == before
    assert sorted(tmp_path.iterdir()) == sorted(outputs(tmp_path))


def test_an_scp_cannot_run_commands_or_point_nowhere(tmp_path):
    scp = tmp_path / "a.scp"
    scp.write_text("a touch x |\nb | touch x\nc d.ark:3\nd e.ark\n")
    with pytest.raises(InputError) as error:
        archives.read(scp)
    assert [o.split(":")[0] for o in error.value.offenders] == ["line 1", "line 2", "line 4"]
    scp.write_text(f"c {tmp_path}/d.ark:3\n")
    with pytest.raises(InputError, match="cannot be opened"):
        archives.read(scp)
    for content in (b"nonsense", b"c  PKL\x80\x04."):
        (tmp_path / "d.ark").write_bytes(content)
        with pytest.raises(InputError, match="not a Kaldi vector or matrix"):
            archives.read(scp)


def test_without_pytorch_the_error_says_what_to_install(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError, match="needs PyTorch and transformers") as raised:
        extract(small / "utterances.tsv", small, "ssl", {}, *outputs(tmp_path))
    assert raised.value.hint == "run `make ssl`"


@pytest.mark.parametrize("frames", [20, 120])
def test_mfcc_may_be_padded_or_cut_before_scaling(frames: int) -> None:
    extractor = base.load_extractor("kaldi_mfcc")
    samples = np.random.default_rng(0).normal(size=16_000).astype(np.float32) / 10
    whole, fixed = (extractor.make(extractor.complete({"frames": n}))(samples) for n in (None, frames))
    assert fixed.shape == (frames, 13)
    np.testing.assert_array_equal(fixed[: len(whole)], whole[:frames])
    assert not fixed[len(whole) :].any()


def test_columns_of_a_set_are_those_of_the_whole_set():
    smile = base.load_extractor("opensmile")
    whole = smile.complete({"set": "eGeMAPSv02"})
    part = smile.complete({"set": "eGeMAPSv02", "columns": ["F0", "loudness_"]})
    samples = noise(16_000).astype(np.float32)
    kept = [smile.names(whole).index(name) for name in smile.names(part)]
    assert len(kept) == 20
    assert np.array_equal(smile.make(part)(samples), smile.make(whole)(samples)[kept])
    with pytest.raises(InputError, match="no values whose names begin so") as raised:
        smile.names(smile.complete({"columns": ["F0", "loudness", "x"]}))
    assert raised.value.offenders == ["loudness", "x"]


def test_lpcc_are_the_cepstrum_of_the_model_that_predicts_best():
    """Against scipy's solver for Toeplitz systems and the logarithm of the model's spectrum, frame by frame."""
    lpcc = base.load_extractor("lpcc")
    samples = noise(4_000).astype(np.float32)
    found = lpcc.make(lpcc.complete({}))(samples)
    for row, start in zip(found, range(0, len(samples) - 400, 160), strict=True):
        frame = samples[start : start + 400].astype(float)
        windowed = np.append(0, frame[1:] - 0.97 * frame[:-1]) * np.hamming(400)
        r = np.correlate(windowed, windowed, "full")[399:412] / 400
        r[0] = r[0] * (1 + 1e-9) + 1e-10
        a = linalg.solve_toeplitz(r[:12], r[1:])
        spectrum = (r[0] - a @ r[1:]) / np.abs(np.fft.rfft(np.append(1, -a), 4096)) ** 2
        cepstrum = np.fft.irfft(np.log(spectrum))[:13]
        np.testing.assert_allclose(row, cepstrum, rtol=1e-4, atol=1e-4)


def test_lpcc_of_silence_are_finite():
    lpcc = base.load_extractor("lpcc")
    found = lpcc.make(lpcc.complete({}))(np.zeros(1_000, np.float32))
    assert np.isfinite(found).all()
    assert np.allclose(found[:, 1:], 0)
