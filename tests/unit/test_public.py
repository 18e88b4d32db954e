"""Public corpora by audb: published to a repository in a folder, loaded into a cache, read as any corpus."""

import os
from pathlib import Path

import audb
import pytest
import trees
from kaldi_rules import breaches
from test_readers_audformat import database as plant

import load_corpus
import read_corpus
from xser.config.study import Study
from xser.corpora import file_list
from xser.corpora.base import load_reader
from xser.corpora.public import Database, database
from xser.data_dir import read_utterances
from xser.errors import InputError
from xser.workflow import corpora


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository in a folder, and an empty cache."""
    found = audb.Repository("mine", str(tmp_path / "host"), "file-system")
    (tmp_path / "host" / "mine").mkdir(parents=True)
    monkeypatch.setattr(audb.config, "REPOSITORIES", [found])
    monkeypatch.setenv("AUDB_CACHE_ROOT", str(tmp_path / "cache"))
    monkeypatch.delenv("AUDB_SHARED_CACHE_ROOT", raising=False)
    return found


def publish(repository, root):
    audb.publish(str(plant(root, segmented=False, storage="parquet")), "1.0.0", repository, verbose=False)


def read(study, corpus, folder):
    """Run the two rules from the settings of the workflow; return the utterances."""
    listed = folder.parent / "listed.txt"
    load_corpus.main(files=listed, **corpora.load_settings(study, corpus))
    settings = {**corpora.read_settings(study, corpus), "min_samples": 400}
    read_corpus.main(files=file_list.read(listed), folder=folder, **settings)
    assert breaches(folder) == []
    return read_utterances(folder / "utterances.tsv")


def study_of(raw, **entry):
    raw["corpora"]["own"] = {"paper": {"test": ["s2"]}, **entry}
    return Study(raw)


def test_a_published_database_is_a_corpus(repository, raw, tmp_path, capfd):
    publish(repository, tmp_path / "tiny")
    mapping = {"angry": "anger", "calm": "neutral"}
    study = study_of(raw, root="audb:tiny==1.0.0", reader="audformat", language="deu", mapping=mapping)
    assert corpora.public(study) == {"own": Database("tiny", "1.0.0")}
    assert "own" not in corpora.listed(study)
    rows = read(study, "own", tmp_path / "data")
    assert [(u.speaker, u.gender, u.label, u.path) for u in rows] == [
        ("own_s1", "m", "angry", "audio/1.wav"),
        ("own_s2", "f", "calm", "audio/2.wav"),
    ]
    root = Path(study.corpora["own"].root)
    assert root.is_relative_to(tmp_path / "cache")
    assert not list(root.glob("db.*.pkl")), "no table is a pickle"
    assert "audio/2.wav" in file_list.read(tmp_path / "listed.txt")
    assert "Cache:" in capfd.readouterr().out, "audb shows what it does"


def test_root_audb_is_the_database_that_the_reader_knows(repository, raw, tmp_path):
    root = tmp_path / "emodb"
    trees.plant(root, ["wav/03a01Fa.wav", "wav/08a01Wa.wav"], trees.wav(0.5))
    db = audb_database(["wav/03a01Fa.wav", "wav/08a01Wa.wav"])
    db.save(str(root))
    audb.publish(str(root), "1.4.1", repository, verbose=False)
    raw["corpora"]["emodb"]["root"] = "audb"
    study = Study(raw)
    assert study.corpora["emodb"].database == Database("emodb", "1.4.1")
    rows = read(study, "emodb", tmp_path / "data")
    assert [(u.utterance, u.label) for u in rows] == [("emodb_03-a01Fa", "F"), ("emodb_08-a01Wa", "W")]


def audb_database(files):
    import audformat

    db = audformat.Database("emodb")
    db["files"] = audformat.Table(audformat.filewise_index(files))
    return db


def test_what_is_in_the_cache_is_not_loaded_again(repository, tmp_path):
    publish(repository, tmp_path / "tiny")
    folder = Database("tiny", "1.0.0").load()
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*.wav")}
    assert Database("tiny", "1.0.0").load() == folder
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*.wav")} == before
    assert len(before) == 2


@pytest.mark.fault(
    "data",
    "a database in a repository of audb has a header with a YAML tag that runs a command when audb reads it",
    "file, line and tag",
    "an error; the command did not run",
)
def test_a_header_with_tags_never_reaches_audb(repository, tmp_path):
    publish(repository, tmp_path / "tiny")
    (header,) = (tmp_path / "host").rglob("db.yaml")
    harm = tmp_path / "harm"
    header.write_text(f"{header.read_text()}meta: !!python/object/apply:os.mkdir ['{harm}']\n", encoding="utf-8")
    with pytest.raises(InputError, match="the header of its database cannot be read"):
        Database("tiny", "1.0.0").load()
    assert not harm.exists()
    audb.load("tiny", version="1.0.0", verbose=False)
    assert harm.exists(), "by itself audb runs what the tag says"


@pytest.mark.fault(
    "config",
    "a database that no repository of audb has, or a version that is not there",
    "name, version, and the repositories that were asked",
    "an error",
)
def test_a_database_that_is_not_there(repository, tmp_path):
    publish(repository, tmp_path / "tiny")
    for name, version in (("tiny", "2.0.0"), ("none", "1.0.0")):
        with pytest.raises(InputError) as error:
            Database(name, version).load()
        assert f"{name} {version} cannot be loaded" in str(error.value)
        assert f"mine at {tmp_path / 'host'} (file-system)" in str(error.value)


@pytest.mark.parametrize("root", ["audb:emodb", "audb:emodb==", "audb:../x==1.0.0 ", "audb:a b==1"])
def test_a_root_that_names_no_database(raw, root):
    with pytest.raises(InputError, match=r"corpora\.own\.root: .* write audb:name==version"):
        study_of(raw, root=root, reader="audformat")


def test_a_reader_without_a_database(raw):
    with pytest.raises(InputError, match=r"corpora\.own\.root: audb names no database"):
        study_of(raw, root="audb", reader="savee")


def test_other_roots_are_no_databases():
    reader = load_reader("emodb")
    assert [database(root, reader) for root in ("audbs", "/data/audb", "practice", "included", os.sep)] == [None] * 5
