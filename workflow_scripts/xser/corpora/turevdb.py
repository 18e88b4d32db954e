"""TurEV-DB, Turkish Emotion-Voice Database. A name is speaker, emotion and word."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="TurEV-DB",
    also=("EmoBox",),
    reference="Canpolat et al. 2020",
    source="github.com/Xeonen/TurEV-DB",
    licence="CC BY-NC-ND 4.0",
    language="tur",
    pattern=r"(?P<speaker>\d{4})_(?P<label>kz|sk|mt|hl)_(?P<text>[a-z]+)\d?",
    example="Sound Source/Angry/1157_kz_acik.wav",
    emotions={"kz": "anger", "sk": "calm", "mt": "happiness", "hl": "sadness"},
    releases={1735: "6 speakers"},
    speakers=6,
    note="Single words.",
)
