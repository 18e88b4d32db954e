"""What the paper publishes: its intervals, and where our results lie."""

from dataclasses import dataclass

INSIDE, ABOVE, BELOW, NOT_COMPARABLE, PRACTICE = "inside", "above", "below", "not comparable", "practice"


@dataclass(frozen=True)
class Verdict:
    """One of inside, above, below, not comparable, practice; and why."""

    verdict: str
    why: str


def paper_interval(percent: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval, as fractions, of a printed percentage of n utterances."""
    from xser.evaluation.recall_limits import wilson  # scipy: half a second that who only reads tables need not wait

    return wilson(percent / 100, n)


def judge(
    accuracy: float,
    n: int,
    percent: float,
    paper_n: int | None,
    paper_speakers: bool,
    protocol: str,
    practice: bool,
    oracle: bool = False,
    paper_oracle: bool = False,
) -> Verdict:
    """Say where our accuracy (a fraction, of n utterances) lies against the paper's interval.

    Only what is of the same kind is compared: real speech, a protocol that holds out the paper's speakers, as many test
    utterances as the paper's percentages imply, and an epoch chosen on the test set by both or by neither.
    """
    if practice:
        return Verdict(PRACTICE, "practice data")
    if oracle != paper_oracle:
        why = "our epoch was chosen on the test set" if oracle else "the paper's epoch was, ours was not"
        return Verdict(NOT_COMPARABLE, why)
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
