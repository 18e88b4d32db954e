"""Predict the held-out utterances of one corpus, fold by fold, with the models of one training."""

from collections.abc import Iterator, Mapping
from typing import Any

from threadpoolctl import threadpool_limits

from xser.evaluation import predictions
from xser.job import Progress, log
from xser.models.base import Head
from xser.splits.split import DEV, TEST, TRAIN
from xser.training import examples, scaling, store
from xser.training.examples import CorpusData


def _scaled(models: store.Store, data: CorpusData, fold: int, chosen: list[int]) -> list[Any]:
    """Scale the tested utterances of a fold of `data` as their model saw its training utterances."""
    scaler = models.scaler(fold % models.folds)
    mode = scaler.mode
    groups = scaling.groups_of(mode, [data.corpus] * len(data.utterances), data.speakers)
    if mode == "speaker" or (mode == "corpus" and data.corpus not in scaler.means):
        # Unlabelled statistics of the tested corpus: of all its speakers, or of those who are not tested.
        own = range(len(groups)) if mode == "speaker" else data.indices(fold, TRAIN, DEV)
        scaler = scaling.fit(mode, [data.inputs[i] for i in own], [groups[i] for i in own])
    return scaler.transform([data.inputs[i] for i in chosen], [groups[i] for i in chosen])


def _blocks(
    models: store.Store, data: CorpusData, heads: list[Head], kinds: Mapping[str, str], progress: Progress
) -> Iterator[predictions.Block]:
    """Yield the predictions of one fold and seed at a time."""
    for fold in range(len(data.parts)):
        chosen = data.indices(fold, TEST)
        inputs = _scaled(models, data, fold, chosen)
        for seed in models.seeds:
            scores = models.model(fold % models.folds, seed).predict(inputs)
            tasks: dict[str, dict[str, tuple[list[str], list[str]]]] = {"class": {}, "value": {}}
            for head in heads[1:]:
                truth, found = [data.labels[head.name][i] for i in chosen], scores[head.name]
                if kinds[head.name] == "class":
                    tasks["class"][head.name] = (truth, [head.classes[k] for k in found.argmax(axis=1)])
                else:
                    tasks["value"][head.name] = (truth, [f"{v:.6f}" for v in found])
            yield predictions.Block(
                fold=fold,
                seed=seed,
                utterances=[data.utterances[i] for i in chosen],
                speakers=[data.speakers[i] for i in chosen],
                truth=[data.labels["emotion"][i] for i in chosen],
                probabilities=scores["emotion"],
                heads=tasks["class"],
                values=tasks["value"],
            )
            progress.step(len(chosen))


def main(scp: str, utterances: str, utt2emo: str, split: str, archive: str, out: str, corpus: str) -> None:
    """Write the predictions of all folds and seeds.

    Parameters
    ----------
    scp, utterances, utt2emo, split
        Files of the tested corpus.
    archive
        Models (see store.py). Fold k of the corpus is predicted by fold k of the models, counted round.
    out
        Predictions, one line an utterance and seed (see predictions.py).
    corpus
        Its id.
    """
    data = examples.load(corpus, scp, utterances, utt2emo, split)
    with store.Store(archive) as models, threadpool_limits(1):
        heads = [Head(h["name"], tuple(h["classes"]), h["weight"]) for h in models.manifest["heads"]]
        kinds = {h["name"]: h["kind"] for h in models.manifest["heads"]}
        tested = sum(len(data.indices(fold, TEST)) for fold in range(len(data.parts)))
        progress = Progress(tested * len(models.seeds), "utterances x seeds")
        predictions.write(out, corpus, heads[0].classes, list(_blocks(models, data, heads, kinds, progress)))
    unknown = sorted(set(data.labels["emotion"]) - set(heads[0].classes))
    if unknown:
        log.warning("the models never saw %s: those utterances of %s count as errors", ", ".join(unknown), corpus)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            snakemake.input.scp[0],
            snakemake.input.utterances[0],
            snakemake.input.utt2emo[0],
            snakemake.input.split[0],
            snakemake.input.models,
            snakemake.output[0],
            snakemake.params.settings["corpus"],
        )
