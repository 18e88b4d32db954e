"""Marks beside results that are not plain held-out results, and what they mean."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mark:
    """A mark: its letter in tables, what the summary page and its sentences say, and what notes say."""

    letter: str
    short: str
    words: str


MARKS = {  # column of a score or a table, which gives the reason -> its mark
    "transductive": Mark("t", "transductive", "transductive"),
    "oracle": Mark("o", "oracle epoch", "oracle epoch, not a held-out result"),
    "undeclared": Mark("u", "undeclared features", "what these features learnt from is not declared, so not known"),
    "seen": Mark("s", "features saw the test", "these features learnt from the tested corpus, by their declaration"),
    "dependent": Mark("d", "speaker-dependent", "speaker-dependent, says little of new speakers"),
    "collapsed": Mark("c", "collapsed", "collapsed"),
}
GIVEN = [column for column in MARKS if column != "collapsed"]  # what the numbers themselves do not tell
COLLAPSED = "one class takes over 80 % of the answers, or the interval of UAR is not above chance"


def of(*lines: Mapping[str, Any]) -> str:
    """The marks that any of some scores, or lines of a table, needs, such as `t` or `to`; empty if none does."""
    return "".join(mark.letter for column, mark in MARKS.items() if any(line[column] for line in lines))


def marked(text: str, *lines: Mapping[str, Any]) -> str:
    """A text with the marks of some lines in brackets."""
    return beside(text, of(*lines))


def beside(text: str, found: str) -> str:
    """A text with marks, if there are any, in brackets."""
    return f"{text} ({found})" if found else text


def explained(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """What the marks of some lines mean, one string a mark and reason; for collapse, which each line explains, one."""
    lines = list(lines)
    return [
        f"({mark.letter}) {mark.words}: {why}."
        for column, mark in MARKS.items()
        for why in sorted({COLLAPSED if column == "collapsed" else line[column] for line in lines if line[column]})
    ]
