"""Learning curves of the neural systems: loss in training and UAR on development speakers, with the chosen epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xser import paths
from xser.figures import style
from xser.figures.base import Family, Inputs
from xser.training.history import HISTORY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xser.figures.view import View

Row = Mapping[str, Any]
WIDE = 5  # panels side by side


@dataclass(frozen=True)
class Curve:
    """One training, one value an epoch; what was not measured is an empty tuple."""

    loss: tuple[float, ...]
    dev_uar: tuple[float, ...]
    chosen: int


def curves_of(history: Sequence[Row], choice: str, monitor: str) -> list[Curve]:
    """Split a history into its trainings (fold, seed) and find the epoch that each chose.

    `choice` (dev, last or oracle) and `monitor` (uar or loss) are parameters of the neural models; see lstm.py.
    """
    groups: dict[tuple[int, int], list[Row]] = {}
    for line in history:
        groups.setdefault((line["fold"], line["seed"]), []).append(line)
    return [_curve(lines, choice, monitor) for _, lines in sorted(groups.items())]


def _curve(lines: Sequence[Row], choice: str, monitor: str) -> Curve:
    def column(name: str) -> tuple[float, ...]:
        return tuple(line[name] for line in lines if line.get(name) is not None)

    dev_loss, dev_uar, oracle = column("dev_loss"), column("dev_uar"), column("oracle_accuracy")
    epochs = range(len(lines))
    if choice == "oracle" and oracle:
        chosen = max(epochs, key=lambda e: (oracle[e], -e))
    elif choice == "last" or not dev_loss:
        chosen = len(lines) - 1
    else:
        by_uar = monitor == "uar" and len(dev_uar) == len(lines)
        chosen = max(epochs, key=lambda e: (dev_uar[e] if by_uar else 0.0, -dev_loss[e], -e))
    return Curve(column("loss"), dev_uar, chosen + 1)


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
        panels = []
        for system, train in view.neural():
            parameters = view.study.stage_parameters(system.id, train)
            title = f"{system.id}\n{view.short(train)}"
            panels.append({"choice": parameters["epoch"], "monitor": parameters["monitor"], "title": title})
        return {"panels": panels}

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        return draw(
            [
                (panel["title"], curves_of(HISTORY.records(path), panel["choice"], panel["monitor"]))
                for panel, path in zip(settings["panels"], inputs["histories"], strict=True)
            ]
        )


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
