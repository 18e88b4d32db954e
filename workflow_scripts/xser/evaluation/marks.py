"""Marks beside results that are not plain held-out results, and what they mean."""

from collections.abc import Iterable, Mapping
from typing import Any

# Column of a score or a table, which gives the reason -> its mark.
MARKS = {"transductive": "t", "oracle": "o", "dependent": "d", "collapsed": "c"}
WORDS = {
    "transductive": "transductive",
    "oracle": "oracle epoch, not a held-out result",
    "dependent": "speaker-dependent, says little of new speakers",
    "collapsed": "collapsed",
}
COLLAPSED = "one class takes over 80 % of the answers, or the interval of UAR is not above chance"


def of(*lines: Mapping[str, Any]) -> str:
    """The marks that any of some scores, or lines of a table, needs, such as `t` or `to`; empty if none does."""
    return "".join(mark for column, mark in MARKS.items() if any(line[column] for line in lines))


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
        f"({mark}) {WORDS[column]}: {why}."
        for column, mark in MARKS.items()
        for why in sorted({COLLAPSED if column == "collapsed" else line[column] for line in lines if line[column]})
    ]
