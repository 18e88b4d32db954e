"""JL corpus, New Zealand English. A name is speaker, emotion, sentence and repetition."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="JL corpus",
    also=("EmoBox",),
    reference="James et al. 2018",
    source="kaggle.com/tli725/jl-corpus",
    licence="CC0-1.0",
    language="eng",
    pattern=r"(?P<speaker>(?P<gender>female|male)[12])_(?P<label>[a-z]+)_(?P<text>\d+)[ab]_[12]",
    example="female1_angry_10a_1.wav",
    emotions={
        "angry": "anger",
        "excited": "excitement",
        "happy": "happiness",
        "neutral": "neutral",
        "sad": "sadness",
        **dict.fromkeys(("anxious", "apologetic", "assertive", "concerned", "encouraging")),  # secondary emotions
    },
    genders={"female": "f", "male": "m"},
    releases={2400: "4 speakers x 600"},
    speakers=4,
)
