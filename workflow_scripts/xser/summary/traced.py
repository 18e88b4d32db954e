"""Numbers that say where they come from: every one names a file, a line and a column."""

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


@dataclass(frozen=True)
class Line:
    """One line of a TSV file; the header is line 1."""

    path: str
    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def show(self, column: str, form: Callable[[str], str] = plain) -> Html:
        """The cell as an element that names its source."""
        return tag(
            "span",
            form(self.cells[column]),
            data_source=f"{self.path}:{self.number}:{column}",
        )

    def interval(self, metric: str) -> Html:
        """The interval of a metric, in brackets; nothing if it has none."""
        if not self.cells[f"{metric}_low"]:
            return Html("")
        ends = [self.show(f"{metric}_{end}", percent) for end in ("low", "high")]
        return tag("span", "[", join(ends, "–"), "]", class_="interval")


def read(path: str) -> list[Line]:
    """The lines of a TSV file."""
    return [Line(path, number, row) for number, row in enumerate(read_tsv(path), start=2)]


def setting(key: str, value: object) -> Html:
    """A value of config.yaml."""
    shown = ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
    return tag("span", shown, data_source=f"config.yaml:{key}")
