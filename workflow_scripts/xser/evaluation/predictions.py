"""The predictions of one run, as a file: one line an utterance and seed.

Columns: `utterance corpus speaker fold seed truth prediction`, `p_{class}` for each class that the model knows, then
`{head}_truth` and `{head}_prediction` for each further head that tells classes, `{head}_true_value` and
`{head}_predicted_value` for each that tells values. A truth may be a class the model does not know; it is then always
wrong. A head's truth is empty where it is unknown. Lines are sorted by utterance (C locale), then by seed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from xser.errors import InputError, raise_all
from xser.files import atomic

COLUMNS = ("utterance", "corpus", "speaker", "fold", "seed", "truth", "prediction")
CLASS_PARTS = ("_truth", "_prediction")
VALUE_PARTS = ("_true_value", "_predicted_value")


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
    columns = [
        *COLUMNS,
        *(f"p_{c}" for c in classes),
        *(f"{h}{part}" for h in heads for part in CLASS_PARTS),
        *(f"{h}{part}" for h in values for part in VALUE_PARTS),
    ]
    lines = [line for block in blocks for line in _lines(block, corpus, classes, heads, values)]
    keys = [key for key, _ in lines]
    raise_all("predicted twice", sorted({f"{u}, seed {s}" for u, s in _repeated(keys)}))
    lines.sort()
    with atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as out:
        out.write("\t".join(columns) + "\n")
        out.writelines(line for _, line in lines)


def _lines(
    block: Block, corpus: str, classes: Sequence[str], heads: Sequence[str], values: Sequence[str]
) -> Iterable[tuple[tuple[str, int], str]]:
    """Yield ((utterance, seed), line) of a block."""
    probabilities = np.asarray(block.probabilities, dtype=np.float64).reshape(len(block.utterances), len(classes))
    shown = "\t".join(["%.6f"] * len(classes))
    best = probabilities.argmax(axis=1).tolist() if len(block.utterances) else []
    tasks = [*(block.heads[h] for h in heads), *(block.values[h] for h in values)]
    further = [column for task in tasks for column in task]
    rows = zip(block.utterances, block.speakers, block.truth, best, probabilities.tolist(), strict=True)
    for i, (utterance, speaker, truth, k, shares) in enumerate(rows):
        tail = "".join(f"\t{column[i]}" for column in further)
        yield (
            (utterance, block.seed),
            f"{utterance}\t{corpus}\t{speaker}\t{block.fold}\t{block.seed}\t{truth}\t{classes[k]}\t"
            f"{shown % tuple(shares)}{tail}\n",
        )


def _repeated(keys: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:
    seen: set[tuple[str, int]] = set()
    return {key for key in keys if key in seen or seen.add(key)}  # type: ignore[func-returns-value]


def read(path: str | Path, probabilities: bool = False) -> Predictions:
    """Read a file of predictions; raise an InputError if it is empty or if utterances and seeds do not pair up."""
    with open(path, encoding="utf-8", newline="") as source:
        header, *lines = [line.rstrip("\n").split("\t") for line in source] or [[]]
    if list(header[: len(COLUMNS)]) != list(COLUMNS):
        raise InputError(f"{path} is not a file of predictions: its columns must begin with {' '.join(COLUMNS)}")
    raise_all(
        f"{path}: expected {len(header)} tab-separated fields",
        [f"line {i}: {len(line)}" for i, line in enumerate(lines, start=2) if len(line) != len(header)],
    )
    if not lines:
        raise InputError(f"{path}: no utterance was tested", hint="see the split and the labels of the tested corpus")
    columns = dict(zip(header, zip(*lines, strict=True), strict=True))
    seeds = tuple(sorted(set(map(int, columns["seed"]))))
    shape = (len(lines) // len(seeds), len(seeds))
    try:
        utterances = np.array(columns["utterance"]).reshape(shape)
        paired = (utterances == utterances[:, :1]).all() and len(set(utterances[:, 0])) == len(utterances)
        paired = paired and (np.array(columns["seed"], dtype=int).reshape(shape) == seeds).all()
    except ValueError:
        paired = False
    if not paired:
        raise InputError(
            f"{path}: each utterance must have one line a seed ({', '.join(map(str, seeds))}), in that order"
        )

    def once(name: str) -> np.ndarray:
        return np.array(columns[name][:: len(seeds)])

    def each(name: str) -> np.ndarray:
        return np.array(columns[name]).reshape(shape).T

    classes = tuple(c[2:] for c in header if c.startswith("p_"))

    def further(parts: tuple[str, str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        truth, said = parts
        heads = [c.removesuffix(truth) for c in header[len(COLUMNS) :] if c.endswith(truth)]
        return {h: (once(f"{h}{truth}"), each(f"{h}{said}")) for h in heads}

    matrix = np.stack([each(f"p_{c}").astype(float) for c in classes], axis=2) if probabilities else None
    return Predictions(
        corpus=columns["corpus"][0],
        classes=classes,
        seeds=seeds,
        utterances=utterances[:, 0],
        speakers=once("speaker"),
        folds=once("fold").astype(int),
        truth=once("truth"),
        predicted=each("prediction"),
        probabilities=matrix,
        heads=further(CLASS_PARTS),
        values=further(VALUE_PARTS),
    )
