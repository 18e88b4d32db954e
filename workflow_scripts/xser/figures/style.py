"""How all figures look, and how they are saved: vector and PNG, the same bytes on every run.

Colours are those of Okabe & Ito (2008), which colour-blind readers can tell apart, and of the map `cividis`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from xser.files import atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE = PALETTE = (
    *("#000000", "#E69F00", "#56B4E9", "#009E73"),
    *("#F0E442", "#0072B2", "#D55E00", "#CC79A7"),
)
GREY, PALE = "#767676", "#D9D9D9"
MAP = "cividis"
ON_DARK, ON_LIGHT = "#FEFEFE", "#010101"  # over colours: the page turns black and white in the dark, and these it keeps
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
EMOTIONS = {"anger": VERMILLION, "fear": PURPLE, "happiness": ORANGE, "neutral": "#999999", "sadness": BLUE}
PRACTICE = "PRACTICE DATA: synthetic speech, the numbers mean nothing"
NOTE_INCHES = 0.34  # height of the practice note

RC: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.grid": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: the same on every machine
    "font.size": 8.5,
    "grid.color": "#E5E5E5",
    "legend.frameon": False,
    "savefig.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "xser",
    "svg.id": None,
}
CHINESE = ("Noto Sans CJK SC", "Noto Sans CJK JP", "PingFang SC")  # which it lacks: an installed one


def new_figure(width: float, height: float) -> "Figure":
    """A figure of a size in inches; its parts arrange themselves."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    more = [name for name in CHINESE if name in installed][:1]
    matplotlib.rcParams.update({**RC, "font.family": [*RC["font.family"], *more]})
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.09)  # type: ignore[union-attr, call-arg]
    return figure


def colour_of(emotion: str, emotions: Sequence[str]) -> str:
    """The colour of an emotion: its own where it has one, else one that no other of `emotions` has."""
    if emotion in EMOTIONS:
        return EMOTIONS[emotion]
    others = [e for e in emotions if e not in EMOTIONS]
    free = [c for c in PALETTE if c not in EMOTIONS.values()]
    return free[others.index(emotion) % len(free)]


def ink_on(fraction: float) -> str:
    """The colour of text on a cell of MAP, where `fraction` is its place on the map, 0 to 1."""
    return ON_DARK if fraction < 0.5 else ON_LIGHT


def ink_over(colour: str) -> str:
    """The colour of text over a patch of a colour, by its relative luminance."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return ON_LIGHT if 0.299 * red + 0.587 * green + 0.114 * blue > 0.45 else ON_DARK


def line(label: str, **look: Any) -> "Line2D":
    """A line or a marker for a legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **look)


def dot(label: str, marker: str, **look: Any) -> "Line2D":
    """A marker for a legend, without a line."""
    return line(label, marker=marker, **{"linestyle": "", "markersize": 5, **look})


def patch(label: str, colour: str) -> "Patch":
    """A patch of a colour for a legend."""
    from matplotlib.patches import Patch

    return Patch(color=colour, label=label)


def legend(figure: "Figure", handles: "Sequence[Line2D | Patch]") -> None:
    """A legend below all panels, in as many columns as the figure is wide enough for."""
    inches = [0.55 + 0.065 * len(str(handle.get_label())) for handle in handles]  # about
    fitting = (
        n for n in range(len(handles), 1, -1) if sum(map(max, np.array_split(inches, n))) < figure.get_figwidth()
    )
    columns = next(fitting, 1)
    figure.set_figheight(figure.get_figheight() + 0.18 * ((len(handles) - 1) // columns))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, handletextpad=0.5)


def cells(
    panel: "Axes", values: np.ndarray, lowest: float = 0, highest: float = 1, cmap: str = MAP, gap: float = 1
) -> None:
    """Draw a matrix as cells of colour, its first row above, a gap between them; what is not known stays empty."""
    known = np.ma.masked_invalid(values)
    panel.pcolormesh(known, cmap=cmap, vmin=lowest, vmax=highest, edgecolors="white", linewidth=gap)
    panel.set_ylim(len(values), 0)
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)


def frame(panel: "Axes", x: float, y: float) -> None:
    """Frame the cell of a heat map whose corner is (x, y)."""
    from matplotlib.patches import Rectangle

    panel.add_patch(Rectangle((x, y), 1, 1, fill=False, edgecolor=VERMILLION, linewidth=2, zorder=3, clip_on=False))


def save(figure: "Figure", svg: str | Path, png: str | Path, practice: bool) -> None:
    """Write a figure as SVG and PNG, marked at its top where practice data reached it.

    A figure therefore leaves its own suptitle and what lies outside above its panels free.
    """
    if practice:
        _mark(figure)
    for path, metadata in ((svg, {"Creator": "xser", "Date": None}), (png, {"Software": "xser"})):
        with atomic(path) as temporary:
            figure.savefig(temporary, metadata=metadata, facecolor="white")


def _mark(figure: "Figure") -> None:
    """Add the note above all else, so that a copied figure keeps it."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + NOTE_INCHES)
    box = {"boxstyle": "square,pad=0.5", "facecolor": "#FFF1C9", "edgecolor": "#E9C46A"}
    text = PRACTICE if width >= 5 else PRACTICE.partition(":")[0]
    figure.suptitle(text, color="#7A2E00", weight="bold", size=9, bbox=box)
