"""Calibrate the probabilities of a training on development speakers, and write its card."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from xser.errors import raise_all
from xser.evaluation import predictions
from xser.job import log
from xser.provenance import versions
from xser.recognition import development
from xser.recognition.calibration import calibration_error, fit_temperature, tempered
from xser.recognition.card import Card, scores_of
from xser.recognition.recogniser import unfit
from xser.training import examples, store

UNCALIBRATED = "there are no development speakers that its models have not learnt from"


def main(
    scp: Sequence[str],
    utterances: Sequence[str],
    utt2emo: Sequence[str],
    split: Sequence[str],
    archive: str,
    tested: Sequence[str],
    scores: Sequence[str],
    out: str,
    settings: dict[str, Any],
) -> None:
    """Write the card (see recognition/card.py).

    `scp`, `utterances`, `utt2emo` and `split` are files of the last stage's corpora, `tested` and `scores` the
    predictions and scores of each corpus' held-out speakers. `settings` is what `workflow.recognition.card_settings`
    gives.
    """
    with store.Store(archive) as models:
        extractors = [extractor for extractor, _ in settings["features"]]
        problems = unfit(models.manifest["normalise"], extractors, models.adaptation is not None)
        raise_all(f"system {settings['system']} cannot predict a recording", problems)
        files = zip(models.manifest["corpora"], scp, utterances, utt2emo, split, strict=True)
        found = development.predict(models, [examples.load(*each) for each in files])
        classes = models.heads[0].classes
        card = Card(
            **settings,
            model=models.manifest["model"],
            normalise=models.manifest["normalise"],
            temperature=fit_temperature(*found[:2]) if found else None,
            calibration={},
            uncalibrated="" if found else UNCALIBRATED,
            scores=scores_of(scores),
            versions=[(name, version) for name, version in versions()],
        )
    if found and card.temperature is not None:
        p, truth = _held_out(tested, classes)
        before, after = calibration_error(p, truth), calibration_error(tempered(p, card.temperature), truth)
        numbers = {"utterances": len(found[1]), "speakers": found[2], "tested": len(truth)}
        card.calibration.update({**numbers, "before": round(before, 6), "after": round(after, 6)})
        log.info("temperature %.3f, calibration error %.3f -> %.3f", card.temperature, before, after)
    card.write(out)


def _held_out(paths: Sequence[str], classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of all held-out utterances, by each fold's seeds together, and the class of each (-1: unknown)."""
    read = [predictions.read(path, probabilities=True) for path in paths]
    index = {name: k for k, name in enumerate(classes)}
    truth = np.array([index.get(label, -1) for p in read for label in p.truth])
    return np.concatenate([p.probabilities.mean(axis=0) for p in read if p.probabilities is not None]), truth


if "snakemake" in globals():
    from xser.job import arguments, job

    with job(snakemake):
        main(**arguments(main, snakemake))
