"""What the corpora are made of, for the figures that show it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xser import paths
from xser.data_dir import read_mapping, read_utterances
from xser.figures.base import Family, Inputs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from xser.figures.view import View


# The name of a corpus and its size; of each utterance that takes part emotion, gender (f, m or empty) and seconds.
Composition = tuple[str, list[tuple[str, str, float]]]


class OfCorpora(Family):
    """A figure of all corpora of the report, one line each."""

    shows = "corpora"

    def inputs(self, view: "View") -> dict[str, list[str]]:
        corpora = [view.study.corpora[c] for c in view.corpora]  # labels are a corpus' own, the rest is its audio's
        return {
            "utt2dur": [paths.corpus(c.audio, "utt2dur") for c in corpora],
            "utt2emo": [paths.corpus(c.id, "utt2emo") for c in corpora],
            "utterances": [paths.corpus(c.audio, "utterances.tsv") for c in corpora],
        }

    def settings(self, view: "View") -> dict[str, Any]:
        corpora = [view.study.corpora[c] for c in view.corpora]
        return {"marked": [c.practice for c in corpora], "titles": [c.title for c in corpora]}


def compositions(inputs: Inputs, settings: Mapping[str, Any]) -> list[Composition]:
    """All corpora, from the files and settings of a figure of corpora."""
    names = ("utterances", "utt2emo", "utt2dur")
    files = zip(settings["titles"], settings["marked"], *(inputs[n] for n in names), strict=True)
    found = []
    for title, practice, utterances, utt2emo, utt2dur in files:
        emotions, durations = read_mapping(utt2emo), read_mapping(utt2dur)
        part = [u for u in read_utterances(utterances) if u.utterance in emotions]
        size = f"n = {len(part)}, {len({u.speaker for u in part})} speakers"
        spoken = [(emotions[u.utterance], u.gender, float(durations[u.utterance])) for u in part]
        found.append((f"{title}\n{size}" + ("\npractice" if practice else ""), spoken))
    return found


def all_emotions(corpora: list[Composition]) -> list[str]:
    """The emotions of some corpora."""
    return sorted({emotion for _, spoken in corpora for emotion, *_ in spoken})


def list_corpora(panel: "Axes", corpora: list[Composition]) -> None:
    """Name the corpora at the left of a panel, from above."""
    panel.set_yticks(range(len(corpora)), [label for label, _ in corpora])
    panel.set_ylim(len(corpora) - 0.45, -0.55)
    panel.tick_params(axis="y", length=0)
