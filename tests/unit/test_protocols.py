"""Who is held out, and that nobody leaks."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xser import protocols
from xser.errors import InputError
from xser.splits import DEV, OUT, TEST, TRAIN, Item, Split, read_split


def items(speakers: int, texts: int = 3, women: int = 1) -> list[Item]:
    return [
        Item(f"c_{s:02d}-{t}", f"c_{s:02d}", "f" if s % 2 < women else "m", f"t{t}", f"{s}-{t}")
        for s in range(speakers)
        for t in range(texts)
    ]


def speakers_of(split: Split, fold: int, part: str) -> set[str]:
    return {x.speaker for x, p in zip(split.items, split.parts[fold], strict=True) if p == part}


def test_paper_holds_out_the_named_speakers_and_develops_on_the_next() -> None:
    split = protocols.make_split(items(5), "c", {"kind": "paper"}, ["03"], None)
    assert len(split.parts) == 1
    assert speakers_of(split, 0, TEST) == {"c_03"}
    assert speakers_of(split, 0, DEV) == {"c_04"}
    assert speakers_of(split, 0, TRAIN) == {"c_00", "c_01", "c_02"}


def test_paper_takes_a_number_as_the_last_speakers() -> None:
    split = protocols.make_split(items(5), "c", {"kind": "paper"}, 2, None)
    assert speakers_of(split, 0, TEST) == {"c_03", "c_04"}
    assert speakers_of(split, 0, DEV) == {"c_00", "c_01"}


def test_paper_development_speakers_can_be_named() -> None:
    split = protocols.make_split(items(5), "c", {"kind": "paper"}, ["03"], ["01"])
    assert speakers_of(split, 0, DEV) == {"c_01"}


def test_paper_names_all_that_is_wrong() -> None:
    with pytest.raises(InputError) as error:
        protocols.make_split(items(4), "c", {"kind": "paper"}, ["07", "01", "x"], ["01"])
    assert "'07' does not exist" in str(error.value)
    assert "'x' does not exist" in str(error.value)
    assert "'01' is in both test and dev" in str(error.value)
    assert "the speakers are 00, 01, 02, 03" in str(error.value)


@pytest.mark.parametrize("test", [None, 4, ["00", "01", "02", "03"]])
def test_paper_needs_somebody_to_train_on(test: object) -> None:
    with pytest.raises(InputError):
        protocols.make_split(items(4), "c", {"kind": "paper"}, test, None)


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
    split = protocols.make_split(rows, "c", protocol, None, None)
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
    split = protocols.make_split(items(6), "c", {"kind": "speakers", "folds": 10}, None, None)
    assert len(split.parts) == 6
    assert all(len(speakers_of(split, k, TEST)) == 1 for k in range(6))


def test_folds_mix_women_and_men() -> None:
    split = protocols.make_split(items(10), "c", {"kind": "speakers", "folds": 5}, None, None)
    for fold in range(5):
        assert Counter(int(s[-2:]) % 2 for s in speakers_of(split, fold, TEST)) == {0: 1, 1: 1}


def test_the_same_audio_under_two_speakers_is_named() -> None:
    rows = items(4)
    copy = Item(rows[3].utterance, rows[3].speaker, rows[3].gender, rows[3].text, rows[0].sound)
    rows[3] = copy
    with pytest.raises(InputError, match="same audio") as error:
        protocols.make_split(rows, "c", {"kind": "speakers", "folds": 4}, None, None)
    assert rows[0].utterance in str(error.value)
    assert copy.utterance in str(error.value)


def test_a_speaker_on_both_sides_is_named() -> None:
    rows = items(3)
    with pytest.raises(InputError, match="speaker c_00 is in train"):
        protocols.check(Split(rows, [[TEST, *[TRAIN] * 8]]), "c")


def test_a_split_reads_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    split = protocols.make_split(items(4), "c", {"kind": "speakers", "folds": 2, "text": "disjoint"}, None, None)
    split.write(str(tmp_path / "s.tsv"))
    utterances, speakers, parts = read_split(str(tmp_path / "s.tsv"))
    assert utterances == [x.utterance for x in split.items]
    assert speakers == [x.speaker for x in split.items]
    assert parts == [list(p) for p in split.parts]
    assert OUT in parts[0]


def test_utterances_without_a_sentence_code_are_tested_once_and_always_trained_on() -> None:
    rows = [Item(x.utterance, x.speaker, x.gender, x.text if i % 2 else "", x.sound) for i, x in enumerate(items(4, 4))]
    split = protocols.make_split(rows, "c", {"kind": "speakers", "folds": 2, "text": "disjoint"}, None, None)
    tested = Counter(x.utterance for fold in split.parts for x, p in zip(rows, fold, strict=True) if p == TEST)
    assert tested == Counter(x.utterance for x in rows)
    for fold, parts in enumerate(split.parts):
        by_part = {p: {x.text for x, q in zip(rows, parts, strict=True) if q == p and x.text} for p in set(parts)}
        assert not by_part[TEST] & (by_part[TRAIN] | by_part["dev"])
        held_out = speakers_of(split, fold, TEST)
        assert all(
            p in (TRAIN, "dev") for x, p in zip(rows, parts, strict=True) if not x.text and x.speaker not in held_out
        )
