"""SUBESCO, SUST Bangla Emotional Speech Corpus. A name is gender, speaker, sentence, emotion and take."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="SUBESCO",
    also=("EmoBox",),
    reference="Sultana et al. 2021",
    source="doi:10.5281/zenodo.4526477",
    licence="CC BY 4.0",
    language="ben",
    pattern=r"(?P<speaker>(?P<gender>[FM])_\d\d)_[A-Z]+_S_(?P<text>\d+)_(?P<label>[A-Z]+)_\d\]?",  # one has a bracket
    example="F_01_OISHI_S_10_ANGRY_1.wav",
    emotions={
        "ANGRY": "anger",
        "DISGUST": "disgust",
        "FEAR": "fear",
        "HAPPY": "happiness",
        "NEUTRAL": "neutral",
        "SAD": "sadness",
        "SURPRISE": "surprise",
    },
    releases={7000: "20 speakers x 350"},
    speakers=20,
)
