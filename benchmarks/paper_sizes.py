"""Which test sets do the paper's percentages allow? From printed figures to sizes, speakers and label policies.

    python benchmarks/paper_sizes.py

A percentage of n utterances is k / n. A size n is possible if every printed figure of a corpus is some k / n, rounded
or cut to the digits that it is printed with. Speakers are possible if they have such an n. IEMOCAP's turns of fear
(about 40 in all) are not known by actor, so there a gap of at most that many is allowed, and stated. Utterances by
speaker: EMO-DB's and IEMOCAP's from public lists of their names and labels, the others' from their design.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

# Tables 2 to 5 of Goel & Beigi 2020, with the digits that are printed; columns with whole per cents are left out.
PRINTED = {
    "EMO-DB": ("44.19", "88.37", "86.05", "46.51", "83.72", "58.14", "53.48"),
    "EMOVO": ("35.71", "27.14", "31.42", "21.43", "31.43"),
    "SAVEE": ("35.56", "55.55", "55.56", "45.55", "34.44", "43.33"),
    "IEMOCAP": ("50.48", "61.20", "55.09", "50.80", "50.69"),
    "MASC": ("41.64", "50.40", "43.37", "43.10"),
}
EMODB = {"03": 43, "08": 48, "09": 31, "10": 29, "11": 45, "12": 28, "13": 43, "14": 53, "15": 42, "16": 46}
EMOVO = dict.fromkeys(("f1", "f2", "f3", "m1", "m2", "m3"), 70)  # 14 sentences in each of five emotions
SAVEE = dict.fromkeys(("DC", "JE", "JK", "KL"), 90)  # 15 in each of four emotions, neutral 30
MASC = dict.fromkeys((f"{n:03d}" for n in range(1, 69)), 377)
LABELS = ("neu", "ang", "sad", "hap", "exc")
IEMOCAP = {
    "01F": (171, 147, 78, 69, 63),
    "01M": (213, 82, 116, 66, 80),
    "02F": (135, 67, 113, 70, 96),
    "02M": (227, 70, 84, 47, 114),
    "03F": (130, 92, 172, 80, 48),
    "03M": (190, 148, 133, 55, 103),
    "04F": (76, 205, 62, 31, 154),
    "04M": (182, 122, 81, 34, 84),
    "05F": (221, 78, 132, 77, 82),
    "05M": (163, 92, 113, 66, 217),
}
POLICIES = {"merge": LABELS, "drop": LABELS[:4], "replace": (*LABELS[:3], "exc")}
FEAR = 40  # turns in all
LARGEST = 2000


def allows(n: int, printed: str) -> bool:
    """Whether a printed percentage can be a share of n utterances, rounded (as Python and by hand) or cut.

    Examples
    --------
    >>> [n for n in range(40, 46) if allows(n, "88.37")]
    [43]
    """
    scale = 10 ** len(printed.partition(".")[2])
    wanted = round(float(printed) * scale)  # in units of the last digit
    near = round(float(printed) * n / 100)
    return any(
        0 <= k <= n and wanted in (k * 100 * scale // n, (2 * k * 100 * scale + n) // (2 * n))
        for k in (near - 1, near, near + 1)
    )


def sizes(printed: Iterable[str], largest: int = LARGEST) -> list[int]:
    """All sizes that allow every printed percentage."""
    printed = list(printed)
    return [n for n in range(1, largest + 1) if all(allows(n, p) for p in printed)]


def speakers(counts: Mapping[str, int], possible: Sequence[int], together: int, unknown: int = 0) -> Iterator[str]:
    """Yield who has, alone or `together`, a possible size; up to `unknown` utterances may be missing in the counts."""
    for group in combinations(counts, together):
        total = sum(counts[s] for s in group)
        for n in possible:
            if total <= n <= total + unknown:
                yield f"{'+'.join(group)} ({total}{f', and {n - total} of fear: {n}' if unknown else ''})"


def policies() -> dict[str, dict[str, int]]:
    """Utterances of each IEMOCAP actor under each way to count excitement, without fear."""
    columns = {name: [LABELS.index(label) for label in chosen] for name, chosen in POLICIES.items()}
    return {name: {a: sum(c[i] for i in at) for a, c in IEMOCAP.items()} for name, at in columns.items()}


def lines() -> Iterator[str]:
    """Yield the table as Markdown."""
    yield "| corpus | figures | sizes that they allow, up to 1,000 | held out | speakers who have one of them |"
    yield "|---|---:|---|---|---|"
    cases = [("EMO-DB", EMODB, 1, 0), ("EMOVO", EMOVO, 1, 0), ("SAVEE", SAVEE, 1, 0), ("MASC", MASC, 2, 0)]
    for corpus, counts, together, unknown in cases:
        yield _line(corpus, "", counts, together, unknown)
    for policy, counts in policies().items():
        yield _line("IEMOCAP", f", excitement: {policy}", counts, 2, FEAR)


def _line(corpus: str, policy: str, counts: Mapping[str, int], together: int, unknown: int) -> str:
    possible = [n for n in sizes(PRINTED[corpus]) if n <= 1000]
    totals = [sum(counts[s] for s in group) for group in combinations(counts, together)]
    found = list(speakers(counts, possible, together, unknown))
    shown = ", ".join(found if len(found) < 20 else [f"{len(found)} of {len(totals)}, all of {totals[0]}"])
    nobody = f"nobody: the fewest have {min(totals)}"
    text = ", ".join(map(str, possible[:6])) + (f" ... ({len(possible)} in all)" if len(possible) > 6 else "")
    one = "one speaker" if together == 1 else "two speakers"
    return f"| {corpus}{policy} | {len(PRINTED[corpus])} | {text} | {one} | {shown or nobody} |"


if __name__ == "__main__":
    print("\n".join(lines()))
