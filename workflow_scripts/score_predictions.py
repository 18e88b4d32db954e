"""Score the predictions of one run: accuracy, UAR, macro F1 with intervals, chance and majority, and the details."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from xser.evaluation import intervals, metrics, predictions
from xser.evaluation.intervals import Estimate
from xser.evaluation.predictions import Predictions
from xser.files import write_tsv
from xser.job import log

METRICS = ("accuracy", "uar", "f1")
SCORE = (
    *("system", "train", "test", "protocol", "n", "speakers", "seeds"),
    *(f"{metric}{part}" for metric in METRICS for part in ("", "_low", "_high")),
    *("chance", "majority", "accuracy_sd", "uar_sd", "interval", "classes", "rare"),
    *("practice", "transductive", "oracle", "heads"),
)
HEAD_METRICS = ("accuracy", "ccc")  # what `heads` shows of a further head: a class' accuracy, a value's concordance
LEVELS = ("chance", "majority")  # and beside a class' accuracy
FEW = 10  # a class with fewer utterances gets a note
DETAILS = ("metric", "head", "truth", "prediction", "speaker", "seed", "value", "low", "high", "n")


def _shown(value: float | None) -> str:
    """Six decimals; an empty cell for what is not known."""
    return "" if value is None or np.isnan(value) else f"{value:.6f}"


def _line(metric: str, value: float | Estimate, n: int | None = None, **which: str | int) -> dict[str, object]:
    """One line of details."""
    line: dict[str, object] = {**dict.fromkeys(DETAILS, ""), "head": "emotion", **which, "metric": metric}
    if isinstance(value, Estimate):
        return line | {
            "value": _shown(value.value),
            "low": _shown(value.low),
            "high": _shown(value.high),
            "n": value.n,
        }
    return line | {"value": _shown(value), "n": n}


class Scored:
    """One head that tells classes, evaluated."""

    def __init__(
        self,
        speakers: np.ndarray,
        truth: np.ndarray,
        predicted: np.ndarray,
        order: tuple[str, ...],
        settings: dict[str, Any],
    ) -> None:
        self.names, self.speakers = np.unique(speakers, return_inverse=True)
        self.truth, self.predicted, self.labels, self.classes = metrics.encode(truth, predicted, order)
        self.estimates, self.method = intervals.evaluate(
            self.speakers, self.truth, self.predicted, self.classes, settings["confidence"], settings["samples"]
        )
        self.counts = metrics.count(self.speakers, self.truth, self.predicted, self.classes)
        self.present = self.labels[: self.classes]
        self.chance = 1 / self.classes
        self.majority = float(np.bincount(self.truth).max() / len(self.truth))

    def rare(self) -> list[tuple[str, int]]:
        """The classes with few utterances, on which UAR and macro F1 hang, and how many those are."""
        counts = np.bincount(self.truth).tolist()
        return [(label, n) for label, n in zip(self.present, counts, strict=True) if n < FEW]

    def by_seed(self, metric: str) -> list[float]:
        """A metric of each seed by itself."""
        total = self.counts.total()
        return [getattr(metrics, metric)(total.seed(s)).value() for s in range(len(self.predicted))]

    def deviation(self, metric: str) -> float | None:
        """The standard deviation of a metric over seeds; None for a single seed."""
        values = self.by_seed(metric)
        return float(np.std(values, ddof=1)) if len(values) > 1 else None

    def lines(self, head: str) -> Iterator[dict[str, object]]:
        """The head as a whole, its classes and its confusions."""
        for metric in METRICS:
            yield _line(metric, self.estimates[metric], head=head)
        yield _line("chance", self.chance, len(self.truth), head=head)
        yield _line("majority", self.majority, len(self.truth), head=head)
        total = self.counts.total()
        for c, label in enumerate(self.present):
            recall = self.estimates[f"recall {c}"]
            yield _line("recall", recall, head=head, truth=label)
            yield _line("precision", metrics.precision(total, c), recall.n, head=head, truth=label)
            one = metrics.Counts(total.right[:, :, c : c + 1], total.said[:, :, c : c + 1], total.true[:, c : c + 1])
            yield _line("f1", metrics.f1(one).value(), recall.n, head=head, truth=label)
        matrix = metrics.confusion(self.truth, self.predicted, self.classes, len(self.labels))
        for row, label in zip(matrix, self.present, strict=True):
            for value, said in zip(row, self.labels, strict=True):
                yield _line("confusion", value, round(float(row.sum())), head=head, truth=label, prediction=said)


def _emotion_lines(scored: Scored, seeds: tuple[int, ...]) -> Iterator[dict[str, object]]:
    """Speakers and seeds of the emotion head."""
    for k, speaker in enumerate(scored.names.tolist()):
        counts = scored.counts.unit(k)
        n = int(counts.true.sum())
        yield _line("accuracy", metrics.accuracy(counts).value(), n, speaker=speaker)
        yield _line("uar", metrics.uar(counts).value(), n, speaker=speaker)
    for metric in METRICS:
        for seed, value in zip(seeds, scored.by_seed(metric), strict=True):
            yield _line(metric, value, len(scored.truth), seed=seed)


def _head_lines(p: Predictions, head: str, settings: dict[str, Any]) -> Iterator[dict[str, object]]:
    """A further head, on the utterances whose truth is known."""
    truth, predicted = p.values[head] if head in p.values else p.heads[head]
    known = truth != ""
    if not known.any():
        return
    truth, predicted, speakers = truth[known], predicted[:, known], p.speakers[known]
    if head in p.heads:
        yield from Scored(speakers, truth, predicted, (), settings).lines(head)
        return
    _, index = np.unique(speakers, return_inverse=True)
    values, said = truth.astype(float), predicted.astype(float)
    concordance = intervals.evaluate_values(index, values, said, settings["confidence"], settings["samples"])
    yield _line("ccc", concordance, head=head)
    error = float(np.sqrt(((said - values) ** 2).mean(axis=1)).mean())
    yield _line("rmse", error, len(values), head=head)


def _scores(p: Predictions, settings: dict[str, Any]) -> tuple[dict[str, object], list[dict[str, object]]]:
    """The line of scores and the details."""
    scored = Scored(p.speakers, p.truth, p.predicted, p.classes, settings)
    score: dict[str, object] = {
        **{k: settings[k] for k in ("system", "train", "test", "protocol")},
        "n": len(p.utterances),
        "speakers": len(scored.names),
        "seeds": len(p.seeds),
        "chance": _shown(scored.chance),
        "majority": _shown(scored.majority),
        "accuracy_sd": _shown(scored.deviation("accuracy")),
        "uar_sd": _shown(scored.deviation("uar")),
        "interval": f"{100 * settings['confidence']:g} % {scored.method}",
        "classes": ",".join(scored.present),
        "rare": ", ".join(f"{label} {n}" for label, n in scored.rare()),
        "practice": "yes" if settings["practice"] else "no",
        "transductive": settings["transductive"],
        "oracle": settings["oracle"],
    }
    for metric in METRICS:
        e = scored.estimates[metric]
        score |= {metric: _shown(e.value), f"{metric}_low": _shown(e.low), f"{metric}_high": _shown(e.high)}
    details = [*scored.lines("emotion"), *_emotion_lines(scored, p.seeds)]
    shown: dict[str, dict[str, object]] = {}
    for head in (*p.heads, *p.values):
        for line in _head_lines(p, head, settings):
            details.append(line)
            if line["metric"] in HEAD_METRICS:
                shown[head] = {k: line[k] for k in ("metric", "value", "low", "high", "n")}
            elif line["metric"] in LEVELS:
                shown[head][str(line["metric"])] = line["value"]
    return score | {"heads": json.dumps(shown) if shown else ""}, details


def main(predictions_tsv: str, score_tsv: str, details_tsv: str, settings: dict[str, Any]) -> None:
    """Write one line of scores and, in long form, the details; all figures are fractions.

    Parameters
    ----------
    predictions_tsv
        Predictions of the run (see xser.predictions).
    score_tsv, details_tsv
        What is written. Details: recall, precision, F1 of each class, confusion in utterances (the mean over seeds),
        each speaker's and each seed's figures, and every head's (classes: as for emotion; values: CCC and RMSE).
    settings
        `protocol`, `system`, `train`, `test`, `practice` (bool), `transductive` (what unlabelled test data was used, or
        empty), `oracle` (what was chosen on the test set, or empty), `confidence` (such as 0.95), `samples` (bootstrap
        samples).
    """
    with threadpool_limits(1):  # the same bytes whatever the number of cores
        score, details = _scores(predictions.read(predictions_tsv), settings)
    write_tsv(score_tsv, SCORE, [score])
    write_tsv(details_tsv, DETAILS, details)
    log.info(
        "%d utterances of %d speakers: accuracy %s, UAR %s", *(score[k] for k in ("n", "speakers", "accuracy", "uar"))
    )


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(snakemake.input.predictions, snakemake.output.score, snakemake.output.details, snakemake.params.settings)
