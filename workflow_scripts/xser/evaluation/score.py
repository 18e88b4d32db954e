"""The scores of a run as files: a line of numbers, all of them fractions, and the details behind them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from xser.evaluation import intervals, metrics
from xser.evaluation.clusters import numbered
from xser.evaluation.intervals import Estimate
from xser.evaluation.marks import GIVEN, MARKS
from xser.evaluation.metrics import METRICS, Function
from xser.evaluation.predictions import Predictions
from xser.frames import FLAG, MAYBE_WHOLE, NUMBER, TEXT, WHOLE, Kind, columns

SHOWN = [metric for metric in METRICS if metric.shown]
SCORE = Kind(
    "the scores of a run",
    columns(
        (TEXT, "system train test protocol"),
        (WHOLE, "n speakers seeds"),
        (NUMBER, " ".join(f"{m.name}{end}" for m in METRICS for end in ("", "_low", "_high"))),
        (NUMBER, "chance majority"),
        (NUMBER, " ".join(f"{m.name}_sd" for m in SHOWN)),
        (TEXT, "interval classes rare shared_dialogues"),
        (FLAG, "practice"),
        (TEXT, " ".join((*MARKS, "heads"))),
    ),
)
DETAILS = Kind(
    "the details of a score",
    columns(
        (TEXT, "metric head truth prediction speaker"),
        (MAYBE_WHOLE, "seed"),
        (NUMBER, "value low high"),
        (WHOLE, "n"),
    ),
    key=("metric", "head", "truth", "prediction", "speaker", "seed"),
)
HEAD_METRICS = ("accuracy", "ccc")  # what `heads` shows of a further head: a class' accuracy, a value's concordance
LEVELS = ("chance", "majority")  # and beside a class' accuracy
FEW = 10  # a class with fewer utterances gets a note
MOST = 0.8  # a class with a larger share of the answers is all that a system says
Line = dict[str, Any]


def score(p: Predictions, settings: dict[str, Any], clusters: np.ndarray | None = None) -> tuple[Line, list[Line]]:
    """The line of SCORE and the lines of DETAILS of a run.

    Details are, of every head, the metrics, recall, precision and F1 of each class, the confusions in utterances (the
    mean over seeds), and of emotion the metrics of each speaker and seed; of a head that predicts values CCC and RMSE.

    Parameters
    ----------
    p
        Predictions of the run.
    settings
        `protocol`, `system`, `train`, `test`, `practice` (bool), the reasons of `marks.GIVEN` (such as `transductive`:
        what unlabelled test data was used; empty if none), `shared_dialogues` (how many tested dialogues training has,
        or empty), `confidence` (such as 0.95), `samples` (bootstrap samples), `known` (further head -> how many classes
        it learnt: chance is one over them).
    clusters
        The sentence or dialogue of each utterance, shape (n,); None: utterances are independent.
    """
    how = settings["confidence"], settings["samples"]
    classes = _Classes(p.speakers, p.truth, p.predicted, p.classes, *how, numbered(clusters))
    details = [*classes.lines("emotion"), *classes.by_speaker_and_seed(p.seeds)]
    heads: dict[str, Line] = {}
    for head in (*p.heads, *p.values):
        found, collapse = _head_lines(p, head, settings, clusters)
        for line in found:
            details.append(line)
            if line["metric"] in HEAD_METRICS:
                heads[head] = {k: _text(line.get(k, "")) for k in ("metric", "value", "low", "high", "n")}
            elif line["metric"] in LEVELS:
                heads[head][line["metric"]] = _text(line["value"])
        if collapse:
            heads[head]["collapsed"] = collapse
    line = {
        **{k: settings[k] for k in ("system", "train", "test", "protocol", "practice")},
        **{k: settings[k] for k in (*GIVEN, "shared_dialogues")},
        **{"n": len(p.utterances), "speakers": len(classes.names), "seeds": len(p.seeds)},
        **{"chance": classes.chance, "majority": classes.majority},
        **{f"{m.name}_sd": np.std(x, ddof=1) for m in SHOWN if len(x := classes.by_seed(m.function)) > 1},
        "interval": f"{100 * settings['confidence']:g} % {classes.method}",
        "classes": ",".join(classes.present),
        "rare": ", ".join(f"{label} {n}" for label, n in classes.rare()),
        "collapsed": ", ".join(classes.collapse()),
        "heads": json.dumps(heads) if heads else "",
    }
    for m in METRICS:
        e = classes.estimates[m.name]
        line |= {m.name: e.value, f"{m.name}_low": e.low, f"{m.name}_high": e.high}
    return line, details


@dataclass
class _Classes:
    """One head that predicts classes, evaluated; `known`: how many it can answer, where those are more than tested."""

    speakers: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    order: tuple[str, ...]
    confidence: float
    samples: int
    clusters: np.ndarray | None = None
    known: int = 0

    def __post_init__(self) -> None:
        self.names, self.speakers = np.unique(self.speakers, return_inverse=True)
        self.truth, self.predicted, self.labels, classes = metrics.encode(self.truth, self.predicted, self.order)
        self.present = self.labels[:classes]
        self.confusion = metrics.count(self.speakers, self.truth, self.predicted, classes)
        self.estimates, self.method = intervals.evaluate(
            self.speakers, self.truth, self.predicted, classes, self.confidence, self.samples, self.clusters
        )
        self.chance = 1 / max(classes, self.known)

    @cached_property
    def sizes(self) -> list[int]:
        """Utterances of each class."""
        return [int(n) for n in np.bincount(self.truth)]

    @property
    def majority(self) -> float:
        """The share of the most frequent class."""
        return max(self.sizes) / len(self.truth)

    def rare(self) -> list[tuple[str, int]]:
        """The classes with few utterances, which make UAR and macro F1 uncertain, and how many those are."""
        return [(label, n) for label, n in zip(self.present, self.sizes, strict=True) if n < FEW]

    def collapse(self) -> Iterator[str]:
        """What says that a system answers without hearing: one class too often (by seed), or no UAR above chance.

        Where one class alone is tested (the language of a corpus, a speaker's gender), to answer it always is right.
        """
        answers = np.stack([np.bincount(seed, minlength=len(self.labels)) for seed in self.predicted])
        share = float(answers.max(axis=1).mean() / len(self.truth))
        if share > MOST and len(self.present) > 1:
            yield f"{100 * share:.0f} % of the answers are {self.labels[answers.sum(axis=0).argmax()]}"
        if self.estimates["uar"].low <= self.chance < 1:
            yield "UAR is not above chance"

    def by_seed(self, function: Function) -> list[float]:
        """A metric of each seed by itself."""
        total = self.confusion.sum(axis=0)
        return [float(function(total[s : s + 1])) for s in range(len(self.predicted))]

    def lines(self, head: str) -> Iterator[Line]:
        """The head as a whole, its classes and its confusions."""
        everyone = len(self.truth)
        for m in METRICS:
            yield _line(m.name, self.estimates[m.name], head=head)
        yield _line("chance", self.chance, everyone, head=head)
        yield _line("majority", self.majority, everyone, head=head)
        total = self.confusion.sum(axis=0)
        for c, (label, n) in enumerate(zip(self.present, self.sizes, strict=True)):
            yield _line("recall", self.estimates[f"recall {c}"], head=head, truth=label)
            for name, ratios in (("precision", metrics.precisions), ("f1", metrics.f1s)):
                yield _line(name, float(metrics.of_class(ratios, c)(total)), n, head=head, truth=label)
        matrix = metrics.confusion(self.truth, self.predicted, len(self.present), len(self.labels))
        for row, label, n in zip(matrix.tolist(), self.present, self.sizes, strict=True):
            for value, predicted in zip(row, self.labels, strict=True):
                yield _line("confusion", value, n, head=head, truth=label, prediction=predicted)

    def by_speaker_and_seed(self, seeds: tuple[int, ...]) -> Iterator[Line]:
        """The metrics of each speaker (those that are shown) and of each seed."""
        for speaker, confusion in zip(self.names.tolist(), self.confusion, strict=True):
            for m in SHOWN:
                yield _line(m.name, float(m.function(confusion)), int(confusion[0].sum()), speaker=speaker)
        for m in METRICS:
            for seed, value in zip(seeds, self.by_seed(m.function), strict=True):
                yield _line(m.name, value, len(self.truth), seed=seed)


def _head_lines(
    p: Predictions, head: str, settings: dict[str, Any], names: np.ndarray | None
) -> tuple[list[Line], str]:
    """A further head, on the utterances whose truth is known: its lines, and why it collapsed, if it did."""
    how = settings["confidence"], settings["samples"]
    truth, predicted = p.values[head] if head in p.values else p.heads[head]
    known = truth != ""
    if not known.any():
        return [], ""
    truth, predicted, speakers = truth[known], predicted[:, known], p.speakers[known]
    clusters = None if names is None else numbered(names[known])
    if head in p.heads:
        answers = settings.get("known", {}).get(head, 0)
        classes = _Classes(speakers, truth, predicted, (), *how, clusters, answers)
        return list(classes.lines(head)), ", ".join(classes.collapse())
    index = np.unique(speakers, return_inverse=True)[1]
    truth, predicted = truth.astype(float), predicted.astype(float)
    ccc = _line("ccc", intervals.evaluate_values(index, truth, predicted, *how, clusters), head=head)
    error = float(np.sqrt(((predicted - truth) ** 2).mean(axis=1)).mean())
    return [ccc, _line("rmse", error, len(truth), head=head)], ""


def _line(metric: str, value: float | Estimate, n: int | None = None, **which: str | int) -> Line:
    """One line of details."""
    if isinstance(value, Estimate):
        return _line(metric, value.value, value.n, **which) | {"low": value.low, "high": value.high}
    return {"head": "emotion", **which, "metric": metric, "value": value, "n": n}


def _text(value: object) -> object:
    """A number as it stands in the files."""
    return NUMBER.show(value) if isinstance(value, float) else value
