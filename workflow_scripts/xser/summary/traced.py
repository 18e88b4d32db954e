"""Numbers that say where they come from: every one names a file, a line and a column."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xser.files import read_tsv
from xser.summary.markup import Html, join, tag


def percent(text: str) -> str:
    """A fraction as per cent with one decimal."""
    return f"{100 * float(text):.1f}"


def plain(text: str) -> str:
    """As it is written."""
    return text


def short(text: str) -> str:
    """A number with a point to three significant digits, other text as it is."""
    try:
        return f"{float(text):.3g}" if "." in text else text
    except ValueError:
        return text


def ratio(text: str) -> str:
    """A number, such as a concordance, with two decimals."""
    return f"{float(text):.2f}"


@dataclass(frozen=True)
class Line:
    """One line of a TSV file, or what one of its cells holds within; the header is line 1."""

    path: str
    number: int
    cells: dict[str, str]
    within: str = ""  # where in the line: "heads.language." where the cells are values of that key in the cell `heads`

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def show(self, column: str, form: Callable[[str], str] = plain) -> Html:
        """The cell as an element that names its source."""
        return tag(
            "span",
            form(self.cells[column]),
            data_source=f"{self.path}:{self.number}:{self.within}{column}",
        )

    def interval(self, metric: str) -> Html:
        """The interval of a metric, in brackets; nothing if it has none."""
        return self.between(f"{metric}_low", f"{metric}_high")

    def between(self, low: str, high: str, form: Callable[[str], str] = percent) -> Html:
        """The interval between two columns, in brackets; nothing if they are empty."""
        if not (self.cells[low] and self.cells[high]):
            return Html("")
        return tag("span", "[", join([self.show(low, form), self.show(high, form)], "–"), "]", class_="interval")

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


def setting(key: str, value: object) -> Html:
    """A value of config.yaml."""
    shown = ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
    return tag("span", shown, data_source=f"config.yaml:{key}")
