"""The predictions of one run, as a file: one line an utterance and seed.

Columns: `utterance corpus speaker fold seed truth prediction`, `p_{class}` for each class that the model knows, then
`{head}_truth` and `{head}_prediction` for each further head that tells classes, `{head}_true_value` and
`{head}_predicted_value` for each that tells values. A truth may be a class the model does not know; it is then always
wrong. A head's truth is empty where it is unknown. Lines are sorted by utterance (C locale), then by seed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from xser.errors import InputError, raise_all
from xser.frames import NUMBER, TEXT, WHOLE, Kind, columns

CLASS_PARTS = ("_truth", "_prediction")
VALUE_PARTS = ("_true_value", "_predicted_value")
PREDICTIONS = Kind(
    "predictions",
    columns((TEXT, "utterance corpus speaker"), (WHOLE, "fold seed"), (TEXT, "truth prediction")),
    key=("utterance", "seed"),
    further={"p_.+": NUMBER, f".+({'|'.join(CLASS_PARTS + VALUE_PARTS)})": TEXT},
)


@dataclass(frozen=True)
class Block:
    """The predictions of one fold by one seed, one entry an utterance.

    `probabilities` has shape (utterances, classes). `heads` maps a further head that tells classes to its truth and its
    prediction, `values` one that tells values, both as text.
    """

    fold: int
    seed: int
    utterances: Sequence[str]
    speakers: Sequence[str]
    truth: Sequence[str]
    probabilities: np.ndarray
    heads: Mapping[str, tuple[Sequence[str], Sequence[str]]] = field(default_factory=dict)
    values: Mapping[str, tuple[Sequence[str], Sequence[str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Predictions:
    """The predictions of one run, n utterances by s seeds.

    `utterances`, `speakers`, `folds` and `truth` have shape (n,), `predicted` (s, n), `probabilities` (s, n, classes)
    or None where they were not asked for; `heads` maps a further head that tells classes to its truth (n,) and its
    predictions (s, n), `values` one that tells values, both as text.
    """

    corpus: str
    classes: tuple[str, ...]
    seeds: tuple[int, ...]
    utterances: np.ndarray
    speakers: np.ndarray
    folds: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray | None
    heads: dict[str, tuple[np.ndarray, np.ndarray]]
    values: dict[str, tuple[np.ndarray, np.ndarray]]


def write(path: str | Path, corpus: str, classes: Sequence[str], blocks: Sequence[Block]) -> None:
    """Write blocks of any order; the prediction is the first most probable class. Probabilities have six decimals."""
    heads, values = (list(blocks[0].heads), list(blocks[0].values)) if blocks else ([], [])
    parts = [
        *((f"{h}{end}", lambda b, h=h, i=i: b.heads[h][i]) for h in heads for i, end in enumerate(CLASS_PARTS)),
        *((f"{h}{end}", lambda b, h=h, i=i: b.values[h][i]) for h in values for i, end in enumerate(VALUE_PARTS)),
    ]
    lines = [line for block in blocks for line in _lines(block, corpus, classes, [part for _, part in parts])]
    again = [key for key, n in Counter((line[0], line[4]) for line in lines).items() if n > 1]
    raise_all("predicted twice", [f"{utterance}, seed {seed}" for utterance, seed in sorted(again)])
    lines.sort(key=lambda line: (line[0], line[4]))
    names = [*PREDICTIONS.columns, *(f"p_{c}" for c in classes), *(name for name, _ in parts)]
    PREDICTIONS.write_columns(
        path, dict(zip(names, zip(*lines, strict=True) if lines else [()] * len(names), strict=True))
    )


def _lines(
    block: Block, corpus: str, classes: Sequence[str], parts: Sequence[Callable[[Block], Sequence[str]]]
) -> Iterable[tuple[Any, ...]]:
    """Yield the cells of each line of a block."""
    probabilities = np.asarray(block.probabilities, dtype=np.float64).reshape(len(block.utterances), len(classes))
    best = probabilities.argmax(axis=1).tolist() if len(block.utterances) else []
    further = [part(block) for part in parts]
    rows = zip(block.utterances, block.speakers, block.truth, best, probabilities.tolist(), strict=True)
    for i, (utterance, speaker, truth, k, shares) in enumerate(rows):
        fixed = (utterance, corpus, speaker, block.fold, block.seed, truth, classes[k])
        yield (*fixed, *shares, *(column[i] for column in further))


def read(path: str | Path, probabilities: bool = False) -> Predictions:
    """Read a file of predictions; raise an InputError if it is empty or if utterances and seeds do not pair up."""
    cells = PREDICTIONS.read_columns(path)
    if not cells["utterance"]:
        raise InputError(f"{path}: no utterance was tested", hint="see the split and the labels of the tested corpus")
    seeds = tuple(sorted(set(cells["seed"])))
    count = len(cells["utterance"]) // len(seeds)
    utterances = cells["utterance"][:: len(seeds)]
    paired = cells["utterance"] == [u for u in utterances for _ in seeds] and cells["seed"] == [*seeds] * count
    if not paired or len(set(utterances)) < count:
        raise InputError(
            f"{path}: each utterance must have one line a seed ({', '.join(map(str, seeds))}), in that order"
        )

    def once(name: str) -> np.ndarray:
        return np.array(cells[name][:: len(seeds)])

    def each(name: str) -> np.ndarray:
        return np.array(cells[name]).reshape(count, len(seeds)).T

    def further(parts: tuple[str, str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        truth, predicted = parts
        heads = [c.removesuffix(truth) for c in cells if c not in PREDICTIONS.columns and c.endswith(truth)]
        return {h: (once(f"{h}{truth}"), each(f"{h}{predicted}")) for h in heads}

    classes = tuple(c[2:] for c in cells if c.startswith("p_"))
    return Predictions(
        corpus=cells["corpus"][0],
        classes=classes,
        seeds=seeds,
        utterances=np.array(utterances),
        speakers=once("speaker"),
        folds=once("fold"),
        truth=once("truth"),
        predicted=each("prediction"),
        probabilities=np.stack([each(f"p_{c}") for c in classes], axis=2) if probabilities else None,
        heads=further(CLASS_PARTS),
        values=further(VALUE_PARTS),
    )
