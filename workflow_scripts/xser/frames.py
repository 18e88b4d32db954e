"""Kinds of tab-separated files: their columns, types and key, read and written in one place each.

A kind is declared once, in the module that owns its files, and gives them as a typed pandas DataFrame (`read`, `write`)
or, where a job should not wait for pandas (some 0.4 s and 80 MB), as plain dicts (`records`, `write_records`): reading
corpora, extracting features, splitting, training and predicting do without. Text is str, and empty where nothing is
known; flags are bool; a number that is not known is NaN (`<NA>` in a column of whole numbers), None in records.
Whatever is wrong with a file is an InputError that names it and the line.
"""

import csv
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xser.errors import InputError
from xser.files import DAMAGED, atomic, read_lines

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Column:
    """The type of a column: pandas' dtype, what a cell is called, how its text is read and how a value is written."""

    dtype: str
    what: str
    parse: Callable[[str], Any]
    show: Callable[[Any], str]
    optional: bool = False  # an empty cell is a value that is not known


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)) or "_" in text or not text.isascii():
        raise ValueError
    return value


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):  # int() also takes 1_0 and digits of other scripts
        raise ValueError
    return int(text)


def _flag(text: str) -> bool:
    return ("no", "yes").index(text) == 1


TEXT = Column("str", "text", str, str)
FLAG = Column("bool", "yes or no", _flag, lambda value: "yes" if value else "no")
WHOLE = Column("int64", "a whole number", _whole, lambda value: str(int(value)))
MAYBE_WHOLE = Column("Int64", WHOLE.what, _whole, WHOLE.show, optional=True)
NUMBER = Column("float64", "a number", _finite, lambda value: f"{value:z.6f}", optional=True)
EXACT = Column("float64", "a number", _finite, lambda value: repr(float(value)), optional=True)


def columns(*groups: tuple[Column, str]) -> dict[str, Column]:
    """Columns in order, from groups of a type and names apart by spaces."""
    return {name: column for column, names in groups for name in names.split()}


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Parameters
    ----------
    what
        What such a file is, in messages: "the scores of a run".
    columns
        Its columns in order.
    key
        Columns whose values name a line: no two lines may have the same.
    further
        Pattern of a name -> type of any number of columns that follow, such as `p_{class}`; all others are refused.

    Examples
    --------
    >>> import tempfile, pathlib, pandas as pd
    >>> AGES = Kind("the ages of some speakers", {"speaker": TEXT, "age": MAYBE_WHOLE}, key=("speaker",))
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "ages.tsv"
    >>> AGES.write(path, pd.DataFrame({"speaker": ["emodb_03", "emodb_08"], "age": [31, None]}))
    >>> path.read_text()
    'speaker\\tage\\nemodb_03\\t31\\nemodb_08\\t\\n'
    >>> AGES.read(path)["age"].isna().tolist()
    [False, True]
    """

    what: str
    columns: Mapping[str, Column]
    key: tuple[str, ...] = ()
    further: Mapping[str, Column] = field(default_factory=dict)

    # -- pandas ----------------------------------------------------------------------------------------------------

    def read(self, path: str | Path) -> "pd.DataFrame":
        """The file as a typed DataFrame, lines in order, indexed from 0."""
        return self._frame(self.read_columns(path))

    def read_all(self, paths: Iterable[str | Path]) -> "pd.DataFrame":
        """Several files, one below the other, in the order of `paths`; for kinds without further columns."""
        found = [self.read_columns(path) for path in paths]
        return self._frame({name: [x for columns in found for x in columns[name]] for name in self.columns})

    def frame(self, rows: Iterable[Mapping[str, Any]]) -> "pd.DataFrame":
        """Rows as a DataFrame with the columns of this kind; what a row lacks is not known."""
        return self._frame({name: self._known(name, values) for name, values in self._by_column(rows).items()})

    def known(self, frame: "pd.DataFrame") -> list[dict[str, Any]]:
        """The lines of a DataFrame as dicts, None where nothing is known; also of columns that are not of this kind."""
        return frame.astype(object).where(frame.notna(), None).to_dict("records")  # type: ignore[return-value]

    def write(self, path: str | Path, frame: "pd.DataFrame") -> None:
        """Write a DataFrame that has the columns of this kind, in any order."""
        names = [*self.columns, *(name for name in frame.columns if name not in self.columns)]
        self.write_columns(path, {n: frame[n].astype(object).where(frame[n].notna(), None).tolist() for n in names})

    def _frame(self, columns: Mapping[str, Sequence[Any]]) -> "pd.DataFrame":
        import pandas as pd

        return pd.DataFrame({name: pd.Series(x, dtype=self.type_of(name).dtype) for name, x in columns.items()})  # type: ignore[call-overload]

    # -- plain -----------------------------------------------------------------------------------------------------

    def records(self, path: str | Path) -> list[dict[str, Any]]:
        """The file as one dict a line, without pandas."""
        columns = self.read_columns(path)
        return [dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True)]

    def write_records(self, path: str | Path, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write one line a mapping; what a mapping lacks is not known."""
        self.write_columns(path, self._by_column(rows))

    def _by_column(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
        rows = list(rows)
        names = dict.fromkeys([*self.columns, *(name for row in rows for name in row)])
        return {name: [row.get(name) for row in rows] for name in names}

    def _known(self, name: str, values: Iterable[Any]) -> list[Any]:
        """The values of a column; None, or empty text, where nothing is known."""
        column = self.type_of(name)
        known = [None if value is None or value != value else value for value in values]
        if column.parse is str:
            return ["" if value is None else value for value in known]
        if not column.optional and None in known:
            raise ValueError(f"{self.what}: {name} must be {column.what} in every line")
        return known

    def write_columns(self, path: str | Path, columns: Mapping[str, Sequence[Any]]) -> None:
        """Write column -> values, in this order."""
        cells = [
            ["" if value is None else show(value) for value in self._known(name, values)]
            for name, values in columns.items()
            for show in [self.type_of(name).show]
        ]
        with atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, delimiter="\t", lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(zip(*cells, strict=True))

    # -- the file --------------------------------------------------------------------------------------------------

    def type_of(self, name: str) -> Column:
        """The type of a column; KeyError where this kind has none of that name."""
        found = [self.columns[name]] if name in self.columns else []
        found += [column for pattern, column in self.further.items() if re.fullmatch(pattern, name)]
        if not found:
            raise KeyError(f"{self.what}: no column {name!r}")
        return found[0]

    def read_columns(self, path: str | Path) -> dict[str, list[Any]]:
        """The file as column -> values, without pandas."""
        header, lines, numbers = read_lines(path)
        fixed, rest = header[: len(self.columns)], header[len(self.columns) :]
        known = [name for name in rest if any(re.fullmatch(pattern, name) for pattern in self.further)]
        if fixed != list(self.columns) or rest != known or len(set(rest)) < len(rest):
            expected = " ".join([*self.columns, *(f"({pattern})" for pattern in self.further)])
            raise InputError(f"{path}, line 1: {self.what}: expected the columns {expected}", hint=DAMAGED)
        cells = dict(zip(header, zip(*lines, strict=True), strict=True)) if lines else dict.fromkeys(header, ())
        columns = {name: _parsed(path, name, self.type_of(name), cells[name], numbers) for name in header}
        self._check_key(path, columns, numbers)
        return columns

    def _check_key(self, path: str | Path, columns: Mapping[str, Sequence[Any]], numbers: Sequence[int]) -> None:
        keys = list(zip(*(columns[name] for name in self.key), strict=True))
        if len(set(keys)) == len(keys):
            return
        seen: set[tuple[Any, ...]] = set()
        number, key = next((n, k) for n, k in zip(numbers, keys, strict=True) if k in seen or seen.add(k))  # type: ignore[func-returns-value]
        shown = ", ".join(f"{name} {value}" for name, value in zip(self.key, key, strict=True))
        raise InputError(f"{path}, line {number}: {shown} is there twice", hint=DAMAGED)


def _parsed(path: str | Path, name: str, column: Column, cells: Sequence[str], numbers: Sequence[int]) -> list[Any]:
    """The values of a column's cells."""
    if column.parse is str:
        return list(cells)
    try:
        return [None if column.optional and not cell else column.parse(cell) for cell in cells]
    except ValueError:
        number, cell = next(x for x in zip(numbers, cells, strict=True) if not _fits(x[1], column))
        raise InputError(f"{path}, line {number}: {name} is {cell!r}, not {column.what}", hint=DAMAGED) from None


def _fits(cell: str, column: Column) -> bool:
    try:
        return (column.optional and not cell) or column.parse(cell) is not None
    except ValueError:
        return False
