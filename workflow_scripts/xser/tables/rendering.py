"""Tables as Markdown and as LaTeX."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xser.evaluation import paper_figures as quoted
from xser.tables.table import Line, Shown

# -- Markdown ----------------------------------------------------------------------------------------------------------


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns also line up on a terminal."""
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in (header, *rows)]
    widths = [max(3, *(len(row[i]) for row in escaped)) for i in range(len(header))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in escaped]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


_WORDS = {
    quoted.INSIDE: " inside",
    quoted.ABOVE: " above",
    quoted.BELOW: " below",
    quoted.NOT_COMPARABLE: " n.c.",
}


def _markdown_cell(cell: Shown) -> str:
    interval = f" [{cell.interval[0]}–{cell.interval[1]}]" if cell.interval else ""
    verdict = _WORDS.get(cell.verdict, "")
    return f"{cell.figure}{interval}{verdict}{''.join(f' ({m})' for m in cell.marks)}"


def markdown(settings: Mapping[str, Any], head: Sequence[str], lines: Sequence[Line], remarks: Sequence[str]) -> str:
    """The table in Markdown, its notes below."""
    rows = [[line.label, line.what, *map(_markdown_cell, line.cells)] for line in lines]
    table = markdown_table(["", "", *head], rows)
    return "\n".join(
        [f"### {settings['table']}: {settings['caption']}", "", table, "", *(f"- {r}" for r in remarks), ""]
    )


# -- LaTeX -------------------------------------------------------------------------------------------------------------

_TEX = {
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}
_SIGNS = {quoted.INSIDE: r" $\approx$", quoted.ABOVE: r" $\uparrow$", quoted.BELOW: r" $\downarrow$"}


def escape(text: str) -> str:
    """Text as LaTeX shows it."""
    return "".join(_TEX.get(c, c) for c in text)


def _latex_cell(cell: Shown) -> str:
    interval = f" {{\\scriptsize [{cell.interval[0]}, {cell.interval[1]}]}}" if cell.interval else ""
    marks = f"\\textsuperscript{{{cell.marks}}}" if cell.marks else ""
    return f"{escape(cell.figure)}{marks}{interval}{_SIGNS.get(cell.verdict, '')}"


def latex(settings: Mapping[str, Any], head: Sequence[str], lines: Sequence[Line], remarks: Sequence[str]) -> str:
    """The table in LaTeX, its notes below; it needs the package booktabs."""

    def row(cells: Iterable[str]) -> str:
        return " & ".join(cells) + r" \\"

    body = []
    for number, line in enumerate(lines):
        if number and line.label and (line.label != "majority class"):
            body.append(r"\midrule" if line.label == "chance" else r"\addlinespace")
        body.append(row([escape(line.label), escape(line.what), *map(_latex_cell, line.cells)]))
    signs = r" Signs after our accuracy: $\approx$ inside, $\uparrow$ above, $\downarrow$ below the paper's interval."
    shown = any(cell.verdict in _SIGNS for line in lines for cell in line.cells)
    heads = [_stacked(h) for h in head]
    return "\n".join(
        [
            r"\begin{table*}",
            r"\centering\footnotesize\setlength{\tabcolsep}{4pt}",
            f"\\caption{{{escape(settings['caption'])}}}",
            f"\\label{{tab:{settings['table']}}}",
            f"\\begin{{tabular}}{{ll{'l' * len(head)}}}",
            r"\toprule",
            row(["", "", *heads]),
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            "",
            f"\\parbox{{\\linewidth}}{{\\smallskip\\scriptsize {escape(' '.join(remarks))}{signs if shown else ''}}}",
            r"\end{table*}",
            "",
        ]
    )


def _stacked(heading: str) -> str:
    """A heading with its n on a second line."""
    title, _, size = heading.rpartition(" (n = ")
    return f"\\shortstack[l]{{{escape(title)}\\\\($n$ = {escape(size)}}}"
