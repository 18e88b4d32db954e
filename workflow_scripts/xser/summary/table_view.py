"""What the page shows of one table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xser.evaluation import marks, paper_figures
from xser.evaluation.metrics import METRICS, PAGE
from xser.summary.traced import TracedLine
from xser.tables.layout import head_title

VERDICTS = {
    paper_figures.DIFFERS: "differs from the paper's",
    paper_figures.AGREES: "agrees with the paper's",
    paper_figures.UNKNOWN: "cannot tell from the paper's",
    paper_figures.NOT_COMPARABLE: "not comparable",
    paper_figures.PRACTICE: "practice data",
}
LEVELS = {"chance": "chance level", "majority": "majority class"}
NOTES = {  # column of a table -> what its values, each with the corpora that it holds for, are called below it
    "interval": "Intervals",
    "why": "Not comparable",
    "transductive": "Transductive (t)",
    "oracle": "Oracle epoch (o), not a held-out result",
    "dependent": "Speaker-dependent (d), says little of new speakers",
    "collapsed": "Collapsed (c)",
    "rare": "UAR depends much on classes with few tested utterances",
}
SHOWN = [metric for metric in METRICS if PAGE in metric.shown]
Place = tuple[str, str, str]


@dataclass(frozen=True)
class Results:
    """One table: `id`, `caption`, `columns` and `titles` of it, and the lines of its TSV, comparisons and spread."""

    settings: Mapping[str, Any]
    lines: Sequence[TracedLine]
    compared: Sequence[TracedLine]
    spread: Sequence[TracedLine]

    @property
    def protocols(self) -> list[str]:
        """The protocols of its cells."""
        return list(dict.fromkeys(line["protocol"] for line in self.lines))

    @property
    def run(self) -> list[TracedLine]:
        """The cells that have a run."""
        return [line for line in self.lines if line["n"]]

    @property
    def practice(self) -> bool:
        """Whether any cell shows results of practice data."""
        return any(line["practice"] for line in self.run)

    def under(self, protocol: str) -> str:
        """A protocol, where there are several."""
        return protocol if len(self.protocols) > 1 else ""

    def rows(self) -> Iterator[tuple[str, str, list[TracedLine]]]:
        """Yield label, protocol (where there are several) and cells of each row; rows without a run come once."""
        at = {(line["row"], line["test"], line["protocol"]): line for line in self.lines}
        for row in dict.fromkeys(line["row"] for line in self.lines):
            for protocol in self.protocols:
                cells = [at[row, column, protocol] for column in self.settings["columns"]]
                has_run = any(cell["n"] for cell in cells)
                if has_run or protocol == self.protocols[0]:
                    yield row, self.under(protocol) if has_run else "", cells

    def levels(self, test: str, protocol: str, column: str) -> list[TracedLine]:
        """One line for each value of a level (chance, majority) of a tested corpus."""
        found = {x[column]: x for x in self.run if x["test"] == test and x["protocol"] == protocol}
        return list(found.values())

    def notes(self) -> Iterator[tuple[str, list[tuple[TracedLine, str, str]]]]:
        """Yield the notes below the table: what, and each value as line, column and the corpora it holds for."""
        for column, what in NOTES.items():
            lines = [x for x in self.run if x[column] and (column != "why" or x["verdict"] == "not comparable")]
            groups: dict[str, list[TracedLine]] = {}
            for line in lines:
                groups.setdefault(line[column], []).append(line)
            several = len({line["protocol"] for line in lines}) > 1
            if groups:
                yield what, [(g[0], column, self._corpora(g, several)) for g in groups.values()]

    def _corpora(self, lines: Iterable[TracedLine], several: bool) -> str:
        found = (self.where(line["test"], line["protocol"] if several else "", " under ") for line in lines)
        return ", ".join(dict.fromkeys(found))

    def where(self, test: str, protocol: str, between: str = ", ") -> str:
        """A tested corpus (or, where it is not one, all of them), and the protocol if it is given."""
        title = self.settings["titles"].get(test, "over corpora")
        return f"{title}{between}{protocol}" if protocol else title

    def compared_rows(self) -> Iterator[tuple[str, list[str], TracedLine]]:
        """Yield where, the two rows with their marks, and the line of each comparison."""
        several = len({line["protocol"] for line in self.compared}) > 1
        for line in self.compared:
            pair = [marks.beside(line[f"row_{side}"], line[f"marks_{side}"]) for side in ("a", "b")]
            yield self.where(line["test"], line["protocol"] if several else ""), pair, line

    def spread_rows(self) -> Iterator[tuple[str, str, TracedLine]]:
        """Yield where, the row with its marks, and the line of each row of the spread."""
        several = len({line["protocol"] for line in self.spread}) > 1
        for line in self.spread:
            title = self.where(line["test"], "") + (" (practice)" if line["practice"] else "")
            where = f"{title}, {line['protocol']}" if several else title
            yield where, marks.marked(line["row"], line.cells), line

    @property
    def spread_practice(self) -> bool:
        """Whether practice data was tested or trained on in the spread."""
        practice = {_place(line) for line in self.lines if line["practice"]}
        return any(line["practice"] or _place(line) in practice for line in self.spread)


def speaker_names(line: TracedLine, column: str) -> str:
    """The speakers that a cell of a spread names, without the corpus."""
    return ", ".join(speaker.removeprefix(f"{line['test']}_") for speaker in line[column].split(","))


def verdict_marks(line: TracedLine) -> Iterator[tuple[str, str, str]]:
    """Yield class, text and reason of the marks of a cell."""
    if line["verdict"]:
        yield line["verdict"].replace(" ", "-"), VERDICTS[line["verdict"]], line["why"]
    elif line["practice"] and line["n"]:
        yield "practice", "practice data", ""
    if line["transductive"]:
        yield "transductive", "transductive", line["transductive"]
    if line["oracle"]:
        yield "oracle", "oracle epoch", line["oracle"]
    if line["dependent"]:
        yield "dependent", "speaker-dependent", line["dependent"]
    if line["collapsed"]:
        yield "collapsed", "collapsed", line["collapsed"]


def heads(line: TracedLine) -> Iterator[tuple[str, str, TracedLine]]:
    """Yield title, form and numbers of the further tasks of a multi-task system in a cell."""
    for head, found in line.unpacked("heads").items():
        yield head_title(head, found["metric"]), "percent" if found["metric"] == "accuracy" else "ratio", found


def _place(line: TracedLine) -> Place:
    return line["row"], line["test"], line["protocol"]
