"""What a curve is: one object `CURVE`, of a class derived from `Curve`, in a module here; and its file.

A curve has lines (say, "others + K" and "target alone") of points (K). At each K there are some draws of utterances,
nested: the first 2 are among the first 5. Each draw answers all tested utterances, so that a point has a value a draw,
their mean, and an interval over the tested speakers, as a score has one over seeds. Of a kind with a `reference` each
line is compared with that line at the same K, on the same tested utterances, as two systems are, draws for seeds.
"""

import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xser.additions import Addition, load_addition
from xser.evaluation.marks import GIVEN, MARKS
from xser.evaluation.predictions import Predictions
from xser.frames import FLAG, MAYBE_WHOLE, NUMBER, TEXT, WHOLE, Kind, columns
from xser.splits.split import TEST
from xser.training.examples import CorpusData

ALL = "all"
POINTS = Kind(
    "a curve",
    columns(
        (TEXT, "curve protocol test line k"),
        (MAYBE_WHOLE, "draw"),  # none: the mean over draws, with its interval
        (NUMBER, "used"),  # utterances, a speaker or in all; the mean over what was drawn
        (WHOLE, "n speakers draws"),
        (NUMBER, "uar uar_low uar_high accuracy accuracy_low accuracy_high chance"),
        (FLAG, "practice"),
        (TEXT, "interval"),
        (TEXT, "dependent"),  # why the tested corpus' split is speaker-dependent, if it is
        (NUMBER, "difference difference_low difference_high p"),  # of the mean UAR, less the reference line's; one test
    ),
    key=("test", "line", "k", "draw"),
)


@dataclass(frozen=True)
class Answer:
    """What a draw of a line answers at K: some tested utterances, by their place, and their predicted emotions.

    `used` is how many utterances were drawn.
    """

    line: str
    k: str
    draw: int
    used: float
    places: Sequence[int]
    predicted: Sequence[str]


class Curve(Addition):
    """A kind of curve."""

    needs_archive = False
    """Whether it is drawn from the models of a run (those of `train`), which a job then needs."""
    normalise: tuple[str, ...] = ()
    """How its system must normalise; empty: any way."""
    takes_frames = True
    """Whether an utterance may be a matrix of frames, and not only one vector."""
    foreign = False
    """Whether its training set must not have the tested corpus."""
    reference = ""
    """The line that the others are compared with; empty: none."""
    options: Mapping[str, Any] = {}
    """Further keys of its entry in the config, and their defaults."""

    @abstractmethod
    def answers(self, **given: Any) -> Iterator[Answer]:
        """Yield the answers of all lines, K and draws; see the kinds for what they are given."""


def load_curve(name: str) -> Curve:
    """Return the kind of curve of a name; an InputError if there is none."""
    return load_addition("curve", "curves", name, Curve)  # type: ignore[type-abstract]


def draws_of(ks: Sequence[int | str], draws: int) -> list[tuple[int | str, int]]:
    """Return the draws of each K: one where nothing is drawn, which is where K is 0 or all."""
    return [(k, draw) for k in ks for draw in range(1 if k in (0, ALL) else draws)]


def ks_of(points: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each K of some points, from small to large, then `all`."""
    return sorted({p["k"] for p in points}, key=lambda k: math.inf if k == ALL else int(k))


def marks_of(settings: Mapping[str, Any], points: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, str]]]:
    """Why the lines of a curve need marks, by tested corpus: its systems (`settings["marks"]`), and its split."""
    split = {p["test"]: dict.fromkeys(MARKS, "") | {"dependent": p["dependent"]} for p in points}
    return {test: [*found, *filter(None, [split.get(test)])] for test, found in settings["marks"].items()}


def drawn_by(*names: Any) -> np.random.Generator:
    """A generator of its own for each draw of each speaker or fold, the same on every machine."""
    return np.random.default_rng([int.from_bytes(str(name).encode()[:32], "little") for name in names])


def points(
    answers: Iterable[Answer],
    data: CorpusData,
    settings: Mapping[str, Any],
    clusters: np.ndarray | None,
    reference: str = "",
) -> Iterator[dict[str, Any]]:
    """Yield the lines of POINTS of one tested corpus: of each line and K the mean over draws, then each draw.

    `settings` are `curve`, `protocol`, `test`, `practice`, `dependent`, `confidence`, `samples`, `emotions`; `clusters`
    the sentence or dialogue of each tested utterance, in the order of `tested`; `reference` the line that others are
    compared with.
    """
    from xser.evaluation.score import score  # heavy; the config asks for kinds of curves

    order = tested(data)
    place = {i: n for n, i in enumerate(order)}
    found: dict[tuple[str, str], dict[int, np.ndarray]] = {}
    used: dict[tuple[str, str], list[float]] = {}
    for answer in answers:
        column = found.setdefault((answer.line, answer.k), {}).setdefault(answer.draw, np.full(len(order), "", object))
        column[[place[i] for i in answer.places]] = answer.predicted
        used.setdefault((answer.line, answer.k), []).append(answer.used)
    truth = np.array([data.labels["emotion"][i] for i in order])
    right = {key: np.stack([drawn[d] for d in sorted(drawn)]) == truth for key, drawn in found.items()}
    speakers = np.array([data.speakers[i] for i in order])
    for (line, k), drawn in found.items():
        predicted = np.stack([drawn[d] for d in sorted(drawn)]).astype(str)
        assert (predicted != "").all(), "a tested utterance without an answer"
        p = Predictions(
            corpus=data.corpus,
            classes=tuple(settings["emotions"]),
            seeds=tuple(sorted(drawn)),
            utterances=np.array([data.utterances[i] for i in order]),
            speakers=speakers,
            folds=np.zeros(len(order), int),
            truth=truth,
            predicted=predicted,
            probabilities=None,
            heads={},
            values={},
        )
        about = {key: settings[key] for key in ("curve", "protocol", "test", "practice", "dependent")}
        about |= {"line": line, "k": k, "used": float(np.mean(used[line, k]))}
        empty = dict.fromkeys((*GIVEN, "shared_dialogues", "system", "train"), "")
        mean, details = score(p, {**settings, **empty}, clusters)
        about |= {key: mean[key] for key in ("n", "speakers", "chance", "interval")} | {"draws": len(drawn)}
        shown = {key: mean[key] for key in POINTS.columns if key.startswith(("uar", "accuracy"))}
        if line != reference and (reference, k) in right:
            shown |= _compared(right[line, k], right[reference, k], truth, speakers, clusters, settings)
        yield {**about, **shown}
        values = {(d["metric"], d["seed"]): d["value"] for d in details if d.get("seed") is not None}
        for draw in sorted(drawn) if len(drawn) > 1 else ():
            yield {**about, "draw": draw, "uar": values["uar", draw], "accuracy": values["accuracy", draw]}


def _compared(
    a: np.ndarray,
    b: np.ndarray,
    truth: np.ndarray,
    speakers: np.ndarray,
    clusters: np.ndarray | None,
    settings: Mapping[str, Any],
) -> dict[str, float]:
    """UAR of a line less that of another, which were right about `a` and `b` (draws, n), with its interval and p."""
    from xser.evaluation.clusters import numbered
    from xser.evaluation.significance import compare, uar_weights

    weights, who = uar_weights(truth), np.unique(speakers, return_inverse=True)[1]
    c = compare(a * weights, b * weights, who, settings["confidence"], settings["samples"], numbered(clusters))
    return {"difference": c.difference, "difference_low": c.low, "difference_high": c.high, "p": c.p}


def tested(data: CorpusData) -> list[int]:
    """The places of all tested utterances, fold by fold."""
    return [i for fold in range(len(data.parts)) for i in data.indices(fold, TEST)]
