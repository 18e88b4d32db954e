"""The paper's own figures: their intervals, and where ours lie."""

from dataclasses import dataclass

from xser.evaluation.recall_limits import wilson

INSIDE, ABOVE, BELOW, NOT_COMPARABLE, PRACTICE = "inside", "above", "below", "not comparable", "practice"


@dataclass(frozen=True)
class Verdict:
    """One of inside, above, below, not comparable, practice; and why."""

    verdict: str
    why: str


def paper_interval(percent: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval, as fractions, of a printed percentage of n utterances."""
    return wilson(percent / 100, n)


def judge(
    accuracy: float, n: int, percent: float, paper_n: int | None, paper_speakers: bool, protocol: str, practice: bool
) -> Verdict:
    """Say where our accuracy (a fraction, of n utterances) lies against the paper's interval.

    Figures are compared only where they are of the same kind: real speech, a protocol that holds out the paper's
    speakers (`paper_speakers`), and as many test utterances as the paper's percentages imply.
    """
    if practice:
        return Verdict(PRACTICE, "practice data")
    if not paper_speakers:
        return Verdict(NOT_COMPARABLE, f"protocol {protocol}")
    if paper_n is None:
        return Verdict(NOT_COMPARABLE, "the paper's n is not known")
    if n != paper_n:
        return Verdict(NOT_COMPARABLE, f"n {n}, the paper's {paper_n}")
    low, high = paper_interval(percent, paper_n)
    if accuracy < low:
        return Verdict(BELOW, "below the paper's interval")
    if accuracy > high:
        return Verdict(ABOVE, "above the paper's interval")
    return Verdict(INSIDE, "inside the paper's interval")
