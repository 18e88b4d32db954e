"""EMOVO, Italian Emotional Speech Database. A name is emotion, speaker and sentence."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="EMOVO",
    also=("EmoBox",),
    reference="Costantini et al. 2014",
    source="its authors (Fondazione Ugo Bordoni)",
    licence="sources disagree: do not redistribute",
    language="ita",
    pattern=r"(?P<label>[a-z]{3})-(?P<speaker>[fm][1-3])-(?P<text>b[1-3]|l[1-4]|n[1-5]|d[12])",
    example="f1/dis-f1-b1.wav",
    rest="{label}-{text}",
    emotions={
        "dis": "disgust",
        "gio": "happiness",
        "neu": "neutral",
        "pau": "fear",
        "rab": "anger",
        "sor": "surprise",
        "tri": "sadness",
    },
    genders={speaker: speaker[0] for speaker in ("f1", "f2", "f3", "m1", "m2", "m3")},
    releases={588: "6 speakers x 98"},
    speakers=6,
)
