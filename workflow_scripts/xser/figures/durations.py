"""How long the utterances of each corpus are, by emotion."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from xser import paths
from xser.figures import composition, style
from xser.figures.base import Inputs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAPER_WINDOW = 1.2  # seconds: the 120 frames of MFCC that Goel & Beigi 2020 read


class Durations(composition.OfCorpora):
    """Durations as box plots (whiskers: 5 to 95 per cent), one box a corpus and emotion."""

    title = "Durations"
    sources = paths.corpus("*", "utt2dur, utt2emo")
    order = 20

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        corpora = composition.compositions(inputs, settings)
        emotions = composition.all_emotions(corpora)
        figure = style.new_figure(7.6, 1.1 + (0.2 + 0.14 * len(emotions)) * len(corpora))
        panel = figure.subplots()
        thick = 0.8 / len(emotions)
        for y, (_, spoken) in enumerate(corpora):
            for i, emotion in enumerate(emotions):
                if values := [seconds for e, _, seconds in spoken if e == emotion]:
                    middle = y + (i - (len(emotions) - 1) / 2) * thick
                    _box(panel, np.array(values), middle, thick, style.colour_of(emotion, emotions))
        composition.list_corpora(panel, corpora)
        panel.axvline(PAPER_WINDOW, color=style.GREY, linestyle=":", linewidth=1)
        panel.set_xlim(left=0)
        panel.set_xlabel("seconds (box: quartiles and median; whiskers: 5 to 95 per cent)")
        panel.grid(axis="x")
        window = style.line(f"{PAPER_WINDOW:g} s (the paper's 120 frames)", color=style.GREY, linestyle=":")
        style.legend(figure, [*(style.patch(e, style.colour_of(e, emotions)) for e in emotions), window])
        return figure


FAMILY = Durations()


def _box(panel: "Axes", values: np.ndarray, middle: float, thick: float, colour: str) -> None:
    box = panel.boxplot(
        [values], positions=[middle], widths=thick * 0.75, whis=(5, 95), orientation="horizontal", showfliers=False,
        patch_artist=True, manage_ticks=False, medianprops={"color": style.BLACK, "linewidth": 1.2},
        whiskerprops={"linewidth": 0.8}, capprops={"linewidth": 0.8},
    )  # fmt: skip
    box["boxes"][0].set(facecolor=colour, linewidth=0.6)
