"""emoUERJ, emotional speech in Portuguese. A name is gender, actor, emotion and recording."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="emoUERJ",
    reference="Universidade do Estado do Rio de Janeiro 2021",
    source="doi:10.5281/zenodo.5427549",
    licence="open: see its page",
    language="por",
    pattern=r"(?P<speaker>(?P<gender>[mw])\d\d)(?P<label>[hasn])\d\d",
    example="w04a11.wav",
    emotions={"h": "happiness", "a": "anger", "s": "sadness", "n": "neutral"},
    genders={"m": "m", "w": "f"},
    releases={377: "8 actors"},
    speakers=8,
    note="The actors chose among ten sentences; the names do not say which.",
)
