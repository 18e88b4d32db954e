"""Learning curves of the neural systems: loss in training, UAR of each head on development utterances, chosen epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
UAR = "dev_uar"  # of the emotions; of a further head with its name behind
FURTHER = (style.GREEN, style.PURPLE, style.SKY, style.ORANGE)


@dataclass(frozen=True)
class LearningCurve:
    """One training, one value an epoch; what was not measured is an empty tuple."""

    loss: tuple[float, ...]
    dev_uar: tuple[float, ...]
    chosen: int
    heads: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """UAR of each further head with classes."""


def curves_of(history: Sequence[Record]) -> list[LearningCurve]:
    """Split a history into its trainings (fold, seed)."""
    groups: dict[tuple[int, int], list[Record]] = {}
    for line in history:
        groups.setdefault((line["fold"], line["seed"]), []).append(line)
    return [_curve(lines) for _, lines in sorted(groups.items())]


def _curve(lines: Sequence[Record]) -> LearningCurve:
    def values(name: str) -> tuple[float, ...]:
        return tuple(line[name] for line in lines if line.get(name) is not None)

    heads = {
        name.removeprefix(f"{UAR}_"): found
        for name in lines[0]
        if name.startswith(f"{UAR}_") and (found := values(name))
    }
    return LearningCurve(values("loss"), values(UAR), next(line["epoch"] for line in lines if line["chosen"]), heads)


class LearningCurves(Family):
    """The neural systems under a protocol, on each of their training sets."""

    title = "Learning curves"
    sources = paths.models("{protocol}", "*", "*", "history.tsv")
    order = 40

    def exists(self, view: "View") -> bool:
        return bool(view.neural())

    def inputs(self, view: "View") -> dict[str, list[str]]:
        return {"histories": [paths.models(view.protocol, s.id, t.name, "history.tsv") for s, t in view.neural()]}

    def settings(self, view: "View") -> dict[str, Any]:
        return {"titles": [f"{system.id}\n{view.short(train)}" for system, train in view.neural()]}

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        curves = [curves_of(HISTORY.records(path)) for path in inputs["histories"]]
        return draw(list(zip(settings["titles"], curves, strict=True)))


FAMILY = LearningCurves()


def draw(panels: Sequence[tuple[str, Sequence[LearningCurve]]]) -> "Figure":
    """Draw one panel for each (title, trainings of one system on one training set)."""
    wide = min(WIDE, max(len(panels), 1))
    high = -(-len(panels) // wide)
    figure = style.new_figure(0.6 + 2.2 * wide, 0.75 + 1.75 * high)
    axes = figure.subplots(high, wide, squeeze=False).ravel()
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    heads = sorted({name for _, curves in panels for c in curves for name in c.heads})
    colours = {name: FURTHER[i % len(FURTHER)] for i, name in enumerate(heads)}
    for number, (axis, (title, curves)) in enumerate(zip(axes, panels, strict=False)):
        twin = axis.twinx()
        _panel(axis, twin, curves, colours)
        axis.set_title(title, size=7.5)
        axis.set_xlabel("epoch", size=7, labelpad=1)
        axis.set_ylabel("loss" if number % wide == 0 else "", color=style.BLUE)
        last = number % wide == wide - 1 or number == len(panels) - 1
        twin.set_ylabel("UAR (%)" if last else "", color=style.VERMILLION)
    handles = [
        style.line("loss in training", color=style.BLUE),
        style.line("UAR on development utterances", color=style.VERMILLION),
        *(style.line(f"that of {name}", color=colour, linestyle="--") for name, colour in colours.items()),
        style.dot("the chosen epoch", "o", color=style.BLACK, markersize=4),
    ]
    style.legend(figure, handles)
    return figure


def _panel(axis: "Axes", twin: "Axes", curves: Sequence[LearningCurve], colours: Mapping[str, str]) -> None:
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
        for name, found in c.heads.items():
            look: dict[str, Any] = {"color": colours[name], "linewidth": 0.9, "alpha": strength, "linestyle": "--"}
            twin.plot(range(1, len(found) + 1), [100 * v for v in found], **look)
    axis.set_xlim(0.5, longest + 0.5)
    axis.locator_params(axis="x", nbins=5, integer=True)
    axis.set_ylim(bottom=0)
    twin.set_ylim(0, 100)
    twin.spines["right"].set_visible(True)
    axis.tick_params(labelsize=7)
    twin.tick_params(labelsize=7)
