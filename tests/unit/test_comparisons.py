"""Comparisons of rows that share runs, and what a pair says of its tests."""

import numpy as np
import pytest

from xser.evaluation import design, marks, significance
from xser.evaluation.comparisons import ALL, Answers, compare_rows, pair


@pytest.mark.parametrize(
    ("emotions", "method"),
    [
        (["anger", "fear"], significance.MCNEMAR),
        (["anger", "anger", "fear"], f"{significance.MCNEMAR}; UAR: {significance.STUDENT[design.UTTERANCES]}"),
    ],
)
def test_a_pair_names_the_test_of_uar_where_it_is_another(emotions: list[str], method: str) -> None:
    rng, score = np.random.default_rng(1), {**dict.fromkeys(marks.MARKS, ""), "practice": False}
    given = np.array([f"u{i:02d}" for i in range(60)]), np.full(60, "s"), np.resize(emotions, 60), None
    assert pair(*(Answers(*given, rng.random((1, 60)) < 0.7, score) for _ in "ab"), 0.95, 50)["method"] == method


def test_two_runs_are_one_test_in_whatever_rows() -> None:
    """Of two corpora: trained on each, and on all others, which is the other one."""
    rng, score = np.random.default_rng(1), {**dict.fromkeys(marks.MARKS, ""), "practice": False}
    truth, names, who = np.resize(["anger", "fear"], 60), np.array([f"u{i:02d}" for i in range(60)]), np.full(60, "s")
    answers = [Answers(names, who, truth, None, rng.random((1, 60)) < p, score) for p in (0.9, 0.7, 0.6, 0.9)]
    places = [[0, 1, 1], [2, 3, 2]]  # the run of each row, by column
    settings = {
        **{"table": "t", "columns": ["a", "b"], "protocols": {"p": {}}, "baseline": "", "confidence": 0.95},
        **{"samples": 50, "rows": [{"label": x} for x in ("a", "b", "all others")]},
        "cells": [
            {"row": r, "column": c, "protocol": "p", "score": run}
            for c, runs in zip("ab", places, strict=True)
            for r, run in enumerate(runs)
        ],
    }
    found = compare_rows(settings, answers)
    found = found[found["test"].ne(ALL)]
    assert found[["test", "row_a", "row_b"]].to_numpy().tolist() == [
        ["a", "a", "b"], ["a", "a", "all others"], ["b", "a", "b"], ["b", "b", "all others"],
    ]  # fmt: skip
    assert found["p_holm"].iloc[[0, 2]].tolist() == significance.holm(found["p"].iloc[[0, 2]].tolist())
    for line, same in ((0, 1), (2, 3)):
        for column in ("p", "p_holm", "uar_p_holm", "significant", "uar_significant", "equivalent"):
            assert found[column].iloc[line] == found[column].iloc[same]
    assert found["difference"].iloc[2] == -found["difference"].iloc[3]


def test_rows_of_the_same_runs_are_one_system_in_ranks() -> None:
    score = {**dict.fromkeys(marks.MARKS, ""), "practice": False}
    truth, names, who = np.resize(["anger", "fear"], 60), np.array([f"u{i:02d}" for i in range(60)]), np.full(60, "s")
    answers = [Answers(names, who, truth, None, np.arange(60)[None] < 30 + 5 * i, score) for i in range(6)]
    places = {"a": [5, 0, 1, 5], "b": [4, 3, 2, 4]}  # the last row is the first one
    settings = {
        **{"table": "t", "columns": ["a", "b"], "protocols": {"p": {}}, "baseline": "", "confidence": 0.95},
        **{"samples": 50, "rows": [{"label": f"{r}"} for r in range(4)]},
        "cells": [
            {"row": r, "column": c, "protocol": "p", "score": run} for c, x in places.items() for r, run in enumerate(x)
        ],
    }
    found = compare_rows(settings, answers)
    found = found[found["test"].eq(ALL)]
    assert found[["row_a", "row_b"]].to_numpy().tolist() == [["", ""], ["0", "1"], ["0", "2"], ["1", "2"]]
    assert found["rank_a"].tolist()[1:] == [1, 1, 2.5]
