"""A slice of real EMO-DB and RAVDESS through the whole DAG; every cell is computed again from the predictions."""

import shutil
from collections import Counter
from pathlib import Path
from statistics import mean

import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score
from study import Study

SYSTEMS = ("is09-logreg", "is09-svc", "mfcc-lstm")
CORPORA = ("emodb", "ravdess")
EMODB = ("03", "08", "09", "13")
RAVDESS = ("Actor_02", "Actor_03", "Actor_04", "Actor_05")
EACH = 4  # recordings of a speaker and emotion


def _take(files: list[Path], kind: slice, target: Path, wanted: str) -> None:
    """Copy the first recordings of each wanted emotion, a code at a place in the file's name."""
    counts: Counter[str] = Counter()
    for file in sorted(files):
        code = file.stem[kind]
        counts[code] += 1
        if code in wanted.split() and counts[code] <= EACH:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target / file.name)


@pytest.fixture(scope="module")
def study(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("real") / "study"
    corpora = shared / "corpora"
    for speaker in EMODB:
        _take(
            list((corpora / "emodb" / "wav").glob(f"{speaker}*.wav")),
            slice(5, 6),
            folder / "speech/emodb/wav",
            "W F N T",
        )
    for actor in RAVDESS:
        _take(
            list((corpora / "ravdess" / actor).glob("*.wav")),
            slice(6, 8),
            folder / "speech/ravdess" / actor,
            "01 03 04 05",
        )
    table = {
        "caption": "Real speech",
        "columns": list(CORPORA),
        "rows": [{"system": s, "train": "same", "paper": [50.0, None]} for s in SYSTEMS],
    }
    result = Study(
        folder,
        seeds=[0, 1],
        corpora={
            "emodb": {"title": "EMO-DB", "root": "speech/emodb", "paper": {"test": ["03"], "n": 43}},
            "ravdess": {"title": "RAVDESS", "root": "speech/ravdess"},
        },
        tables={"real": table},
    )
    result.run("real", "results/audit.md")
    return result


def _figures(study: Study, system: str, corpus: str) -> dict[str, float]:
    """Accuracy, UAR and macro F1 by scikit-learn: the mean over seeds."""
    rows = study.rows(f"results/predictions/speakers/{system}/{corpus}/{corpus}.tsv")
    by_seed = [
        ([r["truth"] for r in rows if r["seed"] == s], [r["prediction"] for r in rows if r["seed"] == s])
        for s in sorted({r["seed"] for r in rows})
    ]
    return {
        "seeds": len(by_seed),
        "n": len(by_seed[0][0]),
        "accuracy": mean(accuracy_score(*pair) for pair in by_seed),
        "uar": mean(balanced_accuracy_score(*pair) for pair in by_seed),
        "f1": mean(f1_score(*pair, average="macro") for pair in by_seed),
    }


def test_every_cell_is_what_scikit_learn_makes_of_the_predictions(study: Study) -> None:
    cells = study.rows("results/tables/real.tsv")
    assert [(c["system"], c["test"]) for c in cells] == [(s, c) for s in SYSTEMS for c in CORPORA]
    md = study.path("results/tables/real.md").read_text(encoding="utf-8")
    tex = study.path("results/tables/real.tex").read_text(encoding="utf-8")
    for cell in cells:
        expected = _figures(study, cell["system"], cell["test"])
        assert int(cell["n"]) == expected["n"]
        assert int(cell["seeds"]) == expected["seeds"] == (2 if cell["system"] == "mfcc-lstm" else 1)
        for metric in ("accuracy", "uar", "f1"):
            assert float(cell[metric]) == pytest.approx(expected[metric], abs=1e-6)
            assert float(cell[f"{metric}_low"]) <= expected[metric] <= float(cell[f"{metric}_high"])
        for metric in ("accuracy", "uar"):
            shown = [f"{100 * float(cell[f'{metric}{end}']):.1f}" for end in ("", "_low", "_high")]
            assert f"{shown[0]} [{shown[1]}–{shown[2]}]" in md
            assert shown[0] in tex
            assert f"[{shown[1]}, {shown[2]}]" in tex
        assert cell["practice"] == "no"
        assert float(cell["chance"]) == 0.25
    assert {c["paper"] for c in cells} == {"0.500000", ""}


def test_every_recording_is_tested_once_and_reading_counts_agree(study: Study) -> None:
    for corpus in CORPORA:
        wavs = {p.stem for p in study.path(f"speech/{corpus}").rglob("*.wav")}
        rows = study.rows(f"results/predictions/speakers/is09-svc/{corpus}/{corpus}.tsv")
        assert len(rows) == len(wavs)
        assert len({r["utterance"] for r in rows}) == len(wavs)
        assert len({r["speaker"] for r in rows}) == 4


def test_speech_is_told_better_than_by_chance(study: Study) -> None:
    """IS09 + SVC on acted German anger, happiness, neutral and sadness, by speakers it never heard."""
    assert _figures(study, "is09-svc", "emodb")["uar"] > 0.4


def test_the_page_of_the_audit_and_the_terminal(study: Study) -> None:
    audit = study.path("results/audit.md").read_text(encoding="utf-8")
    assert "6 runs were checked" in audit
    assert "Practice data" not in audit
    assert "fitted on training utterances" in audit  # the LSTM; the others also learn from development speakers
    assert "fitted on training and development utterances" in audit
    assert "Practice" not in study.path("results/tables/real.md").read_text(encoding="utf-8")
    assert "results/tables" in study.printed
    assert "EMO-DB" in study.printed


def test_a_second_run_has_nothing_to_do(study: Study) -> None:
    assert "Nothing to be done" in study.run("real", "results/audit.md")
