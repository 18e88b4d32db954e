"""Tables, comparisons and spreads as Markdown and LaTeX, from the templates beside this module."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xser.evaluation import marks
from xser.evaluation.comparisons import ALL, COMPARISONS, MARGIN, Answers
from xser.evaluation.metrics import PERCENT
from xser.evaluation.over_corpora import GAINS, JACKKNIFE
from xser.evaluation.paper_figures import AGREES, DIFFERS, NOT_COMPARABLE, UNKNOWN, as_printed
from xser.evaluation.significance import LEVEL, shown_p
from xser.tables.held_out import SPREAD, speaker_names
from xser.tables.layout import DASH, Line, ShownCell
from xser.templates import render

if TYPE_CHECKING:
    import pandas as pd

WORDS = {DIFFERS: " differs", AGREES: " agrees", UNKNOWN: " cannot tell", NOT_COMPARABLE: " n.c."}
SIGNS = {DIFFERS: r" $\neq$", AGREES: r" $\approx$", UNKNOWN: " ?"}
_TEX = {
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",  # a dash in LaTeX's own fonts
    **{c: f"{{{c}}}" for c in "[]"},  # else an option of the command before, such as the rule above a row
}


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table whose columns also line up on a terminal.

    Examples
    --------
    >>> print(markdown_table(["corpus", "n"], [["EMO-DB", 43]]))
    | corpus | n   |
    |--------|-----|
    | EMO-DB | 43  |
    """
    escaped = [[str(cell).replace("|", "\\|") for cell in row] for row in (header, *rows)]
    widths = [max(3, *(len(row[i]) for row in escaped)) for i in range(len(header))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in escaped]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def escape(text: str) -> str:
    """Text as LaTeX shows it.

    Examples
    --------
    >>> print(escape("a|b_1"))
    a\\textbar{}b\\_1
    """
    return "".join(_TEX.get(c, c) for c in text)


def _small(p: float | None) -> str:
    return "" if p is None else shown_p(p)


def _fill(template: str, settings: Mapping[str, Any], **values: Any) -> str:
    """Fill in a template beside this module."""
    values |= {"markdown_table": markdown_table, "signs": SIGNS}
    filters: dict[str, Any] = {"tex": escape, "small": _small, "percent": PERCENT}
    return render(Path(__file__).with_name(template), {**settings, **values}, filters)


def markdown(settings: Mapping[str, Any], head: Sequence[str], lines: Sequence[Line], remarks: Sequence[str]) -> str:
    """A table in Markdown, its notes below."""
    rows = [[line.label, line.what, *map(_markdown_cell, line.cells)] for line in lines]
    table = markdown_table(["", "", *head], rows)
    return _fill("table.md", settings, shown=table, remarks=remarks)


def _markdown_cell(cell: ShownCell) -> str:
    interval = f" [{cell.interval[0]}–{cell.interval[1]}]" if cell.interval else ""
    return f"{cell.number}{interval}{WORDS.get(cell.verdict, '')}{''.join(f' ({m})' for m in cell.marks)}"


def latex(settings: Mapping[str, Any], head: Sequence[str], lines: Sequence[Line], remarks: Sequence[str]) -> str:
    """A table in LaTeX, its notes below; it needs the package booktabs."""
    heads = [heading.rpartition(" (n = ")[::2] for heading in head]
    signed = any(cell.verdict in SIGNS for line in lines for cell in line.cells)
    return _fill("table.tex", settings, heads=heads, lines=lines, remarks=remarks, signed=signed)


def comparisons_markdown(settings: Mapping[str, Any], compared: "pd.DataFrame", answers: Sequence[Answers]) -> str:
    """The comparisons of a table (COMPARISONS) in Markdown, a section a protocol; what the marks of their rows mean."""
    return _fill(
        "comparisons.md",
        settings,
        sections={p: _compared(settings, compared[compared["protocol"].eq(p)]) for p in settings["protocols"]},
        practice=bool(compared["practice"].any()),
        level=f"{100 * settings['confidence']:g}",
        significance=f"{LEVEL:g}",
        margin=f"{100 * MARGIN:g}",
        meanings=marks.explained(a.score for a in answers),
    )


def _compared(settings: Mapping[str, Any], lines: "pd.DataFrame") -> dict[str, Any]:
    """What one protocol's section shows: the table of its pairs, and Friedman's and Nemenyi's tests."""
    over = COMPARISONS.known(lines[lines["test"].eq(ALL)])
    gains = [line for line in over if line["method"] in GAINS]
    over = [line for line in over if line["method"] not in GAINS]
    pairs = COMPARISONS.known(lines[lines["test"].ne(ALL)])
    pairs.sort(key=lambda p: (not (p["significant"] or p["uar_significant"]), min(p["p_holm"], p["uar_p_holm"])))
    ranks = {_side(p, side): p[f"rank_{side}"] for p in over[1:] for side in ("a", "b")}
    return {
        "pairs": [
            [
                settings["titles"][p["test"]] + (" (practice)" if p["practice"] else ""),
                *(_side(p, "a"), _side(p, "b"), p["n"], _points(p)),
                *(_small(p[k]) for k in ("p", "p_holm", "p_smallest")),
                *(_found(p), _points(p, "uar_"), _small(p["uar_p_holm"])),
                *("yes" if p["uar_significant"] else "no", p["method"]),
            ]
            for p in pairs
        ],
        "gains": [(m == JACKKNIFE, rows) for m in GAINS if (rows := [_gain(g) for g in gains if g["method"] == m])],
        "baseline": _side(gains[0], "b") if len({g["row_b"] for g in gains}) == 1 else "the baseline",
        "overall": over[0] if over else None,
        "ranks": sorted(ranks.items(), key=lambda item: item[1]),
        "different": [(_side(p, "a"), _side(p, "b"), p["p"]) for p in over[1:] if p["significant"]],
    }


def _gain(line: Mapping[str, Any]) -> list[object]:
    """What a method gains over the baseline, as a row."""
    return [
        *(_side(line, "a"), line["n"], PERCENT(line["uar_a"]), PERCENT(line["uar_b"]), _points(line, "uar_")),
        *(_small(line[k]) for k in ("uar_p", "uar_p_holm", "uar_p_smallest")),
        "yes" if line["uar_significant"] else "no",
    ]


def _side(line: Mapping[str, Any], side: str) -> str:
    """The label of row `a` or `b` with its marks."""
    return marks.beside(line[f"row_{side}"], line[f"marks_{side}"])


def _found(line: Mapping[str, Any]) -> str:
    """Whether a difference is significant, or found to be small."""
    return "yes" if line["significant"] else "equivalent" if line["equivalent"] else "no"


def _points(line: Mapping[str, Any], metric: str = "") -> str:
    """A difference in percentage points with its interval, if it has one."""
    numbers = [line[f"{metric}difference{end}"] for end in ("", "_low", "_high")]
    value, *ends = (f"{100 * x:+z.1f}" for x in numbers if x is not None)
    return f"{value} [{', '.join(ends)}]" if ends else value


def spread_markdown(settings: Mapping[str, Any], lines: "pd.DataFrame") -> str:
    """The spread over held-out speakers (SPREAD) in Markdown, its notes below."""
    records = SPREAD.known(lines)
    return _fill(
        "spread.md",
        settings,
        rows=[_spread_row(settings, line) for line in records],
        practice=bool(lines["practice"].any()),
        meanings=marks.explained(records),
    )


def _spread_row(settings: Mapping[str, Any], line: Mapping[str, Any]) -> list[object]:
    def whose(number: str, speakers: str) -> str:
        return f"{PERCENT(line[number])} ({speaker_names(line, speakers)})" if line[speakers] else DASH

    return [
        marks.marked(line["row"], line),
        settings["titles"][line["test"]] + (" (practice)" if line["practice"] else ""),
        *(line["protocol"], line["speakers"]),
        *(whose("lowest", "lowest_speaker"), PERCENT(line["median"]), whose("highest", "highest_speaker")),
        whose("held_out_accuracy", "held_out"),
        f"{line['worse']}, {line['better']}" if line["held_out"] else DASH,
        DASH if line["paper"] is None else as_printed(line["paper"]),
    ]
