"""The jobs that some tables need, each with what it costs and what it waits for.

These are the jobs that Snakemake runs (a test compares the two), found from the targets backwards as Snakemake does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path

from xser.config.study import Run
from xser.config.trainsets import TrainSet
from xser.estimate.costs import Costs, Shape, feature_key
from xser.estimate.sizes import Sizes
from xser.estimate.training import Kernel, Training
from xser.workflow import audit as audit_plan
from xser.workflow.plan import Plan
from xser.workflow.report import ReportPlan

BATCH = 8  # utterances that go to a worker of the extraction together
READING, RESULTS = "reading, splits", "scores, tables, audit, report"
PRACTICE, PREDICTION = "practice speech", "prediction"


@dataclass(frozen=True)
class Job:
    """One job of Snakemake.

    `serial` CPU seconds on one core come first; then there are `tasks` of `each` CPU seconds, side by side on up to
    `threads` cores, every process of which first pays `process`. `memory` is in GB for one process on top of `base`.
    """

    name: str
    rule: str
    stage: str
    outputs: tuple[str, ...]
    needs: tuple[str, ...]
    serial: float
    tasks: int = 0
    each: float = 0.0
    threads: int = 1
    process: float = 0.0
    base: float = 0.2
    memory: float = 0.0
    kernel: Kernel | None = None

    def side_by_side(self, cores: int) -> int:
        """Processes that the job works in, on so many cores."""
        return max(1, min(self.threads, self.tasks, cores))

    def cpu(self, cores: int) -> float:
        """CPU seconds."""
        return self.serial + self.tasks * self.each + self.process * self.side_by_side(cores)

    def wall(self, cores: int) -> float:
        """Seconds from start to end, if the cores have nothing else to do."""
        return self.serial + self.process + ceil(self.tasks / self.side_by_side(cores)) * self.each

    def gigabytes(self, cores: int) -> float:
        """Peak memory."""
        return self.base + self.memory * self.side_by_side(cores)

    @property
    def training_set(self) -> str:
        """The training set in the name of a training's output."""
        return Path(self.name).name.split(".")[0]

    def done(self, root: Path) -> bool:
        """Whether all its outputs are there (whether they are up to date, Snakemake knows)."""
        return all((root / path).is_file() for path in self.outputs)


class Jobs:
    """All jobs behind some targets."""

    def __init__(self, plan: Plan, sizes: Sizes, costs: Costs) -> None:
        self.plan, self.config, self.sizes, self.costs = plan, plan.config, sizes, costs
        self.jobs: dict[str, Job] = {}
        self.unknown: set[str] = set()
        self._shape = cache(self._find_shape)

    def of(self, tables: Iterable[str], report: bool = True) -> dict[str, Job]:
        """The jobs of some tables; with `report` also the audit's page and the summary, as the default target has."""
        self.jobs = {}
        for table in tables:
            self._table(table)
        if report:
            self._report()
        return self.jobs

    def _add(
        self, rule: str, stage: str, outputs: Sequence[str], needs: Iterable[str], serial: float, **more: object
    ) -> str:
        name = outputs[0]
        if name not in self.jobs:
            self.jobs[name] = Job(name, rule, stage, tuple(outputs), tuple(needs), serial, **more)  # type: ignore[arg-type]
        return name

    # -- corpora and features --------------------------------------------------------------------------------------

    def _corpus(self, corpus: str) -> str:
        entry, size = self.config.corpora[corpus], self.sizes.audio[corpus]
        folder, needs = f"results/corpora/{corpus}", []
        if entry.practice:
            files = self.plan.practice_files(entry.reader)
            needs = [
                self._add(
                    f"make_practice_{entry.reader}", PRACTICE, files, [], self.costs.start() + self.costs.practice()
                )
            ]
        names = (
            "utterances.tsv",
            "wav.scp",
            "utt2spk",
            "spk2utt",
            "utt2lang",
            "utt2dur",
            "audio.tsv",
            "left_out.tsv",
            "root.txt",
        )
        each = self.costs.read(size.utterances, size.seconds) / max(size.utterances, 1)
        return self._add(
            "read_corpus", READING, [f"{folder}/{n}" for n in names], needs,
            self.costs.start() + self.costs.rows(size.utterances), tasks=size.utterances, each=each, threads=2,
        )  # fmt: skip

    def _labels(self, corpus: str) -> str:
        audio = self.plan.audio(corpus)
        outputs = [f"results/corpora/{corpus}/{name}" for name in ("utt2emo", "labels.tsv")]
        seconds = self.costs.start() + self.costs.rows(self.sizes.audio[audio].utterances)
        return self._add("map_emotions", READING, outputs, [self._corpus(audio)], seconds)

    def _card(self, corpus: str) -> str:
        audio = self.plan.audio(corpus)
        outputs = [f"results/corpora/{corpus}/{name}" for name in ("card.tsv", "card.md")]
        seconds = self.costs.start() + self.costs.rows(self.sizes.audio[audio].utterances)
        return self._add("describe_corpus", RESULTS, outputs, [self._labels(corpus)], seconds)

    def _split(self, protocol: str, corpus: str) -> str:
        folds = len(self.sizes.folds[protocol, corpus])
        seconds = self.costs.start() + self.costs.rows(
            self.sizes.audio[self.plan.audio(corpus)].utterances * (1 + folds / 4)
        )
        return self._add(
            "split_corpus", READING, [f"results/splits/{protocol}/{corpus}.tsv"], [self._labels(corpus)], seconds
        )

    def _features(self, features: str, audio: str) -> str:
        entry, size, stage = self.config.features[features], self.sizes.audio[audio], f"features {features}"
        stem, endings = f"results/features/{features}/{audio}", ("scp", "ark", "names.txt")
        outputs = [f"{stem}.{ending}" for ending in endings]
        copying = self.costs.start("plain") + self.costs.load(size.utterances, 2 * self._values(features, audio))
        if entry.extractor == "scp":
            return self._add("import_features", stage, outputs, [self._corpus(audio)], copying)
        if entry.extractor == "paste":
            return self._add("paste_features", stage, outputs, [self._features(f, audio) for f in entry.of], copying)
        seconds = self.costs.extraction(self._key(features), size.utterances, size.seconds)
        if seconds is None:
            self.unknown.add(f"features {features}")
        shards = self.config.shards
        work = {
            "tasks": ceil(size.utterances / BATCH / shards), "threads": 4, "memory": 0.1,
            "each": BATCH * (seconds or 0.0) / max(size.utterances, 1),
        }  # fmt: skip
        start, needs = self.costs.start(_imports(entry.extractor)), [self._corpus(audio)]
        if shards == 1:
            return self._add("extract_features", stage, outputs, needs, start, **work)
        folder = f"results/features/{features}/shards/{audio}"
        parts = [
            self._add("extract_shard", stage, [f"{folder}.{i}.{e}" for e in endings], needs, start, **work)
            for i in range(shards)
        ]
        return self._add("merge_features", stage, outputs, parts, copying)

    def _key(self, features: str) -> str:
        return feature_key(self.config.features[features])

    def _find_shape(self, features: str) -> Shape | None:
        entry = self.config.features[features]
        if entry.extractor == "paste":
            parts = [self._shape(part) for part in entry.of]
            known = [part for part in parts if part]
            return Shape(sum(p.dims for p in known), known[0].frames) if len(known) == len(parts) else None
        if entry.extractor == "scp":
            return _shape_of_archive(next(iter(entry.scp.values())))
        return self.costs.shape(self._key(features))

    def _values(self, features: str, audio: str) -> float:
        shape, size = self._shape(features), self.sizes.audio[audio]
        return shape.values(size.utterances, size.seconds) if shape else 0.0

    # -- training and prediction -----------------------------------------------------------------------------------

    def _models(self, protocol: str, system: str, train: TrainSet) -> str:
        entry, corpora = self.config.systems[system], train.stages[-1]
        stem = f"results/models/{protocol}/{system}"
        needs = [self._features(entry.features, self.plan.audio(c)) for c in corpora]
        needs += [self._split(protocol, c) for c in corpora]
        if train.before:
            needs.append(self._models(protocol, system, train.before))
        work = self._training(protocol, system, train)
        stage, parts = f"training {system}", self.config.training_parts
        if parts == 1:
            outputs = [f"{stem}/{train.name}.zip", f"{stem}/{train.name}.history.tsv"]
            return self._add("train_models", stage, outputs, needs, **work.work(work.tasks))
        made = []
        for i in range(parts):
            outputs = [f"{stem}/parts/{train.name}.{i}.zip", f"{stem}/parts/{train.name}.{i}.history.tsv"]
            made.append(self._add("train_part", stage, outputs, needs, **work.work(len(range(i, work.tasks, parts)))))
        outputs = [f"{stem}/{train.name}.zip", f"{stem}/{train.name}.history.tsv"]
        return self._add("merge_models", stage, outputs, made, self.costs.start())

    def _training(self, protocol: str, system: str, train: TrainSet) -> Training:
        entry = self.config.systems[system]
        work = Training(self.plan, self.sizes, self.costs, protocol, entry, train, self._shape(entry.features))
        if not work.known:
            self.unknown.add(f"training {system}")
        return work

    def _predictions(self, run: Run) -> str:
        path, entry = f"results/predictions/{run.key}.tsv", self.config.systems[run.system]
        folds = self.sizes.folds[run.protocol, run.test]
        tested = sum(fold.test for fold in folds)
        if entry.combine:
            needs = [self._predictions(part) for part in self.config.components(run).values()]
            seconds = self.costs.start() + self.costs.rows(tested * len(self.config.seeds) * len(needs))
            return self._add("combine_predictions", PREDICTION, [path], needs, seconds)
        work = self._training(run.protocol, run.system, run.train)
        audio = self.plan.audio(run.test)
        needs = [self._models(run.protocol, run.system, run.train), self._features(entry.features, audio)]
        needs.append(self._split(run.protocol, run.test))
        seconds = work.prediction(self.sizes.audio[audio], [fold.test for fold in folds])
        return self._add("predict_emotions", PREDICTION, [path], needs, seconds, base=work.memory_of_process + 0.1)

    # -- results ---------------------------------------------------------------------------------------------------

    def _score(self, run: Run) -> str:
        outputs = [f"results/scores/{run.key}.{ending}" for ending in ("tsv", "details.tsv")]
        tested = sum(fold.test for fold in self.sizes.folds[run.protocol, run.test])
        seeds = len(self.config.seeds) if self._is_seeded(run) else 1
        samples = self.config.intervals.samples
        seconds = self.costs.start("results") + self.costs.score(tested * seeds, samples)
        return self._add("score_predictions", RESULTS, outputs, [self._predictions(run)], seconds)

    def _is_seeded(self, run: Run) -> bool:
        entry = self.config.systems[run.system]
        names = [entry.language_system, entry.emotion_system] if entry.combine else [run.system]
        return any(len(self.config.seeds_of(name)) > 1 for name in names if name)

    def _table(self, table: str) -> None:
        runs, start = self.plan.table_runs(table), self.costs.start()
        scores = [self._score(run) for run in runs]
        stem = f"results/tables/{table}"
        self._add("make_table", RESULTS, [f"{stem}.{e}" for e in ("tsv", "md", "tex")], scores, start)
        outputs = [f"{stem}.comparisons.{ending}" for ending in ("tsv", "md")]
        tested = sum(fold.test for run in runs for fold in self.sizes.folds[run.protocol, run.test])
        self._add(
            "compare_systems", RESULTS, outputs, scores, self.costs.start("compare") + self.costs.rows(5 * tested)
        )
        if self.config.has_spread(table):
            self._add("make_spread", RESULTS, [f"{stem}.spread.tsv", f"{stem}.spread.md"], scores, start)
        self._audit(table, runs, scores)
        for corpus in self.plan.table_corpora(table):
            self._card(corpus)

    def _audit(self, table: str, runs: Sequence[Run], needs: Sequence[str]) -> None:
        read = {path for path in audit_plan.inputs(self.plan, table)["features"] if path.endswith(".scp")}
        values = sum(self._values(*path.removesuffix(".scp").split("/")[2:]) for path in read)
        seen = sum(
            fold.train + fold.dev
            for run in runs
            for c in run.train.corpora
            for fold in self.sizes.folds[run.protocol, c]
        )
        seconds = self.costs.start("results") + self.costs.scale(values) + self.costs.rows(seen)
        self._add("audit_runs", RESULTS, [f"results/audit/{table}.tsv"], needs, seconds)

    def _report(self) -> None:
        report, tables = ReportPlan(self.plan), self.config.default_tables()
        used = audit_plan.page_corpora(self.plan)
        audits = [f"results/audit/{table}.tsv" for table in tables]
        page = self._add(
            "make_audit", RESULTS, ["results/audit.md", "results/audit.tsv"],
            audits + [self._card(c) for c in used], self.costs.start(),
        )  # fmt: skip
        seconds = self.costs.start("figures") + self.costs.figure()
        figures = [
            self._add(f"draw_{f.family.module}", RESULTS, f.files, self._drawn_from(f.view.table), seconds)
            for f in report.figures
        ]
        cards = [self._card(c) for c in report.corpora]
        self._add("make_summary", RESULTS, ["results/summary.html"], [page, *figures, *cards], self.costs.start())

    def _drawn_from(self, table: str) -> list[str]:
        """The last to be made of what a figure of a table, or of the corpora, is drawn from."""
        return [f"results/tables/{table}.tsv"] if table else [self._labels(c) for c in ReportPlan(self.plan).corpora]


def _imports(extractor: str) -> str:
    return "opensmile" if extractor == "opensmile" else "features"


def _shape_of_archive(scp: str) -> Shape | None:
    """The shape of features that come from outside, by their first entry; frames are taken for 10 ms."""
    from xser.features import archives

    try:
        _, first = next(archives.stream(scp))
    except (StopIteration, OSError):
        return None
    return Shape(first.shape[-1], 100.0 if first.ndim == 2 else 0.0)
