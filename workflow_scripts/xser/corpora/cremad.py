"""CREMA-D: `AudioWAV/1001_DFA_ANG_XX.wav`, and `VideoDemographics.csv` for the actors' gender.

A name is actor, sentence, emotion and level (LO, MD, HI, XX unspecified; one published name ends in a single X).
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing
from xser.corpora.names import NameReader
from xser.errors import InputError, raise_all


@dataclass(frozen=True, kw_only=True)
class Cremad(NameReader):
    """CREMA-D, with the actors' gender where its table lies among the files."""

    def read(self, corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
        """Read the recordings; without VideoDemographics.csv the gender stays unknown."""
        tables = [f for f in files if f.lower().endswith(".csv")]
        genders = {actor: gender for table in tables for actor, gender in _genders(root / table).items()}
        reader = replace(self, genders=genders)
        listing = super(Cremad, reader).read(corpus, root, [f for f in files if f not in tables], options)
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


READER = Cremad(
    title="CREMA-D",
    also=("Crowd-sourced Emotional Multimodal Actors Dataset", "EmoBox"),
    reference="Cao et al. 2014",
    source="its GitHub repository, CheyneyComputerScience/CREMA-D, with Git LFS",
    licence="ODbL",
    language="eng",
    files=("**/*.wav", "**/*.flac", "**/VideoDemographics.csv"),
    pattern=r"(?P<speaker>\d{4})_(?P<text>[A-Z]{3})_(?P<label>[A-Z]{3})_(?P<level>LO|MD|HI|XX?)",
    example="AudioWAV/1001_DFA_ANG_XX.wav",
    rest="{text}-{label}-{level}",
    case=str.upper,
    emotions={
        "ANG": "anger",
        "DIS": "disgust",
        "FEA": "fear",
        "HAP": "happiness",
        "NEU": "neutral",
        "SAD": "sadness",
    },
    releases={7442: "91 actors"},
    speakers=91,
)
