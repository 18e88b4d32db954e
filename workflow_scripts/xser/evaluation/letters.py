"""Compact letters: systems that share a letter do not differ significantly (Piepho 2004)."""

from collections.abc import Collection, Sequence
from string import ascii_lowercase


def letters(ranked: Sequence[str], different: Collection[frozenset[str]]) -> dict[str, str]:
    """The letters of systems, the best first: none where nothing differs, `a` with the best.

    Each letter is a largest set of systems of which no two are a pair in `different`. It begins as one set of all; each
    pair splits the sets that hold both in two, and a set within another goes (insert and absorb).

    Examples
    --------
    >>> letters(["svc", "lstm", "knn"], [frozenset({"svc", "knn"})])
    {'svc': 'a', 'lstm': 'ab', 'knn': 'b'}
    """
    if not different:
        return dict.fromkeys(ranked, "")
    sets = [frozenset(ranked)]
    for pair in different:
        split = [s - {x} for s in sets if pair <= s for x in pair]
        kept = [s for s in sets if not pair <= s]
        sets = kept + [s for s in dict.fromkeys(split) if not any(s <= k for k in kept)]
    order = sorted(sets, key=lambda s: [i for i, system in enumerate(ranked) if system in s])
    names = [f"{a}{b}" for a in ("", *ascii_lowercase) for b in ascii_lowercase]
    return {system: "".join(n for n, s in zip(names, order, strict=False) if system in s) for system in ranked}
