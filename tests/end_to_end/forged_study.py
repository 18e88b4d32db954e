"""The study in whose finished results forgeries are planted: two practice corpora, every kind of system."""

from pathlib import Path

from forger import CARDS, PROTOCOL, TEST
from study import Study

from xser import paths

TABLES = {
    "forged": {
        "caption": "What is forged",
        "columns": ["savee"],
        "rows": [
            {"system": "is09-svc", "train": "same"},
            {"system": "is09-logreg", "train": "same"},
            {"system": "is09-lstm", "train": "same"},
            {"system": "is09-lstm", "train": "emodb>savee"},
            {"system": "two-pass", "train": "all"},
            {"system": "select-language", "train": "all"},
            {"system": "vote", "train": "all"},
            {"system": "is09-svc-coral", "train": "others"},
            {"system": "is09-logreg-ulsif", "train": "others"},
            {"system": "is09-svc-corpus", "train": "others"},
            {"system": "is09-svc-speaker", "train": "same"},
        ],
    }
}


def made(folder: Path) -> Study:
    """Run it."""
    study = Study(
        folder,
        seeds=[0, 1],
        protocols={"speakers": {"kind": "speakers", "folds": 2}},
        corpora={"emodb": {"title": "EMO-DB", "root": "practice"}, "savee": {"title": "SAVEE", "root": "practice"}},
        systems={
            "is09-lstm": {
                "features": "is09",
                "model": "lstm",
                "parameters": {"epochs": 6},
                "heads": {"emotion": 1.0, "language": 1.0},
                "finetune": {"freeze": ["recurrent"], "epochs": 2},
            },
            "two-pass": {"combine": "two_pass", "language_system": "is09-lstm", "emotion_system": "is09-svc"},
            "select-language": {
                "combine": "select_language", "language_system": "is09-lstm", "emotion_system": "is09-svc"
            },
            "vote": {"combine": "vote", "emotion_system": "is09-svc"},
            "is09-svc-coral": {"features": "is09", "model": "svc", "adapt": {"method": "coral"}},
            "is09-logreg-ulsif": {"features": "is09", "model": "logreg", "adapt": {"method": "ulsif"}},
            "is09-svc-corpus": {"features": "is09", "model": "svc", "normalise": "corpus"},
            "is09-svc-speaker": {"features": "is09", "model": "svc", "normalise": "speaker"},
        },
        tables=TABLES,
    )  # fmt: skip
    study.run("forged", *(paths.models(PROTOCOL, system, TEST, "card.json") for system in CARDS))
    return study
