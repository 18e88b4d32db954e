"""The audit of what is learnt and tested: labels are the config's, and a split has all of them, or is a user's file."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[Mapping[str, str]]


def wrong_labels(utterances: Rows, emotions: Mapping[str, str], labels: Mapping[str, Any]) -> Iterator[str]:
    """Yield where utt2emo is not what the config makes of a corpus' own labels.

    `labels` has `mapping` (label -> emotion), `select` (column -> values that take part), `emotions` (those asked for).
    """
    expected = {}
    for row in utterances:
        emotion = labels["mapping"].get(row["label"])
        if emotion in labels["emotions"] and all(row[c] in values for c, values in labels["select"].items()):
            expected[row["utterance"]] = emotion
    for utterance in sorted(expected.keys() | emotions.keys()):
        found, wanted = emotions.get(utterance), expected.get(utterance)
        if found != wanted:
            yield f"{utterance} is {found or 'left out'}, its label in the config stands for {wanted or 'none'}"


def wrong_split(rows: Rows, emotions: Mapping[str, str], speakers: Mapping[str, str]) -> Iterator[str]:
    """Yield where a split is not one of all labelled utterances, each once, with its speaker in utterances.tsv."""
    names = Counter(row["utterance"] for row in rows)
    yield from (f"{utterance} has a label and no part" for utterance in sorted(emotions.keys() - names.keys()))
    yield from (f"{utterance} has a part and no label" for utterance in sorted(names.keys() - emotions.keys()))
    yield from (f"{utterance} is there {n} times" for utterance, n in names.items() if n > 1)
    for row in rows:
        if row["speaker"] != (speaker := speakers.get(row["utterance"])):
            yield f"{row['utterance']} is of {row['speaker']}, utterances.tsv says {speaker}"


def unlike_file(rows: Rows, paths: Mapping[str, str], file: str | Path) -> Iterator[str]:
    """Yield where a split is not the one that a user's file gives (see docs/splits.md).

    `paths` are those of the utterances below the corpus' root. Where a fold of the file has no development part, some
    of its training part develops.
    """
    with Path(file).open(encoding="utf-8-sig", newline="") as source:
        (first, *names), *lines = (x for x in csv.reader(source, delimiter="\t") if any(map(str.strip, x)))
    given = {_end(name) if first == "path" else (name,): [x.strip() or "-" for x in parts] for name, *parts in lines}
    longest = max(map(len, given), default=0)
    if len(names) != sum(column.startswith("fold_") for column in (rows[0] if rows else ())):
        yield f"it has other folds than {file}, which has {len(names)}"
        return
    wanted = {}
    for row in rows:
        key = _end(paths.get(row["utterance"], "")) if first == "path" else (row["utterance"],)
        ends = [key[:n] for n in range(1, len(key) + 1)]  # the file's paths may be shorter than ours, or longer
        found = [end for end in ends if end in given] or [
            x for x in given if len(key) < longest and x[: len(key)] == key
        ]
        wanted[row["utterance"]] = given[found[0]] if found else ["-"] * len(names)
    for k in range(len(names)):
        develops = any(parts[k] == "dev" for parts in wanted.values())
        for row in rows:
            part, is_part = wanted[row["utterance"]][k], row[f"fold_{k}"]
            if is_part != part and (develops or {part, is_part} != {"train", "dev"} or part != "train"):
                yield f"{row['utterance']} is {is_part!r} in fold_{k}, {file} says {part!r}"


def _end(path: str) -> tuple[str, ...]:
    """The name of a recording and its folders, the last first, without the ending."""
    steps = [step for step in unicodedata.normalize("NFC", path).replace("\\", "/").split("/") if step not in ("", ".")]
    return (re.sub(r"(?<=.)\.[A-Za-z0-9]{1,5}$", "", steps[-1]), *reversed(steps[:-1])) if steps else ("",)
