"""What the models of a training say of development speakers that they have not learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from xser.evaluation import predictions
from xser.evaluation.predictions import Predictions
from xser.recognition.calibration import calibration_error, fit_temperature, perfect_error, tempered
from xser.splits.split import DEV, TRAIN
from xser.training import examples
from xser.training.examples import CorpusData
from xser.training.store import Store


@dataclass(frozen=True)
class Development:
    """Probabilities (utterances, classes) of all folds, the class of each (-1: not among them), speaker and utterance.

    In a pool a corpus with fewer folds than another goes round: other models then say something of it once more.
    """

    probabilities: np.ndarray
    truth: np.ndarray
    speakers: np.ndarray
    utterances: np.ndarray

    def temperature(self, without: Sequence[str] = ()) -> float | None:
        """The temperature fitted on all speakers but some; None where nobody is left."""
        rows = ~np.isin(self.speakers, without) & (self.truth >= 0)
        return fit_temperature(self.probabilities[rows], self.truth[rows]) if rows.any() else None

    def cross_fitted(self, tested: Predictions) -> tuple[np.ndarray, np.ndarray]:
        """Held-out probabilities of a corpus, seeds together: as they are, and at temperatures that are held out too.

        Who is tested in one fold develops in another: the temperature of a fold is fitted without those whom it tests.
        Where nobody else develops it is not known, and utterances are nan there.
        """
        assert tested.probabilities is not None
        before = tested.probabilities.mean(axis=0)
        after = np.full_like(before, np.nan)
        for fold in np.unique(tested.folds):
            rows = tested.folds == fold
            if temperature := self.temperature(without=np.unique(tested.speakers[rows]).tolist()):
                after[rows] = tempered(before[rows], temperature)
        return before, after


def predict(models: Store, corpora: Sequence[CorpusData]) -> Development | None:
    """Return what the models say of the development speakers of each fold.

    Each fold's seeds vote with the mean of their probabilities, as they do for a recording. Where models have learnt
    from development speakers, models that have not are fitted for this on the corpora of the last stage, if that takes
    seconds (see Model.without_dev); None where there are none of either.
    """
    emotion = models.heads[:1]
    found: list[tuple[np.ndarray, np.ndarray, list[str], list[str]]] = []
    with threadpool_limits(1):
        for fold in range(models.folds):
            scaler = models.scaler(fold)
            scaled = [scaler.transform(corpus.inputs, corpus.groups(scaler.mode)) for corpus in corpora]
            dev = examples.gather(corpora, scaled, emotion, fold, DEV)
            if not dev.inputs:
                continue
            train = examples.gather(corpora, scaled, emotion, fold, TRAIN)
            votes = []
            for seed in models.seeds:
                model = models.kind.without_dev(models.model(fold, seed), train, seed)
                if model is None:
                    return None
                votes.append(model.predict(dev.inputs)["emotion"])
            speakers = [corpus.speakers[i] for corpus in corpora for i in corpus.indices(fold, DEV)]
            found.append((np.mean(votes, axis=0), dev.targets["emotion"], speakers, dev.utterances))
    return Development(*(np.concatenate(part) for part in zip(*found, strict=True))) if found else None


def measured_calibration(found: Development, paths: Sequence[str], classes: Sequence[str]) -> dict[str, float]:
    """What a card says of the calibration, measured on held-out utterances; nothing where none can be."""
    read = [predictions.read(path, probabilities=True) for path in paths]
    index = {name: k for k, name in enumerate(classes)}
    truth = np.array([index.get(label, -1) for p in read for label in p.truth])  # -1: unknown
    before, after = (np.concatenate(part) for part in zip(*map(found.cross_fitted, read), strict=True))
    rows = ~np.isnan(after[:, 0])
    if not rows.any():
        return {}
    perfect, high = perfect_error(after[rows])
    errors = {
        "before": calibration_error(before[rows], truth[rows]),
        "after": calibration_error(after[rows], truth[rows]),
        "perfect": perfect,
        "perfect_high": high,
    }
    return {
        "utterances": len(np.unique(found.utterances)),
        "speakers": len(np.unique(found.speakers)),
        "tested": int(rows.sum()),
        **{name: round(error, 6) for name, error in errors.items()},
    }
