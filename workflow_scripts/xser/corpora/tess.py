"""TESS, Toronto Emotional Speech Set. A name is speaker (older or younger woman), word and emotion."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="TESS",
    also=("Toronto Emotional Speech Set", "EmoBox"),
    reference="Pichora-Fuller & Dupuis 2020",
    source="doi:10.5683/SP2/E8H2MF",
    licence="CC BY-NC-ND 4.0",
    language="eng",
    pattern=r"(?P<speaker>[OY]A)F?_(?P<text>[a-z]+)_(?P<label>[a-z]+)",  # one published name lacks the F
    example="OAF_back_angry.wav",
    emotions={
        "angry": "anger",
        "disgust": "disgust",
        "fear": "fear",
        "happy": "happiness",
        "neutral": "neutral",
        "ps": "surprise",
        "sad": "sadness",
    },
    genders={"OA": "f", "YA": "f"},
    releases={2800: "2 speakers x 1,400"},
    speakers=2,
)
