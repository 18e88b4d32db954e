"""Time and peak memory by corpus size: generated corpora of up to ten times MASC's go through the DAG.

Each corpus (short synthetic recordings, 377 utterances a speaker as in MASC) is read, extracted (MFCC, pitch, both
pasted, IS09) and split; up to MASC's 25,636 utterances also trained, predicted, scored and audited. Every stage is a
`snakemake --cores 2` of its own: CPU seconds of all its processes, peak memory of the largest. What grows with n log n
keeps the exponent between two sizes below about 1.1.

    python benchmarks/size.py [--quick] [--folder FOLDER] [--json FILE]
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from dag import Cost, copy, measure
from measurement import command_line, write_json, write_speech

from xser import paths

MASC = 25_636
SIZES = [MASC // 10, 8_107, MASC, 10 * MASC]
PER_SPEAKER = 377  # MASC: 25,636 utterances of 68 speakers
EMOTIONS = ["anger", "fear", "happiness", "neutral", "sadness"]
RATE = 16_000
STAGES = {
    "reading": [paths.corpus("made", "utterances.tsv"), paths.corpus("made", "utt2emo")],
    "MFCC": [paths.features("mfcc", "made", "scp")],
    "pitch": [paths.features("pitch", "made", "scp")],
    "MFCC + pitch pasted": [paths.features("mfcc-pitch", "made", "scp")],
    "IS09": [paths.features("is09", "made", "scp")],
    "splits": [paths.split("paper", "made"), paths.split("speakers", "made")],
}
TRAININGS = {
    "logistic regression": "is09-logreg",
    "SVC": "is09-svc",
    "IS09 + LSTM, 2 epochs": "is09-lstm",
    "MFCC + LSTM, 2 epochs": "mfcc-lstm",
}


def speak(folder: Path, count: int) -> None:
    """Write `count` recordings of 0.4 to 0.6 s, tones in noise that differ by speaker and emotion, and their CSV."""
    lines = ["file,speaker,emotion"]
    for i in range(count):
        random = np.random.default_rng(i)
        speaker, emotion = i // PER_SPEAKER, i % len(EMOTIONS)
        seconds = np.arange(int(random.uniform(0.4, 0.6) * RATE)) / RATE
        pitch = (110 + speaker % 17 * 7) * (1 + 0.1 * emotion + 0.1 * np.sin(5 * seconds) + 0.1 * random.normal())
        write_speech(folder / f"s{speaker:04}" / f"{i:07}.wav", pitch, RATE, 1 + 0.1 * emotion)
        lines.append(f"s{speaker:04}/{i:07}.wav,s{speaker:04},{EMOTIONS[emotion]}")
    (folder / "utterances.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def config(root: Path) -> dict[str, Any]:
    """A study of the one generated corpus, every model of the paper."""
    return {
        "emotions": EMOTIONS,
        "protocols": {"paper": {"kind": "paper"}, "speakers": {"kind": "speakers", "folds": 5}},
        "protocol": ["paper"],
        "seeds": [0],
        "corpora": {
            "made": {
                "title": "generated", "root": str(root), "reader": "table", "language": "deu",
                "mapping": {e: e for e in EMOTIONS}, "paper": {"test": 1},
            }
        },
        "languages": {"deu": {"name": "German", "family": "Germanic"}},
        "features": {
            "mfcc": {"extractor": "kaldi_mfcc"},
            "pitch": {"extractor": "kaldi_pitch"},
            "mfcc-pitch": {"extractor": "paste", "of": ["mfcc", "pitch"]},
            "is09": {"extractor": "opensmile", "set": "IS09"},
        },
        "models": {"lstm": {"epochs": 2}},
        "systems": {
            "is09-logreg": {"features": "is09", "model": "logreg"},
            "is09-svc": {"features": "is09", "model": "svc"},
            "is09-lstm": {"features": "is09", "model": "lstm"},
            "mfcc-lstm": {"features": "mfcc", "model": "lstm"},
        },
        "tables": {
            "each": {"columns": ["made"], "rows": [{"system": s, "train": "same"} for s in TRAININGS.values()]},
        },
    }  # fmt: skip


def through_the_dag(folder: Path, count: int, train: bool) -> list[Cost]:
    """Cost of every stage for a corpus of `count` utterances."""
    copy(folder)
    root = folder / "speech"
    speak(root, count)
    (folder / "config.yaml").write_text(yaml.safe_dump(config(root), sort_keys=False), encoding="utf-8")
    costs = [measure("Snakemake alone (dry run)", folder, "--dry-run", "--quiet")]
    costs += [measure(stage, folder, *targets) for stage, targets in STAGES.items()]
    if train:
        for stage, system in TRAININGS.items():
            costs.append(measure(stage, folder, paths.models("paper", system, "made")))
        costs.append(measure("prediction, scores, tables, audit, report", folder))
    costs.append(measure("Snakemake alone (nothing to do)", folder, *(t for ts in STAGES.values() for t in ts)))
    return costs


def main() -> None:
    """Measure each size; print and write the numbers."""
    parser = command_line(__doc__, "256 and 2,563 utterances only")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--folder", type=Path, help="where to work (gigabytes); a temporary folder otherwise")
    options = parser.parse_args()
    numbers: list[dict[str, Any]] = []
    for count in [MASC // 100, MASC // 10] if options.quick else options.sizes:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            for cost in through_the_dag(Path(folder), count, train=count <= MASC):
                numbers.append({"stage": cost.what, "utterances": count, "cpu": cost.seconds, "mb": cost.megabytes})
                print(f"{count:>8,} {cost.what:45} {cost.seconds:8.1f} CPU s {cost.megabytes:8.0f} MB", flush=True)
    write_json(options.json, {"sizes": numbers})


if __name__ == "__main__":
    main()
