"""Files of a tiny corpus of functionals, as training takes them."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from xser.data_dir import Utterance, write_mapping
from xser.features import archives
from xser.files import atomic

EMOTIONS = ["anger", "sadness"]
PARTS = {"A": "train", "B": "train", "C": "dev", "D": "test"}


def corpus(root: Path, name: str, level: float = 1.0, parts: dict[str, str] = PARTS) -> list[list[str]]:
    """The scp, utterances, labels and split of a corpus whose speakers have these parts, each in a list."""
    spoken = [(f"{name}_{s}-{e[0]}{n}", f"{name}_{s}", e) for s in parts for e in EMOTIONS for n in range(4)]
    folder = root / name
    columns = list(Utterance.__dataclass_fields__)
    write_tsv(
        folder / "utterances.tsv",
        columns,
        [{**dict.fromkeys(columns, ""), "utterance": u, "speaker": s, "recording": u} for u, s, _ in spoken],
    )
    write_mapping(folder / "utt2emo", {u: e for u, _, e in spoken})
    write_tsv(
        folder / "split.tsv",
        ["utterance", "speaker", "fold_0"],
        [{"utterance": u, "speaker": s, "fold_0": parts[s[-1]]} for u, s, _ in spoken],
    )
    random = np.random.default_rng(0)
    values = {u: random.normal(size=4) + 2 * (e == "anger") for u, _, e in spoken}
    with archives.writing(folder / "f.ark", folder / "f.scp", folder / "f.txt", list("abcd")) as write:
        for u in sorted(values):
            write(u, (level * values[u]).astype(np.float32))
    return [[str(folder / name)] for name in ("f.scp", "utterances.tsv", "utt2emo", "split.tsv")]


def write_tsv(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows as TSV with a header; None becomes an empty cell, floats keep full precision."""
    with atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(["" if row[c] is None else row[c] for c in columns])
