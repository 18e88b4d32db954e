"""MASC, Mandarin Affective Speech (Wu et al. 2006, LDC2007S09): `data/{speaker}/{emotion}/{unit}/....wav`.

The emotion is the name of a folder, the speaker the folder above it; between the emotion and the file may lie any
number of folders, of which the first names the unit (phrase, utterance or paragraph).
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing, read_by_name

LANGUAGE = "cmn"
FILES = ("**/*.wav",)
EMOTIONS = {
    "neutral": "neutral",
    "anger": "anger",
    "elation": "happiness",
    "panic": "fear",
    "sadness": "sadness",
}
OPTIONS: dict[str, tuple[Any, Any]] = {"units": ("all", ("phrase", "utterance", "paragraph"))}
SELECT = {"units": "unit"}
RELEASES = {25_636: "68 speakers x 377 (LDC2007S09)"}
LICENCE = "the Linguistic Data Consortium's agreement, no redistribution"

NAME = re.compile(r"(?:^|/)([^/]+)/(neutral|anger|elation|panic|sadness)/(?:([^/]+)/)?(.+)\.wav$", re.IGNORECASE)


def read(corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
    """Read the wav files below each emotion's folder. The corpus' folders do not tell a speaker's gender."""

    def describe(match: re.Match[str]) -> dict[str, str]:
        speaker, emotion, unit, name = match.groups()
        return {
            "speaker": speaker,
            "rest": "-".join(part for part in (emotion.lower(), unit, *name.split("/")) if part),
            "label": emotion.lower(),
            "language": LANGUAGE,
            "unit": (unit or "").lower().removesuffix("s"),  # `phrases` is the unit phrase
        }

    return read_by_name(corpus, files, NAME, describe, "data/{speaker}/neutral/phrase/{name}.wav")
