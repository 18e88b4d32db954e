"""The emotions of each corpus, by gender."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xser import paths
from xser.figures import composition, style
from xser.figures.base import Inputs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GENDERS = {"f": "female", "m": "male", "": "gender not known"}


class Emotions(composition.OfCorpora):
    """Counts of emotions as stacked bars, one bar a corpus and gender."""

    title = "Emotions by gender"
    sources = paths.corpus("*", "utterances.tsv, utt2emo")
    order = 10

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        corpora = composition.compositions(inputs, settings)
        emotions = composition.all_emotions(corpora)
        of_gender = [[(g, Counter(e for e, own, _ in spoken if own == g)) for g in GENDERS] for _, spoken in corpora]
        bars = [[(g, counts) for g, counts in corpus if counts] for corpus in of_gender]
        longest = max(counts.total() for corpus in bars for _, counts in corpus)
        figure = style.new_figure(7.6, 1.1 + 0.62 * len(corpora))
        panel = figure.subplots()
        for y, corpus in enumerate(bars):
            thick = 0.8 / max(len(corpus), 1)
            for i, (gender, counts) in enumerate(corpus):
                middle = y + (i - (len(corpus) - 1) / 2) * thick
                _bar(panel, middle, thick, counts, emotions, 0.03 * longest)
                text = f"{GENDERS[gender]}, {counts.total()}"
                panel.text(counts.total() + 0.006 * longest, middle, text, va="center", size=7)
        composition.list_corpora(panel, corpora)
        panel.set_xlim(0, longest * 1.17)
        panel.set_xlabel("utterances")
        style.legend(figure, [style.patch(e, style.colour_of(e, emotions)) for e in emotions])
        return figure


FAMILY = Emotions()


def _bar(panel: "Axes", y: float, thick: float, counts: Counter[str], emotions: list[str], least: float) -> None:
    """One bar; pieces longer than `least` say their number."""
    left = 0
    for emotion in emotions:
        count, colour = counts[emotion], style.colour_of(emotion, emotions)
        panel.barh(y, count, thick * 0.9, left, color=colour, edgecolor="white", linewidth=0.5)
        if count > least:
            ink = style.ink_over(colour)
            panel.text(left + count / 2, y, str(count), ha="center", va="center", size=6.5, color=ink)
        left += count
