"""One system trained on one training set: every fold and seed that is not done yet, side by side on a job's cores."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from xser.adaptation.base import UNLABELLED, Adaptation, Arrays, adapted, load_adaptation, stacked
from xser.errors import InputError
from xser.job import Progress, log
from xser.models import arrays
from xser.models.base import Examples, Head, load_model
from xser.splits.split import DEV, TEST, TRAIN
from xser.training import examples, history, learnt, scaling
from xser.training.cache import Trained, TrainingCache
from xser.training.examples import CorpusData
from xser.training.scaling import Scaler
from xser.training.store import Store, adaptation_name, model_name, scaler_name
from xser.workers import in_order

Task = tuple[int, int]
"""A fold and a seed."""


@dataclass(frozen=True)
class Scaled:
    """What the seeds of a fold share: a scaling, the inputs of each corpus under it, and what was adapted to.

    `seen` and `heard` are the digests of the utterances that the scaling saw and of the `unlabelled` ones (see
    learnt.py); `fitted` is what the adaptation learnt of these.
    """

    scaler: Scaler
    seen: str
    inputs: Sequence[Sequence[np.ndarray]]
    unlabelled: Sequence[np.ndarray] = ()
    heard: str = ""
    fitted: Arrays = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """The corpus that a training adapts to, without its labels; how, and to which parts of its split."""

    data: CorpusData
    method: Adaptation
    parameters: Mapping[str, Any]
    parts: Sequence[str]


@dataclass(frozen=True)
class Stage:
    """One stage of a training set: what is learnt from which corpora, and from where it starts.

    `start` is the archive of the models of the stage before, `keep_scaling` whether their scaling is kept.
    """

    corpora: Sequence[CorpusData]
    heads: tuple[Head, ...]
    model: str
    parameters: Mapping[str, Any]
    normalise: str
    keep_scaling: bool = False
    start: str | None = None
    target: Target | None = None

    @property
    def folds(self) -> int:
        """The largest number of folds of a corpus, or of the stage before."""
        own = max(len(corpus.parts) for corpus in (*self.corpora, *([self.target.data] if self.target else [])))
        if not self.start:
            return own
        with Store(self.start) as before:
            return max(own, before.folds)

    @property
    def learning(self) -> tuple[str, ...]:
        """The parts that are learnt from; development speakers are not, where an epoch is chosen on them."""
        return (TRAIN,) if load_model(self.model).develops(self.parameters) else (TRAIN, DEV)

    def scaler(self, fold: int) -> tuple[Scaler, str]:
        """The scaling of a fold, and the digest of the utterances that it was fitted on.

        These are those that are learnt from, or, by speaker, all of each speaker. What the stage before has statistics
        of (a corpus, a speaker, or all as one) keeps them, if scaling is kept.
        """
        known = Scaler(self.normalise, {}, {})
        if self.keep_scaling and self.start:
            with Store(self.start) as before:
                known = before.scaler(fold)
        names, groups, inputs = [], [], []
        for corpus in () if self.normalise == "none" else self.corpora:
            own = corpus.groups(self.normalise)
            every = range(len(own))
            for i in every if self.normalise == "speaker" else corpus.indices(fold, *self.learning):
                if own[i] not in known.means:
                    names.append(corpus.utterances[i])
                    groups.append(own[i])
                    inputs.append(corpus.inputs[i])
        seen = learnt.digest(zip(names, groups, inputs, strict=True))
        return known.over(scaling.fit(self.normalise, inputs, groups)), seen

    def scaled(self, fold: int) -> Scaled:
        """The inputs of every corpus, scaled for a fold."""
        scaler, seen = self.scaler(fold)
        inputs = [scaler.transform(corpus.inputs, corpus.groups(self.normalise)) for corpus in self.corpora]
        return self.adapt(fold, Scaled(scaler, seen, inputs)) if self.target else Scaled(scaler, seen, inputs)

    def adapt(self, fold: int, scaled: Scaled) -> Scaled:
        """Learn what the method learns of the utterances to learn from and of unlabelled ones of the target."""
        assert self.target
        data, method = self.target.data, self.target.method
        chosen = data.indices(fold, *self.target.parts)
        if not chosen:
            raise InputError(f"{data.corpus}: no unlabelled utterances to adapt to in fold {fold}")
        unlabelled = data.scaled(scaled.scaler, chosen, chosen)
        # As they are stored: statistics of the target's own are summed in another order by the audit.
        heard = learnt.digest((data.utterances[i], "", data.inputs[i]) for i in chosen)
        fitted: Arrays = {}
        if not method.in_network:
            train, dev = self.given(fold, scaled)
            source = [*train.inputs, *(() if load_model(self.model).epochs else dev.inputs)]
            fitted = method.fit(stacked(source), stacked(unlabelled), self.target.parameters)
        return replace(scaled, unlabelled=unlabelled, heard=heard, fitted=fitted)

    def given(self, fold: int, scaled: Scaled) -> tuple[Examples, Examples]:
        """What a model is given to learn from and to choose on.

        Models without epochs get both parts apart: they choose parameters on one, then learn from the two together.
        """
        parts = self.learning if load_model(self.model).epochs else (TRAIN,)
        train = examples.gather(self.corpora, scaled.inputs, self.heads, fold, *parts)
        return train, examples.gather(self.corpora, scaled.inputs, self.heads, fold, *{DEV}.difference(parts))

    def adapted(
        self, scaled: Scaled, train: Examples, dev: Examples, oracle: Examples | None
    ) -> tuple[Examples, Examples, Examples | None, Sequence[Head]]:
        """The same examples as the method of adaptation leaves them, and the heads to learn."""
        if not self.target:
            return train, dev, oracle, self.heads
        method, fitted, parameters = self.target.method, scaled.fitted, self.target.parameters
        if method.in_network:
            others = [x and method.extend(x, self.heads, (), parameters)[0] for x in (dev, oracle)]
            both, heads = method.extend(train, self.heads, scaled.unlabelled, parameters)
            return both, others[0] or dev, others[1], heads
        unweighed = {name: array for name, array in fitted.items() if name != "weights"}
        weighed = unweighed if load_model(self.model).epochs else fitted
        test = oracle and adapted(method, oracle, unweighed)
        return adapted(method, train, fitted), adapted(method, dev, weighed, len(train.inputs)), test, self.heads

    def train(self, fold: int, seed: int, scaled: Scaled) -> Trained:
        """Train one fold and seed on scaled inputs."""
        model = load_model(self.model)
        train, dev = self.given(fold, scaled)
        oracle, start, begun = None, None, ""
        if self.parameters.get("epoch") == "oracle":
            oracle = examples.gather(self.corpora, scaled.inputs, self.heads, fold, TEST)
        if self.start:
            with Store(self.start) as before:
                start, begun = before.model(fold, seed), sha256(before.model_bytes(fold, seed)).hexdigest()
        seen = {name: learnt.of_examples(x) for name, x in (("train", train), ("dev", dev), ("oracle", oracle))}
        seen |= {"scaling": scaled.seen, "unlabelled": scaled.heard, "start": begun}
        train, dev, oracle, heads = self.adapted(scaled, train, dev, oracle)
        fitted = model.fit(train, dev if dev.inputs else None, heads, self.parameters, seed, start, oracle)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"model{model.suffix}"
            fitted.save(path)
            curve = [{name: float(value) for name, value in epoch.items()} for epoch in fitted.history]
            saved = arrays.to_bytes(scaled.fitted) if scaled.fitted else b""
            return Trained(fold, seed, scaled.scaler.to_bytes(), path.read_bytes(), curve, fitted.chosen, seen, saved)


def train_all(stage: Stage, tasks: Sequence[Task], threads: int, cache: TrainingCache) -> list[Trained]:
    """Return all trainings, in order: those of the cache, and the others trained now, which go there at once."""
    done = {task: found for task in tasks if (found := cache.get(*task))}
    missing = [task for task in tasks if task not in done]
    if done:
        log.info("%d of %d trainings were done before and are used again", len(done), len(tasks))

    def make() -> Callable[[Task], Trained]:
        scaled = lru_cache(maxsize=1)(stage.scaled)

        def work(task: Task) -> Trained:
            trained = stage.train(*task, scaled(task[0]))
            cache.put(trained)
            return trained

        return work

    progress = Progress(len(missing), "trainings", every=5)
    for trained in in_order(make, missing, threads, batch=1, ahead=len(missing), forks=True):
        done[trained.fold, trained.seed] = trained
        progress.step(note=_last_epoch(trained.history))
    return [done[task] for task in tasks]


def _last_epoch(curve: Sequence[Mapping[str, float]]) -> str:
    if not curve:
        return ""
    values = ", ".join(f"{name} {value:.3f}" for name, value in curve[-1].items() if name != history.UNWRITTEN)
    return f"{len(curve)} epochs, last {values}"


def stage_of(
    settings: Mapping[str, Any],
    corpora: Sequence[CorpusData],
    start: str | None,
    target: CorpusData | None = None,
) -> Stage:
    """The stage that the settings of a job describe (see train_models.py), on its corpora."""
    heads = examples.heads_of(dict(settings["heads"]), settings["emotions"], corpora)
    if len(heads[0].classes) < 2:
        raise InputError(
            f"{settings['train']}: fewer than two emotions to learn ({', '.join(heads[0].classes) or 'none'})"
        )
    adapts_to = None
    if target:
        how = settings["adapt"]
        adapts_to = Target(target, load_adaptation(how["method"]), how["parameters"], UNLABELLED[how["unlabelled"]])
    return Stage(
        corpora=corpora,
        heads=heads,
        model=settings["model"],
        parameters=settings["parameters"],
        normalise=settings["normalise"],
        keep_scaling=settings["scaling"] == "keep",
        start=start,
        target=adapts_to,
    )


def manifest_of(settings: Mapping[str, Any], stage: Stage, trainings: Sequence[Trained]) -> dict[str, Any]:
    """What the archive of models says of itself; `learnt` has the digests of each fold and seed."""
    said = ("emotions", "model", "normalise", "parameters", "seeds", "system", "train", "corpora", "adapt")
    seen = {f"fold{t.fold}/seed{t.seed}": t.learnt for t in trainings}
    manifest = {
        **{key: settings[key] for key in said if key in settings},
        "folds": stage.folds,
        "heads": [head.entry() for head in stage.heads],
        "learnt": seen,
    }
    return dict(json.loads(json.dumps(manifest)))


def entries_of(trainings: Sequence[Trained], model: str) -> list[tuple[str, bytes]]:
    """The entries of an archive of models, sorted."""
    suffix = load_model(model).suffix
    entries = {scaler_name(t.fold): t.scaler for t in trainings}
    entries |= {adaptation_name(t.fold): t.adaptation for t in trainings if t.adaptation}
    return sorted({**entries, **{model_name(t.fold, t.seed, suffix): t.model for t in trainings}}.items())
