"""Recordings: found, looked at, cut, recognised; probabilities calibrated; the card."""

import glob
import json
import math
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import exported
import numpy as np
import pytest
import soundfile

from xser.errors import InputError
from xser.features import audio
from xser.models.functionals import softmax
from xser.recognition import calibration, recordings
from xser.recognition import model_card as cards
from xser.recognition.recogniser import ARCHIVE, CARD, Recogniser

RANDOM = np.random.default_rng(0)


# -- calibration ------------------------------------------------------------------------------------------------------


def drawn(temperature: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and truths drawn from them at another temperature."""
    p = softmax(2 * RANDOM.normal(size=(count, 4)))
    right = calibration.tempered(p, temperature)
    return p, (right.cumsum(axis=1) > RANDOM.random((count, 1))).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_the_temperature_that_truths_were_drawn_with_is_found(temperature: float) -> None:
    p, truth = drawn(temperature)
    found = calibration.fit_temperature(p, truth)
    assert found == pytest.approx(temperature, rel=0.05)
    after = calibration.tempered(p, found)
    assert calibration.calibration_error(after, truth) < 0.02
    if temperature != 1.0:
        assert calibration.calibration_error(p, truth) > 0.1
    assert np.array_equal(after.argmax(axis=1), p.argmax(axis=1))


def test_a_class_that_is_unknown_or_impossible_breaks_nothing() -> None:
    p, truth = drawn(2.0, 4000)
    wider = np.hstack([p, np.zeros((len(p), 1))])
    marked = np.where(np.arange(len(truth)) % 10 == 0, -1, truth)
    assert calibration.fit_temperature(wider, marked) == pytest.approx(2.0, rel=0.1)
    assert not calibration.tempered(wider, 2.0)[:, 4].any()
    assert calibration.COLDEST <= calibration.fit_temperature(np.eye(4)[[0, 1]], np.array([0, 1])) < 1


def test_the_calibration_error_is_that_of_the_paper_bin_by_bin() -> None:
    p, truth = drawn(2.5, 500)
    confidence, right = p.max(axis=1), p.argmax(axis=1) == truth
    expected = 0.0
    for low in range(15):
        inside = (confidence > low / 15) & (confidence <= (low + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert calibration.calibration_error(p, truth) == pytest.approx(expected, abs=1e-12)


def test_a_perfectly_calibrated_model_has_an_error_too() -> None:
    """In one bin it is the mean deviation of a binomial share; of many utterances it goes to 0."""
    p = np.tile([0.8, 0.1, 0.1], (100, 1))
    shares, n = np.arange(101) / 100, np.arange(101)
    weights = np.array([math.comb(100, k) * 0.8**k * 0.2 ** (100 - k) for k in n])
    mean, high = calibration.perfect_error(p)
    assert mean == pytest.approx((weights * abs(shares - 0.8)).sum(), rel=0.05)
    assert 0.07 <= high <= 0.1
    assert calibration.perfect_error(np.repeat(p, 100, axis=0))[0] < 0.005
    assert calibration.perfect_error(p) == (mean, high)


# -- recordings -------------------------------------------------------------------------------------------------------


def level(samples: np.ndarray) -> np.ndarray:
    return np.array([np.abs(samples).mean()], dtype=np.float32)


def tone(path: Path, seconds: float, rate: int = 16_000, gain: float = 0.3, **how: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(int(seconds * rate)) / rate
    soundfile.write(path, gain * np.sin(2 * np.pi * 220 * time), rate, **how)
    return path


def looked_at(path: Path, window: float | None = 5.0) -> list[recordings.Piece]:
    return list(recordings.pieces(str(path), level, 400, window))


def test_files_folders_lists_and_patterns_are_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.wav", "calls/x.FLAC", "calls/deep/y.mp3", "calls/.hidden.wav", "calls/notes.txt", "a[1].wav"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    Path("list.txt").write_text("b.wav\n\n  calls/x.FLAC \n")
    assert recordings.find(["b.wav", "calls"], ["list.txt"]) == ["b.wav", "calls/deep/y.mp3", "calls/x.FLAC"]
    assert recordings.find(["calls/*.FLAC", "**/*.mp3"]) == ["calls/x.FLAC", "calls/deep/y.mp3"]
    assert recordings.find(["a[1].wav"]) == ["a[1].wav"]
    Path("again").symlink_to("calls")
    Path("calls/deep/round").symlink_to("../../again")
    assert recordings.find(["./b.wav", "again", "calls", "b.wav"]) == ["./b.wav", "again/deep/y.mp3", "again/x.FLAC"]
    Path("list.txt").write_bytes(b"\xef\xbb\xbfb.wav\r\n")
    assert recordings.find([], ["list.txt"]) == ["b.wav"]


@pytest.mark.parametrize("text", ["J\xfcrgen.wav\n".encode("latin-1"), "a.wav\n".encode("utf-16")])
def test_a_list_that_is_not_utf_8_is_to_be_saved_so(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "list.txt").write_bytes(text)
    with pytest.raises(InputError, match=r"list.txt, line 1: not UTF-8 text\nWhat to do: save it as UTF-8$"):
        recordings.find([], [str(tmp_path / "list.txt")])


@pytest.mark.fault(
    "files",
    "a pattern with `**` is given to `xser predict`, and folders below it link to what lies above",
    "nothing",
    "each folder is searched once",
)
@pytest.mark.timeout(20)
def test_a_pattern_finds_what_glob_finds_and_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("top.wav", "a/one.wav", "a/[b]/two.wav", "a/[b]/c/three.wav", "a/.hidden/no.wav", "a/x.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    patterns = ("**/*.wav", "a/**/*.wav", f"{tmp_path}/**/t*.wav", "**/c/**", "**/?b?/**/*.wav", "*/**/c/*.wav")
    for pattern in patterns:
        assert recordings.find([pattern]) == sorted(
            {p for p in glob.glob(pattern, recursive=True) if os.path.isfile(p)}
        )
    for link in "lmn":
        (tmp_path / "a" / link).symlink_to("..")
    assert recordings.find(["**/*.wav"]) == sorted(["top.wav", "a/one.wav", "a/[b]/two.wav", "a/[b]/c/three.wav"])


def test_all_that_leads_nowhere_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("list.txt").write_text("gone.wav\nrm -rf x |\n")
    with pytest.raises(InputError) as error:
        recordings.find(["no.wav", "empty", "*.ogg"], ["list.txt", "none.txt"])
    starts = (
        "--list none.txt: there is no such file", "no.wav: there is no such file", "empty: the folder holds no record",
        "*.ogg: nothing matches", "--list list.txt, line 1: gone.wav: there is", "--list list.txt, line 2: rm -rf x |",
    )  # fmt: skip
    assert len(error.value.offenders) == len(starts)
    for offender, start in zip(error.value.offenders, starts, strict=True):
        assert offender.startswith(start)


@pytest.mark.parametrize(
    ("ending", "rate", "how"),
    [
        ("wav", 8_000, {"subtype": "ULAW"}),
        ("wav", 44_100, {"subtype": "PCM_24"}),
        ("wav", 96_000, {"subtype": "FLOAT"}),
        ("flac", 48_000, {}),
        ("ogg", 48_000, {"format": "OGG", "subtype": "OPUS"}),
        ("mp3", 22_050, {}),
        ("aiff", 11_025, {}),
    ],
)
def test_any_rate_and_format_is_heard_alike(tmp_path: Path, ending: str, rate: int, how: dict[str, str]) -> None:
    (piece,) = looked_at(tone(tmp_path / f"a.{ending}", 1.0, rate, **how))
    assert (piece.note, piece.usable) == ("", True)
    assert piece.features is not None
    assert piece.features[0] == pytest.approx(0.3 * 2 / np.pi, rel=0.05)


def test_a_name_that_is_not_utf_8_is_heard(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/J\xfcrgen.wav"))
    path.write_bytes(tone(tmp_path / "a.wav", 1.0).read_bytes())
    (piece,) = looked_at(path)
    assert (piece.note, piece.features is not None) == ("", True)


@pytest.mark.fault(
    "files",
    "`xser predict` is given a recording cut short, of 1 Hz, of silence, of 10 ms, clipped, or that is none",
    "the recording, and what is wrong with it",
    "the others are predicted; the exit status is 1, unless all it is is silent or clipped",
)
def test_what_is_wrong_with_a_recording_is_its_note(tmp_path: Path) -> None:
    whole = tone(tmp_path / "whole.wav", 1.0).read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[:-100])
    (tmp_path / "slow.wav").write_bytes(whole[:24] + b"\1\0\0\0" + whole[28:])
    (tmp_path / "text.wav").write_bytes(b"no audio")
    (tmp_path / "phone.m4a").write_bytes(b"\0\0\0\x20ftypM4A ")
    soundfile.write(tmp_path / "silent.wav", np.zeros(16_000), 16_000)
    tone(tmp_path / "short.wav", 0.01)
    tone(tmp_path / "loud.wav", 1.0, gain=3.0)
    os.mkfifo(tmp_path / "pipe.wav")
    notes = {
        "whole": ("", True, True), "cut": ("truncated: the header promises", False, False),
        "slow": ("a sample rate of 1 Hz", False, False), "text": ("not audio in a format", False, False),
        "silent": ("silent", True, False), "short": ("too short: 10 ms, 25 ms are needed", False, False),
        "loud": ("clipped: ", True, True), "pipe": ("cannot be read: a folder, pipe", False, False),
    }  # fmt: skip
    for name, (note, usable, has_features) in notes.items():
        (piece,) = looked_at(tmp_path / f"{name}.wav")
        assert piece.note.startswith(note), name
        assert (piece.usable, piece.features is not None) == (usable, has_features), name
    (phone,) = looked_at(tmp_path / "phone.m4a")
    assert phone.note.endswith(recordings.CONVERT)


def test_a_long_recording_is_cut_into_windows_that_cover_it(tmp_path: Path) -> None:
    loud, quiet = 0.3 * np.ones(16_000 * 10), np.zeros(16_000 * 12)
    soundfile.write(tmp_path / "long.wav", np.concatenate([loud * np.sin(np.arange(160_000)), quiet]), 16_000)
    found = looked_at(tmp_path / "long.wav")
    assert [(p.start, p.end) for p in found] == recordings.windows(22.0, 5.0)
    assert found[0].start == 0
    assert found[-1].end == 22.0
    assert all(a.end == b.start for a, b in pairwise(found))
    assert [p.note for p in found] == ["", "", "silent", "silent"]
    assert len(looked_at(tmp_path / "long.wav", None)) == 1
    assert len(looked_at(tone(tmp_path / "short.wav", 14.0))) == 1


# -- models and card --------------------------------------------------------------------------------------------------


def test_recordings_get_the_probabilities_of_all_models(tmp_path: Path) -> None:
    recogniser = Recogniser.of_folder(exported.folder(tmp_path / "m"))
    compute = recogniser.features()
    p = recogniser.probabilities([compute(audio.load(wav)) for wav in exported.WAVS])
    assert [recogniser.classes[k] for k in p.argmax(axis=1)] == exported.LABELS
    assert np.allclose(p.sum(axis=1), 1)
    exported.card(temperature=3.0).write(tmp_path / "m" / CARD)
    softer = Recogniser.of_folder(tmp_path / "m").probabilities([compute(audio.load(wav)) for wav in exported.WAVS])
    assert np.array_equal(softer.argmax(axis=1), p.argmax(axis=1))
    assert (softer.max(axis=1) < p.max(axis=1)).all()
    assert recogniser.probabilities([]).shape == (0, 2)


def test_pasted_features_are_computed_side_by_side(tmp_path: Path) -> None:
    parts: list[tuple[str, dict[str, Any]]] = [("kaldi_mfcc", {}), ("kaldi_pitch", {})]
    recogniser = Recogniser.of_folder(exported.folder(tmp_path / "m", features=parts))
    assert recogniser.features()(audio.load(exported.WAVS[0])).shape[1] == 16


def test_a_recording_may_be_as_short_as_its_features_allow(tmp_path: Path) -> None:
    window: list[tuple[str, dict[str, Any]]] = [("kaldi_mfcc", {}), ("short_term", {"window": 1.0})]
    assert Recogniser.of_folder(exported.folder(tmp_path / "m", features=window)).shortest == 16_000


def test_models_that_need_other_recordings_are_refused(tmp_path: Path) -> None:
    folder = exported.folder(tmp_path / "m")
    exported.archive(folder / ARCHIVE, normalise="none")
    Recogniser.of_folder(folder)
    exported.archive(folder / ARCHIVE, normalise="speaker")
    with pytest.raises(InputError, match="normalises by speaker"):
        Recogniser.of_folder(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": "1.0"}, {"temperature": float("nan")}, {"temperature": 1e9}, {"temperature": True},
        {"calibration": {}}, {"calibration": {**exported.CALIBRATION, "after": "x"}}, {"features": []},
        {"features": [("../x", {})]}, {"features": [("os", {})]}, {"features": [("opensmile", {"set": "x"})]},
        {"features": [("opensmile", {"command": "x"})]}, {"system": "a\33[2J"}, {"system": None}, {"scores": [{}]},
        {"scores": [{**exported.SCORE, "uar": "x"}]}, {"corpora": [{}]}, {"corpora": 3}, {"versions": [3]},
    ],
    ids=str,
)  # fmt: skip
def test_a_card_that_is_damaged_or_forged_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    folder = exported.folder(tmp_path / "m")
    written = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**written, **change}))
    with pytest.raises(InputError):
        Recogniser.of_folder(folder)


@pytest.mark.parametrize("text", ["", "{}", "[" * 100_000, "[1]", '{"system": 1}', "\0"])
def test_what_is_no_card_is_refused(tmp_path: Path, text: str) -> None:
    folder = exported.folder(tmp_path / "m")
    (folder / CARD).write_text(text)
    with pytest.raises(InputError, match=r"card\.json"):
        Recogniser.of_folder(folder)


def test_models_of_other_features_than_the_card_says_are_an_error(tmp_path: Path) -> None:
    egemaps = ("opensmile", {"set": "eGeMAPSv02"})
    recogniser = Recogniser.of_folder(exported.folder(tmp_path / "m", features=[egemaps]))
    with pytest.raises(InputError, match=r"models\.zip is damaged"):
        recogniser.probabilities([recogniser.features()(audio.load(exported.WAVS[0]))])


def test_a_card_says_what_to_know() -> None:
    practice = [{**exported.CORPUS, "practice": True}]
    page = cards.markdown(exported.card(corpora=practice), ["anger", "neutral"], "2 vote")
    for part in (
        *("Practice data", "| EMO-DB (practice data) | German | CC0 | B |", "UAR 61.0% (50.0% to 70.0%)", "(o) oracle"),
        *("40 development utterances of 3 speakers", "0.050, uncalibrated 0.200", "support vectors"),
        "test utterances are answered by models that have not learnt from them",
    ):
        assert part in page
    assert "60 utterances of held-out speakers" in page
    shared = exported.card(scores=[{**exported.SCORE, "who": "test"}])  # of a split in which they are learnt from
    assert "held-out speakers" not in cards.markdown(shared, ["anger", "neutral"], "2 vote")
    raw = exported.card(temperature=None, uncalibrated="because")
    assert "not calibrated: because." in cards.calibration_text(raw)
