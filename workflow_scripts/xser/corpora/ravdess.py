"""RAVDESS speech (Livingstone & Russo 2018): `Actor_01/03-01-06-01-02-01-12.wav`.

A name is modality, channel (01 speech, 02 song), emotion, intensity, statement, repetition and actor (odd: male).
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing, read_by_name

LANGUAGE = "eng"
FILES = ("**/*.wav",)
EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happiness",
    "04": "sadness",
    "05": "anger",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}
OPTIONS: dict[str, tuple[Any, Any]] = {}
SELECT: dict[str, str] = {}
RELEASES = {1440: "speech, 24 actors"}
LICENCE = "CC BY-NC-SA 4.0"

NAME = re.compile(r"(?:^|/)(03)-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(\d\d)\.wav$", re.IGNORECASE)


def read(corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
    """Read the speech files; song (channel 02) is left out."""
    song = [f for f in files if (m := NAME.search(f)) and m[2] == "02"]

    def describe(match: re.Match[str]) -> dict[str, str]:
        _, _, emotion, intensity, statement, repetition, actor = match.groups()
        return {
            "speaker": actor,
            "rest": f"{emotion}-{intensity}-{statement}-{repetition}",
            "label": emotion,
            "language": LANGUAGE,
            "gender": "m" if int(actor) % 2 else "f",
            "text": statement,
        }

    listing = read_by_name(
        corpus, [f for f in files if f not in set(song)], NAME, describe, "Actor_01/03-01-06-01-02-01-12.wav"
    )
    listing.left_out += [(path, "song, not speech") for path in song]
    return listing
