"""Confusion matrices of a table: one panel a run, rows and columns as in the table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from xser import paths
from xser.evaluation.score import DETAILS
from xser.figures import style
from xser.figures.base import Family, Inputs, marked_rows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xser.figures.view import View


@dataclass(frozen=True)
class Matrix:
    """Shares of answers, shape (classes, answers), each row summing to 1; how many utterances each row has."""

    classes: tuple[str, ...]
    answers: tuple[str, ...]
    shares: np.ndarray
    sizes: tuple[int, ...]

    @property
    def n(self) -> int:
        """Utterances in all."""
        return sum(self.sizes)


def matrix_of(details: "pd.DataFrame") -> Matrix:
    """Collect the confusions of the emotion head from the details of a score (DETAILS)."""
    lines = details[details["metric"].eq("confusion") & details["head"].eq("emotion")]
    sizes = lines.groupby("truth")["n"].first()
    answers = [*sizes.index, *sorted(set(lines["prediction"]) - set(sizes.index))]
    counts = lines.pivot(index="truth", columns="prediction", values="value").reindex(columns=answers)
    shares = counts.div(sizes, axis="index").fillna(0)
    return Matrix(tuple(sizes.index), tuple(answers), shares.to_numpy(), tuple(sizes))


class Confusion(Family):
    """Every run under a protocol."""

    title = "Confusion matrices"
    sources = paths.details("{protocol}", "*", "*", "*")
    order = 10

    def inputs(self, view: "View") -> dict[str, list[str]]:
        return {"details": view.details(), "scores": view.scores()}

    def settings(self, view: "View") -> dict[str, Any]:
        places = [place for place, _ in view.placed()]
        return {"columns": list(view.titles().values()), "places": places, "rows": view.rows()}

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        files = zip(settings["places"], inputs["details"], strict=True)
        matrices = {(row, column): matrix_of(DETAILS.read(path)) for (row, column), path in files}
        rows = marked_rows(settings["rows"], settings["places"], inputs["scores"])
        return draw(rows, settings["columns"], matrices)


FAMILY = Confusion()


def draw(rows: Sequence[str], columns: Sequence[str], matrices: Mapping[tuple[int, int], Matrix]) -> "Figure":
    """Draw the panel of (row, column) -> Matrix; a cell without one stays empty."""
    used = [r for r in range(len(rows)) if any((r, c) in matrices for c in range(len(columns)))]
    figure = style.new_figure(max(3.4, 1.3 + 1.62 * len(columns)), 0.75 + 1.62 * len(used))
    axes = figure.subplots(len(used), len(columns), squeeze=False)
    for i, r in enumerate(used):
        lowest = i == len(used) - 1
        for c, title in enumerate(columns):
            panel = axes[i][c]
            if i == 0:
                panel.set_title(title, pad=14)
            if (r, c) not in matrices:
                panel.set_axis_off()
                panel.text(0.5, 0.5, "no run", ha="center", va="center", color=style.GREY, transform=panel.transAxes)
            else:
                same = len({m.answers for m in matrices.values()}) == 1
                _panel(panel, matrices[r, c], left=c == 0 or not same, below=lowest or not same)
            if c == 0:
                label = fill(rows[r], 22, break_long_words=False, break_on_hyphens=False)
                panel.annotate(
                    label, (-0.78, 0.5), xycoords="axes fraction", rotation=90, ha="center", va="center",
                    weight="bold", size=8, annotation_clip=False,
                )  # fmt: skip
    figure.supxlabel("answered; per cent of the utterances of the emotion at the left", size=7.5)
    return figure


def _panel(panel: "Axes", matrix: Matrix, left: bool, below: bool) -> None:
    height, width = matrix.shares.shape
    style.cells(panel, matrix.shares, gap=0.6)
    panel.set_aspect("equal")
    for (y, x), share in np.ndenumerate(matrix.shares):
        panel.text(
            x + 0.5, y + 0.5, f"{100 * share:.0f}", ha="center", va="center", size=6.5, color=style.ink_on(share)
        )
    panel.set_xticks(np.arange(width) + 0.5, [a[:10] for a in matrix.answers] if below else [], rotation=90, size=6.5)
    panel.set_yticks(np.arange(height) + 0.5, [c[:10] for c in matrix.classes] if left else [], size=6.5)
    panel.tick_params(pad=1)
    panel.text(0.5, 1.02, f"n = {matrix.n}", ha="center", va="bottom", size=6.5, transform=panel.transAxes)
