"""CaFE, Canadian French Emotional speech. A name is speaker, emotion, intensity and sentence."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="CaFE",
    also=("EmoBox",),
    reference="Gournay et al. 2018",
    source="doi:10.5281/zenodo.1478765",
    licence="CC BY-NC-SA 4.0",
    language="fra",
    pattern=r"(?P<speaker>\d\d)-(?P<label>[CDJNPST])-(?P<intensity>[12])-(?P<text>[1-6])",
    example="Joie/Fort/01-J-2-1.wav",
    emotions={
        "C": "anger",
        "D": "disgust",
        "J": "happiness",
        "N": "neutral",
        "P": "fear",
        "S": "surprise",
        "T": "sadness",
    },
    releases={936: "12 speakers x 78"},
    speakers=12,
)
