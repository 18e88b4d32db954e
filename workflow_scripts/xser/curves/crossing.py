"""Where foreign data help and own data alone are better on a few-shot curve, and what foreign data are worth."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from xser.curves.base import ALL
from xser.curves.few_shot import ALONE, POOLED
from xser.evaluation import significance
from xser.evaluation.significance import LEVEL

Point = Mapping[str, Any]


def significant_ks(points: Sequence[Point]) -> tuple[list[str], list[str]]:
    """The K at which foreign data with K own utterances an emotion are better than these alone, and at which worse.

    `points` are those of one tested corpus. Differences are paired; p is corrected by Holm's method for all K. At a K
    that is in neither list the two cannot be told apart.
    """
    own = [p for p in points if p["line"] == ALONE and p["draw"] is None and p["p"] is not None]
    corrected = zip(own, significance.holm([p["p"] for p in own]), strict=True)
    sure = [point for point, p in corrected if p < LEVEL]
    return [p["k"] for p in sure if p["difference"] < 0], [p["k"] for p in sure if p["difference"] > 0]


def worth(points: Sequence[Point], draw: int | None = None) -> float | None:
    """How many own utterances alone give the UAR of foreign data without any; None if more than there are.

    K = 0 is among the points. Between two K it is read off a straight line over the logarithm of utterances; what
    fewer than those of the first K would give is not known: it is then these.
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
