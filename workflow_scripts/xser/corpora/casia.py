"""CASIA, Chinese emotional speech. Folders are speaker and emotion, a name is the sentence."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="CASIA",
    also=("EmoBox",),
    reference="Institute of Automation, Chinese Academy of Sciences 2005",
    source="aistudio.baidu.com/aistudio/datasetdetail/209512",
    licence="not stated: ask its authors",
    language="cmn",
    pattern=r"(?P<speaker>[a-z]+)/(?P<label>[a-z]+)/(?P<text>\d{3})(?:-[a-z]+-[a-z]+)?",
    example="wangzhe/angry/201.wav",
    emotions={
        "angry": "anger",
        "fear": "fear",
        "happy": "happiness",
        "neutral": "neutral",
        "sad": "sadness",
        "surprise": "surprise",
    },
    releases={1200: "4 speakers x 300"},
    speakers=4,
)
