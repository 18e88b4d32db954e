"""Are the systems of a table different? Paired tests, folded away below it."""

from collections.abc import Mapping, Sequence

from xser.summary.markup import Child, Html, name, tag
from xser.summary.traced import Line, short
from xser.tables import marks

HEADS = ("tested on", "a", "b", "n", "a − b, points", "p", "p by Holm", "significant", "test")


def points(text: str) -> str:
    """A difference of fractions in percentage points."""
    return f"{100 * float(text):+.1f}"


def section(titles: Mapping[str, str], lines: Sequence[Line]) -> Html:
    """All comparisons of a table, from the lines of its comparisons.tsv."""
    if not lines:
        return Html("")
    several = len({line["protocol"] for line in lines}) > 1
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", head, scope="col") for head in HEADS])),
        tag("tbody", [_row(titles, line, several) for line in lines]),
        class_="plain",
    )
    found = sum(line["significant"] == "yes" for line in lines)
    note = "Practice data is among what is compared: these differences mean nothing. "
    return tag(
        "details",
        tag("summary", "Are the systems different? ", "Some are." if found else "None is, at this n."),
        tag("p", note, class_="practice-note") if any(line["practice"] == "yes" for line in lines) else "",
        tag("div", table, class_="scroll tall"),
        tag("p", "All of it: ", name(lines[0].path), class_="source"),
    )


def _row(titles: Mapping[str, str], line: Line, several: bool) -> Html:
    where = titles.get(line["test"], "over corpora")
    cells: list[Child] = [
        name(f"{where}, {line['protocol']}" if several else where),
        *(name(marks.beside(line[f"row_{side}"], line[f"marks_{side}"])) for side in ("a", "b")),
        line.show("n"),
        _difference(line),
        _number(line, "p"),
        _number(line, "p_holm"),
        line["significant"],
        name(line["method"]),
    ]
    return tag("tr", [tag("td", cell) for cell in cells])


def _number(line: Line, column: str) -> Child:
    return line.show(column, short) if line[column] else ""


def _difference(line: Line) -> Child:
    if not line["difference"]:
        return ""
    shown: list[Child] = [line.show("difference", points)]
    if line["difference_low"]:
        ends = line.show("difference_low", points), ", ", line.show("difference_high", points)
        shown.append(tag("span", " [", ends, "]", class_="interval"))
    return shown
