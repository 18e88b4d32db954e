"""ESD, Emotional Speech Dataset: ten speakers of Mandarin, ten of English. A name is speaker and utterance.

Each speaker has 350 sentences in each of five emotions, numbered through: two utterances have the same text where their
numbers differ by a multiple of 350.
"""

import re
from dataclasses import dataclass
from typing import Any

from xser.corpora.names import NameReader


@dataclass(frozen=True, kw_only=True)
class Esd(NameReader):
    """ESD, whose numbers tell the sentence."""

    def describe(self, match: re.Match[str]) -> dict[str, Any]:
        """Return the fields of an utterance, with the sentence of its language as `text`."""
        fields = super().describe(match)
        sentence = (int(match["number"]) - 1) % 350 + 1
        return fields and {**fields, "text": f"{fields['language']}-{sentence:03}"}


READER = Esd(
    title="ESD",
    also=("EmoBox",),
    reference="Zhou et al. 2022",
    source="github.com/HLTSingapore/Emotional-Speech-Data",
    licence="research only, by a form",
    language="cmn",
    languages={f"{number:04}": "eng" for number in range(11, 21)},
    pattern=r"(?P<label>[a-z]+)/(?:(?:evaluation|test|train)/)?(?P<speaker>\d{4})_(?P<number>\d{6})",
    example="0011/Angry/0011_000351.wav",
    rest="{number}",
    emotions={
        "Angry": "anger",
        "Happy": "happiness",
        "Neutral": "neutral",
        "Sad": "sadness",
        "Surprise": "surprise",
    },
    releases={35_000: "20 speakers x 1,750"},
    speakers=20,
)
