"""SAVEE, Surrey Audio-Visual Expressed Emotion. A name is the speaker's folder or prefix, then emotion and number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing
from xser.corpora.names import NameReader, end_of_path
from xser.errors import raise_all

SPEAKER, SENTENCE = r"(?P<speaker>DC|JE|JK|KL)[/_]", r"(?P<text>(?P<label>sa|su|[adfhn])\d\d)"


@dataclass(frozen=True, kw_only=True)
class Savee(NameReader):
    """SAVEE, in either layout."""

    def read(self, corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
        """Read the files; those that lost their speaker are an error, because four of them share each name."""
        whole, alone = end_of_path(SPEAKER + SENTENCE), end_of_path(SENTENCE)
        stems = {path: path.rpartition(".")[0] for path in files}
        raise_all(
            f"corpus {corpus}: file names without a speaker",
            (path for path, stem in stems.items() if alone.search(stem) and not whole.search(stem)),
            "keep the speakers' folders (AudioData/DC/a01.wav) or prefixes (ALL/DC_a01.wav), "
            "and point the root above them",
        )
        return super().read(corpus, root, files, options)


READER = Savee(
    title="SAVEE",
    also=("Surrey Audio-Visual Expressed Emotion", "EmoBox"),
    reference="Haq & Jackson 2010",
    source="registration with the University of Surrey (CVSSP)",
    licence="research only, no redistribution (University of Surrey)",
    language="eng",
    pattern=SPEAKER + SENTENCE,
    example="AudioData/DC/a01.wav",
    rest="{text}",
    emotions={
        "a": "anger",
        "d": "disgust",
        "f": "fear",
        "h": "happiness",
        "n": "neutral",
        "sa": "sadness",
        "su": "surprise",
    },
    genders=dict.fromkeys(("DC", "JE", "JK", "KL"), "m"),
    releases={480: "4 speakers x 120"},
    speakers=4,
    text_note="three sentences are common to all emotions, and neutral repeats twelve more of the others', under "
    "numbers that are not known",
)
