"""IEMOCAP's label files: a header, and for each turn its times, label and ratings with those of the annotators."""

from collections.abc import Mapping, Sequence

import numpy as np

from xser.corpora.practice.acoustics import expression, random_of
from xser.corpora.practice.layouts import IEMOCAP_EMOTIONS, Turn

# Emotion -> typical valence, arousal, dominance on IEMOCAP's scale of 1 to 5, for a full expression.
RATINGS = {
    "neutral": (3.0, 2.5, 2.9),
    "anger": (1.8, 4.0, 4.0),
    "happiness": (4.2, 3.2, 3.2),
    "excitement": (4.2, 4.0, 3.6),
    "sadness": (2.0, 1.9, 2.2),
    "fear": (1.9, 3.7, 2.0),
    "frustration": (2.2, 3.3, 3.5),
    "surprise": (3.3, 3.6, 2.8),
    "disgust": (1.8, 2.8, 3.1),
    "other": (2.9, 2.9, 3.0),
}
_WORDS = {
    label: "Excited" if label == "exc" else emotion.capitalize()
    for label, emotion in IEMOCAP_EMOTIONS.items()
    if label != "xxx"
}


def label_file(reader: str, turns: Sequence[Turn], durations: Mapping[str, float]) -> str:
    """Return the text of a dialogue's label file; `turns` are both actors', `durations` are seconds by path."""
    blocks, time = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n"], 2.0
    for turn in sorted(turns, key=lambda t: (t.path.rsplit("_", 1)[1][1:], t.path)):
        start, end = time, time + durations[turn.path]
        blocks.append(_block(reader, turn, start, end))
        time = end + random_of(reader, "pause", turn.path).uniform(0.3, 1.5)
    return "\n".join(blocks)


def _block(reader: str, turn: Turn, start: float, end: float) -> str:
    """Return the lines of one turn."""
    random = random_of(reader, "annotators", turn.path)
    neutral = np.array(RATINGS["neutral"])
    felt = neutral + min(1.0, expression(reader, turn)[0]) * (np.array(RATINGS[turn.emotion]) - neutral)
    ratings = np.clip(np.round(felt + random.normal(0, 0.6, (3, 3))), 1, 5).astype(int)  # (annotator, dimension)
    v, a, d = ratings.mean(axis=0)
    if turn.label == "xxx":  # no two annotators agree
        words = [_WORDS[x] for x in random.choice(list(_WORDS), 3, replace=False)]
    else:
        words = [_WORDS[turn.label]] * 2 + [_WORDS[str(random.choice(list(_WORDS)))]]
    name = turn.path.rsplit("/", 1)[1].removesuffix(".wav")
    lines = [f"[{start:.4f} - {end:.4f}]\t{name}\t{turn.label}\t[{v:.4f}, {a:.4f}, {d:.4f}]"]
    lines += [f"C-E{2 + i}:\t{word};\t()" for i, word in enumerate(words)]
    lines += [f"A-E{2 + i}:\tval {x}; act {y}; dom  {z};\t()" for i, (x, y, z) in enumerate(ratings)]
    return "".join(f"{line}\n" for line in lines)
