"""Train one system on one training set: every fold and seed that is not done yet, side by side on the job's cores."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xser import paths
from xser.job import log
from xser.training import examples, history, store
from xser.training.cache import TrainingCache, prune, training_key
from xser.training.fit import entries_of, manifest_of, stage_of, train_all


def main(
    scp: Sequence[str],
    utterances: Sequence[str],
    utt2emo: Sequence[str],
    split: Sequence[str],
    start: str | None,
    models: str,
    curves: str,
    settings: dict[str, Any],
    threads: int = 1,
    cache: str | Path | None = None,
    depends: Sequence[str] = (),
    target: tuple[str, str] | None = None,
) -> None:
    """Write the archive of models (see store.py) and the learning curves.

    `scp`, `utterances`, `utt2emo` and `split` are files of the last stage's corpora, in the order of
    `settings["corpora"]`; `start` are the models of the stages before, to fine-tune; `target` are scp and split of the
    corpus to adapt to. `settings` is what `workflow.training.train_settings` gives. Finished trainings go to the folder
    `cache`, unless it is None; they depend on `start` and all files in `depends`.
    """
    files = zip(settings["corpora"], scp, utterances, utt2emo, split, strict=True)
    unlabelled = examples.load_unlabelled(settings["adapt"]["target"], *target) if target else None
    stage = stage_of(settings, [examples.load(*each) for each in files], start, unlabelled)
    index, count = settings["part"]
    tasks = [(fold, seed) for fold in range(stage.folds) for seed in settings["seeds"]][index::count]
    log.info(
        "%s on %s: %d utterances, %d folds x %d seeds", settings["system"], settings["train"],
        sum(len(corpus.utterances) for corpus in stage.corpora), stage.folds, len(settings["seeds"]),
    )  # fmt: skip
    done = TrainingCache(cache, training_key(settings, depends) if cache else "", start)
    trainings = train_all(stage, tasks, threads, done)
    history.write(curves, (line for t in trainings for line in history.epochs_of(t.fold, t.seed, t.history, t.chosen)))
    store.write(models, manifest_of(settings, stage, trainings), entries_of(trainings, settings["model"]))


if "snakemake" in globals():
    from xser.imports import SCRIPTS, own_file
    from xser.job import arguments, job

    with job(snakemake):
        target = snakemake.input.get("target_scp")
        main(
            **{"start": None, **arguments(main, snakemake)},
            cache=paths.training_cache(*(snakemake.wildcards[w] for w in ("protocol", "system", "train"))),
            depends=[
                *(f for f in snakemake.input if f != snakemake.input.get("start")),
                *(own_file(SCRIPTS / f) for f in snakemake.params.code),
            ],
            target=(target, snakemake.input.target_split) if target else None,
        )
        prune(paths.TRAINING_CACHE)
