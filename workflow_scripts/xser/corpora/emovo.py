"""EMOVO, Italian Emotional Speech Database (Costantini et al. 2014): `f1/dis-f1-b1.wav`.

A name is emotion, speaker and sentence.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing, read_by_name

LANGUAGE = "ita"
FILES = ("**/*.wav",)
EMOTIONS = {
    "dis": "disgust",
    "gio": "happiness",
    "neu": "neutral",
    "pau": "fear",
    "rab": "anger",
    "sor": "surprise",
    "tri": "sadness",
}
OPTIONS: dict[str, tuple[Any, Any]] = {}
SELECT: dict[str, str] = {}
RELEASES = {588: "6 speakers x 98"}
LICENCE = "sources disagree: do not redistribute"

NAME = re.compile(r"(?:^|/)(dis|gio|neu|pau|rab|sor|tri)-([fm][1-3])-(b[1-3]|l[1-4]|n[1-5]|d[12])\.wav$", re.IGNORECASE)


def read(corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
    """Read the wav files at any depth below the root."""

    def describe(match: re.Match[str]) -> dict[str, str]:
        emotion, speaker, sentence = (part.lower() for part in match.groups())
        return {
            "speaker": speaker,
            "rest": f"{emotion}-{sentence}",
            "label": emotion,
            "language": LANGUAGE,
            "gender": speaker[0],
            "text": sentence,
        }

    return read_by_name(corpus, files, NAME, describe, "f1/dis-f1-b1.wav")
