"""RAVDESS. A name is modality, channel (01 speech), emotion, intensity, statement, repetition and actor (odd: male)."""

from xser.corpora.names import NameReader

_TAKE = r"(?P<label>0[1-8])-(?P<intensity>0[12])-(?P<text>0[12])-(?P<repetition>0[12])-(?P<speaker>\d\d)"

READER = NameReader(
    title="RAVDESS",
    also=("Ryerson Audio-Visual Database of Emotional Speech and Song", "EmoBox"),
    reference="Livingstone & Russo 2018",
    source="Zenodo (doi:10.5281/zenodo.1188976), the archive of the speech files (audio only)",
    licence="CC BY-NC-SA 4.0",
    language="eng",
    pattern=f"03-01-{_TAKE}",
    leave_out={f"03-02-{_TAKE}": "song, not speech"},
    example="Actor_01/03-01-06-01-02-01-01.wav",
    rest="{label}-{intensity}-{text}-{repetition}",
    emotions={
        "01": "neutral",
        "02": "calm",
        "03": "happiness",
        "04": "sadness",
        "05": "anger",
        "06": "fear",
        "07": "disgust",
        "08": "surprise",
    },
    genders={f"{actor:02}": "fm"[actor % 2] for actor in range(1, 25)},
    releases={1440: "speech, 24 actors"},
    speakers=24,
)
