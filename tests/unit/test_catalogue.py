"""The catalogue of corpora: real names of public releases, real recordings, and the table of the docs."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest
from kaldi_rules import breaches
from test_readers import map_labels, read

from xser.corpora import catalogue
from xser.corpora.base import load_reader
from xser.corpora.names import NameReader
from xser.data_dir import read_utterances

READERS = catalogue.readers()
NAMES = {  # reader -> list of the files of a public release, see shared/facts/corpus_names
    **{name: name for name in (
        "aesdd", "ased", "cafe", "casia", "cremad", "emodb", "emovdb", "emovo", "jlcorpus", "oreau", "ravdess", "savee",
        "shemo", "subesco", "tess", "turevdb", "urdu",
    )},
    "polishwords": "polish",
}  # fmt: skip
TEXTS = {  # reader -> number of sentences or words that its names tell
    **{"aesdd": 20, "ased": 35, "cafe": 6, "casia": 50, "cremad": 12, "emodb": 10, "emovo": 14, "jlcorpus": 15},
    **{"oreau": 16, "polishwords": 6, "ravdess": 2, "subesco": 10, "tess": 200, "turevdb": 82},
}


def test_the_catalogue_is_large_and_whole():
    known = {name: reader for name, reader in READERS.items() if reader.releases}
    assert len(known) >= 20
    languages = {reader.language for reader in known.values()}
    languages |= {
        code for reader in known.values() if isinstance(reader, NameReader) for code in reader.languages.values()
    }
    assert len(languages) >= 14
    for name, reader in known.items():
        wanted = (reader.title, reader.reference, reader.source, reader.licence, reader.speakers, reader.emotions)
        assert all(wanted), name


@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if isinstance(reader, NameReader)])
def test_the_example_is_read(name):
    reader = READERS[name]
    (utterance,) = reader.read(name, Path(), [reader.example], {}).utterances
    assert utterance.label in reader.emotions
    assert utterance.gender in ("m", "f", "")
    assert len(utterance.language) == 3


@pytest.mark.parametrize("name", NAMES)
def test_real_names_give_the_published_counts(name, shared):
    """All files are read; each label stands for one label of the list; speakers are as many as the corpus has."""
    reader = load_reader(name)
    path = shared / "facts" / "corpus_names" / f"{NAMES[name]}.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as source:
        labels = {row["path"]: row["label"] for row in csv.DictReader(source, delimiter="\t")}
    listing = reader.read(name, Path(), sorted(labels), {})
    assert {u.path for u in listing.utterances} == set(labels)
    assert len({u.utterance for u in listing.utterances}) == len(labels)
    assert len(labels) in reader.releases
    assert len({u.speaker for u in listing.utterances}) == reader.speakers
    pairs = {(u.label, labels[u.path].lower()) for u in listing.utterances}
    assert len({ours for ours, _ in pairs}) == len({theirs for _, theirs in pairs}) == len(pairs)
    if name in TEXTS:
        assert len({u.text for u in listing.utterances}) == TEXTS[name]
    genders = {u.speaker: u.gender for u in listing.utterances}
    assert all(genders[u.speaker] == u.gender for u in listing.utterances)


@pytest.mark.parametrize(
    ("name", "count", "speakers"),
    [("emodb", 437, 10), ("ravdess", 720, 12), ("nemo", 1121, 9), ("ased", 1289, 20), ("urdu", 400, 29)],
)
def test_real_recordings_are_read(name, count, speakers, shared, tmp_path):
    read(name, shared / "corpora" / name, tmp_path / name, min_samples=1000)
    assert breaches(tmp_path / name) == []
    rows = read_utterances(tmp_path / name / "utterances.tsv")
    assert (len(rows), len({u.speaker for u in rows})) == (count, speakers)
    kept = Counter(map_labels(name, tmp_path / name).values())
    if name == "emodb":
        assert kept == {"anger": 127, "neutral": 79, "happiness": 71, "sadness": 62, "fear": 57}


def test_the_sentences_and_speakers_of_nemo_are_those_of_its_table(shared):
    root = shared / "corpora" / "nemo"
    with open(root / "data.tsv", encoding="utf-8", newline="") as source:
        rows = {f"samples/{row['file_id']}": row for row in csv.DictReader(source, delimiter="\t")}
    texts: dict[str, set[str]] = {}
    for u in READERS["nemo"].read("nemo", root, sorted(rows), {}).utterances:
        row = rows[u.path]
        assert (u.speaker, u.label, u.gender) == (f"nemo_{row['speaker_id']}", row["emotion"], row["gender"][0])
        texts.setdefault(u.text, set()).add(row["normalized_text"])
    assert all(len(sentences) == 1 for sentences in texts.values())
    assert len(texts) == len(set.union(*texts.values()))


def test_the_same_sentence_of_esd_has_one_code_in_all_emotions():
    names = ["0001/Neutral/0001_000007.wav", "0001/Angry/train/0001_000357.wav", "0011/Happy/test/0011_000707.wav"]
    rows = READERS["esd"].read("esd", Path(), names, {}).utterances
    assert [(u.speaker, u.text, u.language) for u in rows] == [
        ("esd_0001", "cmn-007", "cmn"),
        ("esd_0001", "cmn-007", "cmn"),
        ("esd_0011", "eng-007", "eng"),
    ]


def test_the_page_has_the_table_as_the_readers_are():
    text = catalogue.PAGE.read_text(encoding="utf-8")
    assert catalogue.page(text) == text, "run: python -m xser.corpora.catalogue"
