"""EmoTa, Tamil emotional speech. A name is speaker, sentence and emotion."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="EmoTa",
    reference="Thevakumar et al. 2025",
    source="github.com/aaivu/EmoTa",
    licence="its own academic and commercial licence",
    language="tam",
    pattern=r"(?P<speaker>\d+)_(?P<text>\d+)_(?P<label>[a-z]{3})",
    example="angry/19_18_ang.wav",
    emotions={"ang": "anger", "fea": "fear", "hap": "happiness", "neu": "neutral", "sad": "sadness"},
    releases={936: "22 speakers"},
    speakers=22,
)
