"""The cross-corpus heat map: trained on a row's corpora, tested on a column's corpus."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xser import paths
from xser.evaluation import marks
from xser.figures import style
from xser.figures.base import Family, Inputs, Record
from xser.tables.cells import CELLS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xser.figures.view import View

METRICS = (("uar", "Unweighted average recall (%)"), ("accuracy", "Accuracy (%)"))


class HeatMap(Family):
    """A table that trains on each corpus in turn."""

    title = "Every corpus against every corpus"
    sources = paths.table("{table}", "tsv")
    order = 20

    def exists(self, view: "View") -> bool:
        return any(row.matrix for row in view.study.tables[view.table].rows)

    def inputs(self, view: "View") -> dict[str, list[str]]:
        return {"table": [paths.table(view.table, "tsv")]}

    def settings(self, view: "View") -> dict[str, Any]:
        return {"columns": view.columns, "protocol": view.protocol, "titles": view.titles()}

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        cells = [c for c in CELLS.records(inputs["table"][0]) if c["protocol"] == settings["protocol"]]
        rows = list(dict.fromkeys(c["row"] for c in cells))
        return draw(rows, settings["columns"], settings["titles"], cells)


FAMILY = HeatMap()


def draw(rows: Sequence[str], columns: Sequence[str], titles: Mapping[str, str], cells: Sequence[Record]) -> "Figure":
    """Draw UAR and accuracy with their intervals, side by side; `cells` are CELLS of one protocol."""
    at = {(c["row"], c["test"]): c for c in cells if c["n"]}
    figure = style.new_figure(2.3 + 1.75 * len(columns), 1.5 + 0.52 * len(rows))
    for panel, (metric, title) in zip(figure.subplots(1, 2, sharey=True), METRICS, strict=True):
        values = np.full((len(rows), len(columns)), np.nan)
        for (row, test), cell in at.items():
            values[rows.index(row), columns.index(test)] = cell[metric]
        _panel(panel, rows, columns, titles, values, at, metric)
        panel.set_title(title)
    figure.supxlabel("tested on (framed: trained on the same corpus)", size=8.5)  # one: two would meet
    return figure


def _panel(
    panel: "Axes",
    rows: Sequence[str],
    columns: Sequence[str],
    titles: Mapping[str, str],
    values: np.ndarray,
    at: Mapping[tuple[str, str], Record],
    metric: str,
) -> None:
    style.cells(panel, values)
    for (row, test), cell in at.items():
        y, x = rows.index(row), columns.index(test)
        low, high = (f"{100 * cell[f'{metric}_{end}']:.0f}" for end in ("low", "high"))
        ink = style.ink_on(values[y, x])
        number = marks.marked(f"{100 * values[y, x]:.0f}", cell)
        panel.text(x + 0.5, y + 0.4, number, ha="center", va="center", color=ink, weight="bold")
        panel.text(x + 0.5, y + 0.76, f"{low}–{high}", ha="center", va="center", color=ink, size=6.5)
        if cell["train"] == test:
            style.frame(panel, x, y)
    n = {test: cell["n"] for (_, test), cell in sorted(at.items())}
    chance = {test: f"{100 * cell['chance']:.0f}" for (_, test), cell in sorted(at.items())}
    labels = [f"{titles[c]}\nn = {n.get(c, '–')}\nchance {chance.get(c, '–')}" for c in columns]
    panel.set_xticks(np.arange(len(columns)) + 0.5, labels)
    panel.set_yticks(np.arange(len(rows)) + 0.5, rows)
    if panel.get_subplotspec().is_first_col():  # type: ignore[union-attr]
        panel.set_ylabel("trained on")
