"""A curve as Markdown: UAR at each K, where lines differ, and what to be careful about."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xser.curves.base import ALL, ks_of, marks_of
from xser.curves.crossing import significant_ks, worth
from xser.curves.few_shot import ALONE
from xser.evaluation import marks
from xser.evaluation.metrics import PERCENT
from xser.evaluation.significance import LEVEL
from xser.tables.notes import confounded
from xser.tables.rendering import markdown_table

Points = Sequence[Mapping[str, Any]]


def markdown(settings: Mapping[str, Any], points: Points, scores: Points, cards: Sequence[str]) -> str:
    """The page of one curve.

    `points` are POINTS of all tested corpora, `scores` SCORE of the systems beside it, `cards` files of their cards.
    """
    given = marks_of(settings, points)
    titles = {test: marks.marked(title, *given[test]) for test, title in settings["titles"].items()}
    parts = [f"### {settings['curve']}: {settings['caption']}", ""]
    if any(p["practice"] for p in points):
        parts += ["Practice data (synthetic speech) is among it; the numbers mean nothing.", ""]
    ks = ks_of(points)
    means = {(p["test"], p["line"], p["k"]): p for p in points if p["draw"] is None}
    lines = list(dict.fromkeys((p["test"], p["line"]) for p in points))
    level = ["any K"] if scores else []  # those of the systems beside it
    shown = [
        [titles[test], line, *(_cell(means.get((test, line, k))) for k in ks), *[""] * len(level)]
        for test, line in lines
    ]
    shown += [[titles[s["test"]], marks.marked(s["system"], s), *[""] * len(ks), _cell(s)] for s in scores]
    parts += [markdown_table(["tested on", "", *ks, *level], shown), ""]
    if any(p["line"] == ALONE for p in points) and settings["kind"] == "few_shot":
        rows = list(_crossings(titles, points, "0" in ks))  # without 0: what foreign data alone give is not known
        parts += [
            markdown_table(CROSSING[: len(rows[0])], rows),
            "",
            f"{BETTER} {WORTH}" if "0" in ks else BETTER,
            "",
        ]
    marked = [line for lines in given.values() for line in lines]
    notes = [*_notes(settings, points), *marks.explained([*marked, *scores]), *confounded(settings["titles"], cards)]
    return "\n".join([*parts, *(f"- {note}" for note in notes), ""])


CROSSING = [
    "tested on", "foreign data help at K", "own data alone are better at K", "foreign data are worth", "over draws"
]  # fmt: skip
BETTER = (
    "Foreign data help, own data alone are better: at these K the paired difference in UAR of K own utterances an "
    f"emotion with the foreign corpora and without is significant (p below {LEVEL:g} after Holm's correction for all K "
    "of a corpus); at the others the two cannot be told apart."
)
WORTH = (
    "Foreign data are worth: the own utterances, in all, that alone give the UAR of the foreign corpora without any, "
    "for the mean and over draws."
)


def _cell(point: Mapping[str, Any] | None) -> str:
    if point is None:
        return ""
    return f"{PERCENT(point['uar'])} [{PERCENT(point['uar_low'])}–{PERCENT(point['uar_high'])}]"


def _crossings(titles: Mapping[str, str], points: Points, from_none: bool) -> Iterator[list[str]]:
    """The lines of the table of CROSSING; `from_none`: K = 0 is among the points."""
    for test, title in titles.items():
        own = [p for p in points if p["test"] == test]
        line = [title, *(", ".join(ks) or "none" for ks in significant_ks(own))]
        if not from_none:
            yield line
            continue
        most, least = max(p["used"] for p in own), min(p["used"] for p in own if p["line"] == ALONE)
        draws = sorted({p["draw"] for p in own if p["draw"] is not None})
        each = sorted((worth(own, draw) for draw in draws), key=lambda w: math.inf if w is None else w)
        spread = "–".join(dict.fromkeys(_worth(w, most, least) for w in (*each[:1], *each[-1:])))
        yield [*line, f"{_worth(worth(own), most, least)} utterances", spread]


def _worth(value: float | None, most: float, least: float) -> str:
    """So many utterances, of those that were tried: from `least` to `most`."""
    return f"more than {most:.0f}" if value is None else f"{value:.0f}{' or fewer' * (value <= least)}"


def _notes(settings: Mapping[str, Any], points: Points) -> Iterator[str]:
    drawn = max(p["draws"] for p in points)
    mean = f", the mean over {drawn} draws where utterances are drawn," if drawn > 1 else ""
    yield f"UAR in per cent{mean} with its interval."
    for test, title in settings["titles"].items():
        methods = sorted({p["interval"] for p in points if p["test"] == test})
        few = [p for p in points if p["test"] == test and p["draw"] is None and p["k"] not in (ALL, "0")]
        short = [p["k"] for p in few if p["used"] < int(p["k"])] if settings["kind"] == "enrolment" else []
        yield f"Intervals of {title}: {'; '.join(methods)}."
        if short:
            yield f"{title}: some speakers have fewer utterances than K = {', '.join(dict.fromkeys(short))}."
