"""Files of a tiny corpus of functionals, as training takes them."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xser.data_dir import COLUMNS, write_mapping
from xser.evaluation.marks import GIVEN
from xser.features import archives
from xser.files import atomic

EMOTIONS = ["anger", "sadness"]
TRAINING: dict[str, Any] = {  # settings of a training on corpus `c`
    **{"corpora": ["c"], "emotions": EMOTIONS, "heads": [["emotion", 1.0]], "model": "logreg", "normalise": "global"},
    **{"parameters": {"C": 0.01}, "scaling": "refit", "system": "sys", "train": "c", "part": [0, 1], "seeds": [0]},
}
SCORING: dict[str, Any] = {  # settings of a run's scores
    **dict.fromkeys(("protocol", "system", "train", "test"), "x"),
    **{"confidence": 0.95, "samples": 50, "practice": False, **dict.fromkeys(GIVEN, "")},
}
PARTS = {"A": "train", "B": "train", "C": "dev", "D": "test"}


def corpus(root: Path, name: str, level: float = 1.0, parts: dict[str, str] = PARTS) -> list[list[str]]:
    """The scp, utterances, labels and split of a corpus whose speakers have these parts, each in a list."""
    spoken = [(f"{name}_{s}-{e[0]}{n}", f"{name}_{s}", e) for s in parts for e in EMOTIONS for n in range(4)]
    random = np.random.default_rng(0)
    values = {u: level * (random.normal(size=4) + 2 * (e == "anger")) for u, _, e in spoken}
    return [[str(file)] for file in write_corpus(root, name, spoken, values, {s: parts[s[-1]] for _, s, _ in spoken})]


def write_corpus(
    root: Path, name: str, spoken: Sequence[tuple[str, str, str]], values: Mapping[str, np.ndarray],
    parts: Mapping[str, str], further: Callable[[str], dict[str, str]] = lambda utterance: {},
) -> list[Path]:  # fmt: skip
    """Write (utterance, speaker, emotion) below a folder of results, with features `f` and parts of protocol `paper`.

    `further` gives more columns of an utterance. Returns the scp, utterances, labels and split.
    """
    folder, split = root / "corpora" / name, root / "splits" / "paper" / f"{name}.tsv"
    rows = [{"utterance": u, "speaker": s, "recording": u, **further(u)} for u, s, _ in spoken]
    write_utterances(folder / "utterances.tsv", rows)
    write_mapping(folder / "utt2emo", {u: e for u, _, e in spoken})
    write_tsv(
        folder / "audio.tsv",
        ["recording", "samples_sha256"],
        [{"recording": u, "samples_sha256": f"#{u}"} for u, _, _ in spoken],
    )
    lines = [{"utterance": u, "speaker": s, "fold_0": parts[s]} for u, s, _ in spoken]
    write_tsv(split, ["utterance", "speaker", "fold_0"], lines)
    _, scp, _ = write_archive(root / "features" / "f", name, values)
    return [scp, folder / "utterances.tsv", folder / "utt2emo", split]


def archive_files(folder: Path, name: str = "features") -> list[Path]:
    """The ark, the scp and the names of an archive of features."""
    return [folder / f"{name}.{end}" for end in ("ark", "scp", "names.txt")]


def write_archive(folder: Path, name: str, values: Mapping[str, np.ndarray], column: str = "x") -> list[Path]:
    """Write features by utterance, with columns `{column}0`, ...; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    width = next(iter(values.values())).shape[-1]
    with archives.writing(*archive_files(folder, name), [f"{column}{i}" for i in range(width)]) as write:
        for u in sorted(values):
            write(u, values[u].astype(np.float32))
    return archive_files(folder, name)


def write_utterances(path: str | Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write a table of utterances; what a row does not say is empty."""
    write_tsv(path, COLUMNS, [{**dict.fromkeys(COLUMNS), **row} for row in rows])


def write_tsv(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows as TSV with a header; None becomes an empty cell, floats keep full precision."""
    with atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(["" if row[c] is None else row[c] for c in columns])
