"""What each row of a table gains over its baseline, as heat maps: by method and corpus, or by pair of corpora."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from xser import paths
from xser.evaluation import marks
from xser.figures import style
from xser.figures.base import Family, Inputs, Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xser.config.tables import Row
    from xser.figures.view import View

MAP = "RdBu"  # red loses, blue gains; readers without red or green can tell the two apart
WIDE = 3  # panels side by side
ALL, MEAN = "(all columns)", "mean"  # as comparisons.py, which is heavy, calls it, and as the figure does


class Gains(Family):
    """A table with a baseline; one that trains on each corpus has a panel a method."""

    title = "What each method gains over the baseline"
    sources = paths.table("{table}", "comparisons.tsv")
    order = 15

    def exists(self, view: "View") -> bool:
        return bool(view.study.tables[view.table].baseline and self._compared(view))

    @staticmethod
    def _compared(view: "View") -> "list[Row]":
        """The rows that are compared with the baseline."""
        table = view.study.tables[view.table]
        return [row for row in table.rows if row.system not in ("", table.baseline)]

    def inputs(self, view: "View") -> dict[str, list[str]]:
        return {"comparisons": [paths.table(view.table, "comparisons.tsv")]}

    def settings(self, view: "View") -> dict[str, Any]:
        table = view.study.tables[view.table]
        methods = {row.method for row in table.rows if row.system == table.baseline}
        return {
            "baseline": methods.pop() if len(methods) == 1 else "the baseline",
            "columns": view.columns,
            "protocol": view.protocol,
            "rows": [
                {"label": row.label, "matrix": row.matrix, "method": row.method, "train": row.train}
                for row in self._compared(view)
            ],
            "titles": view.titles(),
        }

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        from xser.evaluation.comparisons import COMPARISONS

        lines = [c for c in COMPARISONS.records(inputs["comparisons"][0]) if c["protocol"] == settings["protocol"]]
        return draw(settings, lines)


FAMILY = Gains()


def draw(settings: Mapping[str, Any], lines: Sequence[Record]) -> "Figure":
    """Draw the gains in UAR, in points; `lines` are COMPARISONS of one protocol, `settings` those of the family."""
    rows, columns = settings["rows"], settings["columns"]
    matrix = any(row["matrix"] for row in rows)
    panels: dict[str, list[Record]] = {}
    for row in rows:
        panels.setdefault(row["method"] if matrix else "", []).append(row)
    at = {(line["row_a"], line["test"]): line for line in lines}
    gains = [abs(line["uar_difference"]) for line in lines if line["uar_difference"] is not None]
    largest = max(0.01, *gains)  # where nothing differs no cell has a colour
    wide = min(WIDE, len(panels))
    high = -(-len(panels) // wide)
    tall = 0.75 + 0.42 * max(map(len, panels.values()))
    figure = style.new_figure(2.2 + wide * (0.6 + 0.78 * (len(columns) + 1 - matrix)), 0.5 + high * tall)
    axes = figure.subplots(high, wide, squeeze=False).ravel()
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    for axis, (method, own) in zip(axes, panels.items(), strict=False):
        tests = [*columns] if matrix else [*columns, ALL]
        _panel(axis, own, tests, at, largest, matrix)
        over = at.get((method, ALL))
        mean = f", mean {_points(over)}" if over else ""
        over_what = marks.beside(settings["baseline"], _marks(lines, "marks_b"))
        title = f"{method}{mean}" if matrix else f"gain in UAR over {over_what}, points"
        axis.set_title(fill(title, 6 + 10 * len(tests)))
        titles = {**settings["titles"], ALL: MEAN}
        axis.set_xticks(np.arange(len(tests)) + 0.5, [titles[t] for t in tests], rotation=30, ha="right")
        names = [settings["titles"].get(r["train"], "all others") if r["matrix"] else r["label"] for r in own]
        found = [_marks([line for line in lines if line["row_a"] == row["label"]], "marks_a") for row in own]
        axis.set_yticks(np.arange(len(own)) + 0.5, map(marks.beside, names, found))
    return figure


def _panel(
    axis: "Axes",
    rows: Sequence[Record],
    tests: Sequence[str],
    at: Mapping[tuple[str, str], Record],
    largest: float,
    matrix: bool,
) -> None:
    values = np.full((len(rows), len(tests)), np.nan)
    for y, row in enumerate(rows):
        for x, test in enumerate(tests):
            if line := at.get((row["label"] if test != ALL else row["method"], test)):
                values[y, x] = line["uar_difference"]
                ink = style.ON_DARK if abs(values[y, x]) > 0.6 * largest else style.ON_LIGHT
                axis.text(x + 0.5, y + 0.5, _points(line), ha="center", va="center", color=ink, size=7.5)
            if matrix and row["train"] == test:
                style.frame(axis, x, y)
    style.cells(axis, values, -largest, largest, MAP)


def _marks(lines: Sequence[Record], side: str) -> str:
    """The marks of some lines, each once."""
    return "".join(dict.fromkeys(mark for line in lines for mark in line[side]))


def _points(line: Record) -> str:
    """A gain in points, with a star where it is significant."""
    return f"{100 * line['uar_difference']:+z.1f}{'*' if line['uar_significant'] else ''}"
