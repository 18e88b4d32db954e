"""What each job of the workflow costs: seconds and memory by its rule and wildcards.

Snakemake plans the jobs; nothing here knows which there are. A rule that `Prices` does not know costs a start.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from math import ceil
from typing import Any

from xser.config.study import Run, Study
from xser.curves.base import load_curve
from xser.errors import InputError
from xser.estimate.costs import Costs, NetworkSize, Shape, feature_key, linear
from xser.estimate.sizes import Fold, Sizes
from xser.features.base import load_extractor
from xser.models import svc
from xser.models.base import load_model
from xser.splits.split import DEV, TEST, TRAIN
from xser.workflow import training

BATCH = 8  # utterances that go to a worker of the extraction together
COPIES = 3  # of the features, in a training beside those as read: scaled, laid out, and in TensorFlow
MUCH = 8.0  # GB of one kernel matrix that are worth a note
UNMEASURED = "No rate was measured: {} counts as the dearest of its kind."
GB_UTTERANCE = 4e-6  # of a job that lists them: 1.2 GB at 256,000
PRACTICE, READING, FEATURES, TRAINING = "practice speech", "reading, splits", "features", "training"
PREDICTION, RESULTS = "prediction", "scores, tables, audit, report"
STAGES = (PRACTICE, READING, FEATURES, TRAINING, PREDICTION, RESULTS)

UNREAD = Shape(1_024, 0.0)  # of imported features that cannot be read: an embedding of speech

# What a job on a cluster asks for: this many times the estimate, on another machine than the one that was measured,
MARGIN_MEMORY, MARGIN_TIME = 1.5, 3.0
BASE_MB, BASE_MINUTES = 500, 5  # and the two Snakemakes of a job, and a slow start


@dataclass(frozen=True)
class Work:
    """What a job costs.

    `serial` CPU seconds on one core come first; then there are `tasks` of `each` CPU seconds, side by side on at most
    `threads` cores, every process of which first pays `process`. `memory` is in GB for one process on top of `base`.
    `epochs` is the most that each task learns in; `notes` say what a user should know of it.
    """

    stage: str
    serial: float
    tasks: int = 0
    each: float = 0.0
    process: float = 0.0
    base: float = 0.2
    memory: float = 0.0
    epochs: int = 0
    notes: tuple[str, ...] = ()
    threads: int = sys.maxsize

    def side_by_side(self, cores: int) -> int:
        """Processes that the job works in on so many cores."""
        return max(1, min(cores, self.threads, self.tasks))

    def cpu(self, cores: int) -> float:
        """CPU seconds."""
        return self.serial + self.tasks * self.each + self.process * self.side_by_side(cores)

    def wall(self, cores: int) -> float:
        """Seconds from start to end, if nothing else runs on its cores."""
        return self.serial + self.process + ceil(self.tasks / self.side_by_side(cores)) * self.each

    def gigabytes(self, cores: int) -> float:
        """Peak memory."""
        return self.base + self.memory * self.side_by_side(cores)


class Prices:
    """The work of every job of a study."""

    def __init__(self, study: Study, costs: Costs, sizes: Sizes) -> None:
        self.study, self.costs, self.sizes = study, costs, sizes
        self.training = cache(partial(_Training, self))  # many jobs rest on one
        # By a part of the rule's name; the first that fits.
        self.rules: dict[str, Callable[..., Work]] = {
            "make_practice": lambda: Work(PRACTICE, costs.start() + float(costs.audio["practice"])),
            "load_corpus": lambda **_: Work(READING, costs.start()),
            "list_files": lambda **_: Work(READING, costs.start()),
            "read_corpus": self._reading,
            "map_emotions": self._listing,
            "describe_corpus": self._listing,
            "split_corpus": self._listing,
            "extract_features": self._extraction,
            "extract_shard": self._extraction,
            "merge_features": self._copying,
            "paste_features": self._copying,
            "import_features": self._copying,
            "trace_curve": self._curve,
            "train_models": lambda **run: self.training(**run).work(None),
            "train_part": lambda part, **run: self.training(**run).work(part),
            "merge_models": lambda **_: Work(TRAINING, costs.start()),
            "calibrate_model": lambda **run: self.training(**run).work(None),
            "predict_emotions": lambda test, **run: self.training(**run).prediction(test),
            "combine_predictions": self._combination,
            "score_predictions": self._scoring,
            "compare_systems": self._comparison,
            "audit_runs": self._audit,
            "audit_card": lambda **run: self.training(**run).work(None),
            "draw_": lambda **_: Work(RESULTS, costs.start("figures") + float(costs.classifiers["figure"])),
        }

    def of(self, rule: str, wildcards: Mapping[str, str]) -> Work:
        """What a job costs."""
        price = next((price for part, price in self.rules.items() if part in rule), None)
        return price(**wildcards) if price else Work(RESULTS, self.costs.start("results"))

    def requests(self) -> dict[str, Callable[..., int]]:
        """Memory and time that a job asks a cluster for, as Snakemake's `resources`: its price with a margin."""
        price = lru_cache(1)(lambda rule, wildcards: self.of(rule, dict(wildcards)))  # one job asks for both

        def mem_mb(wildcards: Any, rulename: str, threads: int, attempt: int) -> int:
            gigabytes = price(rulename, tuple(wildcards.items())).gigabytes(threads)
            return attempt * ceil(BASE_MB + MARGIN_MEMORY * 1000 * gigabytes)

        def runtime(wildcards: Any, rulename: str, threads: int, attempt: int) -> int:
            seconds = price(rulename, tuple(wildcards.items())).wall(threads)
            return attempt * ceil(BASE_MINUTES + MARGIN_TIME * seconds / 60)

        return {"mem_mb": mem_mb, "runtime": runtime}

    # -- corpora and features --------------------------------------------------------------------------------------

    def _listing(self, corpus: str, stage: str = READING, values: float = 0.0, **_: str) -> Work:
        """A job that reads and writes a line an utterance, and so many values of features."""
        n = self.sizes.audio(corpus).utterances
        return Work(stage, self.costs.start() + self.costs.load(2 * n, values), base=0.2 + n * GB_UTTERANCE)

    def _reading(self, corpus: str) -> Work:
        audio = self.sizes.audio(corpus)
        each = linear(self.costs.audio["read"], audio.utterances, audio.seconds) / max(audio.utterances, 1)
        return replace(self._listing(corpus), tasks=audio.utterances, each=each)

    def _extraction(self, features: str, corpus: str, shard: str | None = None) -> Work:
        entry, audio = self.study.features[features], self.sizes.audio(corpus)
        shards = 1 if shard is None else self.study.shards
        seconds = linear(self.costs.feature(feature_key(entry)), audio.utterances, audio.seconds)
        return Work(
            f"{FEATURES} {features}",
            self.costs.start("opensmile" if entry.extractor == "opensmile" else "features"),
            tasks=ceil(audio.utterances / BATCH / shards),
            each=BATCH * seconds / max(audio.utterances, 1),
            base=0.2 + audio.utterances * GB_UTTERANCE,
            memory=load_extractor(entry.extractor).memory_gb,
            notes=self._unmeasured(features),
        )

    def _copying(self, features: str, corpus: str) -> Work:
        return self._listing(corpus, f"{FEATURES} {features}", 2 * self._values(features, corpus))

    def _unmeasured(self, features: str) -> tuple[str, ...]:
        parts = (self.study.features[part] for part in self.study.features[features].parts)
        known = self.costs.audio["features"]
        return tuple(UNMEASURED.format(f.id) for f in parts if f.computed and feature_key(f) not in known)

    def _shape(self, features: str, corpus: str) -> Shape:
        entry = self.study.features[features]
        if entry.extractor == "paste":
            parts = [self._shape(part, corpus) for part in entry.of]
            return Shape(sum(p.dims for p in parts), parts[0].frames)
        if entry.extractor == "scp":
            return _shape_of_archive(entry.scp[self.study.corpora[corpus].audio])
        rate = self.costs.feature(feature_key(entry))
        return Shape(int(rate["dims"]), rate["frames"])

    def _values(self, features: str, corpus: str) -> float:
        audio = self.sizes.audio(corpus)
        return self._shape(features, corpus).values(audio.utterances, audio.seconds)

    def _curve(self, curve: str, test: str) -> Work:
        """A training (few-shot), or the prediction of a run (enrolment), for each draw of each K and fold."""
        entry = self.study.curves[curve]
        protocol, system, train, _ = self.study.curve_run(curve, test).ids
        ks, one = len(entry.options["k"]), self.training(protocol, system, train)
        if load_curve(entry.kind).needs_archive:
            again = one.prediction(test)
            return replace(again, serial=again.serial * 2 * ks * entry.draws)
        work, folds = one.work(None), len(self.sizes.folds(protocol, test))
        return replace(work, tasks=folds * ks * entry.draws, each=work.each * 1.5)

    # -- prediction and results ------------------------------------------------------------------------------------

    def _tested(self, run: Run) -> int:
        return sum(fold[TEST] for fold in self.sizes.folds(run.protocol, run.test))

    def _combination(self, **run: str) -> Work:
        asked = training.run_of(self.study, **run)
        read = self._tested(asked) * len(self.study.seeds) * len(self.study.components(asked))
        return Work(PREDICTION, self.costs.start() + self.costs.load(read))

    def _scoring(self, **run: str) -> Work:
        asked = training.run_of(self.study, **run)
        seeds = max(len(self.study.seeds_of(r.system)) for r in self.study.trainings(asked))
        rate, samples = self.costs.classifiers["score"], self.study.intervals.samples
        seconds = rate["run"] * max(samples / 2000, 0.1) + rate["prediction"] * self._tested(asked) * seeds
        return Work(RESULTS, self.costs.start("results") + seconds)

    def _comparison(self, table: str) -> Work:
        tested = sum(map(self._tested, self.study.runs([table])))
        return Work(RESULTS, self.costs.start("compare") + self.costs.load(5 * tested))

    def _audit(self, table: str) -> Work:
        rests = [r for run in self.study.runs([table]) for r in self.study.trainings(run)]
        trainings = {(r.protocol, self.study.systems[r.system].features, r.train) for r in rests}
        archives = {(features, self.study.corpora[c].audio) for _, features, train in trainings for c in train.corpora}
        values = [self._values(features, corpus) for features, corpus in archives]
        seen = sum(f[TRAIN] + f[DEV] for p, _, train in trainings for f in self.sizes.pool(p, train.corpora))
        again = [self.training(*r.ids[:3]).prediction(r.test) for r in dict.fromkeys(rests)]
        learnt = {(r.protocol, r.system, stage.name) for r in rests for stage in r.train.chain}
        serial = self.costs.start("results") + self.costs.scale(sum(values)) + self.costs.load(seen)
        serial += sum(work.serial for work in again) + max((work.process for work in again), default=0.0)
        serial += sum(self.training(*each).audit() for each in learnt)
        base = max((work.base for work in again), default=0.2)
        return Work(RESULTS, serial, base=base + 8 * sum(values) / 1e9)


class _Training:
    """What training one system on one training set costs, and predicting with it."""

    def __init__(self, prices: Prices, protocol: str, system: str, train: str) -> None:
        self.prices, self.costs = prices, prices.costs
        config, trainset = prices.study, training.trainset(prices.study, train)
        self.protocol, self.system, self.train = protocol, config.systems[system], train
        self.model = load_model(self.system.model)
        self.parameters = self.model.complete(config.stage_parameters(system, trainset))
        self.shape = prices._shape(self.system.features, trainset.corpora[0])
        self.notes = prices._unmeasured(self.system.features)
        if self.system.model not in ("lstm", "tripathi", "svc", "logreg"):
            self.notes += (UNMEASURED.format(self.system.model),)
        self.folds, self.seeds = prices.sizes.pool(protocol, trainset.stages[-1]), len(config.seeds_of(system))
        audio = [prices.sizes.audio(c) for c in trainset.stages[-1]]
        self.mean = sum(a.seconds for a in audio) / max(sum(a.utterances for a in audio), 1)
        # A split holds the utterances with an emotion; only they are loaded.
        self.loaded = max(f.total() for f in self.folds)
        self.values = self.shape.values(self.loaded, self.loaded * self.mean)
        self.classes = len(config.emotions)
        self.outputs = self.classes + 5 * (len(self.system.heads) - 1)
        self.kind = "tensorflow" if self.model.epochs else "sklearn"
        self.own = float(self.costs.jobs["memory_gb"][self.kind])  # GB of a process that has imported it

    def work(self, part: str | None) -> Work:
        """All its trainings, or one part of them."""
        study = self.prices.study
        tasks = len(self.folds) * self.seeds
        if part is not None:
            tasks = len(range(int(part), tasks, study.training_parts))
        process = float(self.costs.jobs["imports"][self.kind])
        if self.model.epochs:
            process += self.costs.trace(self.network(self.mean))
        memory, notes = self.memory()
        # Side by side each seed scales for itself; in one process the scaling of a fold serves all its seeds.
        scaling = self.costs.scale(self.values) / (1 if self.model.epochs else self.seeds)
        return Work(
            f"{TRAINING} {self.system.id}",
            self.costs.start() + self.costs.load(self.loaded, self.values),
            tasks=tasks,
            each=scaling + sum(map(self.one, self.folds)) / len(self.folds),
            process=process,
            base=0.1 + self.values * 4 / 1e9,
            memory=memory,
            epochs=int(self.parameters["epochs"]) if self.model.epochs else 0,
            notes=(*self.notes, *notes),
        )

    def network(self, seconds: float) -> NetworkSize:
        """Its network, for utterances of so many seconds."""
        return NetworkSize.of(self.parameters, self.shape, seconds, self.outputs)

    def one(self, fold: Fold) -> float:
        """CPU seconds of one fold and seed, with all epochs."""
        n = fold[TRAIN] + fold[DEV]
        if not self.model.epochs:
            return self.costs.classifier(self.system.model, self.parameters, n, self.shape.dims, self.classes)
        network = self.network(self.mean)
        # Where the epoch is not chosen on development speakers, they are trained on.
        apart = self.model.develops(self.parameters)
        oracle = fold[TEST] if self.parameters.get("epoch") == "oracle" else 0
        epoch = self.costs.epoch(network, fold[TRAIN] if apart else n)
        evaluation = self.costs.evaluation(network, fold[DEV] if apart else oracle)
        again = self.costs.epoch(network, n) if apart and self.parameters.get("refit") else 0.0
        return float(self.costs.networks["task"]) + self.parameters["epochs"] * (epoch + evaluation + again)

    def memory(self) -> tuple[float, tuple[str, ...]]:
        """GB of one training, beside what a job's processes share; a note where a kernel matrix takes much of it."""
        if self.system.model != "svc":
            return self.own + COPIES * self.values * 4 / 1e9, ()
        n, limit = max(f[TRAIN] + f[DEV] for f in self.folds), float(self.parameters["memory_gb"])
        need = svc.gram_gb(n, self.shape.dims)
        what = f"Memory: {self.system.id} on {self.train}: the kernel matrix of {n:,} utterances takes {need:.1f} GB"
        if need > limit:
            slow = f"  `memory_gb` is {limit:g}, so each class computes its own, slowly. What to do: docs/time.md."
            return max(limit, 1.0), (f"{what}.\n{slow}",)
        return need, (f"{what}. To bound it: `memory_gb` (docs/time.md).",) if need > MUCH else ()

    def prediction(self, test: str) -> Work:
        """Predicting the test utterances of a corpus by every fold and seed."""
        audio, costs = self.prices.sizes.audio(test), self.costs
        folds = self.prices.sizes.folds(self.protocol, test)
        n = sum(fold[TEST] for fold in folds)
        values = self.shape.values(audio.utterances, audio.seconds)
        kind = self.kind if self.model.epochs else "plain"  # a classifier's files are arrays: no scikit-learn
        seconds = costs.load(audio.utterances, values)
        seconds += costs.scale(self.shape.values(n, n * audio.mean)) + costs.load(2 * n * self.seeds)
        if self.model.epochs:
            network, models = self.network(audio.mean), len(folds) * self.seeds
            seconds += costs.trace(network) + models * float(costs.networks["load_model"])
            seconds += self.seeds * costs.evaluation(network, n)
        elif self.system.model != "logreg":
            trained, rate = sum(f[TRAIN] + f[DEV] for f in self.folds) // len(self.folds), costs.classifiers["svc"]
            seconds += n * trained * rate["support"] * self.shape.dims * rate["predict"]
        base = 0.1 + self.own + 2 * values * 4 / 1e9
        return Work(PREDICTION, seconds, process=costs.start(kind), base=base, notes=self.notes)

    def audit(self) -> float:
        """CPU seconds of making the digests of all folds and seeing that classifiers are solutions."""
        seconds = len(self.folds) * self.costs.scale(self.values)
        if self.model.epochs or self.system.model == "logreg":
            return seconds
        rate = self.costs.classifiers["svc"]
        pairs = sum((fold[TRAIN] + fold[DEV]) ** 2 for fold in self.folds)
        return seconds + pairs * rate["support"] * self.shape.dims * rate["predict"]


@cache
def _shape_of_archive(scp: str) -> Shape:
    """The shape of imported features, by their first entry; frames are taken for 10 ms.

    Of files that cannot be read it is UNREAD: the job that imports them says what is wrong, a price must not.
    """
    from xser.features import archives

    try:
        _, first = next(archives.stream(scp, given=True))
    except (InputError, OSError, ValueError, StopIteration):
        return UNREAD
    return Shape(first.shape[-1], 100.0 if first.ndim == 2 else 0.0)
