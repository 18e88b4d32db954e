"""Emotions in Polish speech recordings (Gdańsk). A name is speaker, emotion, word and repetition."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="Emotions in Polish speech recordings",
    also=("EmoBox",),
    reference="Gdańsk University of Technology",
    source="mostwiedzy.pl, open research data, 11190523461146169-0",
    licence="open: see its page",
    language="pol",
    pattern=r"(?P<speaker>m\d)\.(?P<label>[ans])_(?P<text>[a-z]+)_\d",
    example="m1.a_nie_1.wav",
    emotions={"a": "anger", "n": "neutral", "s": "fear"},
    genders={f"m{number}": "m" for number in range(1, 6)},
    releases={450: "5 speakers x 90"},
    speakers=5,
    note="Single words; s is fear (strach).",
)
