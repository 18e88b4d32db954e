"""CREMA-D (Cao et al. 2014): `AudioWAV/1001_DFA_ANG_XX.wav`, and `VideoDemographics.csv` for the actors' gender.

A name is actor, sentence, emotion and level (LO, MD, HI, XX unspecified; one published name ends in a single X).
"""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing, read_by_name
from xser.errors import InputError, raise_all

LANGUAGE = "eng"
FILES = ("**/*.wav", "**/VideoDemographics.csv")
EMOTIONS = {
    "ANG": "anger",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happiness",
    "NEU": "neutral",
    "SAD": "sadness",
}
OPTIONS: dict[str, tuple[Any, Any]] = {}
SELECT: dict[str, str] = {}
RELEASES = {7442: "91 actors"}
LICENCE = "ODbL"

NAME = re.compile(r"(?:^|/)(\d{4})_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(LO|MD|HI|XX?)\.wav$", re.IGNORECASE)


def read(corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
    """Read the wav files; without VideoDemographics.csv the gender stays unknown."""
    tables = [f for f in files if not f.lower().endswith(".wav")]
    genders = {actor: gender for table in tables for actor, gender in _genders(root / table).items()}

    def describe(match: re.Match[str]) -> dict[str, str]:
        actor, sentence, emotion, level = (part.upper() for part in match.groups())
        return {
            "speaker": actor,
            "rest": f"{sentence}-{emotion}-{level}",
            "label": emotion,
            "language": LANGUAGE,
            "gender": genders.get(actor, ""),
            "text": sentence,
        }

    wavs = [f for f in files if f not in tables]
    listing = read_by_name(corpus, wavs, NAME, describe, "AudioWAV/1001_DFA_ANG_XX.wav")
    missing = sorted({u.speaker for u in listing.utterances if not u.gender}) if tables else []
    raise_all(f"corpus {corpus}: actors missing from {', '.join(tables)}", missing)
    return listing


def _genders(path: Path) -> dict[str, str]:
    """Read actor -> m or f from VideoDemographics.csv (`ActorID,Age,Sex,...`)."""
    with open(path, encoding="latin-1", newline="") as source:
        rows = list(csv.DictReader(source))
    try:
        return {row["ActorID"].strip(): {"male": "m", "female": "f"}[row["Sex"].strip().lower()] for row in rows}
    except (KeyError, AttributeError) as error:
        raise InputError(f"{path}: expected columns ActorID and Sex (Male or Female); wrong: {error}") from None
