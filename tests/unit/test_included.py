"""The corpus that comes with xser: the originals' samples, read by `root: included` from any study's folder."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest
import soundfile
from test_card import describe

from xser import paths
from xser.config.study import Study
from xser.corpora import inspection
from xser.corpora.base import find_files, load_reader
from xser.errors import InputError
from xser.imports import WORKFLOW
from xser.workflow import corpora, results

ROOT = WORKFLOW / paths.included("emodb")
FILES = find_files(ROOT, ("**/*.flac",))


def digest(path):
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    assert (rate, samples.shape[1]) == (16_000, 1)
    return hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest()


def test_samples_are_those_of_the_list():
    listed = (line.split() for line in (ROOT / "samples.sha256").read_text(encoding="utf-8").splitlines())
    assert {name: digest(ROOT / name) for name in FILES} == {name: value for value, name in listed}
    assert len(FILES) == 437


def test_reading_knows_a_recording_by_these_samples():
    assert inspection.inspect(ROOT, FILES[0]).samples_sha256 == digest(ROOT / FILES[0])


def test_samples_are_those_of_the_originals(shared):
    originals = {p.stem: digest(p) for p in (shared / "corpora" / "emodb" / "wav").glob("*.wav")}
    assert {Path(name).stem: digest(ROOT / name) for name in FILES} == originals


def test_the_note_counts_what_is_there():
    reader = load_reader("emodb")
    here = Counter(reader.emotions[u.label] for u in reader.read("emodb", ROOT, FILES, {}).utterances)
    note = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"| {emotion} | {n} | " in note for emotion, n in here.items())
    assert "CC0 1.0" in note


def test_the_card_says_what_is_missing(tmp_path):
    (tmp_path / "root").symlink_to(ROOT)
    _, facts = describe("emodb", tmp_path / "root")
    assert facts["Files", "sample for sample as in the 2005 release, as FLAC", "value"] == "437"
    assert facts["Files", "byte for byte as in the 2005 release", "value"] == "0"
    assert facts["Files", "named as in the 2005 release, but altered", "value"] == "0"
    assert facts["Files", "missing of the 2005 release", "value"] == "98 (72 boredom, 14 disgust, 12 fear)"


def test_a_study_anywhere_reads_it(raw, tmp_path, monkeypatch):
    (tmp_path / "studies" / "mine").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "studies" / "mine")
    raw["corpora"]["emodb"]["root"] = "included"
    study = Study(raw)
    entry = study.corpora["emodb"]
    assert Path(entry.root).resolve() == ROOT
    assert not entry.practice
    assert [Path(f).resolve() for f in corpora.corpus_files(study, "emodb")] == [ROOT / f for f in FILES]


def test_a_result_is_practice_where_practice_data_reached_it(raw):
    raw["corpora"]["emodb"]["root"] = "included"
    study = Study(raw)
    practice = {r.key: results.score_settings(study, r)["practice"] for r in study.runs(["table2", "table3", "matrix"])}
    real = {key for key, marked in practice.items() if not marked}
    assert real == {f"paper/{s}/emodb/emodb" for s in ("mfcc-lstm", "is09-logreg", "is09-svc", "is09-lstm")}
    assert practice["paper/is09-lstm-transfer/iemocap-to-emodb/emodb"]
    assert practice["paper/is09-svc/emodb/savee"]


@pytest.mark.parametrize(("before", "now", "refused"), [
    ("included", "practice", True),
    ("included", "/", False),  # a copy of one's own
    ("practice", "included", False),
    ("/", "included", True),
])  # fmt: skip
def test_which_results_another_root_may_replace(before, now, refused, raw, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw["corpora"] = {**raw["corpora"], "emodb": {**raw["corpora"]["emodb"], "root": before}}
    written = tmp_path / paths.corpus("emodb", "root.txt")
    written.parent.mkdir(parents=True)
    written.write_text(f"{Study(raw).corpora['emodb'].root}\n", encoding="utf-8")
    raw["corpora"]["emodb"]["root"] = now
    if refused:
        with pytest.raises(InputError, match="real recordings would be replaced"):
            corpora.check_roots(Study(raw))
    else:
        corpora.check_roots(Study(raw))


def test_a_folder_whose_name_ends_in_a_space_is_the_same_the_next_time(raw, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "EMO-DB "
    root.mkdir()
    raw["corpora"]["emodb"]["root"] = str(root)
    (written := tmp_path / paths.corpus("emodb", "root.txt")).parent.mkdir(parents=True)
    written.write_text(f"{root}\n", encoding="utf-8")
    corpora.check_roots(Study(raw))


def test_a_corpus_that_does_not_come_with_xser(raw):
    raw["corpora"]["savee"]["root"] = "included"
    with pytest.raises(InputError) as caught:
        Study(raw)
    assert "corpora.savee.root: no corpus of reader 'savee' comes with xser" in str(caught.value)
