"""ShEMO, Sharif Emotional Speech Database. A name is gender and speaker, emotion and utterance."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="ShEMO",
    also=("EmoBox",),
    reference="Mohamad Nezami et al. 2019",
    source="github.com/mansourehk/ShEMO",
    licence="free for academic use",
    language="fas",
    pattern=r"(?P<speaker>(?P<gender>[FM])\d\d)(?P<label>[AFHNSW])\d\d",
    example="female/F01A01.wav",
    emotions={
        "A": "anger",
        "F": "fear",
        "H": "happiness",
        "N": "neutral",
        "S": "sadness",
        "W": "surprise",
    },
    releases={3000: "87 speakers", 2838: "87 speakers, as in public lists"},
    speakers=87,
    note="The paper has 3,000 utterances, public lists of the files 2,838. Radio plays: no two say the same.",
)
