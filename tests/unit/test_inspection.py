"""Audio inspection: what is measured, and every fault is named, none raised."""

import hashlib
import io
import os
import random
import struct
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
import trees
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_readers import read

from xser.corpora import inspection
from xser.corpora.inspection import Audio, inspect, inspect_all
from xser.errors import InputError
from xser.files import read_tsv

GOOD = trees.wav(0.5)
RATE = 16_000


CODINGS = [
    *(("WAV", c) for c in ("PCM_16", "PCM_24", "FLOAT", "ULAW", "IMA_ADPCM")),
    *(("WAVEX", "PCM_16"), ("RF64", "PCM_16"), ("AIFF", "PCM_16"), ("AIFF", "FLOAT"), ("AU", "PCM_16"), ("AU", "ALAW")),
    *(("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")),
]


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
        samples_sha256=hashlib.sha256((samples[:, 0] * 32_768).astype("<i2").tobytes()).hexdigest(),
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


SPOKEN = np.random.default_rng(0).integers(-32_768, 32_768, 1_000).astype("<i2")


def with_a_tag(data):
    """A WAV with a further chunk before its samples."""
    place = data.index(b"data")
    tag = b"LIST" + struct.pack("<I", 4) + b"INFO"
    return data[:4] + struct.pack("<I", len(data) - 8 + len(tag)) + data[8:place] + tag + data[place:]


@pytest.mark.parametrize(
    "data",
    [
        encode(SPOKEN, form="FLAC"),
        encode(SPOKEN, form="WAVEX"),
        encode(SPOKEN, form="AIFF"),
        encode(SPOKEN, "PCM_24"),
        encode(SPOKEN, "PCM_24", form="FLAC"),
        encode(SPOKEN.astype(float) / 32_768, "FLOAT"),
        encode(SPOKEN, rate=8_000),
        encode(np.column_stack([SPOKEN, SPOKEN])),
        with_a_tag(encode(SPOKEN)),
    ],
    ids=["FLAC", "WAVE_EXTENSIBLE", "AIFF", "24 bits", "24-bit FLAC", "float", "another rate", "stereo", "a tag"],
)
def test_a_recording_is_known_by_its_samples(tmp_path, data):
    """Whatever the container; one sample that differs by one step makes another recording."""
    plain, other = look(tmp_path, encode(SPOKEN)), look(tmp_path, data)
    assert other.samples_sha256 == plain.samples_sha256 == hashlib.sha256(SPOKEN.tobytes()).hexdigest()
    assert other.sha256 != plain.sha256
    changed = SPOKEN.copy()
    changed[500] ^= 1
    assert look(tmp_path, encode(changed)).samples_sha256 != plain.samples_sha256


def test_a_long_recording_is_decoded_in_parts_and_known_as_a_whole(tmp_path, monkeypatch):
    whole = look(tmp_path, encode(SPOKEN))
    monkeypatch.setattr(inspection, "BLOCK", 300)
    assert look(tmp_path, encode(SPOKEN)) == whole


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


STEREO = np.sin(np.arange(2 * RATE) / 10)[:, None]


def flac_without_length():
    data = bytearray(encode(STEREO, form="FLAC"))
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    return bytes(data)


@cache
def long_flac(seconds):
    """Silence at 4 kHz: some 30 KB an hour."""
    target = io.BytesIO()
    with soundfile.SoundFile(target, "w", 4000, 1, format="FLAC") as out:
        for _ in range(seconds // 60):
            out.write(np.zeros(60 * 4000, dtype="int16"))
    return target.getvalue()


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
    "one hertz": (encode(np.zeros(RATE), rate=1), "a sample rate of 1 Hz; 4000 to 384000 Hz are read"),
    "a sample rate that no recorder has": (encode(np.zeros(RATE), rate=400_000), "a sample rate of 400000 Hz"),
    "opposite channels": (encode(STEREO * [0.5, -0.5]), "its channels cancel each other"),
    "nearly opposite channels": (encode(STEREO * [0.5, -0.45]), "its channels cancel each other"),
    "half a day": (long_flac(12 * 3600), "a recording of 12.0 hours"),
    "flac of unknown length": (flac_without_length(), "does not say how long it is"),
    "mp3 of unknown length": (trees.wav(1.0, form="MP3").replace(b"Xing", b"Zing"), "does not say how long it is"),
    "a format that is not checked": (encode(np.zeros(RATE), form="W64"), "not audio in a format that is read"),
}


@pytest.mark.fault(
    "files",
    "a WAV, RF64, AIFF, AU, FLAC, Ogg or MP3 file is cut short, by one byte or by half",
    "the file and `truncated`, or that it cannot be decoded",
    "an error, or left out by `on_bad_audio: skip`",
)
@pytest.mark.parametrize(("form", "subtype"), CODINGS)
def test_what_is_cut_short_is_never_read_as_whole(tmp_path, form, subtype):
    data = encode(STEREO * 0.3, subtype, form=form)
    assert look(tmp_path, data).fault == ""
    for length in (len(data) - 1, len(data) * 9 // 10, len(data) // 2, len(data) // 7):
        assert look(tmp_path, data[:length]).fault, length


@given(st.sampled_from(CODINGS), st.data())
def test_no_part_of_a_file_is_the_whole(tmp_path_factory, coding, data):
    form, subtype = coding
    whole = encode(STEREO[:RATE] * 0.3, subtype, form=form)
    length = data.draw(st.integers(0, len(whole) - 1))
    assert look(tmp_path_factory.mktemp("part"), whole[:length]).fault


def test_channels_that_only_differ_are_read(tmp_path):
    other = np.cos(np.arange(2 * RATE) / 7)[:, None]
    for left, right in ((STEREO, 0 * STEREO), (STEREO, other), (STEREO, STEREO), (STEREO, -0.7 * STEREO)):
        assert look(tmp_path, encode(0.5 * np.hstack([left, right]))).fault == ""
    assert look(tmp_path, encode(np.zeros((RATE, 2)))).problem == "silent"


@pytest.mark.fault(
    "files",
    "a header of 1 Hz, of 400 kHz, or of twelve hours",
    "the file, its rate or length, and the bounds",
    "an error before anything is decoded, or left out by `on_bad_audio: skip`",
)
@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["one hertz", "a sample rate that no recorder has", "half a day"])
def test_a_small_file_never_costs_hours(tmp_path, name):
    assert look(tmp_path, FAULTS[name][0]).fault


def test_an_utterance_of_more_than_ten_minutes_is_bad_audio(tmp_path):
    root = corpus(tmp_path / "root", long_flac(660))
    (root / "wav" / "16b10Wz.wav").rename(root / "wav" / "16b10Wz.flac")
    read("emodb", root, tmp_path / "data", "skip")
    (left,) = read_tsv(tmp_path / "data" / "left_out.tsv")
    assert left["why"] == "bad audio: an utterance of 660 s; up to 600 s are read: cut it, or give segments"


@pytest.mark.fault(
    "files", "a named pipe lies among the recordings", "its name", "an error; nothing waits for who writes into it"
)
@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["wav/16b10Wz.wav", "16b10Wz.wav"])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    root = corpus(tmp_path / "root", GOOD)
    os.mkfifo(root / "pipe")
    (root / name).unlink(missing_ok=True)
    (root / "pipe").rename(root / name)
    with pytest.raises(InputError, match="pipes, sockets or devices") as error:
        read("emodb", root, tmp_path / "data", "skip")
    assert error.value.offenders == [name]


def test_what_cannot_be_opened_is_told(tmp_path):
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "dangling.wav").symlink_to(tmp_path / "nowhere")
    for name in ("folder.wav", "dangling.wav", "missing.wav", "nul\0.wav"):
        assert inspect(tmp_path, name).fault.startswith("cannot be read")


MAGIC = (
    b"",
    b"RIFF",
    b"RIFX",
    b"RF64",
    b"FORM",
    b".snd",
    b"dns.",
    b"OggS",
    b"fLaC",
    b"ID3",
    b"\xff\xfb",
    b"ID3Xing",
    b"version",
)


@settings(max_examples=400)
@given(st.sampled_from(MAGIC), st.binary(max_size=400), st.sampled_from([b"", b"WAVE", b"AIFF"]))
@example(b"ID3", b"", b"")
def test_no_bytes_raise(tmp_path_factory, magic, data, kind):
    data = magic + data[:4] + kind + data[4:] if kind else magic + data
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


def corpus(root, bad):
    """EMO-DB with one bad file."""
    trees.plant(root, trees.emodb_names()[:3], GOOD)
    (root / "wav" / "16b10Wz.wav").write_bytes(bad)
    return root


@pytest.mark.parametrize("name", FAULTS)
def test_bad_audio_fails_or_is_skipped(tmp_path, name):
    root = corpus(tmp_path / "root", FAULTS[name][0])
    with pytest.raises(InputError, match=r"1 recordings below .* cannot be used") as error:
        read("emodb", root, tmp_path / "data", "fail")
    assert error.value.offenders[0].startswith("wav/16b10Wz.wav: ")
    assert FAULTS[name][1] in error.value.offenders[0]
    assert not (tmp_path / "data").exists()
    read("emodb", root, tmp_path / "data", "skip")
    (left,) = read_tsv(tmp_path / "data" / "left_out.tsv")
    assert left["path"] == "wav/16b10Wz.wav"
    assert left["why"].startswith("bad audio: ")
    assert len(read_tsv(tmp_path / "data" / "utterances.tsv")) == len(read_tsv(tmp_path / "data" / "audio.tsv")) == 3


def test_all_bad_files_are_listed(tmp_path):
    root = corpus(tmp_path / "root", b"")
    (root / "wav" / "16b10Wy.wav").write_bytes(GOOD[:-5])
    with pytest.raises(InputError) as error:
        read("emodb", root, tmp_path / "data", "fail", min_samples=8001)
    assert len(error.value.offenders) == 5
    assert "too short: 8000 samples at 16 kHz, the features need 8001" in str(error.value)
    with pytest.raises(InputError, match="no usable recording"):
        read("emodb", root, tmp_path / "data", "skip", min_samples=8001)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("rate", "fits"), [(8_000, True), (48_000, False)])
def test_the_shortest_utterance_is_counted_at_16k(tmp_path, rate, fits):
    root = corpus(tmp_path / "root", encode(0.1 * np.ones(999), rate=rate))
    read("emodb", root, tmp_path / "data", "skip", min_samples=1998)
    assert (len(read_tsv(tmp_path / "data" / "audio.tsv")) == 4) == fits


@pytest.mark.fault(
    "files",
    "any bit of a FLAC or Ogg file, whose formats have checksums, turned",
    "the file, and that it is damaged or cannot be decoded",
    "an error, or the same samples; WAV, AIFF, AU and MP3 have none: keep a copy of them",
)
@pytest.mark.parametrize("form", ["FLAC", "OGG"])
def test_a_checksum_in_a_recording_is_heeded(form: str, tmp_path: Path) -> None:
    noise, dice, path = 0.1 * np.random.default_rng(0).standard_normal(16_000), random.Random(0), tmp_path / "a"
    soundfile.write(path, noise, 16_000, format=form)
    whole, samples = path.read_bytes(), soundfile.read(path)[0]
    assert not inspect(tmp_path, "a").fault
    noticed = 0
    for _ in range(100):
        data = bytearray(whole)
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        path.write_bytes(data)
        fault = inspect(tmp_path, "a").fault
        assert fault or np.array_equal(soundfile.read(path)[0], samples)
        noticed += bool(fault)
    assert noticed > 80
