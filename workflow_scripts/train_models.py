"""Train one system on one training set: every fold and seed that is not done yet, side by side on the job's cores."""

import json
import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from xser import paths
from xser.errors import InputError
from xser.job import Progress, log
from xser.models.base import Head, load_model
from xser.splits.split import DEV, TEST, TRAIN
from xser.training import examples, scaling, store
from xser.training.cache import Kept, digest
from xser.training.cache import Training as Trained
from xser.training.examples import CorpusData
from xser.training.history import HISTORY


@dataclass
class Training:
    """All that a worker needs; shared with forked workers, never pickled."""

    corpora: Sequence[CorpusData]
    heads: tuple[Head, ...]
    model: str
    parameters: dict[str, Any]
    normalise: str
    keep_scaling: bool
    start: str | None

    @property
    def oracle(self) -> bool:
        """Whether the epoch is chosen on the test speakers, as some published figures are."""
        return self.parameters.get("epoch") == "oracle"

    @property
    def develops(self) -> bool:
        """Whether the epoch is chosen on development speakers, so that nothing is learnt from them."""
        return load_model(self.model).develops(self.parameters)

    def scale(self, fold: int) -> tuple[scaling.Scaler, list[list[Any]]]:
        """Fit the scaling of a fold on its training speakers and apply it to every corpus.

        What `start` has statistics of (of a corpus or speaker, or of all as one) keeps them, if scaling is kept.
        """
        parts = (TRAIN,) if self.develops else (TRAIN, DEV)
        groups = [scaling.groups_of(self.normalise, [c.corpus] * len(c.utterances), c.speakers) for c in self.corpora]
        known = scaling.Scaler(self.normalise, {}, {})
        if self.keep_scaling and self.start:
            with store.Store(self.start) as models:
                known = models.scaler(fold % models.folds)
        chosen = [(c, g, i) for c, g in zip(self.corpora, groups, strict=True) for i in c.indices(fold, *parts)]
        if self.normalise == "speaker":
            chosen = [(c, g, i) for c, g in zip(self.corpora, groups, strict=True) for i in range(len(g))]
        chosen = [(c, g, i) for c, g, i in chosen if g[i] not in known.means]
        new = scaling.fit(self.normalise, [c.inputs[i] for c, _, i in chosen], [g[i] for _, g, i in chosen])
        scaler = scaling.Scaler(self.normalise, {**new.means, **known.means}, {**new.scales, **known.scales})
        return scaler, [scaler.transform(c.inputs, g) for c, g in zip(self.corpora, groups, strict=True)]


_training: Training  # set before workers fork


@lru_cache(maxsize=1)
def _scaled(fold: int) -> tuple[scaling.Scaler, list[list[Any]]]:
    return _training.scale(fold)


def _train(task: tuple[int, int]) -> Trained:
    """Train one fold and seed."""
    fold, seed = task
    t = _training
    kind = load_model(t.model)
    with threadpool_limits(1):  # the same bytes whatever the number of cores
        scaler, scaled = _scaled(fold)
        # Models without epochs get both parts apart: they choose C on one, then learn from the two together.
        apart = t.develops or not kind.epochs
        train = examples.gather(t.corpora, scaled, t.heads, fold, *((TRAIN,) if apart else (TRAIN, DEV)))
        dev = examples.gather(t.corpora, scaled, t.heads, fold, *((DEV,) if apart else ()))
        start = None
        if t.start:
            with store.Store(t.start) as models:
                start = models.model(fold % models.folds, seed)
        oracle = examples.gather(t.corpora, scaled, t.heads, fold, TEST) if t.oracle else None
        model = kind.fit(train, dev if dev.inputs else None, t.heads, t.parameters, seed, start, oracle)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"model{kind.suffix}"
            model.save(path)
            history = [{key: float(value) for key, value in epoch.items()} for epoch in model.history]
            return Trained(fold, seed, scaler.to_bytes(), path.read_bytes(), history)


def _results(tasks: Sequence[tuple[int, int]], threads: int) -> Iterator[Trained]:
    """Train all tasks, in order, in one process or in several."""
    if threads == 1 or len(tasks) <= 1:
        yield from map(_train, tasks)
        return
    with multiprocessing.get_context("fork").Pool(min(threads, len(tasks))) as pool:
        yield from pool.imap(_train, tasks)


def _trainings(tasks: Sequence[tuple[int, int]], threads: int, kept: Kept) -> list[Trained]:
    """Return all trainings, in order: the kept ones, and the others trained now."""
    done = {task: found for task in tasks if (found := kept.get(*task))}
    missing = [task for task in tasks if task not in done]
    if done:
        log.info("%d of %d trainings were done before and are used again", len(done), len(tasks))
    progress = Progress(len(missing), "trainings", every=5)
    for trained in _results(missing, threads):
        kept.put(trained)
        done[trained.fold, trained.seed] = trained
        progress.step(note=_last(trained.history))
    return [done[task] for task in tasks]


def main(
    scp: Sequence[str],
    utterances: Sequence[str],
    utt2emo: Sequence[str],
    split: Sequence[str],
    start: str | None,
    models: str,
    history: str,
    settings: dict[str, Any],
    threads: int = 1,
    cache: str | Path | None = None,
    depends: Sequence[str] = (),
) -> None:
    """Write the archive of models and the learning curves.

    Parameters
    ----------
    scp, utterances, utt2emo, split
        Files of the corpora of the last stage, in the order of `settings["corpora"]`.
    start
        Models of the stages before, to fine-tune; None to train from scratch.
    models, history
        What is written: the archive (see store.py) and a TSV with one line an epoch.
    settings
        `corpora`, `emotions`, `heads` (pairs of head and weight), `model`, `parameters`, `normalise`, `scaling` (keep
        that of `start`, with new corpora or speakers added, or refit it), `seeds`, `train`, `system`, `part` (this
        job's share of folds and seeds as [i, n]).
    threads
        Processes to train in.
    cache, depends
        A folder that keeps trainings for the next time, and all files but `start` that they depend on, features and
        code included (see training/cache.py); None keeps nothing.
    """
    global _training
    corpora = [
        examples.load(*files) for files in zip(settings["corpora"], scp, utterances, utt2emo, split, strict=True)
    ]
    heads = examples.heads_of(dict(settings["heads"]), settings["emotions"], corpora)
    if len(heads[0].classes) < 2:
        raise InputError(
            f"{settings['train']}: fewer than two emotions to learn ({', '.join(heads[0].classes) or 'none'})"
        )
    folds = max(len(c.parts) for c in corpora)
    if start:
        with store.Store(start) as before:
            folds = max(folds, before.folds)
    _training = Training(
        corpora,
        heads,
        settings["model"],
        settings["parameters"],
        settings["normalise"],
        settings["scaling"] == "keep",
        start,
    )
    _scaled.cache_clear()
    index, count = settings["part"]
    tasks = [(fold, seed) for fold in range(folds) for seed in settings["seeds"]][index::count]
    log.info(
        "%s on %s: %d utterances, %d folds x %d seeds", settings["system"], settings["train"],
        sum(len(c.utterances) for c in corpora), folds, len(settings["seeds"]),
    )  # fmt: skip
    kept = Kept(cache, digest(settings, depends) if cache else "", start)
    entries: dict[str, bytes] = {}
    curves: list[dict[str, object]] = []
    for t in _trainings(tasks, threads, kept):
        entries[f"fold{t.fold}/scaler.npy"] = t.scaler
        entries[store.model_name(t.fold, t.seed, load_model(settings["model"]).suffix)] = t.model
        curves += [{"fold": t.fold, "seed": t.seed, "epoch": n, **epoch} for n, epoch in enumerate(t.history, start=1)]
    manifest = {
        **{
            key: settings[key]
            for key in ("emotions", "model", "normalise", "parameters", "seeds", "system", "train", "corpora")
        },
        "folds": folds,
        "heads": [{"name": h.name, "kind": h.kind, "classes": list(h.classes), "weight": h.weight} for h in heads],
    }
    columns = [
        "fold",
        "seed",
        "epoch",
        *sorted({k for row in curves for k in row} - {"fold", "seed", "epoch", "seconds"}),
    ]
    HISTORY.write_records(history, ({c: row.get(c) for c in columns} for row in curves))
    store.write(models, json.loads(json.dumps(manifest)), sorted(entries.items()))


def _last(curve: Sequence[dict[str, float]]) -> str:
    if not curve:
        return ""
    values = ", ".join(f"{k} {v:.3f}" for k, v in curve[-1].items() if k != "seconds")
    return f"{len(curve)} epochs, last {values}"


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            snakemake.input.scp,
            snakemake.input.utterances,
            snakemake.input.utt2emo,
            snakemake.input.split,
            snakemake.input.get("start"),
            snakemake.output.models,
            snakemake.output.history,
            snakemake.params.settings,
            snakemake.threads,
            cache=Path(paths.training_cache(*(snakemake.wildcards[w] for w in ("protocol", "system", "train")))),
            depends=[f for f in snakemake.input if f != snakemake.input.get("start")],
        )
