"""config.yaml as one typed object, cross-checked, and the expansion of tables into runs.

Everything that is wrong with a config is reported at once, each with its key. Defaults are filled in here and in what
this reads (entries.py, systems.py, tables.py, splits/protocols.py), and nowhere else.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xser.adaptation.base import WHO, load_adaptation
from xser.combinations import COMBINATIONS
from xser.config import trainsets
from xser.config.curves import CurveEntry, read_curves
from xser.config.entries import FeatureSet, Intervals, read_corpora, read_features, read_protocols
from xser.config.file import without_nulls
from xser.config.schema import check_schema
from xser.config.systems import model_problems, read_systems
from xser.config.tables import ROW_KINDS, Table, read_tables
from xser.config.trainsets import LONGEST_CHAIN, TrainSet
from xser.curves.base import load_curve
from xser.errors import raise_all
from xser.evaluation.marks import MARKS
from xser.models.base import load_model


@dataclass(frozen=True, order=True)
class Run:
    """One system trained on one training set under one protocol, tested on one corpus."""

    protocol: str
    system: str
    train: TrainSet
    test: str

    @property
    def key(self) -> str:
        """`{protocol}/{system}/{train}/{test}`, as in every path."""
        return "/".join(self.ids)

    @property
    def ids(self) -> tuple[str, str, str, str]:
        """What the functions of `paths` take for a run."""
        return self.protocol, self.system, self.train.name, self.test


@dataclass(frozen=True)
class Cell:
    """One cell of a table: where it stands, what the paper says, and the run that fills it (None: a dash)."""

    row: int
    column: str
    protocol: str
    paper: float | None
    run: Run | None


class Study:
    """The checked config, laid over what it overlays; see config.yaml for what each key means.

    An InputError names every key that cannot be used, what to write there, and the `source`, the files that it came
    from.

    Examples
    --------
    >>> import yaml
    >>> study = Study(yaml.safe_load(open("config.yaml", encoding="utf-8")))
    >>> study.tables["table3"].columns
    ('emodb', 'emovo', 'savee')
    >>> study.runs(["table3"])[0].key
    'paper/is09-lstm-transfer/iemocap/emodb'
    """

    def __init__(self, given: Mapping[str, Any], source: str = "config.yaml") -> None:
        given = without_nulls(given) if isinstance(given, Mapping) else given
        check_schema(given, source)
        problems: list[str] = []
        self.emotions: tuple[str, ...] = tuple(given["emotions"])
        self.protocol: tuple[str, ...] = tuple(given["protocol"])
        self.gpu: bool = given.get("gpu", False)
        self.on_bad_audio: str = given.get("on_bad_audio", "fail")
        self.shards: int = given.get("shards", 1)
        self.training_parts: int = given.get("training_parts", 1)
        self.intervals = Intervals(**given.get("intervals", {}))
        self.protocols = dict(read_protocols(given, problems))
        self.languages = {code: entry.get("name", code) for code, entry in given.get("languages", {}).items()}
        """What languages are called, by code."""
        self.corpora = {c.id: c for c in read_corpora(given, problems)}
        real = any(c.real for c in self.corpora.values())
        self.seeds: tuple[int, ...] = tuple(given["seeds"][: None if real else given.get("practice_seeds")])
        reserved = {*trainsets.WORDS, *(kind.word for kind in ROW_KINDS)}
        problems += [
            f"corpora: {name!r} is a word of training sets; give the corpus another name"
            for name in given["corpora"]
            if name in reserved
        ]
        problems += model_problems(given)
        self.systems = {s.id: s for s in read_systems(given, problems)}
        self.features = {f.id: f for f in read_features(given, problems)}
        self.tables: dict[str, Table] = {}
        self.curves: dict[str, CurveEntry] = {}
        self._cells: dict[str, list[Cell]] = {}  # of each table, once asked for: many rules and jobs ask
        self._runs: dict[tuple[str, ...], list[Run]] = {}  # of some tables, likewise
        self._problems: dict[Run, list[str]] = {}  # of each run, likewise
        if not problems:
            self.tables = {t.id: t for t in read_tables(given, self.corpora, self.systems, problems)}
            self.curves = {c.id: c for c in read_curves(given, self.corpora, self.systems, self.features, problems)}
            runs = {f"curves.{c}": self.curve_runs(c) for c in self.curves}
            runs |= {f"tables.{t}": self.runs([t]) for t in self.tables}
            for key, each in runs.items():
                found = (p for run in each for p in self.run_problems(run))
                problems += [p if p.startswith(("corpora.", "protocols.")) else f"{key}: {p}" for p in found]
        raise_all(f"{source} cannot be used", dict.fromkeys(problems))  # tables may share a mistake
        self.without_runs = [name for name in given["tables"] if name not in self.tables]
        """The tables that are not there, because nothing of them is left without the corpora that have no root."""
        text = json.dumps(given, sort_keys=True, default=str)
        self.digest = hashlib.sha256(text.encode()).hexdigest()
        """SHA-256 of the whole config, whatever the order of its keys."""

    # -- corpora, features and systems -----------------------------------------------------------------------------

    @property
    def pool(self) -> list[str]:
        """The corpora that `all` stands for: those with a root, views left out."""
        return trainsets.pool(self.corpora)

    def resolve(self, expression: str, test: str) -> TrainSet | None:
        """Resolve a training set for a tested corpus; None where a corpus it needs is not there."""
        return trainsets.resolve(expression, self.corpora, test)

    def seeds_of(self, system: str) -> list[int]:
        """The seeds that a system is trained with: those of the config, or one where a seed changes nothing."""
        return list(self.seeds) if load_model(self.systems[system].model).seeded else [0]

    def stage_parameters(self, system: str, train: TrainSet) -> dict[str, Any]:
        """The model's parameters in the last stage of a training set: fine-tuning may have its own."""
        entry = self.systems[system]
        finetune = {k: v for k, v in entry.finetune.items() if k != "scaling"} if train.before else {}
        return {**entry.parameters, **finetune}

    # -- tables and their runs -------------------------------------------------------------------------------------

    def default_tables(self) -> list[str]:
        """The tables of the default target."""
        return [t.id for t in self.tables.values() if t.default]

    def cells(self, table: str) -> list[Cell]:
        """All cells of a table, row by row; `row` counts the table's rows from 0."""
        if table not in self._cells:
            self._cells[table] = list(self._expand_cells(self.tables[table]))
        return self._cells[table]

    def _expand_cells(self, table: Table) -> Iterator[Cell]:
        for number, row in enumerate(table.rows):
            for protocol in table.protocols:
                for column, paper in zip(table.columns, row.paper, strict=True):
                    train = None if row.published else self.resolve(row.train, column)
                    run = self._run(protocol, row.system, train, column) if train else None
                    yield Cell(number, column, protocol, paper, run)

    def _run(self, protocol: str, system: str, train: TrainSet, test: str) -> Run:
        """A run; what adapts to the tested corpus is trained for it."""
        target = test if self.systems[system].adapt else ""
        return Run(protocol, system, TrainSet(train.stages, target), test)

    def curve_run(self, curve: str, test: str, system: str = "") -> Run:
        """The run of a curve's system, or of another, on the training set of the curve."""
        entry = self.curves[curve]
        train = self.resolve(entry.train, test)
        assert train
        return self._run(entry.protocol, system or entry.system, train, test)

    def curve_runs(self, curve: str) -> list[Run]:
        """The runs of the systems that a curve names."""
        entry = self.curves[curve]
        systems = [entry.system, *entry.beside, *filter(None, [entry.options.get("finetune")])]
        return [self.curve_run(curve, test, system) for test in entry.columns for system in systems]

    def runs_beside(self, curve: str) -> list[Run]:
        """The runs of the systems that are shown beside a curve, corpus by corpus."""
        entry = self.curves[curve]
        return [self.curve_run(curve, test, system) for test in entry.columns for system in entry.beside]

    def default_curves(self) -> list[str]:
        """The curves of the default target."""
        return [c.id for c in self.curves.values() if c.default]

    def runs(self, tables: Iterable[str] | None = None) -> list[Run]:
        """The distinct runs of some tables (all by default), sorted."""
        asked = tuple(self.tables if tables is None else tables)
        if asked not in self._runs:
            self._runs[asked] = sorted({c.run for t in asked for c in self.cells(t) if c.run})
        return self._runs[asked]

    def paper_protocol(self, table: str) -> str | None:
        """The first protocol of a table that holds out the paper's speakers, if it has one."""
        return next((p for p in self.tables[table].protocols if self.protocols[p].paper_speakers), None)

    def has_spread(self, table: str) -> bool:
        """Whether a table shows the paper's held-out speakers beside a protocol that tests everyone."""
        everyone = any(self.protocols[p].tests_everyone for p in self.tables[table].protocols)
        return everyone and self.paper_protocol(table) is not None

    def trainings(self, run: Run) -> list[Run]:
        """The runs with models of their own that a run rests on: itself, or what it combines."""
        return list(self.components(run).values()) or [run]

    def components(self, run: Run) -> dict[str, Run]:
        """What a system combines, if it does: `language` (first pass) and one run for each language or corpus."""
        system = self.systems[run.system]
        if not system.combine:
            return {}
        by_language = COMBINATIONS[system.combine].by_language
        (stage,) = run.train.stages
        parts: dict[str, list[str]] = {}
        for corpus in stage:
            for part in self.corpora[corpus].languages if by_language else [corpus]:
                parts.setdefault(part, []).append(corpus)
        runs = {
            key: self._run(run.protocol, system.emotion_system, TrainSet((tuple(sorted(corpora)),)), run.test)
            for key, corpora in sorted(parts.items())
        }
        if by_language:
            runs = {"language": self._run(run.protocol, system.language_system, run.train, run.test), **runs}
        return runs

    # -- what is not a plain held-out result -----------------------------------------------------------------------

    def marks(self, run: Run) -> dict[str, str]:
        """Why a run needs the marks of evaluation/marks.py that the config tells; empty where it does not."""
        audio = self.corpora[run.test].audio
        names = [name for corpus in self.corpora.values() if corpus.audio == audio for name in corpus.names]
        seen = [(f.id, f.seen(names)) for f in self._pretrained(run)]
        return {
            "oracle": self.oracle(run),
            "seen": "; ".join(f"{features} ({', '.join(on)})" for features, on in seen if on),
            "transductive": self.transductive(run),
            "undeclared": ", ".join(f.id for f in self._pretrained(run) if f.pretrained_on is None),
        }

    def curve_marks(self, curve: str, test: str) -> list[dict[str, str]]:
        """Why the lines of a curve need marks on a tested corpus: by its system, and by the one that it fine-tunes.

        A curve over what normalises the tested speakers shows that itself.
        """
        entry = self.curves[curve]
        systems = [entry.system, *filter(None, [entry.options.get("finetune")])]
        shown = {"transductive": ""} if load_curve(entry.kind).normalise else {}
        return [{**dict.fromkeys(MARKS, ""), **self.marks(self.curve_run(curve, test, s)), **shown} for s in systems]

    def declared(self, run: Run) -> str:
        """Say what the features of a run that xser did not make alone are declared to have learnt from; or nothing."""
        return "; ".join(
            f"{f.id}: {'not declared' if f.pretrained_on is None else ', '.join(f.pretrained_on) or 'nothing'}"
            for f in self._pretrained(run)
        )

    def _pretrained(self, run: Run) -> list[FeatureSet]:
        """The feature sets behind a run, or what it combines, that xser did not make alone, sorted."""
        used = {self.systems[r.system].features for r in self.trainings(run)}
        parts = sorted({part for features in used for part in self.features[features].parts})
        return [self.features[part] for part in parts if self.features[part].pretrained]

    def transductive(self, run: Run) -> str:
        """Say what unlabelled data of the tested corpus a run, or what it combines, uses; empty if none."""
        reasons = {reason for r in self.trainings(run) for reason in self._unlabelled(r)}
        how = self.systems[run.system].combine
        if how and COMBINATIONS[how].over_corpus:
            reasons.add("the language is chosen over all tested utterances, unlabelled")
        return "; ".join(sorted(reasons))

    def _unlabelled(self, run: Run) -> Iterator[str]:
        system = self.systems[run.system]
        who = WHO[system.adapt.unlabelled]
        if system.normalise == "speaker":
            yield "each speaker normalised by own unlabelled statistics, test speakers included"
        if system.adapt:
            yield f"adapted to unlabelled utterances of the tested corpus ({who}) by {system.adapt.method}"
        from_first = system.finetune.get("scaling", "keep") == "keep"
        scaled = run.train.corpora if from_first else run.train.stages[-1]
        if system.normalise == "corpus" and run.test not in scaled:
            yield f"normalised by unlabelled statistics of the tested corpus ({who})"

    def oracle(self, run: Run) -> str:
        """Say which systems of a run chose their epoch on the very utterances that it tests; empty if none.

        Looked at are all stages of a chain and all that a run combines. An oracle epoch is chosen on the test speakers
        of the corpora of its stage; where the tested corpus is not among them, nothing of it was seen.
        """
        found = {
            r.system
            for r in self.trainings(run)
            for stage in r.train.chain
            if self.stage_parameters(r.system, stage).get("epoch") == "oracle" and run.test in stage.stages[-1]
        }
        return f"the epoch was chosen on the test set ({', '.join(sorted(found))})" if found else ""

    # -- what cannot be run ----------------------------------------------------------------------------------------

    def run_problems(self, run: Run) -> list[str]:
        """What a run cannot do, although each of its parts is right."""
        if run not in self._problems:
            self._problems[run] = list(self._run_problems(run))
        return self._problems[run]

    def _run_problems(self, run: Run) -> Iterator[str]:
        system = self.systems[run.system]
        if self.protocols[run.protocol].paper_speakers:
            for corpus in sorted({*run.train.corpora, run.test}):
                if self.corpora[corpus].test is None:
                    yield (
                        f"corpora.{corpus}.paper.test is missing: protocol {run.protocol!r} needs held-out speakers; "
                        "give their names or their number, such as `paper: {test: 2}`, or use `protocol: [speakers]`"
                    )
        for audio in sorted({self.corpora[c].audio for c in (*run.train.corpora, run.test)}):
            if problem := self.protocols[run.protocol].problem(audio):
                yield f"protocols.{run.protocol}{problem}"
        if not system.combine:
            yield from self.training_problems(run.system, run.train, run.test)
        elif run.train.target:
            yield f"system {run.system!r} combines others; they adapt, it does not ({run.train.name})"
        elif len(run.train.stages) > 1:
            yield f"system {run.system!r} combines others and cannot be fine-tuned ({run.train.name})"
        else:
            if COMBINATIONS[system.combine].by_language:
                yield from (
                    f"corpora.{c}.language is missing: system {run.system!r} chooses a model by language; give its ISO "
                    "639-3 code"
                    for c in run.train.corpora
                    if not self.corpora[c].languages
                )
            for part in self.components(run).values():
                yield from self.run_problems(part)

    def training_problems(self, system: str, train: TrainSet, *tested: str) -> Iterator[str]:
        """Yield why a system with a model of its own cannot be trained on a training set and tested on some corpora."""
        entry, what = self.systems[system], "/".join((system, train.name, *tested))
        if len(train.stages) > 1 and not load_model(entry.model).epochs:
            yield f"system {system!r}: model {entry.model!r} cannot be fine-tuned ({train.name})"
        elif known := sorted({c for t in train.chain for c in self._known_development(system, t)}):
            yield (
                f"system {system!r}: {train.name} chooses its epoch on development speakers of {', '.join(known)} that "
                "a stage before has learnt from (`refit: true`, `epoch: last` or `oracle`); let that one leave them to "
                "the choice of its own epoch, or give `finetune: {epoch: last, epochs: N}`"
            )
        if frames := [part for part in self.features[entry.features].parts if self.features[part].gives_frames]:
            given = f"features {', '.join(frames)} give frames; use functionals, such as is09"
            if not load_model(entry.model).takes_frames:
                yield f"system {system!r}: model {entry.model!r} takes one vector an utterance, and {given}"
            elif entry.adapt and not load_adaptation(entry.adapt.method).in_network:
                yield f"system {system!r}: {entry.adapt.method} adapts one vector an utterance, and {given}"
        if len(train.stages) > 1 and entry.adapt:
            yield f"system {system!r}: what adapts to a corpus cannot be fine-tuned ({train.name})"
        if bool(train.target) != bool(entry.adapt) or (tested and train.target not in ("", *tested)):
            wanted = f"-for-{tested[0] if tested else 'corpus'}" if entry.adapt else "no -for-"
            yield f"system {system!r} is trained on a set with {wanted} at its end ({train.name})"
        if len(train.name) > LONGEST_CHAIN:
            yield f"system {system!r}: a chain of {len(train.stages)} stages is longer than a name of a file may be"
        corpora = {*train.corpora, *tested, *([train.target] if train.target else [])}
        if absent := sorted(c for c in corpora if self.corpora[c].root is None):
            yield f"{what}: corpora.{absent[0]}.root is null; give the folder of the corpus, or `practice`"
        audio = {self.corpora[c].audio for c in corpora}
        if len(audio) < len(corpora):
            yield f"{what}: a corpus and a view of it share speakers; use one of them"
        for part in self.features[entry.features].parts:
            scp = self.features[part].scp
            if scp and (missing := audio - set(scp)):
                yield f"features.{part}.scp has no entry for {', '.join(sorted(missing))} ({what})"

    def _known_development(self, system: str, train: TrainSet) -> set[str]:
        """The corpora on whose development speakers the last stage chooses its epoch, and one before has learnt."""
        model = load_model(self.systems[system].model)
        if "dev" not in model.chooses(self.stage_parameters(system, train)):
            return set()
        before = [t for t in train.chain[1:] if "dev" in model.learns(self.stage_parameters(system, t))]
        return {c for t in before for c in t.stages[-1]} & set(train.stages[-1])
