"""EMO-DB, the Berlin Database of Emotional Speech.

A name is speaker (2 digits), text (3), emotion (1) and version (1).
"""

from xser.corpora.names import NameReader

READER = NameReader(
    title="EMO-DB",
    also=("Berlin Database of Emotional Speech", "EmoBox"),
    reference="Burkhardt et al. 2005",
    source="its publisher, or as `emodb` through audEERING's `audb`",
    licence="CC0-1.0 as published by audb",
    language="deu",
    pattern=r"(?P<speaker>\d\d)(?P<text>[ab]\d\d)(?P<label>[WLEAFTN])(?P<version>[a-z])",
    example="wav/03a01Fa.wav",
    rest="{text}{label}{version}",
    emotions={
        "W": "anger",
        "L": "boredom",
        "E": "disgust",
        "A": "fear",
        "F": "happiness",
        "T": "sadness",
        "N": "neutral",
    },
    genders={
        **dict.fromkeys(("03", "10", "11", "12", "15"), "m"),
        **dict.fromkeys(("08", "09", "13", "14", "16"), "f"),
    },
    audb="emodb==1.4.1",
    releases={535: "2005 release", 816: "2025 re-release (v2)"},
    speakers=10,
    checksums=("2005 release", "emodb_sha256.txt"),
)
