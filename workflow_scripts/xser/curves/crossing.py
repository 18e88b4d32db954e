"""Where own data overtake foreign data on a few-shot curve, and how many own utterances foreign data are worth."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from xser.curves.base import ALL
from xser.curves.few_shot import ALONE, POOLED

Point = Mapping[str, Any]


def overtakes(points: Sequence[Point]) -> str:
    """The smallest K from which on own data alone are at least as good as foreign data with K of them; "" if never."""
    by = {(p["line"], p["k"]): p["uar"] for p in points if p["draw"] is None}
    ks = [k for line, k in by if line == ALONE]
    first = ""
    for k in reversed(ks):
        if by[ALONE, k] < by.get((POOLED, k), math.inf):
            break
        first = k
    return first


def worth(points: Sequence[Point], draw: int | None = None) -> float | None:
    """How many own utterances alone give the UAR of foreign data without any; None if more than there are.

    Between two K it is read off a straight line over the logarithm of utterances; 0 below the first.
    """
    level = next(p["uar"] for p in points if p["line"] == POOLED and p["k"] == "0" and p["draw"] is None)
    own = [p for p in points if p["line"] == ALONE and p["draw"] == (None if p["k"] == ALL else draw)]
    before: Point | None = None
    for point in sorted(own, key=lambda p: p["used"]):
        if point["uar"] >= level:
            if before is None:
                return float(point["used"])
            share = (level - before["uar"]) / (point["uar"] - before["uar"])
            low, high = math.log(before["used"]), math.log(point["used"])
            return math.exp(low + share * (high - low))
        before = point
    return None
