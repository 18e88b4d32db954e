"""SAVEE, Surrey Audio-Visual Expressed Emotion (Haq & Jackson 2010): `AudioData/DC/a01.wav` or `ALL/DC_a01.wav`.

A name is the speaker's folder or prefix, then emotion and sentence number. All four speakers are male.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing, read_by_name
from xser.errors import raise_all

LANGUAGE = "eng"
FILES = ("**/*.wav",)
EMOTIONS = {
    "a": "anger",
    "d": "disgust",
    "f": "fear",
    "h": "happiness",
    "n": "neutral",
    "sa": "sadness",
    "su": "surprise",
}
OPTIONS: dict[str, tuple[Any, Any]] = {}
SELECT: dict[str, str] = {}
RELEASES = {480: "4 speakers x 120"}
TEXT_NOTE = "three sentences are common to all emotions, under numbers that are not known"
LICENCE = "research only, no redistribution (University of Surrey)"

SENTENCE = r"(sa|su|[adfhn])(\d\d)\.wav$"
NAME = re.compile(r"(?:^|/)(DC|JE|JK|KL)[/_]" + SENTENCE, re.IGNORECASE)
NO_SPEAKER = re.compile(r"(?:^|/)" + SENTENCE, re.IGNORECASE)


def read(corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
    """Read either layout; files that lost their speaker are an error, because four of them share each name."""
    raise_all(
        f"corpus {corpus}: file names without a speaker",
        (path for path in files if NO_SPEAKER.search(path) and not NAME.search(path)),
        "keep the speakers' folders (AudioData/DC/a01.wav) or prefixes (ALL/DC_a01.wav), and point the root above them",
    )

    def describe(match: re.Match[str]) -> dict[str, str]:
        speaker, emotion, number = match[1].upper(), match[2].lower(), match[3]
        return {
            "speaker": speaker,
            "rest": f"{emotion}{number}",
            "label": emotion,
            "language": LANGUAGE,
            "gender": "m",
            "text": f"{emotion}{number}",
        }

    return read_by_name(corpus, files, NAME, describe, "AudioData/DC/a01.wav or ALL/DC_a01.wav")
