"""The tables of config.yaml: rows of (system, training set) by columns of tested corpora.

A kind of row is one class below: what it asks of its entry, and which rows it stands for. An entry is of the first
kind that it fits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xser.config import trainsets
from xser.config.entries import Corpus, columns_of
from xser.config.schema import suggest
from xser.config.systems import System

Entry = Mapping[str, Any]
OTHERS = "others"


@dataclass(frozen=True)
class Row:
    """One row of a table.

    `number` is that of its entry, counted from 1; `train` a training-set expression; `paper` the paper's percentages,
    one a column (None: it has none). `published` rows show these only and have no run; in `paper_oracle` rows the
    paper's epoch was chosen on its test set; `matrix` rows are those of one entry with `train: each`. Against the
    `reference` row the summary page shows differences. `method` is what rows of one system on several training sets
    have in common: the label of their entry.
    """

    number: int
    label: str
    paper: tuple[float | None, ...]
    system: str = ""
    train: str = ""
    published: bool = False
    paper_oracle: bool = False
    matrix: bool = False
    reference: bool = False
    method: str = ""


@dataclass(frozen=True)
class Table:
    """One table: tested corpora (`columns`), protocols, rows; `default` ones are made by the default target.

    `baseline` is the system that all others are compared with, training set by training set; without one all rows are
    compared with each other.
    """

    id: str
    caption: str
    columns: tuple[str, ...]
    protocols: tuple[str, ...]
    default: bool
    rows: tuple[Row, ...]
    baseline: str = ""


class RowKind:
    """A kind of row: an entry with a system and a training set, unless a class below says otherwise."""

    word = ""
    """What `train` says in entries of this kind, if it is a word of its own, which no corpus may be called."""

    def fits(self, entry: Entry) -> bool:
        """Whether an entry is of this kind."""
        return not self.word or entry.get("train") == self.word

    def problems(self, entry: Entry, corpora: Mapping[str, Corpus], systems: Mapping[str, System]) -> Iterator[str]:
        """Yield what is wrong with an entry."""
        if absent := next((wanted for wanted in ("system", "train") if wanted not in entry), None):
            yield f"`{absent}` is missing"
            return
        if entry["system"] not in systems:
            yield f"unknown system {entry['system']!r}{suggest(entry['system'], systems)}"
        if entry["train"] != (self.word or None) and (wrong := trainsets.problem(entry["train"], corpora)):
            yield f"train: {wrong}"

    def rows(self, entry: Entry, number: int, columns: Sequence[str], corpora: Mapping[str, Corpus]) -> Iterator[Row]:
        """Yield the rows that an entry without problems stands for."""
        yield self.row(entry, number, columns)

    def row(self, entry: Entry, number: int, columns: Sequence[str], **changes: Any) -> Row:
        """Return the row of an entry, its defaults filled in."""
        label = entry.get("label") or f"{entry.get('system')}, trained on {entry.get('train')}"
        paper = tuple(entry.get("paper") or [None] * len(columns))
        known = {key: value for key, value in entry.items() if key in Row.__dataclass_fields__}  # a kind may have more
        return Row(**{"number": number, "method": label, **known, "label": label, "paper": paper, **changes})


class Published(RowKind):
    """`published: true`: what somebody has published, without a run of ours."""

    def fits(self, entry: Entry) -> bool:
        """Whether an entry says so."""
        return bool(entry.get("published"))

    def problems(self, entry: Entry, corpora: Mapping[str, Corpus], systems: Mapping[str, System]) -> Iterator[str]:
        """Yield that a label or the values are missing."""
        if not entry.get("paper") or not entry.get("label"):
            yield "a published row needs `label` and `paper`"


class Each(RowKind):
    """`train: each`: a row for each column, trained on that corpus, and a last one trained on all others.

    Of two corpora the last one is left out (see `_without_absent`).
    """

    word = "each"

    def rows(self, entry: Entry, number: int, columns: Sequence[str], corpora: Mapping[str, Corpus]) -> Iterator[Row]:
        """Yield them; they are called by the corpora's titles, after the label of their entry if it has one."""
        method = f"{entry['label']}: " if entry.get("label") else ""
        for corpus in columns:
            label = f"{method}{corpora[corpus].title}"
            yield self.row(entry, number, columns, train=corpus, label=label, matrix=True)
        yield self.row(entry, number, columns, train=OTHERS, label=f"{method}all others", matrix=True)


ROW_KINDS = (Published(), Each(), RowKind())


def read_tables(
    raw: Mapping[str, Any], corpora: Mapping[str, Corpus], systems: Mapping[str, System], problems: list[str]
) -> Iterator[Table]:
    """Yield the tables whose own entries are right; add what is wrong with the others to `problems`."""
    for name, entry in raw["tables"].items():
        found = list(_problems(entry, raw["protocols"], corpora, systems))
        if not found:
            whole = _table(name, entry, raw["protocol"], corpora)
            table = _without_absent(whole, corpora)
            found = [*(f": {p}" for p in _same_labels(table)), *_wrong_baseline(whole)]
            if any(not row.published for row in table.rows):
                yield table
        problems += [f"tables.{name}{p}" for p in found]


def _table(name: str, entry: Entry, protocols: Sequence[str], corpora: Mapping[str, Corpus]) -> Table:
    columns = tuple(columns_of(entry, corpora))
    rows = (
        row
        for number, each in enumerate(entry["rows"], start=1)
        for row in _kind(each).rows(each, number, columns, corpora)
    )
    return Table(
        id=name,
        caption=entry.get("caption", name),
        columns=columns,
        protocols=tuple(entry.get("protocols", protocols)),
        default=entry.get("default", True),
        rows=tuple(rows),
        baseline=entry.get("baseline", ""),
    )


def _without_absent(table: Table, corpora: Mapping[str, Corpus]) -> Table:
    """A table without the columns of corpora that have no root, and then without the rows that have no run left.

    Of two corpora, all others are the other one: a row of these that has no run of its own would be shown, counted and
    ranked as one more system.
    """
    kept = [number for number, corpus in enumerate(table.columns) if corpora[corpus].root is not None]
    columns = tuple(table.columns[number] for number in kept)

    def runs(row: Row) -> set[tuple[str, trainsets.TrainSet]]:
        return {(column, train) for column in columns if (train := trainsets.resolve(row.train, corpora, column))}

    single = {run for row in table.rows if row.matrix and row.train != OTHERS for run in runs(row)}
    rows = (
        replace(row, paper=tuple(row.paper[number] for number in kept))
        for row in table.rows
        if row.published or runs(row) - (single if row.matrix and row.train == OTHERS else set())
    )
    return replace(table, columns=columns, rows=tuple(rows))


def _kind(entry: Entry) -> RowKind:
    return next(kind for kind in ROW_KINDS if kind.fits(entry))


def _problems(
    table: Entry, protocols: Mapping[str, Any], corpora: Mapping[str, Corpus], systems: Mapping[str, System]
) -> Iterator[str]:
    columns = columns_of(table, corpora)
    yield from (f".columns: unknown corpus {c!r}" for c in columns if c not in corpora)
    yield from (
        f".protocols: {p!r} is not one of `protocols`" for p in table.get("protocols", []) if p not in protocols
    )
    if len(several := [str(n) for n, row in enumerate(table["rows"], start=1) if row.get("reference")]) > 1:
        yield f": rows {' and '.join(several)} are both `reference`; a table has one"
    for number, row in enumerate(table["rows"], start=1):
        if row.get("paper") and len(row["paper"]) != len(columns):
            yield (
                f", row {number}: paper has {len(row['paper'])} values for {len(columns)} columns; "
                "write null where the paper has none"
            )
        yield from (f", row {number}: {p}" for p in _kind(row).problems(row, corpora, systems))


def _wrong_baseline(table: Table) -> Iterator[str]:
    """A baseline is a system of the table; what is compared with it has the same training set."""
    if table.baseline and not (trained := {row.train for row in table.rows if row.system == table.baseline}):
        systems = [row.system for row in table.rows if row.system]
        yield f".baseline: no row has the system {table.baseline!r}{suggest(table.baseline, systems)}"
    elif table.baseline and (alone := [row.label for row in table.rows if row.system and row.train not in trained]):
        yield f".baseline: {table.baseline!r} has no row with the training set of {', '.join(map(repr, alone))}"


def _same_labels(table: Table) -> Iterator[str]:
    """Rows that share a label: what shows a table finds its lines by it."""
    first: dict[str, str] = {}
    for row in table.rows:
        own = f"row {row.number}" + (f" (trained on {row.train})" if row.matrix else "")
        if (other := first.setdefault(row.label, own)) != own:
            advice = "give the corpora different titles" if row.matrix else "give each a `label` of its own"
            yield f"{other} and {own} are both called {row.label!r}; {advice}"
