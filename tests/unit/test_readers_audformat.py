"""Anyone's corpus as an audformat database, without code: the reader `audformat`."""

import audformat
import pandas as pd
import pytest
import trees
from kaldi_rules import breaches
from test_readers import read

from xser.corpora import labels
from xser.corpora.base import find_files, load_reader
from xser.data_dir import read_utterances
from xser.errors import InputError
from xser.files import read_tsv


def database(root, segmented=True, storage="csv", speakers_elsewhere=True):
    """A database as audb publishes them: speakers in a misc table, emotions in a table of segments or files."""
    trees.plant(root, ["audio/1.wav", "audio/2.wav"], trees.wav(1.0))
    db = audformat.Database("tiny", languages=["deu"])
    db.schemes["emotion"] = audformat.Scheme(labels=["angry", "calm"])
    db.schemes["gender"] = audformat.Scheme(labels=["male", "female"])
    db.schemes["language"] = audformat.Scheme("str")
    db.misc_tables["speakers"] = audformat.MiscTable(pd.Index(["s1", "s2"], name="speaker"))
    for name, values in (("gender", ["male", "female"]), ("language", ["deu", "italian"])):
        db["speakers"][name] = audformat.Column(scheme_id=name)
        db["speakers"][name].set(values)
    db.schemes["speaker"] = audformat.Scheme("str", labels="speakers")
    files = ["audio/1.wav", "audio/2.wav"]
    if segmented:
        index = audformat.segmented_index([files[0], *files], [0, 0.5, 0], [0.5, pd.NaT, pd.NaT])
        values = ["angry", "calm", None]
    else:
        index, values = audformat.filewise_index(files), ["angry", "calm"]
    db["emotion"] = audformat.Table(index)
    db["emotion"]["emotion"] = audformat.Column(scheme_id="emotion")
    db["emotion"]["emotion"].set(values)
    home = "files" if speakers_elsewhere else "emotion"
    if speakers_elsewhere:
        db["files"] = audformat.Table(audformat.filewise_index(files))
    db[home]["speaker"] = audformat.Column(scheme_id="speaker")
    db[home]["speaker"].set(["s1", "s2"] if len(db[home].df) == 2 else ["s1", "s1", "s2"])
    db.save(str(root), storage_format=storage)
    return root


def listing_of(root):
    reader = load_reader("audformat")
    return reader.read("own", root, find_files(root, reader.files), labels.chosen(reader)[2])


@pytest.mark.parametrize("storage", ["csv", "parquet"])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_an_audformat_database_is_read(tmp_path, storage, elsewhere):
    root = database(tmp_path / "root", segmented=False, storage=storage, speakers_elsewhere=elsewhere)
    read("audformat", root, tmp_path / "data")
    assert breaches(tmp_path / "data") == []
    rows = read_utterances(tmp_path / "data" / "utterances.tsv")
    assert [(u.speaker, u.gender, u.language, u.label) for u in rows] == [
        ("audformat_s1", "m", "deu", "angry"),
        ("audformat_s2", "f", "ita", "calm"),
    ]


def test_an_audformat_database_with_one_speaker_in_two_spellings(tmp_path):
    root = database(tmp_path, segmented=False, speakers_elsewhere=False)
    for path in (root / "db.yaml", root / "db.speakers.csv", root / "db.emotion.csv"):
        path.write_text(path.read_text().replace("s2", "S1"))
    with pytest.raises(InputError, match=r"'s1' in table emotion, audio/1\.wav; 'S1' in table"):
        listing_of(root)


@pytest.mark.parametrize("elsewhere", [True, False])
def test_segments_of_an_audformat_database(tmp_path, elsewhere):
    read("audformat", database(tmp_path / "root", speakers_elsewhere=elsewhere), tmp_path / "data")
    assert breaches(tmp_path / "data") == []
    rows = read_utterances(tmp_path / "data" / "utterances.tsv")
    assert [(u.start, u.end, u.label) for u in rows] == [(0, 0.5, "angry"), (0.5, 1.0, "calm")]
    assert read_tsv(tmp_path / "data" / "left_out.tsv") == [{"path": "audio/2.wav", "why": "no emotion in the table"}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"table": "emotions"}, "'emotions' is not one with a column 'emotion'"),
        ({"table": ["emotion", "files"]}, "'files' is not one with a column 'emotion'"),
        ({"emotion": "mood"}, "there is not just one table with a column 'mood'"),
        ({"speaker": "actor"}, "no table has a column 'actor'"),
    ],
)
def test_an_audformat_database_without_what_is_asked_for(tmp_path, options, message):
    root = database(tmp_path / "root")
    with pytest.raises(InputError) as error:
        read("audformat", root, tmp_path / "data", **options)
    assert message in str(error.value)
    assert not (tmp_path / "data").exists()


def test_segments_of_a_file_whose_accents_are_written_otherwise(tmp_path):
    root = database(tmp_path / "root")
    (root / "audio" / "2.wav").rename(root / "audio" / "a\u0308.wav")
    for name in ("emotion", "files"):
        table = root / f"db.{name}.csv"
        table.write_text(table.read_text().replace("audio/2", "audio/ä"), encoding="utf-8")
    (root / "db.emotion.csv").write_text(
        "file,start,end,emotion\naudio/ä.wav,0 days 00:00:00.5,,angry\n", encoding="utf-8"
    )
    (utterance,) = listing_of(root).utterances
    assert (utterance.path, utterance.start, utterance.end) == ("audio/a\u0308.wav", 0.5, 1.0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("db.yaml", "tables: ["),
        ("db.yaml", ""),
        ("db.yaml", "name: x\nsource: ''\nusage: nonsense\n"),
        ("db.emotion.csv", "file,start,end,emotion\naudio/1.wav,zero,one,angry\n"),
        ("db.emotion.csv", ""),
        ("db.files.csv", "nothing"),
        ("db.speakers.csv", "speaker,gender\n"),
    ],
)
def test_a_broken_database_is_one_clear_error(tmp_path, name, text):
    root = database(tmp_path / "root")
    (root / name).write_text(text)
    with pytest.raises(InputError):
        read("audformat", root, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_transcription_of_several_lines_is_one(tmp_path):
    root = database(tmp_path, segmented=False)
    db = audformat.Database.load(str(root))
    db.schemes["transcription"] = audformat.Scheme("str")
    db["files"]["transcription"] = audformat.Column(scheme_id="transcription")
    db["files"]["transcription"].set(["two\nlines", " one\tline "])
    db.save(str(root), storage_format="csv")
    assert [u.text for u in listing_of(root).utterances] == ["two lines", "one line"]


def split_database(root, speakers):
    """Emotions and speakers in two tables each, as of a database that publishes a split."""
    trees.plant(root, ["audio/1.wav", "audio/2.wav"], trees.wav(1.0))
    db = audformat.Database("tiny", languages=["deu"])
    for scheme in ("emotion", "speaker"):
        db.schemes[scheme] = audformat.Scheme("str")
    for part, file, label, speaker in zip(("train", "test"), (1, 2), ("angry", "calm"), speakers, strict=True):
        for name, value in (("emotion", label), ("speaker", speaker)):
            table = db[f"{name}.{part}"] = audformat.Table(audformat.filewise_index([f"audio/{file}.wav"]))
            table[name] = audformat.Column(scheme_id=name)
            table[name].set([value])
    db.save(str(root), storage_format="csv")
    return root


def test_the_tables_of_a_split_are_read_as_one(tmp_path):
    read("audformat", split_database(tmp_path / "root", "ab"), tmp_path / "d", table=["emotion.train", "emotion.test"])
    rows = read_utterances(tmp_path / "d" / "utterances.tsv")
    assert [(u.speaker, u.label) for u in rows] == [("audformat_a", "angry"), ("audformat_b", "calm")]


def test_what_has_no_speaker_is_left_out(tmp_path):
    root = split_database(tmp_path / "root", ["a", None])
    read("audformat", root, tmp_path / "data", table=["emotion.train", "emotion.test"])
    assert [u.path for u in read_utterances(tmp_path / "data" / "utterances.tsv")] == ["audio/1.wav"]
    assert read_tsv(tmp_path / "data" / "left_out.tsv") == [{"path": "audio/2.wav", "why": "no speaker in a table"}]
