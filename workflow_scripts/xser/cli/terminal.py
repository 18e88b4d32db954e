"""What a finished run says: its tables, short, and where all of it lies."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser import paths
from xser.cli.program import program
from xser.cli.reasons import cut
from xser.errors import InputError
from xser.evaluation import marks
from xser.evaluation.metrics import PERCENT, TERMINAL, shown_in
from xser.evaluation.paper_figures import NOT_COMPARABLE, as_printed
from xser.tables.cells import CELLS

WIDTH = 100
LABEL = 38
Row = Mapping[str, Any]


def closing(tables: Mapping[str, str], titles: Mapping[str, str], root: Path = Path()) -> str:
    """Return the text that ends a run: `tables` (table -> caption) that are made, `titles` of corpora."""
    made = {t: path for t in tables if (path := root / paths.table(t, "tsv")).is_file()}
    parts: list[str] = []
    lines: list[Row] = []
    for table, path in made.items():
        try:
            cells = CELLS.records(path)
        except InputError:  # made before an update; this run was asked for other files
            parts.append(f"{table}: made by another version of xser. `snakemake --cores 2 {table}` makes it again.")
            continue
        lines += [c for c in cells if c["n"]]
        parts.append(table_text(table, tables[table], titles, cells))
    if notes := marks.explained(lines):
        parts.append("\n".join(textwrap.fill(note, WIDTH, subsequent_indent="    ") for note in notes))
    if any(c["practice"] for c in lines):
        parts.append("PRACTICE DATA (p): synthetic speech shows that everything runs; these numbers mean nothing.")
    parts.append("\n".join(_where(root)))
    return "\n\n".join(["", *parts])


def _where(root: Path) -> list[str]:
    lines = [f"Tables with intervals and notes: {paths.table('*', 'md')} (.tsv to compute with, .tex to print)"]
    if (root / paths.AUDIT_PAGE).is_file():
        lines.append(f"Audit:                           {paths.AUDIT_PAGE}")
    if (root / paths.SUMMARY).is_file():
        lines.append(f"All on one page:                 {paths.SUMMARY}")
    else:
        lines.append(f"All on one page, with figures:   {program('snakemake')} --cores 2 report")
    return lines


def table_text(table: str, caption: str, titles: Mapping[str, str], cells: Sequence[Row]) -> str:
    """One table: the metrics that the terminal shows in each cell, n above; columns that do not fit follow below."""
    columns = list(dict.fromkeys(c["test"] for c in cells))
    roomy = len(columns) <= 2  # for the paper's figure beside ours
    mixed = {c: not _is_practice(cells, c) for c in columns}
    cells = [{**c, "mixed": c["practice"] and mixed[c["test"]], "roomy": roomy} for c in cells]
    heads = {c: titles.get(c, c) + (" (p)" if _is_practice(cells, c) else "") for c in columns}
    width = max(12, *(len(text) + 1 for text in (*heads.values(), *map(_figures, cells))))
    each = max(1, (WIDTH - LABEL) // width)
    lines = [cut(f"{table}: {caption} ({' / '.join(m.heading for m in shown_in(TERMINAL))} in %)", WIDTH)]
    for start in range(0, len(columns), each):
        lines += _block(cells, columns[start : start + each], heads, width)
    return "\n".join(lines)


def _is_practice(cells: Sequence[Row], column: str) -> bool:
    """Whether all results of a column are of practice data; where some are, these are marked."""
    return {c["practice"] for c in cells if c["test"] == column and c["n"]} == {True}


def _block(cells: Sequence[Row], columns: Sequence[str], heads: Mapping[str, str], width: int) -> list[str]:
    protocols = list(dict.fromkeys(c["protocol"] for c in cells))
    several = len(protocols) > 1
    at = {(c["row"], c["test"], c["protocol"]): c for c in cells}
    lines = [_line("", [heads[c] for c in columns], width)]
    for protocol in protocols:
        sizes = [_sizes(cells, c, protocol) for c in columns]
        lines.append(_line(f"n, {protocol}" if several else "n", sizes, width))
    for row in dict.fromkeys(c["row"] for c in cells):
        for protocol in protocols:
            suffix = f", {protocol}" if several else ""
            shown = [_figures(at[row, c, protocol]) for c in columns]
            if any(at[row, c, protocol]["n"] for c in columns):
                lines.append(_line(cut(row, LABEL - 2 - len(suffix)) + suffix, shown, width))
    return [*lines, _line("chance", [_chance(cells, c) for c in columns], width)]


def _sizes(cells: Sequence[Row], column: str, protocol: str) -> str:
    found = sorted({c["n"] for c in cells if c["test"] == column and c["protocol"] == protocol and c["n"]})
    return "-" if not found else str(found[0]) if len(found) == 1 else f"{found[0]}-{found[-1]}"


def _chance(cells: Sequence[Row], column: str) -> str:
    return " / ".join(sorted({PERCENT(c["chance"]) for c in cells if c["test"] == column and c["n"]})) or "-"


def _figures(cell: Row) -> str:
    if not cell["n"]:
        return "-"
    figures = " / ".join(m.form(cell[m.name]) for m in shown_in(TERMINAL))
    paper = cell["roomy"] and cell["paper"] is not None and cell["verdict"] != NOT_COMPARABLE
    shown = marks.beside(figures, ("p" if cell["mixed"] else "") + marks.of(cell))
    return f"{shown}, paper {as_printed(cell['paper'])}" if paper else shown


def _line(label: str, cells: Sequence[str], width: int) -> str:
    return f"  {cut(label, LABEL - 2):<{LABEL - 2}}" + "".join(f"{cut(c, width - 1):>{width}}" for c in cells)
