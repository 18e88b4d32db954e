"""Practice corpora through chains, pools, combined systems and both protocols side by side."""

import re

import numpy as np
import pytest
from study import Study

TABLES = {
    "combined": {
        "caption": "Chains, pools and combinations",
        "columns": ["savee"],
        "protocols": ["speakers"],
        "rows": [
            {"system": "is09-lstm", "train": "emodb>same"},
            {"system": "is09-logreg", "train": "all"},
            {"system": "two-pass", "train": "all"},
            {"system": "vote", "train": "others"},
        ],
    },
    "luck": {
        "caption": "Both protocols side by side",
        "columns": ["emodb", "savee"],
        "protocols": ["paper", "loso"],
        "rows": [{"label": "IS09 + logistic regression", "system": "is09-logreg", "train": "same", "paper": [85, 46]}],
    },
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    result = Study(
        tmp_path_factory.mktemp("practice") / "study",
        protocols={"paper": {"kind": "paper"}, "loso": {"kind": "speakers", "folds": "loso"}},
        corpora={
            "emodb": {"title": "EMO-DB", "root": "practice", "paper": {"test": ["03"], "n": 43}},
            "savee": {"title": "SAVEE", "root": "practice", "paper": {"test": ["DC"]}},
        },
        systems={
            "is09-lstm": {
                "features": "is09",
                "model": "lstm",
                "parameters": {"dense": [8]},
                "heads": {"emotion": 1.0, "language": 1.0},
                "finetune": {"freeze": ["recurrent"], "epochs": 1},
            },
            "two-pass": {"combine": "two_pass", "language_system": "is09-lstm", "emotion_system": "is09-logreg"},
            "vote": {"combine": "vote", "emotion_system": "is09-logreg"},
        },
        tables=TABLES,
    )
    result.run()
    return result


def test_two_pass_takes_the_emotion_of_the_language_that_was_identified(study: Study) -> None:
    runs = ("two-pass/emodb+savee", "is09-logreg/emodb", "is09-logreg/savee")
    passed, german, english = (study.rows(f"results/predictions/speakers/{run}/savee.tsv") for run in runs)
    answered = {"deu": [r["prediction"] for r in german], "eng": [r["prediction"] for r in english]}
    assert [r["prediction"] for r in passed] == [answered[r["language_prediction"]][i] for i, r in enumerate(passed)]


def test_a_vote_of_one_is_its_model(study: Study) -> None:
    vote, alone = (study.rows(f"results/predictions/speakers/{s}/emodb/savee.tsv") for s in ("vote", "is09-logreg"))
    assert [r["prediction"] for r in vote] == [r["prediction"] for r in alone]


def test_the_audit_counts_all_stages_and_components(study: Study) -> None:
    lines = {(r["system"], r["train"], r["protocol"]): r for r in study.rows("results/audit/combined.tsv")}
    chain = lines["is09-lstm", "emodb-to-savee", "speakers"]
    assert (chain["stages"], chain["scaling"]) == ("2", "kept from emodb")
    pool = lines["is09-logreg", "emodb+savee", "speakers"]
    assert int(pool["training_speakers"]) == int(chain["training_speakers"]) == 7  # half of each corpus' ten and four
    assert {r["practice"] for r in lines.values()} == {"yes"}
    page = study.path("results/audit.md").read_text(encoding="utf-8")
    assert "**Practice data**" in page
    assert "| emodb  | W " in page
    assert "## Runs under protocol loso: every speaker is tested once, in speaker-disjoint folds (folds: loso)" in page


def test_both_protocols_stand_side_by_side_with_the_spread(study: Study) -> None:
    cells = study.rows("results/tables/luck.tsv")
    assert [(c["test"], c["protocol"], c["n"]) for c in cells] == [
        ("emodb", "paper", "8"),
        ("savee", "paper", "18"),
        ("emodb", "loso", "80"),
        ("savee", "loso", "72"),
    ]
    spread = study.rows("results/tables/luck.spread.tsv")
    for line in spread:
        corpus = line["test"]
        rows = study.rows(f"results/predictions/loso/is09-logreg/{corpus}/{corpus}.tsv")
        right: dict[str, list[bool]] = {}
        for r in rows:
            right.setdefault(r["speaker"], []).append(r["truth"] == r["prediction"])
        values = {s: float(np.mean(v)) for s, v in right.items()}
        assert int(line["speakers"]) == len(values) == {"emodb": 10, "savee": 4}[corpus]
        assert float(line["lowest"]) == pytest.approx(min(values.values()), abs=1e-6)
        assert float(line["median"]) == pytest.approx(np.median(list(values.values())), abs=1e-6)
        assert float(line["highest"]) == pytest.approx(max(values.values()), abs=1e-6)
        assert values[line["highest_speaker"]] == max(values.values())
        paper = next(c for c in cells if c["test"] == corpus and c["protocol"] == "paper")
        assert line["held_out_accuracy"] == paper["accuracy"]
        others = [v for s, v in values.items() if s != line["held_out"]]
        assert int(line["worse"]) == sum(v < float(paper["accuracy"]) for v in others)
        assert int(line["better"]) == sum(v > float(paper["accuracy"]) for v in others)
    shown = study.path("results/tables/luck.spread.md").read_text(encoding="utf-8")
    assert "Practice data" in shown
    assert re.search(r"\| +85 +\|", shown), "as the paper prints it"


def test_practice_is_marked_on_every_table(study: Study) -> None:
    for name in ("combined.md", "combined.tex", "luck.md", "luck.tex"):
        assert "ractice data" in study.path(f"results/tables/{name}").read_text(encoding="utf-8")
    assert {c["practice"] for c in study.rows("results/tables/luck.tsv")} == {"yes"}


def test_a_leak_stops_the_study_and_is_named(study: Study) -> None:
    """Somebody edits a split by hand: a tested speaker's recording is in training."""
    split = study.path("results/splits/paper/savee.tsv")
    text = split.read_text(encoding="utf-8")
    try:
        split.write_text(
            text.replace("savee_DC-a01\tsavee_DC\ttest", "savee_DC-a01\tsavee_DC\ttrain"), encoding="utf-8"
        )
        printed = study.fail("luck")
    finally:
        split.write_text(text, encoding="utf-8")
    assert "savee_DC-a01 is 'train' in fold_0, the protocol says 'test'" in printed
    assert "results/audit/luck.tsv" not in study.results()
