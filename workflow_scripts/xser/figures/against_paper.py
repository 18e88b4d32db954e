"""Ours against the paper's: a dot plot with both intervals, corpus by corpus."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xser import paths
from xser.evaluation import marks
from xser.figures import style
from xser.figures.base import Family, Inputs, Record
from xser.tables.cells import CELLS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from xser.figures.view import View

PAPER, OTHERS, CHANCE = "Goel & Beigi 2020", "as published by others", "chance"


class AgainstPaper(Family):
    """A table with values of the paper."""

    shows = "table"
    title = "Ours against the paper's"
    sources = paths.table("{table}", "tsv")

    def exists(self, view: "View") -> bool:
        return any(cell.paper is not None and cell.run for cell in view.cells())

    def inputs(self, view: "View") -> dict[str, list[str]]:
        return {"table": [paths.table(view.table, "tsv")]}

    def settings(self, view: "View") -> dict[str, Any]:
        return {"columns": view.columns, "titles": view.titles()}

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        return draw(settings["columns"], settings["titles"], CELLS.records(inputs["table"][0]))


FAMILY = AgainstPaper()


def draw(columns: Sequence[str], titles: Mapping[str, str], cells: Sequence[Record]) -> "Figure":
    """Draw all cells of a table (lines of its TSV); one panel a tested corpus, one line a row and protocol."""
    rows = list(dict.fromkeys(c["row"] for c in cells))
    protocols = list(dict.fromkeys(c["protocol"] for c in cells))
    height = 0.9 + (0.34 + 0.16 * len(protocols)) * len(rows)
    figure = style.new_figure(2.2 + 1.95 * len(columns), height + 0.5)
    panels = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
    for panel, column in zip(panels, columns, strict=True):
        here = [c for c in cells if c["test"] == column]
        _panel(panel, rows, protocols, here)
        sizes = [(c["n"], c["protocol"]) for p in protocols for c in here if c["n"] and c["protocol"] == p]
        n = [f"{size} ({p})" if len(protocols) > 1 else str(size) for size, p in dict.fromkeys(sizes)]
        theirs = sorted({c["paper_n"] for c in here} - {None})
        note = f"n = {', '.join(n) or '–'}" + (f"\npaper's n = {theirs[0]}" if theirs else "")
        panel.set_title(titles[column], pad=10 + 9 * note.count("\n") + 6)
        panel.text(0.5, 1.02, note, ha="center", va="bottom", size=6.5, transform=panel.transAxes)
    labels = [marks.marked(row, *(c for c in cells if c["row"] == row)) for row in rows]
    panels[0].set_yticks(range(len(rows)), labels)
    panels[0].set_ylim(len(rows) - 0.5, -0.5)
    style.legend(figure, _legend(protocols, others=any(not c["system"] for c in cells)))
    return figure


def _panel(panel: "Axes", rows: Sequence[str], protocols: Sequence[str], cells: Sequence[Record]) -> None:
    for cell in cells:
        y = rows.index(cell["row"])
        if cell["paper"] is not None and cell["protocol"] == protocols[0]:
            colour = style.VERMILLION if cell["system"] else style.ORANGE
            _dot(panel, cell, "paper", y - 0.15, colour, "s", filled=False)
        if cell["n"]:
            index = protocols.index(cell["protocol"])
            colour = (style.BLUE, style.GREEN, style.PURPLE)[index % 3]
            below = 0.3 * ((index + 1) / len(protocols)) - 0.15
            _dot(panel, cell, "accuracy", y + below, colour, style.MARKERS[2 * index % 7], True)
    for chance in sorted({c["chance"] for c in cells if c["n"]}):
        panel.axvline(100 * chance, color=style.GREY, linewidth=1.2, linestyle=":", zorder=1)
    for y in range(1, len(rows)):
        panel.axhline(y - 0.5, color=style.PALE, linewidth=0.6, zorder=0)
    panel.set_xlim(0, 100)
    panel.set_xlabel("accuracy (%)", size=7.5)
    panel.grid(axis="x")
    panel.tick_params(axis="y", length=0)


def _dot(panel: "Axes", cell: Record, name: str, y: float, colour: str, marker: str, filled: bool) -> None:
    value = 100 * cell[name]
    if cell[f"{name}_low"] is not None:
        panel.hlines(y, 100 * cell[f"{name}_low"], 100 * cell[f"{name}_high"], color=colour, linewidth=1.4)
    panel.plot(
        value, y, marker, color=colour, markerfacecolor=colour if filled else "white", markersize=5.5, clip_on=False
    )


def _legend(protocols: Sequence[str], others: bool) -> "list[Line2D]":
    """The legend; `others`: there are rows of what others have published."""
    labels = {PAPER: style.VERMILLION} | ({OTHERS: style.ORANGE} if others else {})
    handles = [style.line(x, marker="s", color=colour, markerfacecolor="white") for x, colour in labels.items()]
    for i, p in enumerate(protocols):
        colour = (style.BLUE, style.GREEN, style.PURPLE)[i % 3]
        handles.append(style.line(f"ours, protocol {p}", marker=style.MARKERS[2 * i % 7], color=colour))
    return [*handles, style.line(CHANCE, color=style.GREY, linestyle=":")]
