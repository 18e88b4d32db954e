"""Compact letters of systems."""

from itertools import combinations

import numpy as np
import pytest

from xser.evaluation.letters import letters

SYSTEMS = list("ABCDEFG")


@pytest.mark.parametrize("seed", range(30))
def test_two_systems_share_a_letter_exactly_where_they_do_not_differ(seed: int) -> None:
    random = np.random.default_rng(seed)
    pairs = [frozenset(pair) for pair in combinations(SYSTEMS, 2)]
    different = [pair for pair in pairs if random.random() < (seed + 1) / 32]
    found = letters(SYSTEMS, different)
    for a, b in map(sorted, pairs):
        assert bool(set(found[a]) & set(found[b])) == (frozenset({a, b}) not in different)
    used = {letter: {s for s in SYSTEMS if letter in found[s]} for letter in set("".join(found.values()))}
    assert not [(x, y) for x in used for y in used if x != y and used[x] <= used[y]], "a letter too many"
    assert not different or "a" in found["A"], "the best one has the first letter"


def test_nothing_differs() -> None:
    assert letters(["svc", "lstm"], []) == {"svc": "", "lstm": ""}


def test_steps_like_those_of_a_ranking() -> None:
    """Neighbours do not differ, all others do."""
    apart = [frozenset(p) for p in (("A", "C"), ("A", "D"), ("B", "D"))]
    assert letters(["A", "B", "C", "D"], apart) == {"A": "a", "B": "ab", "C": "bc", "D": "c"}
