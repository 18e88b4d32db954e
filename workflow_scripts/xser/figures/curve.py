"""Curves over K: UAR of each line with its interval as a band, a panel a tested corpus; levels of other systems."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xser import paths
from xser.curves.base import POINTS, ks_of, marks_of
from xser.evaluation import marks
from xser.figures import style
from xser.figures.base import Family, Inputs, Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xser.figures.view import View

WIDE = 3  # panels side by side
COLOURS = (style.BLUE, style.VERMILLION, style.GREEN)
# as many as `beside` may have
LEVELS: tuple[Any, ...] = ("--", ":", "-.", *((0, dashes) for dashes in ((5, 1), (1, 4), (5, 1, 1, 1, 1, 1))))


class CurveFigure(Family):
    """A curve of the config."""

    shows = "curve"
    title = "What K utterances bring"
    sources = paths.curve_table("{curve}", "tsv")
    order = 30

    def inputs(self, view: "View") -> dict[str, list[str]]:
        scores = [paths.score(*run.ids) for run in view.study.runs_beside(view.curve)]
        return {"points": [paths.curve_table(view.curve, "tsv")], "scores": scores}

    def settings(self, view: "View") -> dict[str, Any]:
        entry = view.study.curves[view.curve]
        titles = {c: view.study.corpora[c].title for c in entry.columns}
        found = {c: view.study.curve_marks(view.curve, c) for c in entry.columns}
        return {"beside": entry.beside, "columns": entry.columns, "marks": found, "titles": titles}

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        from xser.evaluation.score import SCORE

        scores = [line for path in inputs["scores"] for line in SCORE.records(path)]
        return draw(settings, POINTS.records(inputs["points"][0]), scores)


FAMILY = CurveFigure()


def draw(settings: Mapping[str, Any], points: Sequence[Record], scores: Sequence[Record]) -> "Figure":
    """Draw a panel for each tested corpus; `points` are POINTS, `scores` SCORE of the systems beside them."""
    tests = list(settings["columns"])
    wide = min(WIDE, len(tests))
    figure = style.new_figure(0.6 + 2.6 * wide, 0.7 + 2.2 * -(-len(tests) // wide))
    axes = figure.subplots(-(-len(tests) // wide), wide, squeeze=False).ravel()
    for axis in axes[len(tests) :]:
        axis.set_axis_off()
    lines = list(dict.fromkeys(p["line"] for p in points))
    ks, given = ks_of(points), marks_of(settings, points)
    for number, (axis, test) in enumerate(zip(axes, tests, strict=False)):
        own = [p for p in points if p["test"] == test and p["draw"] is None]
        _panel(axis, lines, ks, own)
        for level, score in zip(LEVELS, [s for s in scores if s["test"] == test], strict=False):
            axis.axhline(100 * score["uar"], color=style.GREY, linewidth=0.9, linestyle=level)
        axis.set_title(marks.marked(settings["titles"][test], *given[test]))
        axis.set_ylabel("UAR (%)" if number % wide == 0 else "")
        axis.set_xlabel("K")
    handles = [
        style.line(line, color=colour, marker="o", markersize=3) for line, colour in zip(lines, COLOURS, strict=False)
    ]
    handles += [
        style.line(
            marks.marked(system, *(s for s in scores if s["system"] == system)), color=style.GREY, linestyle=level
        )
        for system, level in zip(settings["beside"], LEVELS, strict=False)
    ]
    style.legend(figure, handles)
    return figure


def _panel(axis: "Axes", lines: Sequence[str], ks: Sequence[str], points: Sequence[Record]) -> None:
    """Each K stands at its place in the list: from 0 to all no scale of numbers serves."""
    for line, colour in zip(lines, COLOURS, strict=False):
        own = {p["k"]: p for p in points if p["line"] == line}
        places = [x for x, k in enumerate(ks) if k in own]
        low, mid, high = ([100 * own[ks[x]][f"uar{end}"] for x in places] for end in ("_low", "", "_high"))
        axis.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
        axis.plot(places, mid, color=colour, marker="o", markersize=3, linewidth=1.2)
    if points:
        axis.axhline(100 * points[0]["chance"], color=style.PALE, linewidth=0.9)
    axis.set_xticks(range(len(ks)), ks)
