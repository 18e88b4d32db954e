"""Comparisons of the systems of a table: one line a pair of rows and tested corpus, and one a pair over corpora.

In a table with a baseline each row is compared with the baseline's row of the same training set alone; over corpora
there is the mean gain in UAR, with Wilcoxon's test; in a table that trains on each, that over all ordered pairs of two,
with a t test that leaves out one corpus at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from xser.evaluation import marks, over_corpora, predictions, significance
from xser.evaluation.clusters import numbered, read_clusters
from xser.evaluation.score import SCORE
from xser.evaluation.significance import LEVEL
from xser.frames import FLAG, MAYBE_WHOLE, NUMBER, TEXT, WHOLE, Kind, columns

if TYPE_CHECKING:
    import pandas as pd

OTHERS = "others"
MARGIN = 0.05  # two systems are equivalent whose difference is within so much, by two one-sided tests
ALL = "(all columns)"
COMPARISONS = Kind(
    "comparisons of systems",
    columns(
        (TEXT, "table protocol test row_a row_b"),
        (WHOLE, "n"),
        (MAYBE_WHOLE, "speakers"),
        (NUMBER, "accuracy_a accuracy_b difference difference_low difference_high rank_a rank_b"),
        (TEXT, "method"),
        (NUMBER, "statistic p p_holm p_smallest"),
        (FLAG, "significant practice"),
        (TEXT, "marks_a marks_b"),
        (NUMBER, " ".join(f"uar_{x}" for x in ("a", "b", "difference", "difference_low", "difference_high"))),
        (NUMBER, "uar_p uar_p_holm uar_p_smallest"),
        (FLAG, "uar_significant equivalent"),
    ),
)
Line = dict[str, Any]


@dataclass(frozen=True)
class Answers:
    """What a run got right: its utterances, their speakers, truth and clusters, if each seed is right; and its score.

    `clusters` (n,) is None where utterances are independent; `right` has shape (seeds, n).
    """

    utterances: np.ndarray
    speakers: np.ndarray
    truth: np.ndarray
    clusters: np.ndarray | None
    right: np.ndarray
    score: Mapping[str, Any]

    @classmethod
    def read(cls, predictions_tsv: str, score_tsv: str, utterances_tsv: str = "") -> "Answers":
        """Read the predictions and the score of a run, and what its utterances cluster in if that is given."""
        p = predictions.read(predictions_tsv)
        (score,) = SCORE.records(score_tsv)
        clusters = read_clusters(utterances_tsv, p.utterances.tolist()) if utterances_tsv else None
        return cls(p.utterances, p.speakers, p.truth, clusters, p.predicted == p.truth, score)


def compare_rows(settings: Mapping[str, Any], answers: Sequence[Answers]) -> "pd.DataFrame":
    """All comparisons of a table as COMPARISONS, protocol by protocol: pairs on each corpus, then over corpora.

    Parameters
    ----------
    settings
        As `workflow.results.compare_settings` gives them: of the table its `columns`, `rows`, `cells`, `protocols` and
        `baseline` (a system or ""); `confidence` (such as 0.95) and `samples` (of the bootstrap) of the intervals.
    answers
        Of the table's runs, in the order that `settings["cells"]` count them.
    """
    lines: list[Line] = []
    for protocol in settings["protocols"]:
        pairs = _pairs(settings, protocol, answers)
        over = _gains(settings, pairs) if settings["baseline"] else _over_corpora(settings, protocol, answers)
        found = [*pairs, *over]
        lines += [{"table": settings["table"], "protocol": protocol, **line} for line in found]
    return COMPARISONS.frame(lines)


def pair(a: Answers, b: Answers, confidence: float, samples: int) -> Line:
    """Compare two runs on the utterances that both have; no test is corrected."""
    in_a, right_a, right_b, names, speakers, clusters = _shared(a, b)
    c = significance.compare(right_a, right_b, speakers, confidence, samples, clusters)
    weights = significance.uar_weights(a.truth[in_a])
    weighted = right_a * weights, right_b * weights
    uar = significance.compare(*weighted, speakers, confidence, samples, clusters)
    return {
        **{"n": len(in_a), "speakers": len(names), "accuracy_a": right_a.mean(), "accuracy_b": right_b.mean()},
        **{"difference": c.difference, "difference_low": c.low, "difference_high": c.high},
        **{"method": _tests(c.method, uar.method), "p": c.p, "p_smallest": c.p_smallest},
        **{"uar_a": weighted[0].mean(), "uar_b": weighted[1].mean()},
        **{"uar_difference": uar.difference, "uar_difference_low": uar.low, "uar_difference_high": uar.high},
        **{"uar_p": uar.p, "uar_p_smallest": uar.p_smallest},
        "equivalent": equivalent(a, b, samples, LEVEL),
        "practice": a.score["practice"] or b.score["practice"],
        **{"marks_a": marks.of(a.score), "marks_b": marks.of(b.score)},
    }


def _tests(method: str, of_uar: str) -> str:
    """How accuracies were compared, and UAR where that was another test."""
    return method if of_uar == method else f"{method}; UAR: {of_uar}"


def equivalent(a: Answers, b: Answers, samples: int, level: float) -> bool:
    """Whether the accuracies of two runs differ by less than MARGIN, by a test at a level."""
    _, right_a, right_b, _, speakers, clusters = _shared(a, b)
    return significance.within(MARGIN, level, right_a, right_b, speakers, samples, clusters)


def _shared(a: Answers, b: Answers) -> tuple[Any, ...]:
    """Of the utterances that both have: places in a, answers of both, names of speakers, speakers, clusters."""
    _, in_a, in_b = np.intersect1d(a.utterances, b.utterances, return_indices=True)
    names, speakers = np.unique(a.speakers[in_a], return_inverse=True)
    clusters = None if a.clusters is None else numbered(a.clusters[in_a])
    return in_a, a.right[:, in_a], b.right[:, in_b], names, speakers, clusters


def _pairs(settings: Mapping[str, Any], protocol: str, answers: Sequence[Answers]) -> list[Line]:
    """All pairs of rows in all columns: a family of tests for each metric and of equivalence.

    Rows may be one run in a column (of two corpora, all others are the other one): two runs are one test of the family.
    """
    found: list[Line] = []
    tests: dict[frozenset[int], list[Line]] = {}
    runs: list[tuple[Answers, Answers]] = []
    labels = [row["label"] for row in settings["rows"]]
    for column in settings["columns"]:
        for (row_a, run_a), (row_b, run_b) in _compared(settings, _runs(settings, protocol, column)):
            a, b = answers[run_a], answers[run_b]
            if run_a == run_b or not len(np.intersect1d(a.utterances, b.utterances)):
                continue  # the same run in two rows
            compared = pair(a, b, settings["confidence"], settings["samples"])
            found.append({"test": column, "row_a": labels[row_a], "row_b": labels[row_b], **compared})
            if (both := frozenset((run_a, run_b))) not in tests:
                runs.append((a, b))
            tests.setdefault(both, []).append(found[-1])
    family = [*tests.values()]

    def still(i: int, level: float) -> bool:
        return family[i][0]["equivalent"] and equivalent(*runs[i], settings["samples"], level)

    corrected = significance.step_down([partial(still, i) for i in range(len(family))], LEVEL)
    for lines, same in zip(family, corrected, strict=True):
        for line in lines:
            line["equivalent"] = same
    for metric in ("", "uar_"):
        p, smallest = ([lines[0][f"{metric}{key}"] for lines in family] for key in ("p", "p_smallest"))
        for lines, adjusted in zip(family, significance.tarone(p, smallest, LEVEL), strict=True):
            for line in lines:
                line |= {f"{metric}p_holm": adjusted, f"{metric}significant": adjusted < LEVEL}
    return found


def _runs(settings: Mapping[str, Any], protocol: str, column: str) -> dict[int, int]:
    """Row -> run of the cells of a column that have one."""
    cells = [c for c in settings["cells"] if (c["column"], c["protocol"]) == (column, protocol)]
    return {c["row"]: c["score"] for c in cells if c["score"] is not None}


def _compared(settings: Mapping[str, Any], runs: Mapping[int, int]) -> Iterator[tuple[tuple[int, int], ...]]:
    """The pairs of (row, run) to compare: all, or each with the baseline's row of the same training set."""
    rows, baseline = settings["rows"], settings["baseline"]
    if not baseline:
        yield from combinations(runs.items(), 2)
        return
    bases = {rows[row]["train"]: row for row in runs if rows[row]["system"] == baseline}
    for row, run in runs.items():
        if rows[row]["system"] != baseline and (base := bases.get(rows[row]["train"])) is not None:
            yield (row, run), (base, runs[base])


def _gains(settings: Mapping[str, Any], pairs: Sequence[Line]) -> Iterator[Line]:
    """What each method gains over the baseline in UAR, over corpora, or over ordered pairs of two."""
    rows = {row["label"]: row for row in settings["rows"]}
    found: dict[str, list[Line]] = {}
    for pair in pairs:
        row = rows[pair["row_a"]]
        if not row["matrix"] or row["train"] not in (OTHERS, pair["test"]):
            found.setdefault(row["method"], []).append(pair)
    lines = []
    for method, own in found.items():
        gains = {(rows[pair["row_a"]]["train"], pair["test"]): pair["uar_difference"] for pair in own}
        if rows[own[0]["row_a"]]["matrix"]:
            gain = over_corpora.mean_gain_of_pairs(gains, settings["confidence"])
        else:
            gain = over_corpora.mean_gain([*gains.values()], settings["confidence"])
        lines.append(
            {
                **{"test": ALL, "row_a": method, "row_b": rows[own[0]["row_b"]]["method"], "n": len(own)},
                **{"uar_a": np.mean([pair["uar_a"] for pair in own]), "uar_b": np.mean([p["uar_b"] for p in own])},
                **{"uar_difference": gain.difference, "uar_difference_low": gain.low, "uar_difference_high": gain.high},
                **{"method": gain.method, "uar_p": gain.p, "uar_p_smallest": gain.p_smallest},
                **{"significant": False, "equivalent": False, "practice": any(pair["practice"] for pair in own)},
                **{f"marks_{x}": "".join(dict.fromkeys(m for p in own for m in p[f"marks_{x}"])) for x in "ab"},
            }
        )
    for line, p in zip(lines, significance.holm([line["uar_p"] for line in lines]), strict=True):
        yield {**line, "uar_p_holm": p, "uar_significant": p < LEVEL}


def _over_corpora(settings: Mapping[str, Any], protocol: str, answers: Sequence[Answers]) -> Iterator[Line]:
    """Friedman's and Nemenyi's tests over the columns in which every compared row has a run.

    Rows that are the same runs in all of them are one system, by the first of their labels.
    """
    at = {column: _runs(settings, protocol, column) for column in settings["columns"]}
    rows = [r for r in range(len(settings["rows"])) if any(r in runs for runs in at.values())]
    full = {column: runs for column, runs in at.items() if all(r in runs for r in rows)}
    same: dict[tuple[int, ...], int] = {}
    for row in rows:
        same.setdefault(tuple(runs[row] for runs in full.values()), row)
    rows = [*same.values()]
    table = np.array([[answers[runs[r]].right.mean() for r in rows] for runs in full.values()])
    ranking = over_corpora.rank(np.round(table.reshape(len(full), len(rows)), 6))
    if ranking is None:
        return
    practice = any(answers[runs[r]].score["practice"] for r in rows for runs in full.values())
    shared: Line = {"test": ALL, "n": len(full), "practice": practice, "equivalent": False, "uar_significant": False}
    overall = {"method": over_corpora.FRIEDMAN, "statistic": ranking.statistic, "p": ranking.p}
    yield {**shared, **overall, "significant": ranking.p < LEVEL}
    needed = [marks.of(*(answers[runs[r]].score for runs in full.values())) for r in rows]
    labels = [settings["rows"][r]["label"] for r in rows]
    for i, j in combinations(range(len(rows)), 2):
        p = float(ranking.pairs[i, j])
        yield {
            **shared,
            **{"row_a": labels[i], "row_b": labels[j], "rank_a": ranking.ranks[i], "rank_b": ranking.ranks[j]},
            **{"method": over_corpora.NEMENYI, "p": p, "significant": p < LEVEL and ranking.p < LEVEL},
            **{"marks_a": needed[i], "marks_b": needed[j]},
        }
