"""Anyone's corpus without code: the reader `table`."""

import re

import pytest
import trees
from hypothesis import given
from hypothesis import strategies as st
from kaldi_rules import breaches
from test_readers import read

from xser.corpora import labels
from xser.corpora.base import find_files, load_reader
from xser.data_dir import read_utterances, speaker_id, utterance_ids
from xser.errors import InputError
from xser.files import read_tsv
from xser.job import log

TABLE = load_reader("table")
HEADER = "file,speaker,emotion,gender,language,text,start,end,arousal,valence,dominance"


def write(root, text, name="utterances.csv", encoding="utf-8"):
    trees.plant(root, ["a/1.wav", "a/2.flac", "b/3.wav"], trees.wav(1.0))
    (root / "a/2.flac").write_bytes(trees.wav(1.0, form="FLAC"))
    (root / name).write_text(text, encoding=encoding)
    return root


def rows_of(root, **options):
    _, _, options = labels.chosen(TABLE, options)
    return TABLE.read("own", root, find_files(root, TABLE.files), options)


def test_a_table_is_read_with_all_its_columns(tmp_path):
    write(
        tmp_path,
        f"{HEADER}\na/1.wav,Ann,joy,f,eng,s1,,,3.5,4,\na/2.flac,Ann,joy,Female,,s2,,,,,\nb/3.wav,Bob,rage,m,deu,,,,,,\n",
    )
    first, second, third = rows_of(tmp_path, language="ita").utterances
    assert (first.utterance, first.speaker, first.label) == ("own_Ann-a_1", "own_Ann", "joy")
    assert (first.gender, first.language, first.text) == ("f", "eng", "s1")
    assert (first.arousal, first.valence, first.dominance) == (3.5, 4.0, None)
    assert (second.gender, second.language, third.gender, third.language) == ("f", "ita", "m", "deu")


@pytest.mark.parametrize(
    ("text", "name", "encoding"),
    [
        ("emotion\tFile\tspeaker\nx\tb/3.wav\ts\n", "t.tsv", "utf-8"),
        ("file;speaker;emotion;mood\nb/3.wav;s;x;bad\n", "t.csv", "utf-8"),
        ("\ufefffile,speaker,emotion\r\n\r\nb/3.wav, s ,x\r\n", "t.csv", "utf-8"),
        ('file,speaker,emotion\n"b/3.wav","s","x"', "t.csv", "utf-8"),
        ("file,speaker,emotion\n./b/../b/3.wav,s,x\n", "t.csv", "utf-8"),
    ],
)
def test_separators_order_and_marks_do_not_matter(tmp_path, text, name, encoding):
    write(tmp_path, text, name, encoding)
    listing = rows_of(tmp_path, file=name, language="eng")
    assert [(u.path, u.speaker, u.label) for u in listing.utterances] == [("b/3.wav", "own_s", "x")]
    assert listing.left_out == [("a/1.wav", "not in the table"), ("a/2.flac", "not in the table")]


def test_a_table_may_lie_elsewhere_and_name_absolute_paths(tmp_path):
    root = write(tmp_path / "root", "")
    (tmp_path / "mine.csv").write_text(f"file,speaker,emotion\n{root}/b/3.wav,s,x\n")
    listing = rows_of(root, file=str(tmp_path / "mine.csv"), language="eng")
    assert [u.path for u in listing.utterances] == ["b/3.wav"]


def test_segments_make_a_data_directory_that_kaldi_accepts(tmp_path):
    lines = ["a/1.wav,s,x,0,0.4", "a/1.wav,t,y,0.4,1.0", "b/3.wav,s,x,,"]
    write(tmp_path / "root", "file,speaker,emotion,start,end\n" + "\n".join(lines))
    read("table", tmp_path / "root", tmp_path / "data", language="eng")
    assert breaches(tmp_path / "data") == []
    rows = {u.utterance: (u.start, u.end) for u in read_utterances(tmp_path / "data" / "utterances.tsv")}
    assert rows == {
        "table_s-a_1-00000000-00000400": (0, 0.4),
        "table_t-a_1-00000400-00001000": (0.4, 1.0),
        "table_s-b_3": (0, 1.0),
    }
    assert len(read_tsv(tmp_path / "data" / "audio.tsv")) == 2


def test_a_segment_beyond_its_recording_is_bad_audio(tmp_path):
    lines = ["a/1.wav,s,x,0.5,1.6", "a/2.flac,s,x,1.0,1.2", "b/3.wav,s,x,0,1"]
    write(tmp_path / "root", "file,speaker,emotion,start,end\n" + "\n".join(lines))
    with pytest.raises(
        InputError, match=r"2 recordings(.|\n)*ends after the recording(.|\n)*segments: correct the table"
    ):
        read("table", tmp_path / "root", tmp_path / "data", language="eng")
    assert not (tmp_path / "data").exists()
    read("table", tmp_path / "root", tmp_path / "data", on_bad_audio="skip", language="eng")
    left = {row["path"]: row["why"] for row in read_tsv(tmp_path / "data" / "left_out.tsv")}
    assert left == dict.fromkeys(
        ("a/1.wav (0.5 to 1.6 s)", "a/2.flac (1 to 1.2 s)"),
        "bad audio: the segment ends after the recording (1.000 s)",
    )


def test_a_segment_up_to_half_a_second_too_long_is_cut(tmp_path, caplog):
    lines = ["a/1.wav,s,x,0.5,1.002", "a/2.flac,s,x,0.2,1.5", "b/3.wav,s,x,,"]
    write(tmp_path / "root", "file,speaker,emotion,start,end\n" + "\n".join(lines))
    with caplog.at_level("INFO", log.name):
        read("table", tmp_path / "root", tmp_path / "data", language="eng")
    assert "2 segments that end up to 0.500 s after it" in caplog.text
    rows = {u.utterance: (u.start, u.end) for u in read_utterances(tmp_path / "data" / "utterances.tsv")}
    assert rows == {
        "table_s-a_1-00000500-00001002": (0.5, 1.0),
        "table_s-a_2-00000200-00001500": (0.2, 1.0),
        "table_s-b_3": (0, 1.0),
    }
    segments = [line.split()[2:] for line in (tmp_path / "data" / "segments").read_text().splitlines()]
    assert segments == [["0.500000", "1.000000"], ["0.200000", "1.000000"], ["0.000000", "1.000000"]]
    assert (tmp_path / "data" / "utt2dur").read_text().split()[1::2] == ["0.500000", "0.800000", "1.000000"]
    assert breaches(tmp_path / "data") == []


@pytest.mark.parametrize(
    ("speaker", "rest", "utterance"),
    [
        ("Ann", "a/1 b", "own_Ann-a_1_b"),
        ("s-1 (x)", "a-1.b", "own_s_1__x_-a-1.b"),
        ("王", "愤怒/001", "own_王-愤怒_001"),
        ("Jürgen Müller", "ä", "own_Jürgen_Müller-ä"),
        ("Ju\u0308rgen", "a\u0308", "own_Jürgen-ä"),
        ("หมู", "नि", "own_หมู-नि"),  # vowel signs are no letters to Unicode, and yet tell words apart
        ("a\u3000b\u00a0c", "d\u2009e", "own_a_b_c-d_e"),
        ("s\u200b", "\ufeffa\u2060", "own_s-a"),
        ("\u3164s\ufe0f", "a\U000e0020", "own_s-a"),
    ],
)
def test_ids_keep_the_letters_of_every_script(speaker, rest, utterance):
    assert utterance_ids("own", speaker, rest) == (utterance, utterance.partition("-")[0])
    assert speaker_id("own", speaker_id("own", speaker).removeprefix("own_")) == speaker_id("own", speaker)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_ids_suit_kaldi_and_those_of_ascii_names_stay_what_they_were(speaker, rest):
    utterance, owner = utterance_ids("own", speaker, rest)
    assert utterance.startswith(f"{owner}-")
    assert "-" not in owner
    assert "/" not in utterance
    assert len(utterance.split()) == 1
    assert all(c > "-" for c in owner)
    if (speaker + rest).isascii():
        assert owner == "own_" + re.sub(r"[^A-Za-z0-9_.]", "_", speaker)
        assert utterance == f"{owner}-" + re.sub(r"[^A-Za-z0-9_.-]", "_", rest)


def test_names_of_any_script_make_a_data_directory_that_kaldi_accepts(tmp_path):
    names = ["王/愤怒/001.wav", "王/中性/001.wav", "李/愤怒/001.wav", "Zoë/愤怒/001.wav", "Zoe/x/001.wav"]
    trees.plant(tmp_path / "root", names, trees.wav(1.0))
    rows = "".join(f"{name},{name.partition('/')[0]},x\n" for name in names)
    (tmp_path / "root" / "utterances.csv").write_text(f"file,speaker,emotion\n{rows}", encoding="utf-8")
    read("table", tmp_path / "root", tmp_path / "data", language="cmn")
    assert breaches(tmp_path / "data") == []
    rows = read_utterances(tmp_path / "data" / "utterances.tsv")
    assert len({u.utterance for u in rows}) == 5
    assert [u.speaker for u in rows] == ["table_Zoe", "table_Zoë", "table_李", "table_王", "table_王"]


def test_one_speaker_in_two_unicode_forms(tmp_path):
    write(tmp_path, "file,speaker,emotion\na/1.wav,Jürgen,x\nb/3.wav,Ju\u0308rgen,x\n")
    assert {u.speaker for u in rows_of(tmp_path, language="deu").utterances} == {"own_Jürgen"}


@pytest.mark.parametrize("there", ["Müller/ä 1.wav", "Mu\u0308ller/a\u0308 1.wav"])
@pytest.mark.parametrize("named", ["Müller/ä 1.wav", "Mu\u0308ller/a\u0308 1.wav", "Müller\\ä 1.wav"])
def test_files_are_found_however_separators_and_accents_are_written(tmp_path, there, named):
    trees.plant(tmp_path, [there], trees.wav())
    (tmp_path / "utterances.csv").write_text(f"file,speaker,emotion\n{named},s,x\n", encoding="utf-8")
    (utterance,) = rows_of(tmp_path, language="deu").utterances
    assert (utterance.utterance, utterance.path) == ("own_s-Müller_ä_1", there)


def test_a_name_that_differs_in_case_only_is_pointed_out(tmp_path):
    write(tmp_path, "file,speaker,emotion\nb/3.WAV,s,x\nB\\3.wav,s,x\nb/4.wav,s,x\n")
    with pytest.raises(InputError, match="What to do: correct the table") as error:
        rows_of(tmp_path, language="deu")
    first, second, third = error.value.offenders
    assert "there is no audio file b/3.WAV below the corpus' root, but b/3.wav" in first
    assert "there is no audio file B/3.wav below the corpus' root, but b/3.wav" in second
    assert third.endswith("there is no audio file b/4.wav below the corpus' root")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_table_in_another_encoding_is_named(tmp_path, encoding):
    write(tmp_path, "file,speaker,emotion\nb/3.wav,Jürgen,x\n", encoding=encoding)
    with pytest.raises(InputError, match=r"utterances\.csv is not in UTF-8: .*\n.*save it as UTF-8"):
        rows_of(tmp_path, language="deu")


TABLES = [
    ("", "there is no column file"),
    ("path,speaker,emotion\nb/3.wav,s,x", "there is no column file"),
    ("file,speaker\nb/3.wav,s", "there is no column emotion"),
    ("file,speaker,emotion,emotion\nb/3.wav,s,x,y", "two columns are named emotion"),
    ("file,speaker,emotion\nb/3.wav,s", "line 2: 2 fields, the header has 3"),
    ("file,speaker,emotion\nb/3.wav,s,x,y", "line 2: 4 fields, the header has 3"),
    ("file,speaker,emotion\nb/4.wav,s,x", "there is no audio file b/4.wav"),
    ("file,speaker,emotion\n../3.wav,s,x", "there is no audio file ../3.wav"),
    ("file,speaker,emotion\n/etc/passwd,s,x", "there is no audio file"),
    ("file,speaker,emotion\n,s,x", "file is empty"),
    ("file,speaker,emotion\nb/3.wav,,x", "speaker is empty"),
    ("file,speaker,emotion\nb/3.wav,s,", "emotion is empty"),
    ("file,speaker,emotion,gender\nb/3.wav,s,x,q", "gender 'q' is not m, f or empty"),
    ("file,speaker,emotion,language\nb/3.wav,s,x,English", "language 'English' is not an ISO 639-3 code"),
    ("file,speaker,emotion,start,end\nb/3.wav,s,x,0,", "start without end"),
    ("file,speaker,emotion,start,end\nb/3.wav,s,x,,1", "start without end"),
    ("file,speaker,emotion,start,end\nb/3.wav,s,x,1,1", "is empty or begins before 0"),
    ("file,speaker,emotion,start,end\nb/3.wav,s,x,-1,1", "is empty or begins before 0"),
    ("file,speaker,emotion,start,end\nb/3.wav,s,x,a,1", "start 'a' is not a number"),
    ("file,speaker,emotion,start,end\nb/3.wav,s,x,0,inf", "end 'inf' is not a number"),
    ("file,speaker,emotion,arousal\nb/3.wav,s,x,nan", "arousal 'nan' is not a number"),
    ("file,speaker,emotion\na/1.wav,s t,x\nb/3.wav,s_t,x", "make the same id own_s_t"),
    (
        "file,speaker,emotion\na/1.wav,s,x\nb/3.wav,s\u200b,x",
        r"'s\u200b' and 's' (utterances.csv, line 2) make the same id",
    ),
    ("file,speaker,emotion\na/1.wav,s,x\nb/3.wav,\u2066s,x", "make the same id own_s"),
    ("file,speaker,emotion\nb/3.wav,\u200b,x", "speaker is empty"),
    ("file,speaker,emotion\nb/3.wav,s,\u2800", "emotion is empty"),
    ("file,speaker,emotion,start,end\nb/3.wav,s,x,0,0_1", "end '0_1' is not a number"),
    ("file,speaker,emotion,start,end\nb/3.wav,s,x,0,1e308", "end '1e308' is not a number of up to a million"),
    ("file,speaker,emotion,start,end\nb/3.wav,s,x,0,١", "end '١' is not a number"),
    ("file,speaker,emotion,start,end\nb/3.wav,s,x,0,1e-400000000", "is empty or begins before 0"),
    ("file,speaker,emotion,arousal\nb/3.wav,s,x,1_0", "arousal '1_0' is not a number"),
    ('file,speaker,emotion\nb/3.wav,s,"x\ry"', "has a line break or control character"),
    ('file,speaker,emotion\na/1.wav,s,x\n"b/3.wav,s,x\n\n', "utterances.csv, line 3: what begins here cannot be read"),
    (f"file,speaker,emotion,text\n\nb/3.wav,s,x,{'y' * 200_000}", "utterances.csv, line 3: what begins here cannot"),
    (
        "file,speaker,emotion\na/1.wav,s,x\nb/3.wav,t,x\n./a/1.wav,s,y",
        "utterances.csv, line 4: the same utterance as utterances.csv, line 2",
    ),
    (
        "file,speaker,emotion,start,end\nb/3.wav,s,x,0,0.50001\nb/3.wav,s,x,0,0.50002",
        "utterances.csv, line 3: the same utterance as utterances.csv, line 2, to the millisecond",
    ),
    (
        "file,speaker,emotion,gender\na/1.wav,s,x,\na/2.flac,s,x,m\nb/3.wav,s,x,f",
        "utterances.csv, line 4: speaker s is f here and m in utterances.csv, line 3",
    ),
]


@pytest.mark.fault(
    "files",
    "a table of utterances is wrong: numbers as `0_1` or `1e308`, speakers that differ by an invisible character",
    "each line, and what is wrong with it",
    "an error",
)
@pytest.mark.parametrize(("text", "message"), TABLES)
def test_a_table_that_cannot_be_used(tmp_path, text, message):
    write(tmp_path / "root", text)
    with pytest.raises(InputError) as error:
        read("table", tmp_path / "root", tmp_path / "data", language="eng")
    assert message.replace("own_", "table_") in str(error.value)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Emil", "emil"),
        ("03", "3"),
        ("S1", "S 1"),
        ("S1", "s_01"),
        ("J.S.", "js"),
        ("Anna-Lena", "anna lena"),
        ("S1_02", "s1-2"),
        ("Ｓ１", "S1"),
        ("Straße", "STRASSE"),
    ],
)
def test_one_speaker_in_two_spellings_is_an_error_until_somebody_says_they_are_two(tmp_path, one, other):
    write(tmp_path, f"file,speaker,emotion\na/1.wav,{one},x\na/2.flac,{other},x\nb/3.wav,{other},x\n")
    with pytest.raises(InputError, match=r"set corpora\.own\.options\.distinct_speakers: true") as error:
        rows_of(tmp_path, language="deu")
    (problem,) = error.value.offenders
    assert f"{one!r} in utterances.csv, line 2; {other!r} in utterances.csv, line 3 and 1 more" in problem
    speakers = {u.speaker for u in rows_of(tmp_path, language="deu", distinct_speakers=True).utterances}
    assert speakers == {speaker_id("own", one), speaker_id("own", other)}


def test_speakers_in_two_spellings_are_all_named_at_once(tmp_path):
    write(tmp_path, "file,speaker,emotion\n" + "".join(f"b/3.wav,{s},x\n" for s in ("A1", "a1", "b", "B", "C")))
    with pytest.raises(InputError) as error:
        rows_of(tmp_path, language="deu")
    assert [p.count("line") for p in error.value.offenders] == [2, 2]


@pytest.mark.parametrize(("one", "other"), [("1-11", "11-1"), ("10", "100"), ("s0", "s"), ("Zoë", "Zoe"), ("-", "_x")])
def test_speakers_of_other_names_are_two(tmp_path, one, other):
    write(tmp_path, f"file,speaker,emotion\na/1.wav,{one},x\nb/3.wav,{other},x\n")
    assert len({u.speaker for u in rows_of(tmp_path, language="deu").utterances}) == 2


def test_a_gender_that_some_lines_of_a_speaker_have_is_that_of_all(tmp_path):
    write(tmp_path, "file,speaker,emotion,gender\na/1.wav,s,x,\na/2.flac,s,x,f\nb/3.wav,t,x,unknown\n")
    assert [(u.speaker, u.gender) for u in rows_of(tmp_path, language="deu").utterances] == [
        ("own_s", "f"),
        ("own_s", "f"),
        ("own_t", ""),
    ]


def test_a_table_without_a_language_says_how_to_set_it(tmp_path):
    write(tmp_path, "file,speaker,emotion\nb/3.wav,s,x\na/1.wav,s,x\n")
    with pytest.raises(InputError, match="set `language`") as error:
        rows_of(tmp_path)
    (problem,) = error.value.offenders
    assert problem.startswith("2 entries have no language, the first is utterances.csv, line 2: ")


def test_no_table(tmp_path):
    trees.plant(tmp_path, ["a.wav"], trees.wav())
    with pytest.raises(InputError, match=r"there is no table .*mine\.csv"):
        rows_of(tmp_path, file="mine.csv")
