"""Who is held out, and that nobody leaks."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from test_readers import read
from tiny_corpus import write_tsv, write_utterances

import split_corpus
from xser.audit.spoken import CROSSTALK
from xser.data_dir import write_mapping
from xser.errors import InputError
from xser.splits import protocols, shared
from xser.splits.shared import shared_dialogues
from xser.splits.split import DEV, OUT, TEST, TRAIN, Item, Split, read_items, read_split


def items(speakers: int, texts: int = 3, women: int = 1) -> list[Item]:
    return [
        Item(f"c_{s:02d}-{t}", f"c_{s:02d}", "f" if s % 2 < women else "m", f"t{t}", f"{s}-{t}")
        for s in range(speakers)
        for t in range(texts)
    ]


def speakers_of(split: Split, fold: int, part: str) -> set[str]:
    return {x.speaker for x, p in zip(split.items, split.parts[fold], strict=True) if p == part}


def test_paper_holds_out_the_named_speakers_and_develops_on_the_next() -> None:
    split = protocols.read_protocol({"kind": "paper"}).split(items(5), "c", ["03"], None)
    assert len(split.parts) == 1
    assert speakers_of(split, 0, TEST) == {"c_03"}
    assert speakers_of(split, 0, DEV) == {"c_04"}
    assert speakers_of(split, 0, TRAIN) == {"c_00", "c_01", "c_02"}


def test_what_a_protocol_says_of_itself_holds_for_every_corpus() -> None:
    assert protocols.read_protocol({"kind": "speakers", "folds": 5, "text": "disjoint"}).describe() == (
        "every speaker is tested once, in speaker-disjoint folds (folds: 5, or one a speaker where a corpus has fewer; "
        "no tested sentence is trained on, where a corpus tells its sentences)"
    )
    loso = protocols.read_protocol({"kind": "speakers", "folds": "loso"}).describe()
    assert loso == "every speaker is tested once, in speaker-disjoint folds (folds: loso)"
    assert protocols.read_protocol({"kind": "paper"}).describe() == "fixed speakers of each corpus are tested"


def test_two_folds_train_on_most_of_the_other_one() -> None:
    split = protocols.read_protocol({"kind": "speakers", "folds": 2}).split(items(10), "c")
    for fold in (0, 1):
        sizes = [len(speakers_of(split, fold, part)) for part in (TEST, DEV, TRAIN)]
        assert sizes == [5, 1, 4]


def test_paper_takes_a_number_as_the_last_speakers() -> None:
    split = protocols.read_protocol({"kind": "paper"}).split(items(5), "c", 2, None)
    assert speakers_of(split, 0, TEST) == {"c_03", "c_04"}
    assert speakers_of(split, 0, DEV) == {"c_00", "c_01"}


def test_paper_development_speakers_can_be_named() -> None:
    split = protocols.read_protocol({"kind": "paper"}).split(items(5), "c", ["03"], ["01"])
    assert speakers_of(split, 0, DEV) == {"c_01"}


@pytest.mark.parametrize("name", ["Jürgen Müller", "Ju\u0308rgen Mu\u0308ller", "Jürgen_Müller"])
def test_paper_takes_the_corpus_own_names_and_those_of_ids(name: str) -> None:
    rows = [Item(f"c_{s}-1", f"c_{s}", "", "", s) for s in ("Jürgen_Müller", "s_1", "t", "王")]
    split = protocols.read_protocol({"kind": "paper"}).split(rows, "c", [name, "王"], ["s-1"])
    assert speakers_of(split, 0, TEST) == {"c_Jürgen_Müller", "c_王"}
    assert speakers_of(split, 0, DEV) == {"c_s_1"}


def test_paper_names_all_that_is_wrong() -> None:
    with pytest.raises(InputError) as error:
        protocols.read_protocol({"kind": "paper"}).split(items(4), "c", ["07", "01", "x"], ["01"])
    assert "'07' does not exist" in str(error.value)
    assert "'x' does not exist" in str(error.value)
    assert "'01' is in both test and dev" in str(error.value)
    assert "the speakers are 00, 01, 02, 03" in str(error.value)


@pytest.mark.parametrize("test", [None, 4, ["00", "01", "02", "03"]])
def test_paper_needs_somebody_to_train_on(test: object) -> None:
    with pytest.raises(InputError):
        protocols.read_protocol({"kind": "paper"}).split(items(4), "c", test, None)


@settings(deadline=None, max_examples=60)
@given(
    speakers=st.integers(2, 14),
    folds=st.one_of(st.integers(2, 12), st.just("loso")),
    texts=st.integers(1, 6),
    disjoint=st.booleans(),
)
def test_speaker_folds_test_everyone_once_and_leak_nothing(
    speakers: int, folds: int | str, texts: int, disjoint: bool
) -> None:
    protocol = {"kind": "speakers", "folds": folds, "text": "disjoint" if disjoint else "any"}
    rows = items(speakers, texts)
    if (speakers == 2 or (speakers == 3 and folds == 2)) and texts < 4:
        return  # a speaker's single utterance cannot be shared with development
    split = protocols.read_protocol(protocol).split(rows, "c")
    tested = Counter(x.utterance for fold in split.parts for x, p in zip(rows, fold, strict=True) if p == TEST)
    assert tested == Counter(x.utterance for x in rows)
    for fold in range(len(split.parts)):
        test, dev, train = (speakers_of(split, fold, part) for part in (TEST, DEV, TRAIN))
        assert not test & (dev | train)
        assert train
        assert dev
        if speakers > 2 and not (folds == 2 and speakers == 3):
            assert not dev & train
        if disjoint and texts >= 2:
            text = [
                {x.text for x, p in zip(rows, split.parts[fold], strict=True) if p in parts}
                for parts in ((TEST,), (TRAIN, DEV))
            ]
            assert not text[0] & text[1]


def test_leave_one_speaker_out_where_folds_are_speakers() -> None:
    split = protocols.read_protocol({"kind": "speakers", "folds": 10}).split(items(6), "c")
    assert len(split.parts) == 6
    assert all(len(speakers_of(split, k, TEST)) == 1 for k in range(6))


def test_folds_mix_women_and_men() -> None:
    split = protocols.read_protocol({"kind": "speakers", "folds": 5}).split(items(10), "c")
    for fold in range(5):
        assert Counter(int(s[-2:]) % 2 for s in speakers_of(split, fold, TEST)) == {0: 1, 1: 1}


def test_a_recording_as_flac_and_as_wav_under_two_speakers_is_refused(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(-9_000, 9_000, (2, 1600), np.int16)
    (root := tmp_path / "root").mkdir()
    spoken = [("a.flac", "ann", 0), ("b.wav", "bea", 0), ("c.wav", "cyn", 1)]
    for name, _, which in spoken:
        soundfile.write(root / name, samples[which], 16_000, "PCM_16")
    lines = "".join(f"{name},{speaker},anger\n" for name, speaker, _ in spoken)
    (root / "utterances.csv").write_text(f"file,speaker,emotion\n{lines}", encoding="utf-8")
    read("table", root, folder := tmp_path / "data", language="eng")
    (folder / "utt2emo").write_text("", encoding="utf-8")
    rows = read_items(*(str(folder / name) for name in ("utterances.tsv", "utt2emo", "audio.tsv")))
    with pytest.raises(InputError, match=r"table_bea-b \(dev\) and table_ann-a \(test\) are the same audio"):
        protocols.read_protocol({"kind": "speakers", "folds": "loso"}).split(rows, "table")


@pytest.mark.parametrize(("folds", "shared"), [(5, ""), ("loso", "5 of 5")])
def test_five_folds_keep_the_sessions_of_iemocap_whole(folds: int | str, shared: str) -> None:
    rows = [
        Item(f"c_{n}{g}-1", f"c_{n}{g}", g.lower(), "", f"{n}{g}", dialogue=f"Ses{n}")
        for n in ("01", "02", "03", "04", "05")
        for g in "FM"
    ]
    assert shared_dialogues(protocols.read_protocol({"kind": "speakers", "folds": folds}).split(rows, "c")) == shared


def test_the_same_audio_under_two_speakers_is_named() -> None:
    rows = items(4)
    copy = Item(rows[3].utterance, rows[3].speaker, rows[3].gender, rows[3].text, rows[0].sound)
    rows[3] = copy
    with pytest.raises(InputError, match="same audio") as error:
        protocols.read_protocol({"kind": "speakers", "folds": 4}).split(rows, "c")
    assert rows[0].utterance in str(error.value)
    assert copy.utterance in str(error.value)


def call(*times: tuple[float, float]) -> list[Item]:
    """Segments of one recording, each of another speaker, and a recording of each of them."""
    said = [
        Item(f"c_{i}-a", f"c_{i}", "", "", "call", "", "call.wav", start=start, end=end)
        for i, (start, end) in enumerate(times)
    ]
    return [*said, *(Item(f"c_{i}-b", f"c_{i}", "", "", f"{i}") for i in range(len(times)))]


LOSO = {"kind": "speakers", "folds": "loso"}


def test_segments_that_overlap_are_found_before_training() -> None:
    with pytest.raises(InputError, match=r"Segments may share up to 0\.1 s: end one where the next starts") as error:
        protocols.read_protocol(LOSO).split(call((0, 9), (1, 1.25), (8.5, 12), (12, 13)), "c")
    said = " ".join(error.value.offenders)
    assert "fold 0: c_1-a (dev) and c_0-a (test) share 0.250 s of call.wav" in said
    assert "fold 2: c_0-a (train) and c_2-a (test) share 0.500 s of call.wav" in said
    assert "c_3-a" not in said
    assert "same audio" not in said


def test_crosstalk_passes_and_is_listed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = call((0, 1.1), (1, 2.02), (2, 3))
    split = protocols.read_protocol(LOSO).split(rows, "c")
    (note,) = shared.crosstalk(split)
    assert note.startswith("4 pairs of tested and trained segments share up to 0.100 s")
    assert note.endswith("c_0-a and c_1-a, c_1-a and c_0-a, c_1-a and c_2-a, c_2-a and c_1-a")
    assert shared.shared(split)["recordings"] == (0, 6)
    longer = [replace(rows[0], end=1.101), *rows[1:]]
    assert shared.shared(Split(longer, split.parts))["recordings"] == (2, 6)
    assert not shared.crosstalk(protocols.read_protocol(LOSO).split(call((0, 1), (1, 2)), "c"))
    files = files_of_a_corpus(tmp_path, [replace(x, emotion="fear") for x in rows])
    with pytest.raises(InputError, match=r"share 0\.101 s"):
        protocols.read_protocol(LOSO).split(longer, "c")
    split_corpus.main(*files, "c", LOSO, None, None)
    assert "4 pairs of tested and trained segments" in caplog.text


def test_split_and_audit_have_one_limit_for_crosstalk() -> None:
    assert shared.CROSSTALK == CROSSTALK


def test_a_speaker_on_both_sides_is_named() -> None:
    rows = items(3)
    with pytest.raises(InputError, match="speaker c_00 is in train"):
        protocols.check_split(Split(rows, [[TEST, *[TRAIN] * 8]]), "c")


def test_a_split_reads_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    split = protocols.read_protocol({"kind": "speakers", "folds": 2, "text": "disjoint"}).split(items(4), "c")
    split.write(str(tmp_path / "s.tsv"))
    utterances, speakers, parts = read_split(str(tmp_path / "s.tsv"))
    assert utterances == [x.utterance for x in split.items]
    assert speakers == [x.speaker for x in split.items]
    assert parts == [list(p) for p in split.parts]
    assert OUT in parts[0]


def test_utterances_without_a_sentence_code_are_tested_once_and_always_trained_on() -> None:
    rows = [Item(x.utterance, x.speaker, x.gender, x.text if i % 2 else "", x.sound) for i, x in enumerate(items(4, 4))]
    split = protocols.read_protocol({"kind": "speakers", "folds": 2, "text": "disjoint"}).split(rows, "c")
    tested = Counter(x.utterance for fold in split.parts for x, p in zip(rows, fold, strict=True) if p == TEST)
    assert tested == Counter(x.utterance for x in rows)
    for fold, parts in enumerate(split.parts):
        by_part = {p: {x.text for x, q in zip(rows, parts, strict=True) if q == p and x.text} for p in set(parts)}
        assert not by_part[TEST] & (by_part[TRAIN] | by_part["dev"])
        held_out = speakers_of(split, fold, TEST)
        assert all(
            p in (TRAIN, "dev") for x, p in zip(rows, parts, strict=True) if not x.text and x.speaker not in held_out
        )


EMOTIONS = ("angry", "fear", "happy", "neutral", "sad")


def counted(split: Split, fold: int, part: str) -> Counter[str]:
    return Counter(x.emotion for x, p in zip(split.items, split.parts[fold], strict=True) if p == part)


def texts_of(split: Split, fold: int, part: str) -> set[str]:
    return {x.text for x, p in zip(split.items, split.parts[fold], strict=True) if p == part}


def spoken(texts: int, code: Callable[[int, str], str], speakers: str = "AB") -> list[Item]:
    """Each speaker says each text in each emotion; ids end in text, then emotion, as TESS' names do."""
    return [
        Item(f"c_{s}-{t:03d}{e}", f"c_{s}", "f", code(t, e), f"{s}{t}{e}", e)
        for s in speakers
        for t in range(texts)
        for e in EMOTIONS
    ]


@pytest.mark.parametrize("coded", [True, False])
@pytest.mark.parametrize("protocol", [{"kind": "paper"}, {"kind": "speakers", "folds": 2}])
def test_two_speakers_of_200_words_in_5_emotions_develop_on_a_fifth_of_each(
    coded: bool, protocol: dict[str, object]
) -> None:
    rows = spoken(200, lambda t, e: f"word{t}" if coded else "")
    split = protocols.read_protocol(protocol).split(rows, "c", 1, None)
    for fold in range(len(split.parts)):
        assert counted(split, fold, DEV) == dict.fromkeys(EMOTIONS, 40)
        assert counted(split, fold, TRAIN) == dict.fromkeys(EMOTIONS, 160)
        if coded:
            assert not texts_of(split, fold, DEV) & texts_of(split, fold, TRAIN)


def test_words_are_crossed_with_speakers_and_still_a_fifth_of_each_emotion_develops() -> None:
    rows = spoken(200, lambda t, e: f"word{t}")
    split = protocols.read_protocol({"kind": "speakers", "folds": 2, "text": "disjoint"}).split(rows, "c")
    assert len(split.parts) == 4
    for fold in range(4):
        assert counted(split, fold, DEV) == dict.fromkeys(EMOTIONS, 20)
        assert not texts_of(split, fold, DEV) & texts_of(split, fold, TRAIN)


def test_sentences_that_belong_to_an_emotion_develop_by_emotion() -> None:
    rows = spoken(15, lambda t, e: f"{e}{t:02d}")
    split = protocols.read_protocol({"kind": "paper"}).split(rows, "c", 1, None)
    assert counted(split, 0, DEV) == dict.fromkeys(EMOTIONS, 3)


def test_two_statements_are_cut_for_want_of_others() -> None:
    """RAVDESS has two sentences: half of the utterances would develop, or none."""
    rows = spoken(8, lambda t, e: f"statement{t % 2}")
    split = protocols.read_protocol({"kind": "paper"}).split(rows, "c", 1, None)
    assert all(1 <= n <= 2 for n in counted(split, 0, DEV).values())
    assert set(counted(split, 0, DEV)) == set(EMOTIONS)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(EMOTIONS), st.integers(0, 12)), min_size=1, max_size=60))
def test_no_emotion_is_lost_to_development(said: list[tuple[str, int]]) -> None:
    """Whatever a speaker said: an emotion stays in training, and of two utterances or more some develop."""
    rows = [Item("c_B-000", "c_B", "f", "", "b", "angry")]
    rows += [Item(f"c_A-{i:03d}", "c_A", "f", f"t{t}" if t else "", f"{i}", e) for i, (e, t) in enumerate(said)]
    split = protocols.read_protocol({"kind": "paper"}).split(rows, "c", ["B"], None)
    for emotion, n in Counter(e for e, _ in said).items():
        assert counted(split, 0, TRAIN)[emotion]
        if n > 1:
            assert 1 <= counted(split, 0, DEV)[emotion] <= max(n - 1, 1)


def test_one_scripted_scene_is_held_out_too() -> None:
    """With a single code beside improvised turns, the scene is tested in one fold and trained on in the others."""
    rows = [Item(x.utterance, x.speaker, x.gender, x.text if x.text == "t0" else "", x.sound) for x in items(4, 4)]
    split = protocols.read_protocol({"kind": "speakers", "folds": 2, "text": "disjoint"}).split(rows, "c")
    assert any("t0" in texts_of(split, k, TEST) for k in range(len(split.parts)))
    for k in range(len(split.parts)):
        assert not {"t0"} & texts_of(split, k, TEST) & (texts_of(split, k, TRAIN) | texts_of(split, k, DEV))


def files_of_a_corpus(folder: Path, rows: list[Item]) -> list[str]:
    utterances = [
        {"utterance": x.utterance, "speaker": x.speaker, "recording": x.utterance, "path": x.path, "text": x.text}
        | ({"start": x.start, "end": x.end} if x.end < inf else {})
        for x in rows
    ]
    write_utterances(folder / "utterances.tsv", utterances)
    write_mapping(folder / "utt2emo", {x.utterance: x.emotion for x in rows if x.emotion})
    sounds = [{"recording": x.utterance, "samples_sha256": x.sound} for x in rows]
    write_tsv(folder / "audio.tsv", ["recording", "samples_sha256"], sounds)
    return [str(folder / name) for name in ("utterances.tsv", "utt2emo", "audio.tsv", "split.tsv")]


def test_the_rule_gives_a_split_the_emotions(tmp_path: Path) -> None:
    rows = spoken(20, lambda t, e: "")
    files = files_of_a_corpus(tmp_path, rows)
    split_corpus.main(*files, "c", {"kind": "paper"}, 1, None)
    utterances, _, (parts,) = read_split(files[-1])
    emotions = {x.utterance: x.emotion for x in rows}
    developing = Counter(emotions[u] for u, p in zip(utterances, parts, strict=True) if p == DEV)
    assert developing == dict.fromkeys(EMOTIONS, 4)


@pytest.mark.parametrize(
    ("protocol", "said"),
    [
        ({"kind": "speakers", "folds": 5}, "corpus c: 5 folds are asked for, of 4 speakers: each is tested alone"),
        ({"kind": "speakers"}, "5 folds are asked for, of 4 speakers"),
        ({"kind": "speakers", "folds": 4}, ""),
        ({"kind": "speakers", "folds": "loso"}, ""),
        ({"kind": "paper"}, ""),
    ],
)
def test_fewer_speakers_than_folds_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, protocol: dict[str, Any], said: str
) -> None:
    rows = [replace(x, emotion="anger") for x in items(4)]
    split_corpus.main(*files_of_a_corpus(tmp_path, rows), "c", protocol, 1, None)
    warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert len(warnings) == bool(said)
    assert said in "".join(warnings)
