"""What the paper publishes, and whether our results differ from it.

Two accuracies of equal systems differ by the seeds, by what is said and, mostly, by who is tested: the paper does not
name its one or two test speakers. A verdict is of the interval of the difference of two samples, ours and the paper's.
How much speakers differ is measured where the table also tests every speaker (`loso`, `speakers`); elsewhere speakers
are taken to differ by BOUND, and most differences cannot be told from chance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, variance

DIFFERS, AGREES, UNKNOWN = "differs", "agrees", "cannot tell"
NOT_COMPARABLE, PRACTICE = "not comparable", "practice"
COMPARED = (DIFFERS, AGREES, UNKNOWN)
BOUND = 1.0  # standard deviation over speakers in logits (22 points around 60 %), where it was not measured
MARGIN = 0.1  # an interval that stays within it is agreement
LEVEL = 0.95
MEASURED = 4  # speakers, from which their standard deviation is measured


@dataclass(frozen=True)
class Verdict:
    """One of differs, agrees, cannot tell, not comparable, practice; why; the interval of ours less the paper's."""

    verdict: str
    why: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Ours:
    """Our result: accuracy with its interval (fractions), utterances, speakers, seeds and the deviation over them.

    `by_speaker` are the accuracies of all speakers, each held out, by the same system; empty where they are not known.
    `confidence` is the interval's level.
    """

    accuracy: float
    low: float
    high: float
    n: int
    speakers: int
    seeds: int = 1
    seed_deviation: float = 0.0
    by_speaker: Sequence[float] = ()
    confidence: float = LEVEL


def as_printed(share: float) -> str:
    """A published accuracy, in per cent with the digits that it was printed with, the same in all that shows it.

    Examples
    --------
    >>> as_printed(0.8605), as_printed(0.85)
    ('86.05', '85')
    """
    return f"{100 * share:.6g}"


def paper_interval(percent: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval, as fractions, of a printed percentage of n utterances."""
    from xser.evaluation.recall_limits import wilson  # scipy: half a second that who only reads tables need not wait

    return wilson(percent / 100, n)


def difference(ours: Ours, percent: float) -> tuple[float, float]:
    """The 95 % interval of ours less the paper's accuracy, if both held out as many speakers, whom chance chose.

    It is a t interval of the difference of logits. The deviation over speakers holds what is said by each; where it is
    not measured, the variance of what is said is that of our interval, and in proportion the paper's.
    """
    from scipy.special import stdtrit

    a, b = _logit(ours.accuracy, ours.n), _logit(percent / 100, ours.n)
    slope_a, slope_b = (_expit(x) * _expit(-x) for x in (a, b))
    normal = round(NormalDist().inv_cdf(0.5 + ours.confidence / 2), 3)  # 1.96; a t of few dialogues would be more
    error = ((ours.high - ours.low) / 2 / normal) ** 2
    said = error / slope_a**2 + error / slope_a / slope_b
    if len(ours.by_speaker) >= MEASURED:
        freedom = float(len(ours.by_speaker) - 1)
        apart = variance([_logit(x, ours.n / ours.speakers) for x in ours.by_speaker])
        squared = max(2 * apart / ours.speakers, said)
    else:
        freedom, squared = math.inf, 2 * BOUND**2 / ours.speakers + said
    squared += ours.seed_deviation**2 * (1 / ours.seeds / slope_a**2 + 1 / slope_b**2)  # the paper may train once
    half = float(stdtrit(freedom, 0.5 + LEVEL / 2)) * math.sqrt(squared)
    low, high = (_apart(a, b, a - b + side * half) for side in (-1, 1))
    return low, high


def _logit(share: float, n: float) -> float:
    """The logit of a share of n utterances, half an utterance away from 0 and 1."""
    return math.log((share * n + 0.5) / ((1 - share) * n + 0.5))


def _apart(a: float, b: float, logits: float) -> float:
    """A difference of logits as one of accuracies, around the middle of two."""
    middle = (a + b) / 2
    return _expit(middle + logits / 2) - _expit(middle - logits / 2)


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def judge(
    ours: Ours,
    percent: float,
    paper_n: int | None,
    paper_speakers: bool,
    protocol: str,
    practice: bool,
    oracle: bool = False,
    paper_oracle: bool = False,
) -> Verdict:
    """Say whether our accuracy differs from the paper's.

    Only what is of the same kind is compared: real speech, a protocol that holds out the paper's speakers, as many test
    utterances as the paper's percentages imply, and an epoch chosen on the test set by both or by neither.

    Examples
    --------
    >>> ours = Ours(0.86, 0.74, 0.93, n=43, speakers=1, by_speaker=[0.7, 0.72, 0.75, 0.8, 0.81, 0.84, 0.86, 0.9])
    >>> judge(ours, 40.0, 43, True, "paper", practice=False).verdict
    'differs'
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
    if ours.n != paper_n:
        return Verdict(NOT_COMPARABLE, f"n {ours.n}, the paper's {paper_n}")
    low, high = difference(ours, percent)
    known = len(ours.by_speaker) >= MEASURED
    how = f"as {len(ours.by_speaker)} speakers differ" if known else f"if speakers differ by {BOUND:g} logit"
    away = max(abs(low), abs(high))
    span = f"{100 * low:+z.1f} to {100 * high:+z.1f} points from the paper's, {how}"
    if low > 0 or high < 0:
        return Verdict(DIFFERS, span, low, high)
    if away <= MARGIN:
        return Verdict(AGREES, f"within {math.ceil(100 * away)} points: {span}", low, high)
    return Verdict(UNKNOWN, span, low, high)
