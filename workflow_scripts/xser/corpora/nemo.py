"""nEMO, Polish. A name is speaker, emotion and sentence."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="nEMO",
    reference="Christop 2024",
    source="github.com/amu-cai/nEMO",
    licence="CC BY-NC-SA 4.0",
    language="pol",
    pattern=r"(?P<speaker>[A-Z]{2}\d)_(?P<label>[a-z]+)_(?P<text>\d+)",
    example="samples/EB0_anger_1.wav",
    emotions={
        "anger": "anger",
        "fear": "fear",
        "happiness": "happiness",
        "neutral": "neutral",
        "sadness": "sadness",
        "surprised": "surprise",
    },
    genders={
        **dict.fromkeys(("EB0", "IC0", "KD0", "MK0"), "f"),
        **dict.fromkeys(("KS0", "MP0", "SM0", "TP0", "WR0"), "m"),
    },
    releases={4481: "9 actors"},
    speakers=9,
    note="Speaker MK0 has no surprise.",
)
