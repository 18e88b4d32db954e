"""How each speaker fares when held out, beside the paper's held-out speaker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    from matplotlib.lines import Line2D

    from xser.figures.view import View

METRICS = (("accuracy", "accuracy (%)"), ("uar", "unweighted average recall (%)"))


@dataclass(frozen=True)
class BySpeaker:
    """One run's values by speaker, and of all; speakers in alphabetical order."""

    speakers: tuple[str, ...]
    values: dict[str, tuple[float, ...]]
    overall: dict[str, tuple[float, float, float]]
    n: int


def values_of(details: "pd.DataFrame") -> BySpeaker:
    """Collect from the details of a score (DETAILS)."""
    lines = details[details["head"].eq("emotion") & details["seed"].isna() & details["truth"].eq("")]
    each = lines[lines["speaker"].ne("")].pivot(index="speaker", columns="metric", values="value").sort_index()
    total = lines[lines["speaker"].eq("")].set_index("metric")
    return BySpeaker(
        tuple(each.index),
        {m: tuple(each[m]) for m, _ in METRICS},
        {m: tuple(total.loc[m, ["value", "low", "high"]]) for m, _ in METRICS},
        int(total.loc["accuracy", "n"]),  # type: ignore[arg-type]
    )


class Speakers(Family):
    """A protocol that tests every speaker, beside the table's protocol that holds out the paper's."""

    title = "Who is held out: every speaker once"
    sources = paths.details("{protocol}", "*", "*", "*")
    order = 30

    def exists(self, view: "View") -> bool:
        return view.study.protocols[view.protocol].tests_everyone

    @staticmethod
    def _held_out(view: "View") -> "View | None":
        """The table under its protocol that holds out the paper's speakers, if it has one."""
        protocol = view.study.paper_protocol(view.table)
        return view.under(protocol) if protocol else None

    def inputs(self, view: "View") -> dict[str, list[str]]:
        held_out = self._held_out(view)
        return {
            "details": view.details(),
            "held_out": held_out.details() if held_out else [],
            "scores": [*view.scores(), *(held_out.scores() if held_out else [])],
        }

    def settings(self, view: "View") -> dict[str, Any]:
        held_out = self._held_out(view)
        return {
            "columns": list(view.titles().values()),
            "held_out_places": [place for place, _ in held_out.placed()] if held_out else [],
            "places": [place for place, _ in view.placed()],
            "published": view.published(),
            "rows": view.rows(),
        }

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        def read(places: str, files: str) -> dict[tuple[int, int], BySpeaker]:
            pairs = zip(settings[places], inputs[files], strict=True)
            return {(row, column): values_of(DETAILS.read(path)) for (row, column), path in pairs}

        published = {(row, column): percent / 100 for row, column, percent in settings["published"]}
        spreads, held_out = read("places", "details"), read("held_out_places", "held_out")
        rows = marked_rows(settings["rows"], settings["places"] + settings["held_out_places"], inputs["scores"])
        return draw(rows, settings["columns"], spreads, held_out, published)


FAMILY = Speakers()


def draw(
    rows: Sequence[str],
    columns: Sequence[str],
    spreads: Mapping[tuple[int, int], BySpeaker],
    drawn: Mapping[tuple[int, int], BySpeaker],
    published: Mapping[tuple[int, int], float],
) -> "Figure":
    """Draw accuracy (above) and UAR (below), one panel a tested corpus.

    By (row, column) `spreads` holds the values of all speakers, each held out once, `drawn` those of the speakers that
    protocol `paper` holds out, where that was run, and `published` the paper's accuracy, a fraction.
    """
    used = [r for r in range(len(rows)) if any((r, c) in spreads for c in range(len(columns)))]
    figure = style.new_figure(2.3 + 1.95 * len(columns), 1.7 + 0.85 * len(used))
    panels = figure.subplots(2, len(columns), sharex=True, sharey=True, squeeze=False)
    for c, title in enumerate(columns):
        sizes = sorted({(s.n, len(s.speakers)) for (_, column), s in spreads.items() if column == c})
        note = ", ".join(f"n = {n} of {k} speakers" for n, k in sizes)
        fixed = sorted({(s.n, len(s.speakers)) for (_, column), s in drawn.items() if column == c})
        note += "".join(f"; paper: {n} of {k}" for n, k in fixed)
        panels[0][c].set_title(f"{title}\n", pad=2)
        panels[0][c].text(0.5, 1.02, note, ha="center", va="bottom", size=6.5, transform=panels[0][c].transAxes)
        for panel, (metric, name) in zip(panels[:, c], METRICS, strict=True):
            for y, r in enumerate(used):
                if spread := spreads.get((r, c)):
                    _strip(panel, y, spread, metric)
                if held := drawn.get((r, c)):
                    _held_out(panel, y, held, metric)
                if metric == "accuracy" and (r, c) in published:
                    panel.plot(100 * published[r, c], y, "x", color=style.VERMILLION, markersize=6, markeredgewidth=1.8)
            panel.set_xlabel(name, size=7.5)
            panel.grid(axis="x")
            panel.tick_params(axis="y", length=0)
    panels[0][0].set_yticks(range(len(used)), [rows[r] for r in used])
    panels[0][0].set_ylim(len(used) - 0.4, -0.6)
    panels[0][0].set_xlim(-3, 103)
    style.legend(figure, _legend(bool(drawn), bool(published)))
    return figure


def _strip(panel: "Axes", y: float, spread: BySpeaker, metric: str) -> None:
    """Every speaker as a dot; dots close together are moved apart, always in the same way."""
    values = 100 * np.array(spread.values[metric])
    order = np.argsort(values, kind="stable")
    shifts = np.empty(len(values))
    shifts[order] = 0.13 * ((np.arange(len(values)) % 3) - 1)
    panel.plot(values, y + shifts, "o", color=style.BLUE, alpha=0.6, markersize=5, markeredgewidth=0)
    panel.vlines(100 * spread.overall[metric][0], y - 0.27, y + 0.27, color=style.BLACK, linewidth=1.6)


def _held_out(panel: "Axes", y: float, spread: BySpeaker, metric: str) -> None:
    value, low, high = (100 * x for x in spread.overall[metric])
    panel.hlines(y + 0.3, low, high, color=style.ORANGE, linewidth=1.4)
    panel.plot(value, y + 0.3, "D", color=style.ORANGE, markeredgecolor=style.BLACK, markersize=5.5, zorder=3)


def _legend(drawn: bool, published: bool) -> "list[Line2D]":
    handles = [
        style.dot("one held-out speaker", "o", color=style.BLUE, alpha=0.6),
        style.dot("all speakers", "|", color=style.BLACK, markersize=10),
    ]
    if drawn:
        handles.append(style.dot("protocol paper, ours", "D", color=style.ORANGE, markeredgecolor=style.BLACK))
    if published:
        handles.append(style.dot("as published", "x", color=style.VERMILLION, markeredgewidth=1.8))
    return handles
