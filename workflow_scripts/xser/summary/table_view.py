"""What the page shows of one table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from markupsafe import Markup

from xser.evaluation import marks, paper_figures
from xser.evaluation.comparisons import ALL, COMPARISONS
from xser.evaluation.letters import letters
from xser.evaluation.metrics import ACCURACY, METRICS, PAGE, Form, Metric
from xser.summary.traced import TracedLine
from xser.tables.layout import head_form, head_title

VERDICTS = {  # verdict -> its sign, and what it means
    paper_figures.DIFFERS: ("≠", "differs from the paper's"),
    paper_figures.AGREES: ("≈", "agrees with the paper's"),
    paper_figures.UNKNOWN: ("?", "cannot tell from the paper's"),
    paper_figures.NOT_COMPARABLE: ("", "not comparable with the paper's"),
    paper_figures.PRACTICE: ("", "practice data"),
}
LEVELS = {"chance": "chance level", "majority": "majority class"}
Run = tuple[str, str, str, str]  # protocol, system, training set, tested corpus
SHOWN = [metric for metric in METRICS if PAGE in metric.shown]


def compared_by(metric: Metric) -> str:
    """How the columns of a metric begin in COMPARISONS."""
    return "" if metric is ACCURACY else f"{metric.name}_"


COMPARED = [metric for metric in SHOWN if f"{compared_by(metric)}difference" in COMPARISONS.columns]


@dataclass(frozen=True)
class Difference:
    """One row less another, on a corpus and by a metric; `turned`: the file has the other less the one."""

    line: TracedLine
    metric: Metric
    turned: bool

    def _of(self, name: str) -> Any:
        return self.line[f"{compared_by(self.metric)}{name}"]

    @property
    def value(self) -> float:
        """The difference, a fraction."""
        return -self._of("difference") if self.turned else self._of("difference")  # type: ignore[no-any-return]

    @property
    def significant(self) -> bool:
        """Whether it is, among all of its table and protocol."""
        return bool(self._of("significant"))

    def show(self) -> Markup:
        """In percentage points."""
        return self.line.show(f"{compared_by(self.metric)}difference", "points", self.turned)

    def size(self) -> Markup:
        """In percentage points, without its sign."""
        return self.line.show(f"{compared_by(self.metric)}difference", "percent", self._of("difference") < 0)

    def p(self) -> Markup:
        """Holm's p, as a sentence has it."""
        return self.line.show(f"{compared_by(self.metric)}p_holm", "p")


@dataclass(frozen=True)
class Standing:
    """A cell by one metric: best of its column, its letters, its difference from the reference if that is another."""

    best: bool = False
    letters: str = ""
    difference: Difference | None = None


@dataclass(frozen=True)
class Results:
    """One table: `id`, `caption`, `columns`, `titles`, `reference`, `matrix`, `baseline` of it, the lines of its files.

    `matrix` are the labels of its rows that train on each corpus, or on all others.

    `details` are what `of_emotion` chose of each run's details; `notes` stand below the table; `files` are
    what a reader may keep: (name, packed text).
    """

    settings: Mapping[str, Any]
    lines: Sequence[TracedLine]
    compared: Sequence[TracedLine]
    spread: Sequence[TracedLine]
    details: Mapping[Run, Sequence[TracedLine]] = field(default_factory=dict)
    notes: Sequence[str] = ()
    files: Sequence[tuple[str, str]] = ()

    @property
    def protocols(self) -> list[str]:
        """The protocols of its cells."""
        return list(dict.fromkeys(line["protocol"] for line in self.lines))

    @property
    def run(self) -> list[TracedLine]:
        """The cells that have a run."""
        return [line for line in self.lines if line["n"]]

    @property
    def practice(self) -> bool:
        """Whether any cell shows results of practice data."""
        return any(line["practice"] for line in self.run)

    def column(self, protocol: str, test: str) -> list[TracedLine]:
        """The cells with a run that are tested on a corpus under a protocol."""
        return [line for line in self.run if (line["protocol"], line["test"]) == (protocol, test)]

    def rows(self, protocol: str) -> Iterator[tuple[str, list[tuple[TracedLine, Mapping[str, Standing]]]]]:
        """Yield label and cells of each row, a cell with what is to be seen of it by each metric."""
        columns = self.settings["columns"]
        at = {(x["row"], x["test"]): x for x in self.lines if x["protocol"] == protocol}
        seen = {m.name: {test: self._seen(protocol, test, m) for test in columns} for m in SHOWN}
        for row in dict.fromkeys(line["row"] for line in self.lines):
            cells = [at[row, test] for test in columns]
            if any(x["n"] or not x["system"] for x in cells) or protocol == self.protocols[0]:
                yield row, [(x, {m: seen[m][x["test"]].get(row, Standing()) for m in seen}) for x in cells]

    def _seen(self, protocol: str, test: str, metric: Metric) -> dict[str, Standing]:
        """What is to be seen of each row in a column."""
        lines = self.ranked(protocol, test, metric)
        apart = {
            frozenset((x["row"], y["row"]))
            for x in ([] if self.settings["baseline"] else lines)  # with a baseline not all pairs are compared
            for y in lines
            if (d := self.difference(x, y, metric)) and d.significant
        }
        found = letters([x["row"] for x in lines], sorted(apart, key=sorted))
        top = lines[0][metric.name] if len(lines) > 1 else None
        return {x["row"]: Standing(x[metric.name] == top, found[x["row"]], self.against(x, metric)) for x in lines}

    def ranked(self, protocol: str, test: str, metric: Metric) -> list[TracedLine]:
        """The cells of a column, the best first."""
        return sorted(self.column(protocol, test), key=lambda x: -x[metric.name])

    def against(self, line: TracedLine, metric: Metric) -> Difference | None:
        """A cell less the one that it is to be seen against.

        That is the one of the baseline, where a table has one; the one trained on the tested corpus, where a table
        trains on each; else that of the reference row.
        """
        others = [x for x in self.column(line["protocol"], line["test"]) if x is not line]
        if self.settings["baseline"]:
            others = [x for x in others if (line["protocol"], line["test"], line["row"], x["row"]) in self._pairs]
        elif self.settings["matrix"]:
            others = [x for x in others if x["train"] == x["test"] and x["system"] == line["system"]]
        else:
            others = [x for x in others if x["row"] == self.reference_row]
        return self.difference(line, others[0], metric) if others else None

    @cached_property
    def reference_row(self) -> str:
        """The label of the reference row; empty where there is none."""
        rows = list(dict.fromkeys(x["row"] for x in self.run))
        by_row = not self.settings["matrix"] and not self.settings["baseline"] and len(rows) > 1
        return (self.settings["reference"] or rows[0]) if by_row else ""

    @cached_property
    def _pairs(self) -> dict[tuple[str, str, str, str], TracedLine]:
        return {(x["protocol"], x["test"], x["row_a"], x["row_b"]): x for x in self.compared if x["test"] != ALL}

    def difference(self, one: TracedLine, other: TracedLine, metric: Metric) -> Difference | None:
        """One cell less another of its column; None where they were not compared."""
        place = one["protocol"], one["test"]
        for pair, turned in (((one["row"], other["row"]), False), ((other["row"], one["row"]), True)):
            if metric in COMPARED and (line := self._pairs.get((*place, *pair))):
                return Difference(line, metric, turned)
        return None

    def pairs(self) -> list[TracedLine]:
        """The comparisons on each corpus, significant ones first."""
        tests = [f"{compared_by(m)}{name}" for name in ("significant", "p_holm") for m in COMPARED]
        significant, p = tests[: len(COMPARED)], tests[len(COMPARED) :]
        return sorted(
            self._pairs.values(), key=lambda x: (not any(x[c] for c in significant), min(x[c] for c in p), x.number)
        )

    def friedman(self, protocol: str) -> tuple[TracedLine, list[tuple[str, TracedLine, str]], list[TracedLine]] | None:
        """Friedman's test over corpora, each row's mean rank (label, line, column), and what Nemenyi's tells apart."""
        over = self._over(protocol)
        if not over or self.settings["baseline"]:
            return None
        ranks = {x[f"row_{side}"]: (x, f"rank_{side}") for x in over[1:] for side in ("a", "b")}
        ordered = sorted(ranks.items(), key=lambda item: item[1][0][item[1][1]])
        return over[0], [(row, *at) for row, at in ordered], [x for x in over[1:] if x["significant"]]

    def gains(self, protocol: str) -> list[TracedLine]:
        """What each row gains over the baseline in UAR over corpora, the most first."""
        return sorted(self._over(protocol), key=lambda x: -x["uar_difference"]) if self.settings["baseline"] else []

    def gained_over(self, protocol: str) -> str:
        """What gains are over: the baseline's label, where it has one row or one label for each corpus."""
        labels = {x["row_b"] for x in self.gains(protocol)}
        return labels.pop() if len(labels) == 1 else "the baseline"

    def _over(self, protocol: str) -> list[TracedLine]:
        return [x for x in self.compared if (x["test"], x["protocol"]) == (ALL, protocol)]

    def by_emotion(self, protocol: str) -> Iterator[tuple[str, list[str], list[tuple[str, dict[Any, TracedLine]]]]]:
        """Yield each tested corpus with its emotions, and its rows: label, (metric, emotion) -> line of details."""
        for test in self.settings["columns"]:
            rows = []
            for x in self.column(protocol, test):
                lines = self.details.get(run_of_cell(x), ())
                rows.append((x["row"], {(d["metric"], d["truth"]): d for d in lines}))
            if emotions := list(dict.fromkeys(emotion for _, found in rows for _, emotion in found)):
                yield test, emotions, rows

    def where(self, test: str, protocol: str, between: str = ", ") -> str:
        """A tested corpus, and the protocol where there are several."""
        title: str = self.settings["titles"][test]
        return f"{title}{between}{protocol}" if len(self.protocols) > 1 else title

    def spread_rows(self) -> Iterator[tuple[str, str, TracedLine]]:
        """Yield where, the row with its marks, and the line of each row of the spread."""
        several = len({line["protocol"] for line in self.spread}) > 1
        for line in self.spread:
            title = self.settings["titles"][line["test"]] + (" (practice)" if line["practice"] else "")
            yield f"{title}, {line['protocol']}" if several else title, marks.marked(line["row"], line.cells), line


def run_of_cell(cell: TracedLine) -> Run:
    """The run of a cell."""
    return cell["protocol"], cell["system"], cell["train"], cell["test"]


def of_emotion(line: TracedLine) -> bool:
    """Whether a line of details is an emotion's recall or F1."""
    return line["head"] == "emotion" and line["truth"] != "" and line["metric"] in ("recall", "f1")


def distinct(lines: Sequence[TracedLine], column: str) -> list[TracedLine]:
    """One line for each value of a column."""
    return list({x[column]: x for x in reversed(lines)}.values())[::-1]


def cell_marks(line: TracedLine) -> Iterator[tuple[str, str, str]]:
    """Yield class, text and reason of the marks of a cell."""
    for column, mark in marks.MARKS.items():
        if line[column]:
            yield column, mark.short, line[column]


def heads(line: TracedLine) -> Iterator[tuple[str, Form, TracedLine]]:
    """Yield title, form and numbers of the further tasks of a multi-task system in a cell."""
    for head, found in line.unpacked("heads").items():
        yield head_title(head, found["metric"]), head_form(found["metric"]), found
