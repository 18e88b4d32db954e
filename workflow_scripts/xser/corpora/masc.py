"""MASC, Mandarin Affective Speech (LDC2007S09).

The emotion is the name of a folder, the speaker the folder above it; between the emotion and the file may lie any
number of folders, of which the first names the unit (phrase, utterance or paragraph). Nothing tells a speaker's gender.
A file's name of three digits is taken for the number of the text within its unit and that of the repetition:
`phrase/011` is the first time of phrase 01.
"""

from xser.corpora.base import selection
from xser.corpora.names import NameReader

READER = NameReader(
    title="MASC",
    also=("Mandarin Affective Speech",),
    reference="Wu et al. 2006",
    source="Linguistic Data Consortium, catalogue number LDC2007S09",
    licence="the Linguistic Data Consortium's agreement, no redistribution",
    language="cmn",
    pattern=(
        r"(?P<speaker>[^/]+)/(?P<label>neutral|anger|elation|panic|sadness)(?:(?=/(?P<text>(?:.+/)?\d\d)\d\Z)|)"
        r"(?P<place>/(?:(?P<unit>[^/]+?)s?/)?.+)"
    ),
    example="data/001/neutral/phrase/011.wav",
    rest="{label}{place}",
    emotions={
        "neutral": "neutral",
        "anger": "anger",
        "elation": "happiness",
        "panic": "fear",
        "sadness": "sadness",
    },
    options={"units": selection("phrase", "utterance", "paragraph", note="the folder below the emotion")},
    select={"units": "unit"},
    releases={25_636: "68 speakers x 377 (LDC2007S09)"},
    speakers=68,
)
