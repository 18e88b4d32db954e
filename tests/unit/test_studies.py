"""The studies that come with xser: their configs, and that the open study's text says what its tables say."""

import re
import sys
from pathlib import Path

import pandas as pd
import pytest

from xser import paths
from xser.config import file
from xser.config.study import Study
from xser.evaluation.comparisons import COMPARISONS
from xser.imports import WORKFLOW
from xser.tables.cells import CELLS
from xser.tables.held_out import SPREAD

STUDIES = WORKFLOW / "studies"
OPEN = STUDIES / "open-speech"
AUDIO = {".wav", ".flac", ".mp3", ".ogg"}
sys.path.insert(0, str(OPEN))
import publish  # noqa: E402


def study_in(folder, monkeypatch, tmp_path):
    for name in ("ravdess", "nemo", "ased", "urdu"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("OPEN_SPEECH", str(tmp_path))
    monkeypatch.chdir(folder)
    return Study(file.merged(file.files()))


def test_the_first_study_is_of_real_speech_alone(monkeypatch, tmp_path):
    study = study_in(STUDIES / "emodb", monkeypatch, tmp_path)
    assert study.pool == ["emodb"]
    assert Path(study.corpora["emodb"].root).resolve() == WORKFLOW / paths.included("emodb")
    assert study.default_tables() == ["table2", "spread"]
    assert not any(study.corpora[c].practice for run in study.runs() for c in (*run.train.corpora, run.test))
    assert [c.paper for c in study.cells("table2")] == [44.19, 85, 88.37, 86.05]
    assert {c.protocol for c in study.cells("spread")} == {"paper", "loso"}


def test_the_open_study_tests_every_corpus_on_held_out_speakers(monkeypatch, tmp_path):
    study = study_in(OPEN, monkeypatch, tmp_path)
    assert sorted(study.pool) == sorted(publish.CORPORA)
    assert {run.protocol for run in study.runs(study.default_tables())} == {
        "speakers",
        "one-speaker",
        "loso",
        "shuffled",
    }
    with_natural = set(study.default_tables()) - {"natural", "luck"}
    assert {run.protocol for run in study.runs(with_natural)} == {"speakers"}
    transfers = {(c.run.train.name, c.run.test) for s in publish.CORPORA for c in study.cells(f"transfer-{s}")}
    assert {(f"{s}-to-{t}", t) for s in publish.CORPORA for t in publish.CORPORA if s != t} <= transfers


def test_no_audio_is_in_the_studies():
    found = (p for p in STUDIES.rglob("*") if not {"results", ".snakemake", "profiles"} & set(p.parts))
    assert not [p for p in found if p.suffix in AUDIO]


def test_every_number_of_the_texts_is_in_the_tables():
    project = (WORKFLOW / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]
    assert "studies/open-speech/README.md" in project
    text = project + re.sub(r"CC\S* [\w-]* ?\d\.0|core-hours.*", "", (OPEN / "README.md").read_text(encoding="utf-8"))
    published = [*OPEN.glob("tables/*.md"), *OPEN.glob("answers.md")]
    known = {n for path in published for n in re.findall(r"\d+\.\d", path.read_text(encoding="utf-8"))}
    unknown = set(re.findall(r"(?<![\d.])\d+\.\d(?![\d.])", text)) - known
    assert not unknown, f"README.md of the open study: {sorted(unknown)} are in no table"


def test_the_published_tables_are_those_of_the_config(monkeypatch, tmp_path):
    study = study_in(OPEN, monkeypatch, tmp_path)
    for table in map(study.tables.get, study.default_tables()):
        text = (OPEN / "tables" / f"{table.id}.md").read_text(encoding="utf-8")
        assert text.startswith(f"### {table.id}: {table.caption}")
        rows = {row.label for row in table.rows}
        assert rows == {line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")} & rows
        assert (OPEN / "tables" / f"{table.id}.comparisons.md").is_file()


@pytest.fixture
def results(tmp_path, monkeypatch):
    """One table of two rows and two corpora, with its comparisons."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results" / "tables").mkdir(parents=True)
    cells = [
        {"row": row, "test": test, "protocol": "speakers", "uar": value}
        for row, values in (("a", (0.5, 0.6)), ("b", (0.4, 0.8)))
        for test, value in zip(("x", "y"), values, strict=True)
    ]
    lines = [
        {"row_a": "a", "row_b": "b", "test": "x", "uar_difference": 0.1, "uar_difference_low": 0.05},
        {"row_a": "a", "row_b": "b", "test": "y", "uar_difference": -0.2, "uar_difference_low": -0.3},
    ]
    pd.DataFrame(cells).to_csv("results/tables/t.tsv", sep="\t", index=False)
    pd.DataFrame([{**line, "protocol": "speakers", "uar_difference_high": 0.12} for line in lines]).to_csv(
        "results/tables/t.comparisons.tsv", sep="\t", index=False
    )
    monkeypatch.setattr(publish, "CORPORA", ("x", "y"))
    monkeypatch.setattr(publish, "NAMES", {"x": "X", "y": "Y"})


def test_the_tables_have_the_columns_that_answers_are_read_from():
    lines = {"test", "protocol", "row_a", "row_b", "uar_difference", "uar_difference_low", "uar_difference_high"}
    assert lines <= set(COMPARISONS.columns)
    assert {"row", "test", "protocol", "uar", "uar_low", "uar_high"} <= set(CELLS.columns)
    luck = {"row", "test", "held_out", "held_out_accuracy", "lowest", "median", "highest", "deviation", "speakers"}
    assert luck <= set(SPREAD.columns)


def test_answers_are_signed_and_counted(results):
    assert publish.compared("t", "a", "b", "x") == pytest.approx((10, 5, 12))
    assert publish.compared("t", "b", "a", "y") == pytest.approx((20, -12, 30))
    found = [publish.Difference(*d) for d in ((10.0, 1.0, 19.0), (-20.0, -60.0, 20.0), (4.0, -1.0, 9.0))]
    assert publish.together(found) == ["-2.0 [-41.4, +37.4]", "1, 0"]
    pairs = [(s, t) for s in "xyz" for t in "xyz" if s != t]
    over = publish.over_pairs({pair: publish.Difference(m, 1.0, 2.0) for m, pair in enumerate(pairs)})
    assert over == ["+2.5 [-5.0, +10.0]", "6, 0", "0.29"], "left out, x, y and z leave 4, 2.5 and 1"
    lines = publish.against("t", "a").splitlines()
    assert lines[2] == "| a | 50.0 | 60.0 | 55.0 |  |  |"
    assert lines[3].startswith("| b | 40.0 | 80.0 | 60.0 | +5.0 [")
    assert lines[3].endswith("| 0, 1 |")
