"""Calibrate the probabilities of a training on development speakers, and write its card."""

from collections.abc import Sequence
from typing import Any

from xser.errors import raise_all
from xser.job import log, run_main
from xser.provenance import versions
from xser.recognition import development
from xser.recognition.model_card import Card, scores_of
from xser.recognition.recogniser import unfit
from xser.training import examples, store

UNCALIBRATED = "there are no development speakers that its models have neither learnt from nor are tested on"


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
    """Write the card (see recognition/model_card.py).

    `scp`, `utterances`, `utt2emo` and `split` are files of the last stage's corpora, `tested` and `scores` the
    predictions and scores of each corpus' held-out speakers. `settings` is what
    `workflow.recognition.model_card_settings` gives.
    """
    with store.Store(archive) as models:
        extractors = [extractor for extractor, _ in settings["features"]]
        problems = unfit(models.manifest["normalise"], extractors, models.adaptation is not None)
        raise_all(f"system {settings['system']} cannot predict a recording", problems)
        files = zip(models.manifest["corpora"], scp, utterances, utt2emo, split, strict=True)
        found = development.predict(models, [examples.load(*each) for each in files])
        calibration = development.measured_calibration(found, tested, models.heads[0].classes) if found else {}
        card = Card(
            **settings,
            model=models.manifest["model"],
            normalise=models.manifest["normalise"],
            temperature=found.temperature() if found and calibration else None,
            calibration=calibration,
            uncalibrated="" if calibration else UNCALIBRATED,
            scores=scores_of(scores),
            versions=[(name, version) for name, version in versions()],
        )
    log.info("temperature %s, calibration %s", card.temperature, calibration)
    card.write(out)


if "snakemake" in globals():
    run_main(main, snakemake)
