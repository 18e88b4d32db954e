"""The tables of results."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xser.evaluation import paper_figures as quoted
from xser.summary import comparisons, spread
from xser.summary.markup import Child, Html, join, name, tag
from xser.summary.traced import Line, percent, ratio
from xser.tables.table import head_title

VERDICTS = {
    quoted.INSIDE: "inside the paper's interval",
    quoted.ABOVE: "above the paper's interval",
    quoted.BELOW: "below the paper's interval",
    quoted.NOT_COMPARABLE: "not comparable",
    quoted.PRACTICE: "practice data",
}
HEADS = (
    "Further tasks of a system that learns several: ID is the accuracy in %, CCC the concordance correlation "
    "coefficient, on the test utterances whose truth is known. Where all of them are of one class, such as one "
    "language, ID is the share that was put into it."
)


def is_practice(lines: Iterable[Line]) -> bool:
    """Whether any of these cells shows figures of practice data."""
    return any(line["practice"] == "yes" and line["n"] for line in lines)


def practice_note() -> Html:
    """The mark of practice data."""
    return tag(
        "p",
        tag("strong", "Practice data"),
        ": synthetic speech shows that everything runs. These numbers mean nothing.",
        class_="practice-note",
        role="note",
    )


def section(
    settings: Mapping[str, Any], lines: Sequence[Line], compared: Sequence[Line], spread_over: Sequence[Line]
) -> Html:
    """One table: `id`, `caption`, `columns` and `titles` of it, the lines of its TSV, comparisons.tsv, spread.tsv."""
    table = settings["id"]
    return tag(
        "section",
        tag("h3", tag("span", table, class_="name eyebrow"), " ", name(settings["caption"])),
        practice_note() if is_practice(lines) else "",
        tag("div", _table(settings, lines), class_="scroll"),
        _notes(settings, lines),
        spread.section(settings["titles"], spread_over, lines),
        comparisons.section(settings["titles"], compared),
        id=f"table-{table}",
        class_="card",
    )


def _table(settings: Mapping[str, Any], lines: Sequence[Line]) -> Html:
    protocols = list(dict.fromkeys(line["protocol"] for line in lines))
    rows = list(dict.fromkeys(line["row"] for line in lines))
    at = {(line["row"], line["test"], line["protocol"]): line for line in lines}
    head = [tag("th", name(settings["titles"][c]), scope="col") for c in settings["columns"]]
    body: list[Html] = []
    for row in rows:
        for protocol in protocols:
            cells = [at[row, c, protocol] for c in settings["columns"]]
            if protocol != protocols[0] and not any(cell["n"] for cell in cells):
                continue  # a published row, once
            label: list[Child] = [name(row)]
            if len(protocols) > 1 and any(cell["n"] for cell in cells):
                label.append(tag("small", "protocol ", name(protocol)))
            shown = [tag("td", _cell(cell), data_column=settings["titles"][cell["test"]]) for cell in cells]
            body.append(tag("tr", tag("th", label, scope="row"), shown))
    foot = [_level(settings, lines, p, *what, several=len(protocols) > 1) for what in LEVELS for p in protocols]
    return tag(
        "table",
        tag("thead", tag("tr", tag("th", "accuracy in %", scope="col"), head)),
        tag("tbody", body),
        tag("tfoot", foot),
        class_="results",
    )


LEVELS = (("chance", "chance level"), ("majority", "majority class"))


def _level(
    settings: Mapping[str, Any], lines: Sequence[Line], protocol: str, column: str, label: str, several: bool
) -> Html:
    cells = []
    for test in settings["columns"]:
        found = {x[column]: x for x in lines if x["test"] == test and x["protocol"] == protocol and x["n"]}
        shown: Child = join((line.show(column, percent) for line in found.values()), " / ") if found else "–"
        cells.append(tag("td", tag("div", shown), data_column=settings["titles"][test]))
    suffix = tag("small", "protocol ", name(protocol)) if several else ""
    return tag("tr", tag("th", label, suffix, scope="row"), cells)


def _cell(line: Line) -> Html:
    parts: list[Child] = []
    if line["n"]:
        parts += [
            tag("div", tag("strong", line.show("accuracy", percent)), " ", line.interval("accuracy"), class_="main"),
            tag("div", "UAR ", line.show("uar", percent), " ", line.interval("uar"), class_="minor"),
            tag("div", "n ", line.show("n"), _seeds(line), class_="minor"),
        ]
    elif line["system"]:
        parts.append(tag("div", "–", class_="main", title="no run: a corpus that it needs is not there"))
    if line["paper"]:
        label = "paper " if line["system"] else "published "
        parts.append(tag("div", label, line.show("paper", percent), " ", line.interval("paper"), class_="minor paper"))
    if marks := list(_marks(line)):
        parts.append(tag("div", join(marks, " "), class_="marks"))
    parts += [_head(head, found) for head, found in line.unpacked("heads").items()]
    return join(parts or ["–"])


def _seeds(line: Line) -> Child:
    if not line["accuracy_sd"]:
        return ""
    return ["; ± ", line.show("accuracy_sd", percent), " over ", line.show("seeds"), " seeds"]


def _head(head: str, found: Line) -> Html:
    """A further task of a multi-task system: accuracy in per cent or concordance, its interval and its n."""
    form = percent if found["metric"] == "accuracy" else ratio
    figure: Child = found.show("value", form) if found["value"] else "–"
    shown: list[Child] = [head_title(head, found["metric"]), " ", figure, " ", found.between("low", "high", form)]
    shown += [" ", tag("span", "n ", found.show("n"), class_="n")]
    if "chance" in found.cells:
        shown += ["; chance ", found.show("chance", percent), ", majority class ", found.show("majority", percent)]
    return tag("div", shown, class_="minor head")


def _marks(line: Line) -> Iterable[Html]:
    if line["verdict"]:
        kind = line["verdict"].replace(" ", "-")
        yield tag("span", VERDICTS[line["verdict"]], class_=f"mark {kind}", title=line["why"])
    elif line["practice"] == "yes" and line["n"]:
        yield tag("span", "practice data", class_="mark practice")
    if line["transductive"]:
        yield tag("span", "transductive", class_="mark transductive", title=line["transductive"])
    if line["oracle"]:
        yield tag("span", "oracle epoch", class_="mark oracle", title=line["oracle"])


def _notes(settings: Mapping[str, Any], lines: Sequence[Line]) -> Html:
    """How intervals were made, why a cell is not comparable, what is transductive or oracle: as the TSV says it."""
    run = [line for line in lines if line["n"]]
    notes = [_of_columns(settings, run, "interval", "Intervals")]
    notes += [_of_columns(settings, [x for x in run if x["verdict"] == quoted.NOT_COMPARABLE], "why", "Not comparable")]
    notes += [_of_columns(settings, run, "transductive", "Transductive (t)")]
    notes += [_of_columns(settings, run, "oracle", "Oracle epoch (o), not a held-out result")]
    notes += [_of_columns(settings, run, "rare", "UAR hangs on classes with few tested utterances")]
    if any(line["paper_low"] for line in lines):
        notes.append(join(["The paper's intervals are Wilson's, from the n that its percentages imply."]))
    if any(line["heads"] for line in run):
        notes.append(join([HEADS]))
    path = lines[0].path
    notes.append(join(["All of this table: ", name(path), "; as Markdown and LaTeX beside it."]))
    return tag("ul", [tag("li", n) for n in notes if n], class_="notes")


def _of_columns(settings: Mapping[str, Any], lines: Sequence[Line], column: str, what: str) -> Html:
    """Each value of a column with the tested corpora that it holds for."""
    several = len({line["protocol"] for line in lines}) > 1
    groups: dict[str, list[Line]] = {}
    for line in lines:
        if line[column]:
            groups.setdefault(line[column], []).append(line)
    shown = [
        join(
            [
                found[0].show(column),
                " (",
                name(", ".join(dict.fromkeys(_where(settings, x, several) for x in found))),
                ")",
            ]
        )
        for found in groups.values()
    ]
    return join([what, ": ", join(shown, "; "), "."]) if shown else Html("")


def _where(settings: Mapping[str, Any], line: Line, several: bool) -> str:
    return settings["titles"][line["test"]] + (f" under {line['protocol']}" if several else "")
