"""Malformed inputs: always the one clear error that names the offenders, never a partial output."""

import os

import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st
from test_readers import read

from xser.corpora import labels
from xser.corpora.base import load_reader
from xser.corpora.reading import list_utterances
from xser.data_dir import Utterance, check_utterances
from xser.errors import InputError

TURN = "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav"
LABELS = "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt"
GOOD = {
    "emodb": "wav/03a01Fa.wav",
    "savee": "AudioData/DC/a01.wav",
    "emovo": "f1/dis-f1-b1.wav",
    "masc": "data/001/anger/phrase/01.wav",
    "ravdess": "Actor_01/03-01-06-01-02-01-01.wav",
    "cremad": "AudioWAV/1001_DFA_ANG_XX.wav",
    "iemocap": TURN,
}
NAMES = [  # reader, a name beside a good one, what the error says
    *(("emodb", name, "pattern") for name in (
        "wav/3a01Fa.wav", "wav/03c01Fa.wav", "wav/03a01Xa.wav", "wav/03a01F.wav", "wav/03a01Fa_copy.wav",
        "wav/03a01Fa (1).wav", "wav/x03a01Fa.wav", "wav/03a1Fa.wav", "wav/readme.wav",
    )),
    *(("savee", name, "without a speaker") for name in ("a02.wav", "AudioData/XX/sa01.wav", "ALL/su15.wav")),
    *(("savee", name, "pattern") for name in (
        "AudioData/DC/x01.wav", "AudioData/DC/a1.wav", "AudioData/DC/sad01.wav", "XX_a01.wav",
    )),
    *(("emovo", name, "pattern") for name in (
        "f1/dis-f4-b1.wav", "f1/xxx-f1-b1.wav", "f1/dis-f1-b4.wav", "f1/dis-f1.wav", "f1/dis_f1_b1.wav",
        "f1/dis-x1-b1.wav",
    )),
    *(("masc", name, "pattern") for name in (
        "data/001/joy/phrase/01.wav", "anger/01.wav", "01.wav", "data/001/phrase/01.wav",
    )),
    *(("ravdess", name, "pattern") for name in (
        "Actor_01/03-01-09-01-02-01-01.wav", "Actor_01/03-01-06-01-02-01.wav", "Actor_01/3-1-6-1-2-1-1.wav",
        "Actor_01/01-01-06-01-02-01-01.wav", "Actor_01/03-03-06-01-02-01-01.wav", "Actor_01/a.wav",
    )),
    *(("cremad", name, "pattern") for name in (
        "AudioWAV/1001_DFA_JOY_XX.wav", "AudioWAV/1001_DFA_ANG_ZZ.wav", "AudioWAV/101_DFA_ANG_XX.wav",
        "AudioWAV/1001_ANG_XX.wav",
    )),
    *(("iemocap", f"Session1/sentences/wav/Ses01F_impro01/{name}.wav", "pattern") for name in (
        "Ses01F_impro01", "Ses01F_impro01_X000", "Ses01F_impro01_F00", "Ses01F_F000", "Ses1F_impro01_F000", "x",
        "Ses01F_improv_F000", "Ses01F_impro01_F000 ",
    )),
]  # fmt: skip
TWICE = [  # reader, a second name for the same utterance
    ("emodb", "wav_corpus/03a01Fa.wav"),
    ("savee", "ALL/DC_a01.wav"),
    ("savee", "copy/dc/A01.WAV"),
    ("emovo", "EMOVO/f1/dis-f1-b1.wav"),
    ("masc", "copy/data/001/anger/phrase/01.wav"),
    ("masc", "data/001/anger/phrase-01.wav"),
    ("ravdess", "speech/03-01-06-01-02-01-01.wav"),
    ("cremad", "1001_DFA_ANG_XX.wav"),
    ("iemocap", "copy/Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav"),
]
PLACES = ["missing", "file", "empty", "other files", "hidden files only", "dangling link"]
ODD_NAMES = [f"{folder}/03a01Fb.wav" for folder in ("tab\t", "line\n", "bell\x07", "break\u2028", os.fsdecode(b"\xff"))]
LINES = [  # a line of an IEMOCAP label file
    "[6.29 - 8.23]",
    "[6.29 - 8.23]\tSes01F_impro01_F000",
    "[6.29 - 8.23]\tSes01F_impro01_F000\tneu",
    "[6.29 - 8.23]\tSes01F_impro01_F000\tneu\t[2.5]",
    "[6.29 - 8.23]\tSes01F_impro01_F000\tneu\t[2.5, 2.5, 2.5",
    "[6.29 - 8.23]\tSes01F_impro01_F000\tneu\t[2.5, 2.5, 2.5, 2.5]",
    "[a - b]\tSes01F_impro01_F000\tneu\t[2.5, 2.5, 2.5]",
    "[6.29 - 8.23]\tSes01F_impro01\tneu\t[2.5, 2.5, 2.5]",
    "[6.29 - 8.23]\tSes01F_impro01_F000\tNEU\t[2.5, 2.5, 2.5]",
    "[6.29 - 8.23]\tSes01F_impro01_F000\tneutral\t[2.5, 2.5, 2.5]",
    "[6.29 - 8.23]\tSes01F_impro01_F000\tneu\t[2.5, 2.5, 2.5]",  # again
]
DEMOGRAPHICS = [
    "",
    "ActorID\n1001\n",
    "Actor,Sex\n1001,Male\n",
    "ActorID,Sex\n1001,x\n",
    "ActorID,Sex\n1002,Male\n",
    "\0\n",
]


def grow(reader, root):
    trees.plant(root, [GOOD[reader]], trees.wav())
    if reader == "iemocap":
        trees.write_iemocap_labels(root, {"Ses01F_impro01_F000": "neu"})
    return root


def refuse(reader, root, folder, *messages):
    """The error comes whatever on_bad_audio says, names what is wrong, and nothing is written."""
    for on_bad_audio in ("fail", "skip"):
        with pytest.raises(InputError) as error:
            read(reader, root, folder, on_bad_audio)
        assert all(message in str(error.value) for message in messages)
        assert not folder.exists()


@pytest.mark.parametrize("reader", GOOD)
def test_the_good_tree_is_read(reader, tmp_path):
    read(reader, grow(reader, tmp_path / "root"), tmp_path / "data")


@pytest.mark.parametrize(("reader", "name", "message"), NAMES)
def test_a_wrong_name(reader, name, message, tmp_path):
    root = grow(reader, tmp_path / "root")
    trees.plant(root, [name], trees.wav())
    refuse(reader, root, tmp_path / "data", message, f"- {name}")


@pytest.mark.parametrize(("reader", "name"), TWICE)
def test_two_files_with_one_id(reader, name, tmp_path):
    root = grow(reader, tmp_path / "root")
    trees.plant(root, [name], trees.wav(pitch=300))
    refuse(reader, root, tmp_path / "data", "two files make this id", name, GOOD[reader])


def test_an_utterance_that_a_reader_lists_twice_is_said_to_be_there_twice():
    one = Utterance("c_a-1", "c_a", "c_a-1", "1.wav", "joy", "eng")
    assert check_utterances([one, one]) == ["c_a-1: it is there twice, from 1.wav"]


@pytest.mark.parametrize("reader", [*GOOD, "table", "audformat"])
@pytest.mark.parametrize("place", PLACES)
def test_no_corpus_there(reader, place, tmp_path):
    root = tmp_path / "root"
    if place == "file":
        root.write_text("x")
    elif place == "dangling link":
        root.symlink_to(tmp_path / "nowhere")
    elif place != "missing":
        root.mkdir()
        if place == "other files":
            (root / "readme.txt").write_text("x")
        elif place == "hidden files only":
            trees.plant(root, ["._03a01Fa.wav", ".git/03a01Fa.wav"], trees.wav())
    refuse(reader, root, tmp_path / "data", str(root), f"corpora.{reader}.root")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_that_kaldi_files_cannot_hold(name, tmp_path):
    root = grow("emodb", tmp_path / "root")
    trees.plant(root, [name], trees.wav())
    refuse("emodb", root, tmp_path / "data", "control characters or line breaks, or that are not UTF-8", repr(name))


@pytest.mark.parametrize("line", LINES)
def test_a_broken_label_line(line, tmp_path):
    root = grow("iemocap", tmp_path / "root")
    with open(root / LABELS, "a", encoding="latin-1") as out:
        out.write(line + "\n")
    number = len((root / LABELS).read_text(encoding="latin-1").splitlines())
    refuse("iemocap", root, tmp_path / "data", f"{LABELS}, line {number}: ")


@pytest.mark.parametrize("text", DEMOGRAPHICS)
def test_broken_demographics(text, tmp_path):
    root = grow("cremad", tmp_path / "root")
    (root / "VideoDemographics.csv").write_text(text)
    refuse("cremad", root, tmp_path / "data", "VideoDemographics.csv")


def test_a_label_file_that_cannot_be_opened(tmp_path):
    root = grow("iemocap", tmp_path / "root")
    (root / "Session1/dialog/EmoEvaluation/Ses01F_impro02.txt").symlink_to(tmp_path / "nowhere")
    refuse("iemocap", root, tmp_path / "data", "a label file below", "Ses01F_impro02.txt")


PIECES = ["wav", "03", "a01", "F", "a", "DC", "_", "-", "/", ".", "f1", "dis", "b1", "anger", "phrase", "001", "é", " "]
PARTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), min_size=1, max_size=8)
PATHS = PARTS.map(lambda parts: "".join(parts) + ".wav")


@settings(max_examples=300, deadline=None)
@given(reader=st.sampled_from([*GOOD, "table"]), names=st.lists(PATHS, max_size=4), good=st.booleans())
def test_no_names_make_a_traceback(reader, names, good, tmp_path_factory):
    root = tmp_path_factory.getbasetemp()
    files = sorted({*names, *([GOOD[reader]] if good and reader in GOOD else [])})
    try:
        listing = list_utterances(load_reader(reader), reader, root, files, labels.chosen(load_reader(reader))[2])
    except InputError:
        return
    named = {u.path for u in listing.utterances} | {path for path, _ in listing.left_out}
    assert named == set(files)


@settings(max_examples=200, deadline=None)
@given(st.text("[]0123456789.- \t\nSesF_impro01_F000neu,%é", max_size=80) | st.text(max_size=80))
def test_no_label_file_makes_a_traceback(tmp_path_factory, text):
    root = grow("iemocap", tmp_path_factory.mktemp("text"))
    with open(root / LABELS, "ab") as out:
        out.write(text.encode("utf-8", "surrogatepass"))
    try:
        read("iemocap", root, root / "data")
    except InputError:
        assert not (root / "data").exists()


CELLS = st.sampled_from(["a.wav", "s", "x", "", "file", "speaker", "emotion", "start", "end", "0", "1", '"', "é"])
ROWS = st.lists(st.lists(CELLS | st.text(max_size=3), max_size=6), max_size=5)


@settings(max_examples=200, deadline=None)
@given(ROWS, st.sampled_from(",;\t"), st.booleans())
def test_no_table_makes_a_traceback(tmp_path_factory, rows, separator, header):
    root = tmp_path_factory.mktemp("table")
    trees.plant(root, ["a.wav"], trees.wav())
    lines = [["file", "speaker", "emotion", "start", "end"]] * header + rows
    text = "\n".join(separator.join(row) for row in lines)
    (root / "utterances.csv").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read("table", root, root / "data")
    except InputError:
        assert not (root / "data").exists()
