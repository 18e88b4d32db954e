"""URDU, talk shows. A name is speaker, file and emotion."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="URDU",
    also=("EmoBox",),
    reference="Latif et al. 2018",
    source="github.com/siddiquelatif/URDU-Dataset",
    licence="research only",
    language="urd",
    pattern=r"(?P<speaker>S(?P<gender>[FM])\d+)_F\d+_(?P<label>[AHNS])\d+",
    example="Angry/SM1_F10_A010.wav",
    emotions={"A": "anger", "H": "happiness", "N": "neutral", "S": "sadness"},
    releases={400: "29 speakers"},
    speakers=29,
    note="Natural speech. Its page says 38 speakers, 27 of them men; the names have its 11 women and 18 men. Only SM3, "
    "SM5 and SM6 have more than one emotion, so a speaker held out is mostly an emotion held out.",
)
