"""Learning curves of the neural systems: loss in training and UAR on development speakers, with the chosen epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xser import paths
from xser.figures import style
from xser.figures.base import Family, Inputs, Record
from xser.training.history import HISTORY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xser.figures.view import View

WIDE = 5  # panels side by side


@dataclass(frozen=True)
class Curve:
    """One training, one value an epoch; what was not measured is an empty tuple."""

    loss: tuple[float, ...]
    dev_uar: tuple[float, ...]
    chosen: int


def curves_of(history: Sequence[Record]) -> list[Curve]:
    """Split a history into its trainings (fold, seed)."""
    groups: dict[tuple[int, int], list[Record]] = {}
    for line in history:
        groups.setdefault((line["fold"], line["seed"]), []).append(line)
    return [_curve(lines) for _, lines in sorted(groups.items())]


def _curve(lines: Sequence[Record]) -> Curve:
    loss, dev_uar = (tuple(line[name] for line in lines if line.get(name) is not None) for name in ("loss", "dev_uar"))
    return Curve(loss, dev_uar, next(line["epoch"] for line in lines if line["chosen"]))


class LearningCurves(Family):
    """The neural systems under a protocol, on each of their training sets."""

    title = "Learning curves"
    sources = paths.history("{protocol}", "*", "*")
    order = 40

    def exists(self, view: "View") -> bool:
        return bool(view.neural())

    def inputs(self, view: "View") -> dict[str, list[str]]:
        return {"histories": [paths.history(view.protocol, s.id, t.name) for s, t in view.neural()]}

    def settings(self, view: "View") -> dict[str, Any]:
        return {"titles": [f"{system.id}\n{view.short(train)}" for system, train in view.neural()]}

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        curves = [curves_of(HISTORY.records(path)) for path in inputs["histories"]]
        return draw(list(zip(settings["titles"], curves, strict=True)))


FAMILY = LearningCurves()


def draw(panels: Sequence[tuple[str, Sequence[Curve]]]) -> "Figure":
    """Draw one panel for each (title, trainings of one system on one training set)."""
    wide = min(WIDE, max(len(panels), 1))
    high = -(-len(panels) // wide)
    figure = style.new_figure(0.6 + 2.2 * wide, 0.75 + 1.75 * high)
    axes = figure.subplots(high, wide, squeeze=False).ravel()
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    for number, (axis, (title, curves)) in enumerate(zip(axes, panels, strict=False)):
        twin = axis.twinx()
        _panel(axis, twin, curves)
        axis.set_title(title, size=7.5)
        axis.set_xlabel("epoch", size=7, labelpad=1)
        axis.set_ylabel("loss" if number % wide == 0 else "", color=style.BLUE)
        last = number % wide == wide - 1 or number == len(panels) - 1
        twin.set_ylabel("UAR (%)" if last else "", color=style.VERMILLION)
    handles = [
        style.line("loss in training", color=style.BLUE),
        style.line("UAR on development speakers", color=style.VERMILLION),
        style.dot("the chosen epoch", "o", color=style.BLACK, markersize=4),
    ]
    style.legend(figure, handles)
    return figure


def _panel(axis: "Axes", twin: "Axes", curves: Sequence[Curve]) -> None:
    longest = max((len(c.loss) for c in curves), default=1)
    strength = max(0.25, min(0.9, 3 / max(len(curves), 1)))
    for c in curves:
        axis.plot(range(1, len(c.loss) + 1), c.loss, color=style.BLUE, linewidth=0.9, alpha=strength)
        if c.dev_uar:
            values = [100 * v for v in c.dev_uar]
            twin.plot(range(1, len(values) + 1), values, color=style.VERMILLION, linewidth=0.9, alpha=strength)
            twin.plot(c.chosen, values[c.chosen - 1], "o", color=style.BLACK, markersize=3, clip_on=False, zorder=3)
        else:
            axis.plot(c.chosen, c.loss[c.chosen - 1], "o", color=style.BLACK, markersize=3, clip_on=False)
    axis.set_xlim(0.5, longest + 0.5)
    axis.locator_params(axis="x", nbins=5, integer=True)
    axis.set_ylim(bottom=0)
    twin.set_ylim(0, 100)
    twin.spines["right"].set_visible(True)
    axis.tick_params(labelsize=7)
    twin.tick_params(labelsize=7)
