"""AESDD, Acted Emotional Speech Dynamic Database. A name is emotion, sentence and, in brackets, speaker."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="AESDD",
    also=("EmoBox",),
    reference="Vryzas et al. 2018",
    source="m3c.web.auth.gr/research/aesdd-speech-emotion-recognition",
    licence="CC BY 4.0 by its copy on Hugging Face",
    language="ell",
    pattern=r"(?P<label>[adfhs])(?P<text>\d\d) \(0?(?P<speaker>\d+)\)[a-z]?",
    example="anger/a01 (1).wav",
    emotions={"a": "anger", "d": "disgust", "f": "fear", "h": "happiness", "s": "sadness"},
    releases={604: "6 speakers"},
    speakers=6,
    note="The paper has five actors; the database grows, and the names have six. Sentence 20 was improvised.",
    text_note="sentence 20 was improvised and is no one sentence",
)
