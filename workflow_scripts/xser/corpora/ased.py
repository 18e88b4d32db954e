"""ASED, Amharic Speech Emotion Dataset. A name is emotion and folder, sentence, repetition, gender and speaker."""

from xser.corpora.names import NameReader

WOMEN = (*range(1, 38, 2), 43, 47, 48, 49, 58, 62)

READER = NameReader(
    title="ASED",
    also=("EmoBox",),
    reference="Retta et al. 2022",
    source="github.com/Ethio2021/ASED_V1",
    licence="not stated: ask its authors",
    language="amh",
    pattern=r"(?P<text>(?P<label>[nfhsa])[1-5]-\d\d)-(?P<repetition>\d\d)-0[12]-(?P<speaker>\d\d)",
    example="01Neutral/n1-01-01-01-01.wav",
    emotions={"n": "neutral", "f": "fear", "h": "happiness", "s": "sadness", "a": "anger"},
    genders={f"{number:02}": "f" if number in WOMEN else "m" for number in range(1, 66)},
    releases={2474: "65 speakers"},
    speakers=65,
    note="Five numbers have one recording each under the other gender: slips, since by number there are the paper's "
    "25 women and 40 men.",
    text_note="two of the seven sentences of each emotion are said in all five, under numbers that are not known",
)
