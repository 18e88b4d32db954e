"""Oréau, French. A name is speaker, sentence, emotion and version; folders are gender and emotion."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="Oréau",
    also=("EmoBox",),
    reference="Kerkeni et al. 2020",
    source="doi:10.5281/zenodo.4405783",
    licence="open: see its page",
    language="fra",
    pattern=r"(?P<gender>[fm])/sess[a-z]/(?P<speaker>\d\d)(?P<text>[az]\d\d)(?P<label>[CDJNPST])[a-z]",
    example="OréauFR_02/f/sessc/10a01Ca.wav",
    emotions={
        "C": "anger",
        "D": "disgust",
        "J": "happiness",
        "N": "neutral",
        "P": "fear",
        "S": "surprise",
        "T": "sadness",
    },
    releases={434: "OréauFR_02"},
    speakers=32,
    note="The codes of sentences may count anew in each emotion; they are taken for the same sentence, which is safe.",
)
