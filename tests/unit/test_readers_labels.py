"""What labels mean: readers' options, the config's mapping, and what is left out."""

import unicodedata
from collections import Counter

import pytest
import trees
from hypothesis import given
from hypothesis import strategies as st
from test_readers import EMOTIONS, map_labels, read, run_mapping
from tiny_corpus import write_utterances

from xser.corpora import labels
from xser.corpora.base import load_reader
from xser.data_dir import read_mapping
from xser.errors import InputError
from xser.files import read_tsv


def test_defaults():
    mapping, select, rest = labels.chosen(load_reader("masc"))
    assert (mapping["panic"], select, rest) == ("fear", {}, {})
    rest = {"distinct_speakers": False, "file": "utterances.csv", "language": ""}
    assert labels.chosen(load_reader("table"))[2] == rest


def test_the_mapping_of_the_config_has_the_last_word():
    iemocap = load_reader("iemocap")
    mapping, _, _ = labels.chosen(iemocap, {"exc": "drop"}, {"exc": "excitement", "fru": "anger", "sur": None})
    assert (mapping["exc"], mapping["fru"], mapping["sur"], mapping["neu"]) == ("excitement", "anger", None, "neutral")
    assert iemocap.emotions["exc"] == "happiness"  # resolve changes nothing of the reader


@pytest.mark.parametrize(
    ("reader", "options", "mapping", "message"),
    [
        ("emodb", {"exc": "merge"}, {}, "there is no option 'exc' (there are: none)"),
        ("iemocap", {"exc": "both"}, {}, "both is not one of merge, drop, replace"),
        ("iemocap", {"exc": ["merge"]}, {}, "is not one of merge, drop, replace"),
        ("iemocap", {"style": "acted"}, {}, "acted is not one of all, and acted is not one of impro, script"),
        ("masc", {"units": []}, {}, "option units: [] is not one of all, and the list has 0 values"),
        ("masc", {"units": ["phrase", "word"]}, {}, "word is not one of phrase, utterance, paragraph"),
        ("masc", {"units": {"phrase": 1}}, {}, "is not one of phrase, utterance, paragraph"),
        ("masc", {"units": None}, {}, "null is not one of all"),
        ("table", {"file": 3}, {}, "option file: 3 is not text"),
        ("emodb", {}, {"X": "anger"}, "the corpus has no label 'X' (it has: W, L"),
        ("ravdess", {}, {1: "neutral"}, "the label 1 is not text; write it in quotes"),
        ("emodb", {}, {"W": 3}, "W stands for 3"),
        ("emodb", {}, {"W": ""}, "W stands for ''"),
        ("emodb", {}, {"W": "very angry"}, "expected one word"),
    ],
)
def test_options_and_mappings_that_cannot_be(reader, options, mapping, message):
    with pytest.raises(InputError) as error:
        labels.chosen(load_reader(reader), options, mapping)
    assert message in str(error.value)


def test_all_problems_are_listed():
    with pytest.raises(InputError) as error:
        labels.chosen(load_reader("iemocap"), {"exc": "no", "stile": "all"}, {"joy": "happiness"})
    assert len(error.value.offenders) == 3


@pytest.fixture
def data(tmp_path):
    trees.plant(tmp_path / "root", trees.emodb_names()[::20], trees.wav())
    read("emodb", tmp_path / "root", tmp_path / "data")
    return tmp_path / "data"


def test_what_became_of_each_label(data):
    kept = map_labels("emodb", data)
    rows = read_tsv(data / "labels.tsv")
    assert sum(int(row["kept"]) for row in rows) == len(kept)
    assert sum(int(row["kept"]) + int(row["left_out"]) for row in rows) == len(trees.emodb_names()[::20])
    boredom = next(row for row in rows if row["label"] == "L")
    assert boredom["kept"] == "0"
    assert boredom["why"] == f"boredom is not asked for ({boredom['left_out']})"


def test_a_label_that_nobody_named_is_an_error_and_nothing_is_written(data):
    mapping = {label: emotion for label, emotion in load_reader("emodb").emotions.items() if label not in "WL"}
    with pytest.raises(InputError) as error:
        run_mapping("emodb", data, mapping)
    assert [o[:3] for o in error.value.offenders] == ["'L'", "'W'"]
    assert "corpora.emodb.mapping" in str(error.value)
    assert not (data / "utt2emo").exists()
    assert not (data / "labels.tsv").exists()


def test_nothing_left_is_an_error(data):
    for select, emotions in (({"unit": ["phrase"]}, EMOTIONS), ({}, ["awe"])):
        with pytest.raises(InputError, match="no utterance is left") as error:
            run_mapping("emodb", data, load_reader("emodb").emotions, select, emotions)
        assert "unit is not known" in str(error.value) or "is not asked for" in str(error.value)
    assert not (data / "utt2emo").exists()


WORDS = st.text("abcdefgh XY9é'\"", min_size=1, max_size=4).map(str.strip).filter(bool)


@given(
    found=st.lists(WORDS, min_size=1, max_size=20), mapping=st.dictionaries(WORDS, st.sampled_from([None, *EMOTIONS]))
)
def test_any_labels_and_mapping_give_a_full_account_or_the_clear_error(found, mapping, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    rows = [{"utterance": f"c_s-{i:03d}", "speaker": "c_s", "label": label} for i, label in enumerate(found)]
    write_utterances(folder / "utterances.tsv", rows)
    outputs = folder / "utt2emo", folder / "labels.tsv"
    unknown = set(found) - set(mapping)
    if unknown or not any(mapping.get(label) for label in found):
        with pytest.raises(InputError) as error:
            run_mapping("c", folder, mapping)
        assert len(error.value.offenders) == len(unknown or set(found))
        assert not any(path.exists() for path in outputs)
        return
    run_mapping("c", folder, mapping)
    assert read_mapping(outputs[0]) == {r["utterance"]: mapping[r["label"]] for r in rows if mapping[r["label"]]}
    account = {row["label"]: int(row["kept"]) + int(row["left_out"]) for row in read_tsv(outputs[1])}
    assert account == Counter(found)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("of_mapping", ["NFC", "NFD"])
def test_a_label_is_one_however_its_accents_are_written(tmp_path, form, of_mapping):
    trees.plant(tmp_path / "root", ["a.wav"], trees.wav())
    text = f"file,speaker,emotion\na.wav,s,{unicodedata.normalize(form, 'Ärger')}\n"
    (tmp_path / "root" / "utterances.csv").write_text(text, encoding="utf-8")
    read("table", tmp_path / "root", tmp_path / "data", language="deu")
    given = {unicodedata.normalize(of_mapping, "Ärger"): "anger"}
    mapping = labels.chosen(load_reader("table"), {}, given)[0]
    run_mapping("table", tmp_path / "data", mapping)
    assert read_mapping(tmp_path / "data" / "utt2emo") == {"table_s-a": "anger"}
