"""Audio inspection: what is measured, and every fault told instead of raised."""

import hashlib
import io
import struct

import numpy as np
import pytest
import soundfile
import trees
from hypothesis import given, settings
from hypothesis import strategies as st

import read_corpus
from xser.corpora.base import find_files
from xser.corpora.inspection import Audio, inspect, inspect_all, samples_at_16k
from xser.errors import InputError
from xser.files import read_tsv

GOOD = trees.wav(0.5)
RATE = 16_000


def encode(samples, subtype="PCM_16", rate=RATE, form="WAV"):
    target = io.BytesIO()
    soundfile.write(target, samples, rate, subtype=subtype, format=form)
    return target.getvalue()


def look(folder, data):
    (folder / "x.wav").write_bytes(data)
    return inspect(folder, "x.wav")


def test_a_recording_is_measured(tmp_path):
    samples = np.zeros((800, 2))
    samples[::2] = 0.5
    audio = look(tmp_path, data := encode(samples, rate=8_000))
    assert audio == Audio(
        path="x.wav",
        sha256=hashlib.sha256(data).hexdigest(),
        rate=8_000,
        channels=2,
        frames=800,
        duration=0.1,
        subtype="PCM_16",
        peak=0.5,
        rms=0.353553,
    )
    assert audio.problem == audio.fault == ""


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_clipping_is_seen_in_every_format(tmp_path, subtype):
    loud = 1.5 * np.sin(np.arange(RATE) / 10)
    clipped = look(tmp_path, encode(np.clip(loud, -1, 1), subtype))
    clean = look(tmp_path, encode(0.6 * loud, subtype))
    assert (clipped.problem, clean.problem) == ("clipped", "")
    assert clipped.clipped_fraction == pytest.approx(0.53, abs=0.02)
    assert clean.clipped_fraction == 0


@pytest.mark.parametrize("level", [0.0, 1e-4, 9e-4])
def test_silence_is_seen(tmp_path, level):
    assert look(tmp_path, encode(np.full(RATE, level))).problem == "silent"


@pytest.mark.parametrize("form", ["WAV", "WAVEX", "RF64", "FLAC", "OGG", "AIFF", "AU", "MP3"])
def test_formats_that_libsndfile_reads(tmp_path, form):
    audio = look(tmp_path, encode(0.1 * np.sin(np.arange(RATE)), None, form=form))
    assert audio.fault == ""
    assert audio.duration == pytest.approx(1, abs=0.15)


def rewritten(size):
    """A good file whose data chunk promises so many bytes."""
    place = GOOD.index(b"data") + 4
    return GOOD[:place] + struct.pack("<I", size) + GOOD[place + 4 :]


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF])
def test_a_stream_of_unknown_length_is_accepted(tmp_path, size):
    assert look(tmp_path, rewritten(size)).frames == RATE // 2


def with_nan(value):
    samples = np.full(RATE, 0.1)
    samples[5] = value
    return encode(samples, "FLOAT")


FAULTS = {
    "empty": (b"", "empty file"),
    "text": (b"Dear sir or madam, this is not audio at all.\n" * 9, "not audio"),
    "html": (b"<!DOCTYPE html><html><body>404</body></html>", "not audio"),
    "zip": (b"PK\x03\x04" + bytes(100), "not audio"),
    "zeros": (bytes(5000), "not audio"),
    "git lfs pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n", "Git LFS"),
    "header only": (GOOD[: GOOD.index(b"data")], "truncated"),
    "header and data chunk only": (GOOD[: GOOD.index(b"data") + 8], "truncated"),
    "riff only": (b"RIFF", "not audio"),
    "riff and wave only": (GOOD[:12], "truncated"),
    "no samples": (encode(np.zeros(0)), "no samples"),
    "one byte short": (GOOD[:-1], "truncated"),
    "half of it": (GOOD[: len(GOOD) // 2], "truncated"),
    "promises more": (rewritten(len(GOOD) + 1000), "truncated"),
    "nan": (with_nan(np.nan), "not finite"),
    "infinity": (with_nan(np.inf), "not finite"),
    "minus infinity": (with_nan(-np.inf), "not finite"),
    "unknown coding": (GOOD.replace(b"fmt \x10\x00\x00\x00\x01\x00", b"fmt \x10\x00\x00\x00\x99\x77"), "not audio"),
    "half a flac": (trees.wav(1.0, form="FLAC")[:300], ""),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told(tmp_path, name):
    data, message = FAULTS[name]
    audio = look(tmp_path, data)
    assert audio.fault
    assert message in audio.fault
    assert audio.frames == 0


def test_what_cannot_be_opened_is_told(tmp_path):
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "dangling.wav").symlink_to(tmp_path / "nowhere")
    for name in ("folder.wav", "dangling.wav", "missing.wav", "nul\0.wav"):
        assert inspect(tmp_path, name).fault.startswith("cannot be read")


@given(st.binary(max_size=400))
def test_no_bytes_raise(tmp_path_factory, data):
    audio = look(tmp_path_factory.mktemp("bytes"), data)
    assert audio.fault or audio.frames


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(GOOD)))
def test_no_damage_raises(tmp_path_factory, changes, length):
    data = bytearray(GOOD)
    for place, value in changes:
        data[place % 60 if place % 2 else place] = value  # half of the damage hits the header
    audio = look(tmp_path_factory.mktemp("damage"), bytes(data[:length]))
    assert audio.fault or (audio.frames and np.isfinite([audio.peak, audio.rms, audio.duration]).all())


def test_order_and_threads(tmp_path):
    names = trees.plant(tmp_path, [f"{i}.wav" for i in range(20)])
    assert inspect_all(tmp_path, names, 1) == inspect_all(tmp_path, names, 6)
    assert [a.path for a in inspect_all(tmp_path, names[::-1], 3)] == names[::-1]


def test_length_at_16k():
    assert samples_at_16k(0.1) == 1600
    assert samples_at_16k(800 / 8000) == 1600


def corpus(root, bad):
    """EMO-DB with one bad file."""
    trees.plant(root, trees.emodb_names()[:3], GOOD)
    (root / "wav" / "16b10Wz.wav").write_bytes(bad)
    return root


def read(root, folder, on_bad_audio, min_samples=1000):
    files = find_files(root, ("**/*.wav",))
    read_corpus.main("emodb", "emodb", root, files, {}, on_bad_audio, min_samples, folder)


@pytest.mark.parametrize("name", FAULTS)
def test_bad_audio_fails_or_is_skipped(tmp_path, name):
    root = corpus(tmp_path / "root", FAULTS[name][0])
    with pytest.raises(InputError, match=r"1 recordings below .* cannot be used") as error:
        read(root, tmp_path / "data", "fail")
    assert error.value.offenders[0].startswith("wav/16b10Wz.wav: ")
    assert not (tmp_path / "data").exists()
    read(root, tmp_path / "data", "skip")
    (left,) = read_tsv(tmp_path / "data" / "left_out.tsv")
    assert left["path"] == "wav/16b10Wz.wav"
    assert left["why"].startswith("bad audio: ")
    assert len(read_tsv(tmp_path / "data" / "utterances.tsv")) == len(read_tsv(tmp_path / "data" / "audio.tsv")) == 3


def test_all_bad_files_are_listed(tmp_path):
    root = corpus(tmp_path / "root", b"")
    (root / "wav" / "16b10Wy.wav").write_bytes(GOOD[:-5])
    with pytest.raises(InputError) as error:
        read(root, tmp_path / "data", "fail", min_samples=8001)
    assert len(error.value.offenders) == 5
    assert "too short: 8000 samples at 16 kHz, the features need 8001" in str(error.value)
    with pytest.raises(InputError, match="no usable recording"):
        read(root, tmp_path / "data", "skip", min_samples=8001)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("rate", "fits"), [(8_000, True), (48_000, False)])
def test_the_shortest_utterance_is_counted_at_16k(tmp_path, rate, fits):
    root = corpus(tmp_path / "root", encode(0.1 * np.ones(999), rate=rate))
    read(root, tmp_path / "data", "skip", min_samples=1998)
    assert (len(read_tsv(tmp_path / "data" / "audio.tsv")) == 4) == fits
