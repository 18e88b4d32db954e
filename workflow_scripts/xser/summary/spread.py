"""The luck of the draw below a table: how much a figure depends on who is held out."""

from collections.abc import Mapping, Sequence

from xser.summary.markup import Child, Html, name, tag
from xser.summary.traced import Line, percent
from xser.tables import marks

HEADS = (
    *("tested on", "system", "speakers", "lowest", "median", "highest", "paper's held-out", "others worse, better"),
    "as published",
)
NOTES = (
    "Accuracy in % on each speaker when held out, the mean over seeds; in brackets who it is.",
    "Paper's held-out: ours on the speakers whom protocol paper holds out, and how many of the other speakers would "
    "have given a lower and a higher figure. As published: what the paper reports for one such draw.",
)


def section(titles: Mapping[str, str], lines: Sequence[Line], table: Sequence[Line]) -> Html:
    """The spread over held-out speakers, from the lines of a table's spread.tsv and of the table itself."""
    if not lines:
        return Html("")
    several = len({line["protocol"] for line in lines}) > 1
    practice = {_cell(line) for line in table if line["practice"] == "yes"}
    marked = any(line["practice"] == "yes" or _cell(line) in practice for line in lines)
    shown = tag(
        "table",
        tag("thead", tag("tr", [tag("th", head, scope="col") for head in HEADS])),
        tag("tbody", [_row(titles, line, several) for line in lines]),
        class_="plain",
    )
    return tag(
        "section",
        tag("h4", "The luck of the draw"),
        tag("p", "Practice data is among it: these numbers mean nothing.", class_="practice-note") if marked else "",
        tag("div", shown, class_="scroll tall"),
        tag("ul", [tag("li", note) for note in [*NOTES, ["All of it: ", name(lines[0].path), "."]]], class_="notes"),
        class_="spread",
    )


def _cell(line: Line) -> tuple[str, str, str]:
    return line["row"], line["test"], line["protocol"]


def _row(titles: Mapping[str, str], line: Line, several: bool) -> Html:
    where = titles[line["test"]] + (" (practice)" if line["practice"] == "yes" else "")
    cells: list[Child] = [
        name(f"{where}, {line['protocol']}" if several else where),
        name(marks.marked(line["row"], line.cells)),
        line.show("speakers"),
        _of(line, "lowest", "lowest_speaker"),
        line.show("median", percent),
        _of(line, "highest", "highest_speaker"),
        _of(line, "held_out_accuracy", "held_out"),
        [line.show("worse"), ", ", line.show("better")] if line["held_out"] else "–",
        line.show("paper", percent) if line["paper"] else "–",
    ]
    return tag("tr", [tag("td", cell) for cell in cells])


def _of(line: Line, figure: str, speakers: str) -> Child:
    """A figure and whose it is."""
    if not line[speakers]:
        return "–"
    who = ", ".join(speaker.removeprefix(f"{line['test']}_") for speaker in line[speakers].split(","))
    return [line.show(figure, percent), " (", name(who), ")"]
