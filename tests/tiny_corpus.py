"""Files of a tiny corpus of functionals, as training takes them."""

from pathlib import Path

import numpy as np

from xser.data_dir import Utterance, write_mapping
from xser.features import archives
from xser.files import write_tsv

EMOTIONS = ["anger", "sadness"]
PARTS = {"A": "train", "B": "train", "C": "dev", "D": "test"}


def corpus(root: Path, name: str, level: float = 1.0, parts: dict[str, str] = PARTS) -> list[list[str]]:
    """The scp, utterances, labels and split of a corpus whose speakers have these parts, each in a list."""
    predicted = [(f"{name}_{s}-{e[0]}{n}", f"{name}_{s}", e) for s in parts for e in EMOTIONS for n in range(4)]
    folder = root / name
    columns = list(Utterance.__dataclass_fields__)
    write_tsv(
        folder / "utterances.tsv",
        columns,
        [{**dict.fromkeys(columns, ""), "utterance": u, "speaker": s, "recording": u} for u, s, _ in predicted],
    )
    write_mapping(folder / "utt2emo", {u: e for u, _, e in predicted})
    write_tsv(
        folder / "split.tsv",
        ["utterance", "speaker", "fold_0"],
        [{"utterance": u, "speaker": s, "fold_0": parts[s[-1]]} for u, s, _ in predicted],
    )
    random = np.random.default_rng(0)
    values = {u: random.normal(size=4) + 2 * (e == "anger") for u, _, e in predicted}
    with archives.writing(folder / "f.ark", folder / "f.scp", folder / "f.txt", list("abcd")) as write:
        for u in sorted(values):
            write(u, (level * values[u]).astype(np.float32))
    return [[str(folder / name)] for name in ("f.scp", "utterances.tsv", "utt2emo", "split.tsv")]
