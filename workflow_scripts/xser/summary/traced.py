"""Numbers that say where they come from: every one names a file, a line and a column."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from xser.evaluation.metrics import PERCENT, RATIO, Form
from xser.evaluation.paper_figures import as_printed
from xser.evaluation.significance import shown_p
from xser.frames import Kind


def indexed(html: str) -> tuple[str, list[str]]:
    """A page whose numbers name their file by its place in a list, which keeps it small; and the list."""
    files: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        return f'<span data-source="{files.setdefault(found[1], len(files))}:'

    return re.sub(r'<span data-source="([^":]+):', place, html), list(files)


def short(value: object) -> str:
    """A number with a point to three significant digits, anything else as it is."""
    try:
        return f"{float(str(value)):.3g}" if "." in str(value) else str(value)
    except ValueError:
        return str(value)


def in_points(value: float) -> str:
    """A difference of fractions in percentage points."""
    return f"{100 * value:+z.1f}".replace("-", "−")


def probability(p: float) -> str:
    """A p value as a sentence has it.

    Examples
    --------
    >>> probability(0.0123), probability(0.00003)
    ('= 0.012', '< 0.001')
    """
    return text if (text := shown_p(p)).startswith("<") else f"= {text}"


FORMS: dict[str, Callable[[Any], str]] = {
    "percent": PERCENT, "points": in_points, "plain": str, "p": probability, "ratio": RATIO, "short": short,
    "as printed": as_printed, "p alone": lambda p: probability(p).removeprefix("= "),
}  # fmt: skip


@dataclass(frozen=True)
class TracedLine:
    """One line of a TSV file, or what one of its cells holds within; the header is line 1."""

    path: str
    number: int
    cells: dict[str, Any]
    within: str = ""  # where in the line: "heads.language." where the cells are values of that key in the cell `heads`

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]

    def show(self, column: str, form: str | Form = "plain", turned: bool = False) -> Markup:
        """The cell in a metric's form or in one of FORMS, as an element that names its source; `turned`: times -1."""
        source = f"{self.path}:{self.number}:{'-' * turned}{self.within}{column}"
        value = -self.cells[column] if turned else self.cells[column]
        shown = (FORMS[form] if isinstance(form, str) else form)(value)
        return Markup('<span data-source="{}">{}</span>').format(source, shown)

    def interval(self, metric: str, form: str | Form = "percent") -> Markup:
        """The interval of a metric, in brackets; nothing if it has none."""
        return self.between(f"{metric}_low", f"{metric}_high", form)

    def between(self, low: str, high: str, form: str | Form = "percent") -> Markup:
        """The interval between two columns, in brackets; nothing if they are empty."""
        if self.cells[low] in (None, "") or self.cells[high] in (None, ""):
            return Markup("")
        ends = self.show(low, form), ", " if form == "points" else "–", self.show(high, form)
        return Markup('<span class="interval">[{}{}{}]</span>').format(*ends)

    def unpacked(self, column: str) -> dict[str, "TracedLine"]:
        """What a cell says of each name, sorted, as JSON in the cell; nothing if it is empty."""
        found = json.loads(self.cells[column] or "{}")
        return {
            key: TracedLine(self.path, self.number, {k: str(v) for k, v in found[key].items()}, f"{column}.{key}.")
            for key in sorted(found)
        }


def read(kind: Kind, path: str) -> list[TracedLine]:
    """The lines of a file of some kind."""
    return [TracedLine(path, number, row) for number, row in enumerate(kind.records(path), start=2)]


def counted(lines: Sequence[TracedLine], column: str) -> Markup:
    """How many lines of one file there are, with the column that chose them."""
    if not lines:
        return name("none")
    return Markup('<span data-source="{}:{}">{}</span>').format(lines[0].path, column, len(lines))


def setting(key: str, value: object) -> Markup:
    """A value of config.yaml."""
    shown = ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
    return Markup('<span data-source="config.yaml:{}">{}</span>').format(key, shown)


def name(text: str) -> Markup:
    """A name or an identifier, which may hold digits that are no results (IS09, table2)."""
    return Markup('<span class="name">{}</span>').format(text)


def prose(text: str) -> Markup:
    """Plain reStructuredText as paragraphs: emphasis, strong emphasis and literals, nothing else."""
    paragraphs = []
    for block in re.split(r"\n\s*\n", text.strip()):
        shown = str(Markup.escape(" ".join(block.split())))
        shown = re.sub(r"``(.+?)``", r"<code>\1</code>", shown)
        shown = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", shown)
        shown = re.sub(r"\*(.+?)\*", r"<em>\1</em>", shown)
        paragraphs.append(f'<p class="text">{shown}</p>')
    return Markup("\n".join(paragraphs))
