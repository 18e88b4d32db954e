"""Splits that others made, as TSV files: one line a recording or utterance, one column a fold.

The first column is `path` (below the corpus' root, or any end of it; endings such as `.wav` do not matter) or
`utterance` (ids of utterances.tsv). Every other column is a fold: train, dev, test; empty or `-` for out.
"""

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from xser.errors import InputError, raise_all
from xser.splits.split import DEV, OUT, TEST, TRAIN, Item

ENDING = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,5}\Z")
HINT = "one line a recording: path or utterance, then a column a fold with train, dev, test, or - for out"


@dataclass(frozen=True)
class SplitTable:
    """A file as it stands: `lines[name]` is the line number and the part in each fold."""

    path: str
    by_path: bool
    lines: Mapping[str, tuple[int, tuple[str, ...]]]

    @classmethod
    def read(cls, path: str) -> "SplitTable":
        """Read a file; an InputError names its wrong lines."""
        try:
            rows = list(csv.reader(Path(path).read_text(encoding="utf-8-sig").splitlines(), delimiter="\t"))
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}", hint="see protocols.*.files in the config") from None
        except (UnicodeDecodeError, csv.Error) as error:
            why = error if isinstance(error, csv.Error) else "not UTF-8 text"
            raise InputError(f"{path}: {why}", hint=HINT) from None
        first, *folds = (rows and rows[0]) or [""]
        problems = [] if first in ("path", "utterance") else [f"line 1: the first column is {first!r}"]
        if not folds or len(set(folds)) < len(folds):
            problems.append("line 1: no column of a fold, or two of one name")
        lines: dict[str, tuple[int, tuple[str, ...]]] = {}
        for number, (name, *given) in ((n, row) for n, row in enumerate(rows[1:], start=2) if any(map(str.strip, row))):
            parts = tuple(part.strip() or OUT for part in given)
            if len(parts) != len(folds):
                problems.append(f"line {number}: {len(parts) + 1} fields, the first line has {len(folds) + 1}")
            elif wrong := [p for p in parts if p not in (TRAIN, DEV, TEST, OUT)]:
                problems.append(f"line {number}: {wrong[0]!r} is none of train, dev, test, -")
            elif parts.count(TEST) > 1:
                problems.append(f"line {number}: {name} is tested in {parts.count(TEST)} folds; one is possible")
            elif not name.strip():
                problems.append(f"line {number}: the {first} is empty")
            elif name in lines:
                problems.append(f"line {number}: {name} again, as in line {lines[name][0]}")
            else:
                lines[name] = number, parts
        raise_all(f"{path} cannot be used as a split", problems, HINT)
        return cls(path, first == "path", lines)

    @cached_property
    def _ends(self) -> dict[str, list[tuple[tuple[str, ...], str]]]:
        """Last part of a path -> all paths in the file that end so, in their parts and as they stand."""
        ends = defaultdict(list)
        for name in self.lines:
            steps = _steps(name)
            ends[steps[-1]].append((steps, name))
        return ends

    def names_of(self, item: Item) -> list[str]:
        """What an utterance, or its recording, is called in the file: one name, none, or (a mistake) several."""
        if not self.by_path:
            return [item.utterance] if item.utterance in self.lines else []
        steps = _steps(item.path)
        return [name for given, name in self._ends.get(steps[-1], []) if all(_same_end(steps, given))]

    def parts(self, items: Sequence[Item]) -> list[list[str]]:
        """The part of each item in each fold; an item that the file lacks is out of all.

        An InputError names utterances that several lines may mean, and says so if no line means any.
        """
        found = [self.names_of(x) for x in items]
        problems = [
            f"{x.utterance} may be line {' or '.join(str(self.lines[n][0]) for n in names)}"
            for x, names in zip(items, found, strict=True)
            if len(names) > 1
        ]
        owners: dict[str, Item] = {}
        for x, names in zip(items, found, strict=True):
            first = owners.setdefault(names[0], x) if len(names) == 1 else x
            if first.path != x.path:  # utterances of one recording have one path
                problems.append(f"line {self.lines[names[0]][0]} may be {first.utterance} or {x.utterance}")
        raise_all(f"{self.path}: lines and utterances do not match one to one", problems, "give longer paths")
        if not any(found):
            some = ", ".join([*self.lines][:3])
            raise InputError(f"{self.path}: no line names an utterance", hint=f"it has {some}; see {HINT}")
        folds = len(next(iter(self.lines.values()))[1])
        nowhere = (OUT,) * folds
        rows = [self.lines[names[0]][1] if names else nowhere for names in found]
        return [[row[fold] for row in rows] for fold in range(folds)]

    def unmatched(self, items: Iterable[Item]) -> list[str]:
        """Say which utterances the file lacks, and which of its lines are no utterance."""
        items = list(items)
        found = {x.utterance: self.names_of(x) for x in items}
        used = {name for names in found.values() for name in names}
        lacking = [u for u, names in found.items() if not names]
        unused = [f"line {number} ({name})" for name, (number, _) in self.lines.items() if name not in used]
        said = ((lacking, "utterances have no line in it and are out"), (unused, "lines name no utterance"))
        return [f"{self.path}: {len(names)} {what}: {', '.join(names)}" for names, what in said if names]


def _steps(path: str) -> tuple[str, ...]:
    """The folders and the name of a path, without its ending: a name may have dots, and no ending (`m1.a_nie_1`)."""
    steps = PurePosixPath(unicodedata.normalize("NFC", path.replace("\\", "/"))).parts or ("",)
    return (*steps[:-1], ENDING.sub("", steps[-1]))


def _same_end(a: Sequence[str], b: Sequence[str]) -> Iterable[bool]:
    return (x == y for x, y in zip(reversed(a), reversed(b), strict=False))
