"""The reader of IEMOCAP: true actors, labels of header lines, and what has only a wav or only a label."""

from collections import Counter

import pytest
import trees
from kaldi_rules import breaches
from test_readers import map_labels, read

from xser.corpora.base import find_files, load_reader
from xser.data_dir import read_utterances
from xser.errors import InputError
from xser.files import read_tsv

IEMOCAP = load_reader("iemocap")
TURNS = {
    "Ses01F_impro01_F000": "neu",
    "Ses01F_impro01_M003": "exc",
    "Ses01M_script01_1b_F001": "hap",
    "Ses02M_impro05a_MXX0": "xxx",
    "Ses05F_script03_2_M010": "fea",
}


def tree(root, turns=TURNS, labelled=TURNS):
    trees.plant(root, trees.iemocap_names(turns), trees.wav())
    trees.write_iemocap_labels(root, labelled)
    return root


def listing(root):
    return IEMOCAP.read("iemocap", root, find_files(root, IEMOCAP.files), {})


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """All label files of the release; of the audio, names are enough for the reader."""
    root = tmp_path_factory.mktemp("iemocap")
    turns = trees.iemocap_turns()
    names = trees.write_iemocap_labels(root, turns)
    return IEMOCAP.read("iemocap", root, sorted([*names, *trees.iemocap_names(turns)]), {})


def test_the_release_has_its_turns_and_labels(release):
    assert len(release.utterances) == 10_039
    assert Counter(u.label for u in release.utterances) == trees.LABELS_IEMOCAP
    assert not release.left_out


def test_turns_an_actor_are_the_published_ones(release):
    five = Counter(u.speaker for u in release.utterances if u.label in ("neu", "ang", "sad", "hap", "exc"))
    assert five == {f"iemocap_{actor}": count for actor, count in trees.ACTORS_IEMOCAP.items()}
    sessions = Counter()
    for actor, count in five.items():
        sessions[actor[-2]] += count
    assert list(sessions.values()) == [1085, 1023, 1151, 1031, 1241]


def test_the_speaker_is_the_letter_after_the_last_underscore(tmp_path):
    rows = {u.path.rpartition("/")[2]: u for u in listing(tree(tmp_path)).utterances}
    speakers = {name: u.speaker for name, u in rows.items()}
    assert speakers == {
        "Ses01F_impro01_F000.wav": "iemocap_Ses01F",
        "Ses01F_impro01_M003.wav": "iemocap_Ses01M",
        "Ses01M_script01_1b_F001.wav": "iemocap_Ses01F",
        "Ses02M_impro05a_MXX0.wav": "iemocap_Ses02M",
        "Ses05F_script03_2_M010.wav": "iemocap_Ses05M",
    }
    assert all(u.gender == u.speaker[-1].lower() for u in rows.values())
    script, impro = rows["Ses05F_script03_2_M010.wav"], rows["Ses01F_impro01_M003.wav"]
    assert (script.naturalness, script.text) == ("script", "script03_2")
    assert (impro.naturalness, impro.text) == ("impro", "")
    assert (script.dialogue, impro.dialogue) == ("Ses05F_script03_2", "Ses01F_impro01")
    assert (impro.valence, impro.arousal, impro.dominance) == (2.5, 3.5, 3.0)


def test_a_scene_has_one_code_whatever_its_letter(tmp_path):
    turns = {f"Ses01F_{scene}_F000": "neu" for scene in ("script01_1", "script01_1b", "script01_2", "script02_1a")}
    texts = [u.text for u in listing(tree(tmp_path, turns, turns)).utterances]
    assert sorted(texts) == ["script01_1", "script01_1", "script01_2", "script02_1"]


@pytest.mark.parametrize("missing", ["nan", "", " ", "-1", "0"])
def test_a_missing_rating_is_none(tmp_path, missing):
    tree(tmp_path)
    path = tmp_path / "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt"
    path.write_text(path.read_text(encoding="latin-1").replace("3.0000]", f"{missing}]"), encoding="latin-1")
    rows = [u for u in listing(tmp_path).utterances if "Ses01F_impro01" in u.path]
    assert {(u.arousal, u.dominance) for u in rows} == {(3.5, None)}


def test_turns_with_only_one_of_wav_and_label_are_named(tmp_path):
    turns = {t: label for t, label in TURNS.items() if t != "Ses01F_impro01_F000"}
    labelled = {t: label for t, label in TURNS.items() if t != "Ses01F_impro01_M003"}
    result = listing(tree(tmp_path, turns, labelled))
    assert len(result.utterances) == 3
    assert dict(result.left_out) == {
        "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M003.wav": "no label in dialog/EmoEvaluation",
        "Ses01F_impro01_F000": "labelled, but there is no wav",
    }


def test_no_wav_labelled_at_all_is_an_error(tmp_path):
    tree(tmp_path, {"Ses01F_impro01_F000": "neu"}, {"Ses01F_impro01_F001": "neu"})
    with pytest.raises(InputError, match="no wav below"):
        listing(tmp_path)


def test_half_a_corpus_is_an_error(tmp_path):
    trees.plant(tmp_path, trees.iemocap_names(TURNS), trees.wav())
    with pytest.raises(InputError, match=r"5 wav files .* and 0 label files"):
        listing(tmp_path)


@pytest.mark.parametrize(
    ("options", "happy", "neutral"),
    [
        ({}, 1, 1),
        ({"exc": "merge"}, 2, 1),
        ({"exc": "drop"}, 1, 1),
        ({"exc": "replace"}, 1, 1),
        ({"style": "impro", "exc": "merge"}, 1, 1),
        ({"style": "script", "exc": "merge"}, 1, 0),
        ({"style": ["impro", "script"], "exc": "drop"}, 1, 1),
    ],
)
def test_exc_and_style(tmp_path, options, happy, neutral):
    read("iemocap", tree(tmp_path / "root"), tmp_path / "data")
    assert breaches(tmp_path / "data") == []
    assert len(read_utterances(tmp_path / "data" / "utterances.tsv")) == 5
    counts = Counter(map_labels("iemocap", tmp_path / "data", **options).values())
    assert (counts["happiness"], counts["neutral"]) == (happy, neutral)


def test_exc_replace_takes_exc_and_not_hap(tmp_path):
    read("iemocap", tree(tmp_path / "root"), tmp_path / "data")
    kept = map_labels("iemocap", tmp_path / "data", exc="replace")
    assert [u for u, emotion in kept.items() if emotion == "happiness"] == ["iemocap_Ses01M-Ses01F_impro01_M003"]
    rows = {row["label"]: row for row in read_tsv(tmp_path / "data" / "labels.tsv")}
    assert rows["hap"]["why"] == "the label stands for no emotion (1)"
