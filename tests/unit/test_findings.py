"""Findings: the sentences that a page makes of a table's tests."""

import html
import re
from itertools import combinations
from typing import Any

import pytest

from xser.evaluation.comparisons import ALL, COMPARISONS
from xser.evaluation.metrics import ACCURACY, METRICS
from xser.evaluation.over_corpora import JACKKNIFE
from xser.summary.findings import findings
from xser.summary.table_view import Results
from xser.summary.traced import TracedLine
from xser.tables.cells import CELLS

UAR = next(m for m in METRICS if m.name == "uar")
TITLES = {"emodb": "EMO-DB", "savee": "SAVEE"}


def words(sentences: list[Any]) -> list[str]:
    """The sentences as a reader sees them."""
    return [html.unescape(re.sub(r"<[^>]*>", "", str(s))) for s in sentences]


def table(
    values: dict[str, tuple[float | None, ...]],
    significant: dict[tuple[str, str, str], float],
    trains: dict[str, str] | None = None,
    marks: dict[str, str] | None = None,
    **settings: Any,
) -> Results:
    """A table of rows -> accuracy on EMO-DB and SAVEE; (corpus, row, row) -> Holm's p of the pairs that differ."""
    columns = list(TITLES)[: len(next(iter(values.values())))]
    cells = [
        dict.fromkeys(CELLS.columns, "")
        | {"row": row, "test": test, "protocol": "speakers", "system": "svc", "n": 50, "practice": False, "paper": None}
        | {
            "train": (trains or {}).get(row, test),
            "accuracy": value,
            "uar": value,
            "collapsed": (marks or {}).get(row, ""),
        }
        for row, found in values.items()
        for test, value in zip(columns, found, strict=True)
        if value is not None
    ]
    pairs = []
    for a, b in combinations(cells, 2):
        if a["test"] == b["test"]:
            p = significant.get((a["test"], a["row"], b["row"]))
            line = {"test": a["test"], "row_a": a["row"], "row_b": b["row"], "protocol": "speakers"}
            for prefix in ("", "uar_"):
                line |= {f"{prefix}difference": a["accuracy"] - b["accuracy"], f"{prefix}significant": p is not None}
                line |= {f"{prefix}p_holm": 1.0 if p is None else p}
            pairs.append(dict.fromkeys(COMPARISONS.columns, "") | line)
    shown = {"columns": columns, "titles": TITLES, "matrix": False, "baseline": False, "reference": ""} | settings
    return Results(shown, _lines("t.tsv", cells), _lines("t.comparisons.tsv", pairs), [])


def _lines(path: str, rows: list[dict[str, Any]]) -> list[TracedLine]:
    return [TracedLine(path, number, row) for number, row in enumerate(rows, start=2)]


def test_systems_trained_alike_are_told_by_the_best() -> None:
    made = table(
        {"SVC": (0.84, 0.5), "LSTM": (0.7, 0.52), "k-NN": (0.6, 0.48)},
        {("emodb", "SVC", "LSTM"): 0.0123, ("emodb", "SVC", "k-NN"): 0.0001},
    )
    assert words(findings(made, "speakers", UAR)) == [
        "On EMO-DB SVC is best (84.0 %): LSTM is lower by 14.0 points (p = 0.012) and k-NN is lower by 24.0 points "
        "(p < 0.001).",
        "No system differs significantly from the best on SAVEE (LSTM, 52.0 %).",
    ]


def test_many_worse_systems_are_a_range() -> None:
    values = {"A": (0.9,), "B": (0.5,), "C": (0.6,), "D": (0.7,), "E": (0.85,)}
    worse = {("emodb", "A", x): 0.01 for x in "BCD"}
    (sentence,) = words(findings(table(values, worse), "speakers", ACCURACY))
    assert sentence == (
        "On EMO-DB A is best (90.0 %): 3 of 4 others are lower by 20.0 to 40.0 points; no other difference from it is "
        "significant."
    )
    many = values | {f"F{i}": (0.86,) for i in range(6)}
    assert "3 of 10 others are lower" in words(findings(table(many, worse), "speakers", ACCURACY))[0]


def test_of_systems_that_are_equally_good_none_is_called_best() -> None:
    values = {"A": (0.9, 0.9), "B": (0.9, 0.9), "C": (0.5, 0.5)}
    made = table(values, {("emodb", "A", "C"): 0.01})
    assert words(findings(made, "speakers", UAR))[0] == (
        "On EMO-DB A is among the best (90.0 %): C is lower by 40.0 points (p = 0.010); no other difference from it is "
        "significant."
    )
    blank = dict.fromkeys(COMPARISONS.columns, "") | {"test": ALL, "protocol": "speakers", "n": 2, "p": 0.1}
    ranks = [("A", "B", 1.5, 1.5), ("A", "C", 1.5, 3.0), ("B", "C", 1.5, 3.0)]
    over = [blank, *(blank | dict(zip(("row_a", "row_b", "rank_a", "rank_b"), r, strict=True)) for r in ranks)]
    made = Results(made.settings, made.lines, [*made.compared, *_lines("t.comparisons.tsv", over)], [])
    assert words(findings(made, "speakers", ACCURACY))[-1] == (
        "Over 2 corpora, by accuracy, A and B rank first (mean rank 1.50; Friedman's test: p = 0.100)."
    )


def test_other_trainings_are_told_against_the_reference() -> None:
    values = {"pooled": (0.4, 0.5), "none": (0.5, 0.5), "tuned": (0.7, 0.45)}
    trains = {"pooled": "all", "none": "iemocap", "tuned": "iemocap-to-x"}
    pairs = {("emodb", "none", "tuned"): 0.02}
    made = table(values, pairs, trains, marks={"pooled": "says one class"}, reference="none")
    assert words(findings(made, "speakers", ACCURACY)) == [
        "tuned against none: +20.0 points on EMO-DB (p = 0.020); elsewhere no significant difference.",
        "No significant difference from none on any corpus: pooled (collapsed) (−10.0 to +0.0 points).",
    ]
    assert words(findings(table(values, pairs, trains), "speakers", ACCURACY))[-1] == (
        "No significant difference from pooled on any corpus: none (+0.0 to +10.0 points) and tuned (−5.0 to +30.0 "
        "points)."
    ), "without a reference it is the first row"


def test_a_matrix_is_told_against_training_on_the_tested_corpus() -> None:
    values = {"EMO-DB": (0.9, 0.4), "SAVEE": (0.5, 0.7)}
    trains = {"EMO-DB": "emodb", "SAVEE": "savee"}
    made = table(values, {("emodb", "EMO-DB", "SAVEE"): 0.01}, trains, matrix=[*trains])
    assert words(findings(made, "speakers", UAR)) == [
        "Trained on other corpora than the tested one, UAR changes by −40.0 (on EMO-DB) to −30.0 points (on SAVEE); "
        "1 of 2 differences are significant."
    ]
    pooled = table(values | {"both": (0.2, 0.2)}, {}, trains | {"both": "emodb+savee"}, matrix=[*trains])
    (sentence,) = words(findings(pooled, "speakers", UAR))
    assert sentence.endswith("none of 2 differences are significant."), "what pools them has heard the tested corpus"

    two = {"EMO-DB": "emodb", "others": "savee"}
    one = table({"EMO-DB": (0.9,), "others": (0.5,)}, {}, two, matrix=[*two])
    assert words(findings(one, "speakers", UAR)) == [
        "Trained on other corpora than the tested one, UAR changes by −40.0 points on EMO-DB (p = 1.000)."
    ]


def test_ranks_and_the_paper_are_told_of_accuracy_only() -> None:
    made = table({"A": (0.9, 0.8), "B": (0.5, 0.7), "C": (0.4, 0.6)}, {})
    blank = dict.fromkeys(COMPARISONS.columns, "") | {"test": ALL, "protocol": "speakers", "n": 2, "p": 0.03}
    ranks = [("A", "B", 1.0, 2.0, False), ("A", "C", 1.0, 3.0, True), ("B", "C", 2.0, 3.0, False)]
    names = ("row_a", "row_b", "rank_a", "rank_b", "significant")
    over = [blank | {"significant": True}, *(blank | dict(zip(names, r, strict=True)) for r in ranks)]
    over = [line | {"marks_b": "d" * (line["row_b"] == "C")} for line in over]
    for line, verdict in zip(made.lines, ("differs", "differs", "agrees", "practice"), strict=False):
        line.cells["verdict"] = verdict
    made = Results(made.settings, made.lines, [*made.compared, *_lines("t.comparisons.tsv", over)], [])
    sentences = words(findings(made, "speakers", ACCURACY))
    assert sentences[1:] == [
        "Over 2 corpora, by accuracy, A ranks first (mean rank 1.00; Friedman's test: p = 0.030; Nemenyi's tells A "
        "from C (speaker-dependent)).",
        "Of our accuracies 2 differ from the paper's and 1 agrees with the paper's.",
    ]
    assert len(findings(made, "speakers", UAR)) == 1


@pytest.mark.parametrize("metric", [ACCURACY, UAR])
def test_cells_are_seen_by_metric(metric: Any) -> None:
    made = table({"SVC": (0.84,), "LSTM": (0.7,), "k-NN": (0.6,)}, {("emodb", "SVC", "k-NN"): 0.01})
    seen = {label: cells[0][1][metric.name] for label, cells in made.rows("speakers")}
    assert {label: (x.best, x.letters) for label, x in seen.items()} == {
        "SVC": (True, "a"), "LSTM": (False, "ab"), "k-NN": (False, "b"),
    }  # fmt: skip
    assert seen["SVC"].difference is None, "it is the reference"
    assert ">−24.0<" in str(seen["k-NN"].difference.show())
    assert made.pairs()[0]["row_b"] == "k-NN", "significant pairs come first"


def test_one_system_has_no_findings() -> None:
    assert findings(table({"SVC": (0.84, 0.5)}, {}), "speakers", UAR) == []


def test_a_baseline_is_told_by_mean_gains() -> None:
    made = table({"none": (0.5, 0.5), "CORAL": (0.6, 0.6), "TCA": (0.4, 0.5)}, {}, baseline=True)
    blank = dict.fromkeys(COMPARISONS.columns, "") | {"test": ALL, "protocol": "speakers", "n": 2, "row_b": "none"}
    gains = [("TCA", -0.05, False, 1.0, ""), ("CORAL", 0.1, True, 0.01, "tc")]
    names = ("row_a", "uar_difference", "uar_significant", "uar_p_holm", "marks_a")
    over = [blank | dict(zip(names, gain, strict=True)) for gain in gains]
    pairs = [
        x.cells | {"row_a": x["row_b"], "row_b": "none", "uar_difference": -x["uar_difference"]}
        for x in made.compared
        if x["row_a"] == "none"
    ]
    made = Results(made.settings, made.lines, _lines("t.comparisons.tsv", [*pairs, *over]), [])
    assert words(findings(made, "speakers", UAR)) == [
        "CORAL (transductive, collapsed) gains +10.0 points of UAR over none (mean of 2 tests; p = 0.010).",
        "No significant mean gain of UAR over none: TCA (−5.0 points).",
    ]
    made.compared[-1].cells["row_b"] = "none, pooled"
    assert "points of UAR over the baseline (mean" in words(findings(made, "speakers", UAR))[0], "it has several rows"
    for line in made.compared:
        line.cells["method"] = JACKKNIFE
    assert "(mean of 2 pairs of corpora; p = 0.010)" in words(findings(made, "speakers", UAR))[0]
    seen = {label: cells[0][1]["uar"] for label, cells in made.rows("speakers")}
    assert seen["none"].difference is None
    assert ">+10.0<" in str(seen["CORAL"].difference.show())
    assert {x.letters for x in seen.values()} == {""}
