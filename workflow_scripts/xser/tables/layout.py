"""A table as the paper prints it: of each row ours by protocol, then the paper's; last, chance and majority."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xser.evaluation import marks
from xser.evaluation.metrics import PERCENT, RATIO, TABLE, Form, Metric, shown_in
from xser.evaluation.paper_figures import as_printed
from xser.tables.cells import CELLS

if TYPE_CHECKING:
    import pandas as pd

PAPER = "Goel & Beigi 2020"
DASH = "–"
Cell = Mapping[str, Any]


@dataclass(frozen=True)
class ShownCell:
    """What a printed cell shows: a number, its interval, a verdict, marks (`p` practice, others as in marks.py)."""

    number: str
    interval: tuple[str, str] | None = None
    verdict: str = ""
    marks: str = ""


NOTHING = ShownCell(DASH)


@dataclass(frozen=True)
class Line:
    """One printed line: the row's label (empty if the line above has it), what the line shows, one cell a column."""

    label: str
    what: str
    cells: Sequence[ShownCell]


def runs_of(cells: "pd.DataFrame", column: str, *protocols: str) -> "pd.DataFrame":
    """The cells of a column that have a run under one of the protocols."""
    return cells[cells["test"].eq(column) & cells["protocol"].isin(protocols) & cells["n"].notna()]


def layout(settings: Mapping[str, Any], cells: "pd.DataFrame") -> list[Line]:
    """The printed lines of the cells of a table (CELLS); `settings` as for `make_cells`."""
    keys = [(c["row"], c["protocol"], c["column"]) for c in settings["cells"]]
    at = dict(zip(keys, CELLS.known(cells), strict=True))
    protocols, lines = list(settings["protocols"]), []
    for number, row in enumerate(settings["rows"]):
        block: list[Line] = []
        for protocol in [] if row["published"] else protocols:
            ours = [at[number, protocol, column] for column in settings["columns"]]
            block += [
                replace(x, what=x.what + _suffix(settings, protocol)) for x in _of_runs(ours, settings["practice"])
            ]
        theirs = [at[number, protocols[0], column] for column in settings["columns"]]
        if row["published"] or any(c["paper"] for c in theirs):
            block.append(Line("", "as published" if row["published"] else PAPER, [_theirs(c) for c in theirs]))
        lines += [replace(line, label=row["label"] if line is block[0] else "") for line in block]
    return [*lines, *_levels(settings, cells)]


def _suffix(settings: Mapping[str, Any], protocol: str) -> str:
    return f", {protocol}" if len(settings["protocols"]) > 1 else ""


def _of_runs(ours: Sequence[Cell], practice: Sequence[str]) -> Iterator[Line]:
    """The lines of our runs in one row and protocol: the metrics, then further tasks of multi-task systems."""
    for metric in shown_in(TABLE):
        yield Line("", metric.heading, [_ours(c, metric, practice) for c in ours])
    found = {head: task["metric"] for c in ours for head, task in tasks_of(c).items()}
    for head in sorted(found):
        yield Line("", head_title(head, found[head]), [_head(c, head) for c in ours])


def _ours(cell: Cell, metric: Metric, practice: Sequence[str]) -> ShownCell:
    if cell[metric.name] is None:
        return NOTHING
    trained = "p" if cell["practice"] and cell["test"] not in practice else ""
    low, high = (metric.form(cell[f"{metric.name}_{end}"]) for end in ("low", "high"))
    verdict = cell["verdict"] if metric.name == "accuracy" else ""
    return ShownCell(metric.form(cell[metric.name]), (low, high), verdict, trained + marks.of(cell))


def _theirs(cell: Cell) -> ShownCell:
    if cell["paper"] is None:
        return NOTHING
    interval = (PERCENT(cell["paper_low"]), PERCENT(cell["paper_high"])) if cell["paper_low"] is not None else None
    return ShownCell(as_printed(cell["paper"]), interval)


def tasks_of(cell: Cell) -> dict[str, Any]:
    """Further task -> its metric, value, interval, n and levels, as text."""
    return dict(json.loads(cell["heads"] or "{}"))


def head_title(head: str, metric: str) -> str:
    """What a further task is called: `language ID` where its metric is accuracy, `arousal (CCC)` otherwise."""
    return f"{head} ID" if metric == "accuracy" else f"{head} (CCC)"


def head_form(metric: str) -> Form:
    """How the metric of a further task is shown."""
    return PERCENT if metric == "accuracy" else RATIO


def _head(cell: Cell, head: str) -> ShownCell:
    """A further task of a multi-task system."""
    if (found := tasks_of(cell).get(head)) is None:
        return NOTHING
    form = head_form(found["metric"])
    number, low, high = (form(found[k]) if found[k] else "" for k in ("value", "low", "high"))
    return ShownCell(number, (low, high) if low and high else None, marks="c" if found.get("collapsed") else "")


def _levels(settings: Mapping[str, Any], cells: "pd.DataFrame") -> Iterator[Line]:
    """Chance and majority of each column, of the emotions and of further tasks."""
    first = next(iter(settings["protocols"]))
    for label, name in (("chance", "chance"), ("majority class", "majority")):
        tasks = [head for heads in cells["heads"] for head, x in tasks_of({"heads": heads}).items() if name in x]
        for protocol in settings["protocols"]:
            for head in ("", *sorted(set(tasks))):
                what = (head_title(head, "accuracy") if head else "accuracy") + _suffix(settings, protocol)
                runs = [runs_of(cells, column, protocol) for column in settings["columns"]]
                shown = [_level(run[name].tolist(), run["heads"], name, head) for run in runs]
                yield Line(label if not head and protocol == first else "", what, shown)


def _level(values: list[Any], heads: "pd.Series[str]", name: str, head: str) -> ShownCell:
    if head:
        values = [tasks[head][name] for x in heads if head in (tasks := tasks_of({"heads": x}))]
    return ShownCell(" / ".join(map(PERCENT, sorted(set(values))))) if values else NOTHING


def headings(settings: Mapping[str, Any], cells: "pd.DataFrame") -> list[str]:
    """A heading a column: title, n (one a protocol) and whether it is practice data."""

    def sizes(column: str, protocol: str) -> str:
        found = sorted(set(runs_of(cells, column, protocol)["n"]))
        return f"{found[0]}–{found[-1]}" if len(found) > 1 else str(found[0]) if found else DASH

    return [
        f"{settings['titles'][c]} (n = {' / '.join(sizes(c, p) for p in settings['protocols'])}"
        f"{', practice' if c in settings['practice'] else ''})"
        for c in settings["columns"]
    ]
