"""Numbers that say where they come from: every one names a file, a line and a column."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from xser.evaluation.metrics import PERCENT, RATIO
from xser.files import read_tsv


def short(text: str) -> str:
    """A number with a point to three significant digits, other text as it is."""
    try:
        return f"{float(text):.3g}" if "." in text else text
    except ValueError:
        return text


def points(text: str) -> str:
    """A difference of fractions in percentage points."""
    return f"{100 * float(text):+.1f}"


FORMS: dict[str, Callable[[str], str]] = {
    "percent": PERCENT, "points": points, "plain": str, "ratio": RATIO, "short": short
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a TSV file, or what one of its cells holds within; the header is line 1."""

    path: str
    number: int
    cells: dict[str, str]
    within: str = ""  # where in the line: "heads.language." where the cells are values of that key in the cell `heads`

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def show(self, column: str, form: str = "plain") -> Markup:
        """The cell in one of FORMS, as an element that names its source."""
        source = f"{self.path}:{self.number}:{self.within}{column}"
        return Markup('<span data-source="{}">{}</span>').format(source, FORMS[form](self.cells[column]))

    def interval(self, metric: str) -> Markup:
        """The interval of a metric, in brackets; nothing if it has none."""
        return self.between(f"{metric}_low", f"{metric}_high")

    def between(self, low: str, high: str, form: str = "percent") -> Markup:
        """The interval between two columns, in brackets; nothing if they are empty."""
        if not (self.cells[low] and self.cells[high]):
            return Markup("")
        return Markup('<span class="interval">[{}–{}]</span>').format(self.show(low, form), self.show(high, form))

    def unpacked(self, column: str) -> dict[str, "Line"]:
        """What a cell says of each name, sorted, as JSON in the cell; nothing if it is empty."""
        found = json.loads(self.cells[column] or "{}")
        return {
            key: Line(self.path, self.number, {k: str(v) for k, v in found[key].items()}, f"{column}.{key}.")
            for key in sorted(found)
        }


def read(path: str) -> list[Line]:
    """The lines of a TSV file."""
    return [Line(path, number, row) for number, row in enumerate(read_tsv(path), start=2)]


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
