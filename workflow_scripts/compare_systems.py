"""Compare the systems of one table: pairs on each tested corpus, and all of them over corpora."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from xser.evaluation import predictions, significance
from xser.files import read_tsv, write_text, write_tsv
from xser.job import log
from xser.tables import marks
from xser.tables.rendering import markdown_table

LEVEL = 0.05
ALL = "(all columns)"
COLUMNS = (
    *("table", "protocol", "test", "row_a", "row_b", "n", "speakers", "accuracy_a", "accuracy_b"),
    *("difference", "difference_low", "difference_high", "rank_a", "rank_b", "method", "statistic"),
    *("p", "p_holm", "p_smallest", "significant", "practice", "marks_a", "marks_b"),
)


@dataclass(frozen=True)
class Answers:
    """What a run got right: for each utterance its speaker and the share of seeds that are right; and its score."""

    utterances: np.ndarray
    speakers: np.ndarray
    right: np.ndarray
    score: Mapping[str, str]

    @property
    def practice(self) -> bool:
        """Whether practice data reached the run."""
        return self.score["practice"] == "yes"


def _read(path: str, score: str) -> Answers:
    p = predictions.read(path)
    return Answers(p.utterances, p.speakers, (p.predicted == p.truth).mean(axis=0), read_tsv(score)[0])


def _figure(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6f}"


def _pair(a: Answers, b: Answers, confidence: float, samples: int) -> dict[str, Any]:
    """Two runs on the utterances that both have."""
    _, in_a, in_b = np.intersect1d(a.utterances, b.utterances, return_indices=True)
    right_a, right_b = a.right[in_a], b.right[in_b]
    names, speakers = np.unique(a.speakers[in_a], return_inverse=True)
    c = significance.compare(right_a, right_b, speakers, confidence, samples)
    return {
        "n": len(in_a),
        "speakers": len(names),
        "accuracy_a": _figure(right_a.mean()),
        "accuracy_b": _figure(right_b.mean()),
        "difference": _figure(c.difference),
        "difference_low": _figure(c.low),
        "difference_high": _figure(c.high),
        "method": c.method,
        "p": c.p,
        "p_smallest": _figure(c.p_smallest),
        "practice": "yes" if a.practice or b.practice else "no",
        "marks_a": marks.of(a.score),
        "marks_b": marks.of(b.score),
    }


def _pairs(settings: Mapping[str, Any], protocol: str, answers: Sequence[Answers]) -> list[dict[str, Any]]:
    """All pairs of rows in all columns: one family of tests for Holm's correction."""
    family = []
    for column in settings["columns"]:
        cells = [c for c in settings["cells"] if (c["column"], c["protocol"]) == (column, protocol)]
        runs = [(c["row"], c["score"]) for c in cells if c["score"] is not None]
        for (row_a, score_a), (row_b, score_b) in combinations(runs, 2):
            if score_a == score_b or not len(np.intersect1d(answers[score_a].utterances, answers[score_b].utterances)):
                continue  # the same run in two rows
            rows = {"row_a": settings["rows"][row_a]["label"], "row_b": settings["rows"][row_b]["label"]}
            pair = _pair(answers[score_a], answers[score_b], settings["confidence"], settings["samples"])
            family.append({"test": column, **rows, **pair})
    for line, adjusted in zip(family, significance.holm([line["p"] for line in family]), strict=True):
        line |= {"p": _figure(line["p"]), "p_holm": _figure(adjusted), "significant": _yes(adjusted < LEVEL)}
    return family


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _over_corpora(settings: Mapping[str, Any], protocol: str, answers: Sequence[Answers]) -> Iterator[dict[str, Any]]:
    """Friedman's and Nemenyi's tests over the columns in which every compared row has a run."""
    at = {
        (c["row"], c["column"]): c["score"]
        for c in settings["cells"]
        if c["protocol"] == protocol and c["score"] is not None
    }
    rows = [
        r
        for r, row in enumerate(settings["rows"])
        if not row["published"] and any((r, c) in at for c in settings["columns"])
    ]
    columns = [c for c in settings["columns"] if all((r, c) in at for r in rows)]
    table = np.array([[answers[at[r, c]].right.mean() for r in rows] for c in columns]).reshape(len(columns), len(rows))
    ranking = significance.rank(np.round(table, 6))
    if ranking is None:
        return
    shared: dict[str, Any] = {
        "test": ALL,
        "n": len(columns),
        "practice": _yes(any(answers[at[r, c]].practice for r in rows for c in columns)),
    }
    overall = {"method": significance.FRIEDMAN, "statistic": _figure(ranking.statistic), "p": _figure(ranking.p)}
    yield {**shared, **overall, "significant": _yes(ranking.p < LEVEL)}
    needed = [marks.of(*(answers[at[r, c]].score for c in columns)) for r in rows]
    for i, j in combinations(range(len(rows)), 2):
        p = float(ranking.pairs[i, j])
        yield {
            **shared,
            "row_a": settings["rows"][rows[i]]["label"],
            "row_b": settings["rows"][rows[j]]["label"],
            "rank_a": _figure(ranking.ranks[i]),
            "rank_b": _figure(ranking.ranks[j]),
            "method": significance.NEMENYI,
            "p": _figure(p),
            "significant": _yes(p < LEVEL and ranking.p < LEVEL),
            "marks_a": needed[i],
            "marks_b": needed[j],
        }


def _row(line: Mapping[str, Any], side: str) -> str:
    """The label of row `a` or `b` with its marks."""
    return marks.beside(line[f"row_{side}"], line[f"marks_{side}"])


def _points(line: Mapping[str, Any]) -> str:
    """A difference in percentage points with its interval."""
    shown = [f"{round(100 * float(x), 1) + 0.0:+.1f}" for k in ("", "_low", "_high") if (x := line[f"difference{k}"])]
    return f"{shown[0]} [{shown[1]}, {shown[2]}]" if len(shown) == 3 else shown[0]


def _small(p: str) -> str:
    return "< 0.001" if float(p) < 0.001 else f"{float(p):.3f}"


def _markdown(settings: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], answers: Sequence[Answers]) -> str:
    """All comparisons, a section a protocol; what the marks of their rows mean."""
    parts = [f"### {settings['table']}: are the systems different?", ""]
    if any(line["practice"] == "yes" for line in lines):
        parts += ["Practice data (synthetic speech) is among what is compared; those differences mean nothing.", ""]
    for protocol in settings["protocols"]:
        here = [line for line in lines if line["protocol"] == protocol]
        pairs = [line for line in here if line["test"] != ALL]
        if not pairs:
            parts += [f"Protocol {protocol}: nothing to compare.", ""]
            continue
        parts += [
            f"Protocol {protocol}: differences in accuracy, in percentage points.",
            "",
            _pair_table(settings, pairs),
            "",
        ]
        parts += _over_corpora_text([line for line in here if line["test"] == ALL])
    parts += [
        f"Intervals are at {100 * settings['confidence']:g} %. "
        f"Holm: p corrected for all comparisons of the protocol; significant below {LEVEL:g}. "
        "Smallest p: what the test could give at best; by speaker it depends on their number alone.",
        "",
    ]
    if meanings := marks.notes(a.score for a in answers):
        parts += [*(f"- {m}" for m in meanings), ""]
    return "\n".join(parts)


def _pair_table(settings: Mapping[str, Any], pairs: Sequence[Mapping[str, Any]]) -> str:
    head = ["tested on", "a", "b", "n", "a - b", "p", "Holm", "smallest p", "significant", "test"]
    rows = [
        [
            settings["titles"][line["test"]] + (" (practice)" if line["practice"] == "yes" else ""),
            _row(line, "a"),
            _row(line, "b"),
            str(line["n"]),
            _points(line),
            _small(line["p"]),
            _small(line["p_holm"]),
            _small(line["p_smallest"]),
            line["significant"],
            line["method"],
        ]
        for line in pairs
    ]
    return markdown_table(head, rows)


def _over_corpora_text(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    if not lines:
        return ["Over corpora: Friedman's test needs three systems that are all tested on the same two or more.", ""]
    overall, *pairs = lines
    ranks = {_row(p, side): p[f"rank_{side}"] for p in pairs for side in ("a", "b")}
    shown = ", ".join(f"{row} {float(r):.2f}" for row, r in sorted(ranks.items(), key=lambda item: float(item[1])))
    different = [f"{_row(p, 'a')} and {_row(p, 'b')} (p {_small(p['p'])})" for p in pairs if p["significant"] == "yes"]
    return [
        f"Over {overall['n']} corpora: Friedman's chi-squared {float(overall['statistic']):.2f}, "
        f"p {_small(overall['p'])}; mean ranks: {shown}; Nemenyi's test tells apart: {'; '.join(different) or 'none'}.",
        "",
    ]


def main(predictions_tsv: Sequence[str], scores: Sequence[str], tsv: str, md: str, settings: dict[str, Any]) -> None:
    """Write all comparisons of a table.

    Parameters
    ----------
    predictions_tsv, scores
        Predictions and scores of its runs, in the order that `settings["cells"]` count them.
    tsv, md
        What is written: one line a comparison, and the same to read.
    settings
        As for make_table.py, and `confidence` (such as 0.95) and `samples` (of the bootstrap) of the intervals.
    """
    answers = [_read(path, score) for path, score in zip(predictions_tsv, scores, strict=True)]
    with threadpool_limits(1):  # the same bytes whatever the number of cores
        lines = [
            {**dict.fromkeys(COLUMNS, ""), "table": settings["table"], "protocol": protocol, **line}
            for protocol in settings["protocols"]
            for line in [*_pairs(settings, protocol, answers), *_over_corpora(settings, protocol, answers)]
        ]
    write_tsv(tsv, COLUMNS, lines)
    write_text(md, _markdown(settings, lines, answers))
    log.info("%d comparisons, %d significant", len(lines), sum(line["significant"] == "yes" for line in lines))


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            snakemake.input.predictions,
            snakemake.input.scores,
            snakemake.output.tsv,
            snakemake.output.md,
            snakemake.params.settings,
        )
