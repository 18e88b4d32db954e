"""What the models of a training say of development speakers that they have not learnt from."""

from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from xser.splits.split import DEV, TRAIN
from xser.training import examples
from xser.training.examples import CorpusData
from xser.training.store import Store


def predict(models: Store, corpora: Sequence[CorpusData]) -> tuple[np.ndarray, np.ndarray, int] | None:
    """Return probabilities (utterances, classes), the class of each (-1: not among them), and the number of speakers.

    Each fold's seeds vote with the mean of their probabilities, as they do for a recording. Where models have learnt
    from development speakers, models that have not are fitted for this on the corpora of the last stage, if that takes
    seconds (see Model.without_dev); None where there are none of either.
    """
    emotion = models.heads[:1]
    found: list[tuple[np.ndarray, np.ndarray]] = []
    speakers: set[str] = set()
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
            found.append((np.mean(votes, axis=0), dev.targets["emotion"]))
            speakers |= {corpus.speakers[i] for corpus in corpora for i in corpus.indices(fold, DEV)}
    if not found:
        return None
    probabilities, truth = (np.concatenate(part) for part in zip(*found, strict=True))
    return probabilities, truth, len(speakers)
