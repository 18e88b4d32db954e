"""Held-out utterances of a corpus predicted fold by fold, by the models of one training."""

from collections.abc import Iterator, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from xser.adaptation.base import apply
from xser.evaluation.predictions import Block
from xser.job import Progress
from xser.models.base import check_answers
from xser.splits.split import DEV, TEST, TRAIN
from xser.training.examples import CorpusData
from xser.training.store import Store


def predict(models: Store, data: CorpusData, unlabelled: Sequence[str] = (TRAIN, DEV)) -> Iterator[Block]:
    """Yield the predictions of one fold and seed at a time; fold k is predicted by fold k of the models, counted round.

    The parts in `unlabelled` normalise a corpus that training did not see, where corpora are normalised. Linear algebra
    runs in one thread: matrix products round differently over several.
    """
    tested = [data.indices(fold, TEST) for fold in range(len(data.parts))]
    progress = Progress(sum(map(len, tested)) * len(models.seeds), "utterances x seeds")
    with threadpool_limits(1):
        for fold, chosen in enumerate(tested):
            inputs = data.scaled(models.scaler(fold), chosen, data.indices(fold, *unlabelled))
            if models.adaptation:
                inputs = apply(models.adaptation.target, inputs, models.adapted_by(fold))
            for seed in models.seeds:
                yield _block(models, data, fold, seed, chosen, models.model(fold, seed).predict(inputs))
                progress.step(len(chosen))


def _block(
    models: Store, data: CorpusData, fold: int, seed: int, chosen: Sequence[int], scores: dict[str, np.ndarray]
) -> Block:
    utterances = [data.utterances[i] for i in chosen]
    check_answers(scores, utterances, f"of fold {fold}, seed {seed}")
    heads, values = {}, {}
    for head in models.heads[1:]:
        truth, found = [data.labels[head.name][i] for i in chosen], scores[head.name]
        if head.classes:
            heads[head.name] = (truth, [head.classes[k] for k in found.argmax(axis=1)])
        else:
            values[head.name] = (truth, [f"{v:.6f}" for v in found])
    return Block(
        fold=fold,
        seed=seed,
        utterances=utterances,
        speakers=[data.speakers[i] for i in chosen],
        truth=[data.labels["emotion"][i] for i in chosen],
        probabilities=scores["emotion"],
        heads=heads,
        values=values,
    )
