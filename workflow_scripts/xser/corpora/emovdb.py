"""EmoV-DB, Emotional Voices Database. A folder is speaker and style, a name ends in the sentence of CMU Arctic."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="EmoV-DB",
    also=("EmoBox",),
    reference="Adigwe et al. 2018",
    source="openslr.org/115",
    licence="free for research: see its page",
    language="eng",
    pattern=r"(?P<speaker>[a-z]+)_(?P<label>[a-z]+)/[a-z]+[-_]\d+[-_]\d+[-_](?P<text>\d{4})",
    example="bea_Amused/amused_1-15_0001.wav",
    emotions={"Amused": None, "Angry": "anger", "Disgusted": "disgust", "Neutral": "neutral", "Sleepy": None},
    genders={"bea": "f", "jenie": "f", "josh": "m", "sam": "m"},
    releases={6887: "4 speakers"},
    speakers=4,
    note="Amused and sleepy are no emotions of this project; josh is never angry or disgusted.",
)
