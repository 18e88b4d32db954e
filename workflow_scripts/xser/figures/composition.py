"""What the corpora are made of: emotions by gender, and how long utterances are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from xser.data_dir import Utterance
from xser.figures import style

PAPER_WINDOW = 1.2  # seconds: the 120 frames of MFCC that Goel & Beigi 2020 read
GENDERS = {"f": "female", "m": "male", "": "gender not known"}


@dataclass(frozen=True)
class Corpus:
    """The utterances of a corpus that take part, in any order: emotion, gender (f, m or empty), seconds."""

    title: str
    practice: bool
    emotions: tuple[str, ...]
    genders: tuple[str, ...]
    seconds: tuple[float, ...]
    speakers: int


def corpus_of(
    title: str,
    practice: bool,
    utterances: Sequence[Utterance],
    emotions: Mapping[str, str],
    durations: Mapping[str, str],
) -> Corpus:
    """Collect from a data directory; `emotions` and `durations` are its utt2emo and utt2dur."""
    taking_part = [u for u in utterances if u.utterance in emotions]
    return Corpus(
        title,
        practice,
        tuple(emotions[u.utterance] for u in taking_part),
        tuple(u.gender for u in taking_part),
        tuple(float(durations[u.utterance]) for u in taking_part),
        len({u.speaker for u in taking_part}),
    )


def _label(corpus: Corpus) -> str:
    mark = "\npractice" if corpus.practice else ""
    return f"{corpus.title}\n{len(corpus.emotions)} of {corpus.speakers} speakers{mark}"


def _all_emotions(corpora: Sequence[Corpus]) -> list[str]:
    return sorted({e for c in corpora for e in c.emotions})


def draw_emotions(corpora: Sequence[Corpus]) -> Figure:
    """Draw counts of emotions as stacked bars, one bar a corpus and gender."""
    emotions = _all_emotions(corpora)
    figure = style.new_figure(7.6, 1.1 + 0.62 * len(corpora))
    panel = figure.subplots()
    longest = max(c.n for corpus in corpora for c in [_Counted(corpus, g) for g in GENDERS])
    for y, corpus in enumerate(corpora):
        bars = [b for b in (_Counted(corpus, g) for g in GENDERS) if b.n]
        thick = 0.8 / max(len(bars), 1)
        for i, bar in enumerate(bars):
            left, middle = 0, y + (i - (len(bars) - 1) / 2) * thick
            for emotion in emotions:
                count = bar.counts[emotion]
                colour = style.colour_of(emotion, emotions)
                panel.barh(middle, count, thick * 0.9, left, color=colour, edgecolor="white", linewidth=0.5)
                if count > 0.03 * longest:
                    panel.text(
                        left + count / 2,
                        middle,
                        str(count),
                        ha="center",
                        va="center",
                        size=6.5,
                        color=style.ink_over(colour),
                    )
                left += count
            panel.text(left + 0.006 * longest, middle, f"{GENDERS[bar.gender]}, {left}", va="center", size=7)
    panel.set_yticks(range(len(corpora)), [_label(c) for c in corpora])
    panel.set_ylim(len(corpora) - 0.45, -0.55)
    panel.set_xlim(0, longest * 1.17)
    panel.set_xlabel("utterances")
    panel.tick_params(axis="y", length=0)
    handles = [Patch(color=style.colour_of(e, emotions), label=e) for e in emotions]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(emotions), 6))
    return figure


class _Counted:
    """Emotions of one gender of a corpus."""

    def __init__(self, corpus: Corpus, gender: str) -> None:
        self.gender = gender
        self.counts = Counter(e for e, g in zip(corpus.emotions, corpus.genders, strict=True) if g == gender)
        self.n = self.counts.total()


def draw_durations(corpora: Sequence[Corpus]) -> Figure:
    """Draw durations as box plots (whiskers: 5 to 95 per cent), one box a corpus and emotion."""
    emotions = _all_emotions(corpora)
    figure = style.new_figure(7.6, 1.1 + (0.2 + 0.14 * len(emotions)) * len(corpora))
    panel = figure.subplots()
    thick = 0.8 / len(emotions)
    for y, corpus in enumerate(corpora):
        seconds = np.array(corpus.seconds)
        for i, emotion in enumerate(emotions):
            values = seconds[[e == emotion for e in corpus.emotions]]
            if not len(values):
                continue
            box = panel.boxplot(
                [values], positions=[y + (i - (len(emotions) - 1) / 2) * thick], widths=thick * 0.75, whis=(5, 95),
                orientation="horizontal", showfliers=False, patch_artist=True, manage_ticks=False,
                medianprops={"color": style.BLACK, "linewidth": 1.2}, whiskerprops={"linewidth": 0.8},
                capprops={"linewidth": 0.8},
            )  # fmt: skip
            box["boxes"][0].set(facecolor=style.colour_of(emotion, emotions), linewidth=0.6)
    panel.axvline(PAPER_WINDOW, color=style.GREY, linestyle=":", linewidth=1)
    panel.set_yticks(range(len(corpora)), [_label(c) for c in corpora])
    panel.set_ylim(len(corpora) - 0.45, -0.55)
    panel.set_xlim(left=0)
    panel.set_xlabel("seconds (box: quartiles and median; whiskers: 5 to 95 per cent)")
    panel.grid(axis="x")
    panel.tick_params(axis="y", length=0)
    handles: list[Patch | Line2D] = [Patch(color=style.colour_of(e, emotions), label=e) for e in emotions]
    handles.append(
        Line2D([], [], color=style.GREY, linestyle=":", label=f"{PAPER_WINDOW:g} s (the paper's 120 frames)")
    )
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 6))
    return figure
