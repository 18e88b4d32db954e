"""EMO-DB, the Berlin Database of Emotional Speech (Burkhardt et al. 2005): `wav/03a01Fa.wav`.

A name is speaker (2 digits), text (3), emotion (1) and version (1).
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing, read_by_name

LANGUAGE = "deu"
FILES = ("**/*.wav",)
EMOTIONS = {
    "W": "anger",
    "L": "boredom",
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": "neutral",
}
OPTIONS: dict[str, tuple[Any, Any]] = {}
SELECT: dict[str, str] = {}
RELEASES = {535: "2005 release", 816: "2025 re-release (v2)"}
LICENCE = "CC0-1.0 as published by audb"
CHECKSUMS = ("2005 release", "emodb_sha256.txt")

MALE = {"03", "10", "11", "12", "15"}
NAME = re.compile(r"(?:^|/)(\d\d)([ab]\d\d)([WLEAFTN])([a-z])\.wav$", re.IGNORECASE)


def read(corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
    """Read the wav files below the root (`wav/`, `wav_corpus/` or flat)."""

    def describe(match: re.Match[str]) -> dict[str, str]:
        speaker, text, emotion, version = match.groups()
        return {
            "speaker": speaker,
            "rest": f"{text}{emotion}{version}",
            "label": emotion.upper(),
            "language": LANGUAGE,
            "gender": "m" if speaker in MALE else "f",
            "text": text.lower(),
        }

    return read_by_name(corpus, files, NAME, describe, "03a01Fa.wav")
