"""config.yaml as typed objects, cross-checked, and the expansion of tables into runs.

Everything that is wrong with a config is reported at once, each with its key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from xser.config import entries as config_entries
from xser.config import trainsets
from xser.config.entries import LANGUAGE_FIRST
from xser.config.schema import check_schema, suggest
from xser.config.trainsets import TrainSet
from xser.errors import raise_all
from xser.models.base import load_module


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


class Config:
    """The checked config; see config.yaml for what each key means."""

    def __init__(self, raw: Mapping[str, Any], source: str = "config.yaml") -> None:
        check_schema(raw, source)
        self.raw = raw
        problems: list[str] = []
        self._cells: dict[str, list[Cell]] = {}  # of each table, once asked for: many rules and jobs ask
        self._problems: dict[Run, list[str]] = {}  # of each run, likewise
        self.emotions: tuple[str, ...] = tuple(raw["emotions"])
        self.corpora = {c.id: c for c in config_entries.read_corpora(raw, problems)}
        problems += config_entries.model_problems(raw)
        self.systems = {s.id: s for s in config_entries.read_systems(raw, problems)}
        problems += config_entries.feature_problems(raw)
        if not problems:
            self._check_tables(problems)
        raise_all(f"{source} cannot be used", dict.fromkeys(problems))  # tables may share a mistake

    # -- corpora ---------------------------------------------------------------------------------------------------

    @cached_property
    def pool(self) -> list[str]:
        """The corpora that `all` stands for: those with a root, views left out."""
        return sorted(c.id for c in self.corpora.values() if c.root is not None and not c.view)

    def family(self, corpus: str) -> str:
        """The language family of a corpus, as the config's `languages` say; its own language if they do not."""
        language = self.corpora[corpus].language
        return self.raw.get("languages", {}).get(language, {}).get("family", language)

    def expand(self, word: str, test: str) -> list[str]:
        """Return the corpora that a word or id of a training set stands for when `test` is the tested corpus."""
        others = [c for c in self.pool if c != self.corpora[test].audio]
        if word == "same":
            return [test]
        if word == "all":
            return self.pool
        if word == "others":
            return others
        if word == "family":
            return [c for c in others if self.family(c) == self.family(test)]
        return [word] if self.corpora[word].root is not None else []

    def resolve(self, expression: str, test: str) -> TrainSet | None:
        """Resolve a training set for a tested corpus; None where a corpus it needs is not there."""
        if self.corpora[test].root is None:
            return None
        return trainsets.resolve(expression, lambda word: self.expand(word, test))

    # -- features and systems --------------------------------------------------------------------------------------
    def feature(self, name: str) -> dict[str, Any]:
        """Return a feature set's full parameters: its extractor's defaults under what the config says."""
        return config_entries.feature(self.raw, name)

    def seeds(self, system: str) -> list[int]:
        """The seeds that a system is trained with: those of the config, or one where a seed changes nothing."""
        return list(self.raw["seeds"]) if load_module(self.systems[system].model).SEEDED else [0]

    def trainings(self, run: Run) -> list[Run]:
        """The runs with models of their own that a run rests on: itself, or what it combines."""
        return list(self.components(run).values()) if self.systems[run.system].combine else [run]

    def transductive(self, run: Run) -> str:
        """Say what unlabelled data of the tested corpus a run, or what it combines, uses; empty if none."""
        reasons = {self._unlabelled(r) for r in self.trainings(run)} - {""}
        if self.systems[run.system].combine == "select_language":
            reasons.add("the language is chosen over all tested utterances, unlabelled")
        return "; ".join(sorted(reasons))

    def _unlabelled(self, run: Run) -> str:
        system = self.systems[run.system]
        if system.normalise == "speaker":
            return "each speaker normalised by own unlabelled statistics, test speakers included"
        kept = system.finetune.get("scaling", "keep") == "keep"
        scaled = run.train.corpora if kept else run.train.stages[-1]
        if system.normalise == "corpus" and run.test not in scaled:
            return "normalised by unlabelled statistics of the tested corpus (its non-test speakers)"
        return ""

    def stage_parameters(self, system: str, train: TrainSet) -> dict[str, Any]:
        """The model's parameters in the last stage of a training set: fine-tuning may have its own."""
        entry = self.systems[system]
        finetune = {k: v for k, v in entry.finetune.items() if k != "scaling"} if train.before else {}
        return {**entry.parameters, **finetune}

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

    # -- tables ----------------------------------------------------------------------------------------------------

    def columns(self, table: str) -> list[str]:
        """The tested corpora of a table."""
        columns = self.raw["tables"][table]["columns"]
        return [c for c in self.corpora if not self.corpora[c].view] if columns == "all" else list(columns)

    def protocols(self, table: str) -> list[str]:
        """The protocols of a table: its own, or the config's."""
        return list(self.raw["tables"][table].get("protocols", self.raw["protocol"]))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table with their `number`, and `train: each` expanded to one row a corpus and `others`."""
        rows: list[dict[str, Any]] = []
        for number, row in enumerate(self.raw["tables"][table]["rows"], start=1):
            row = {**row, "number": number}
            if row.get("train") == "each":
                own = {**row, "each": True}
                rows += [{**own, "train": c, "label": self.corpora[c].title} for c in self.columns(table)]
                rows.append({**own, "train": "others", "label": "all others"})
            else:
                rows.append(row)
        return rows

    def cells(self, table: str) -> list[Cell]:
        """All cells of a table, row by row."""
        if table not in self._cells:
            self._cells[table] = self._expand_cells(table)
        return self._cells[table]

    def _expand_cells(self, table: str) -> list[Cell]:
        cells = []
        for number, row in enumerate(self.rows(table)):
            paper = row.get("paper") or [None] * len(self.columns(table))
            for protocol in self.protocols(table):
                for column, value in zip(self.columns(table), paper, strict=True):
                    train = None if row.get("quoted") else self.resolve(row["train"], column)
                    run = Run(protocol, row["system"], train, column) if train else None
                    cells.append(Cell(number, column, protocol, value, run))
        return cells

    def tables_all(self) -> list[str]:
        """The tables of the default target."""
        return [t for t, entry in self.raw["tables"].items() if entry.get("default", True)]

    def runs(self, tables: list[str] | None = None) -> list[Run]:
        """The distinct runs of some tables (all by default), sorted."""
        names = list(self.raw["tables"]) if tables is None else tables
        return sorted({cell.run for t in names for cell in self.cells(t) if cell.run})

    def components(self, run: Run) -> dict[str, Run]:
        """What a combining system combines: `language` (first pass) and one run for each language or corpus."""
        system = self.systems[run.system]
        by_language = system.combine in LANGUAGE_FIRST
        (stage,) = run.train.stages
        parts: dict[str, list[str]] = {}
        for corpus in stage:
            parts.setdefault(self.corpora[corpus].language if by_language else corpus, []).append(corpus)
        runs = {
            key: Run(run.protocol, system.emotion_system, TrainSet((tuple(sorted(corpora)),)), run.test)
            for key, corpora in sorted(parts.items())
        }
        if by_language:
            runs = {"language": Run(run.protocol, system.language_system, run.train, run.test), **runs}
        return runs

    def _check_tables(self, problems: list[str]) -> None:
        for protocol in self.raw["protocol"]:
            if protocol not in self.raw["protocols"]:
                problems.append(f"protocol: {protocol!r} is not one of `protocols`")
        for name, table in self.raw["tables"].items():
            key = f"tables.{name}"
            before = len(problems)
            for column in [] if table["columns"] == "all" else table["columns"]:
                if column not in self.corpora:
                    problems.append(f"{key}.columns: unknown corpus {column!r}")
            for protocol in table.get("protocols", []):
                if protocol not in self.raw["protocols"]:
                    problems.append(f"{key}.protocols: {protocol!r} is not one of `protocols`")
            for number, row in enumerate(table["rows"], start=1):
                problems += [f"{key}, row {number}: {p}" for p in self._row_problems(row, table)]
            if len(problems) == before:
                problems += [f"{key}: {p}" for p in self._same_labels(name)]
                found = (p for run in self.runs([name]) for p in self.run_problems(run))
                problems += [p if p.startswith("corpora.") else f"{key}: {p}" for p in found]

    def label(self, row: Mapping[str, Any]) -> str:
        """What a row is called wherever its table is shown."""
        return str(row.get("label") or f"{row['system']}, trained on {row['train']}")

    def _same_labels(self, table: str) -> Iterator[str]:
        """Rows that share a label: what shows a table finds its lines by it."""
        first: dict[str, str] = {}
        for row in self.rows(table):
            train = row.get("train", "")
            own = f"row {row['number']}" + (f" (trained on {train})" if row.get("each") else "")
            if (other := first.setdefault(self.label(row), own)) != own:
                advice = "give the corpora different titles" if row.get("each") else "give each a `label` of its own"
                yield f"{other} and {own} are both called {self.label(row)!r}; {advice}"

    def _row_problems(self, row: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[str]:
        if row.get("paper") and table["columns"] != "all" and len(row["paper"]) != len(table["columns"]):
            values, columns = len(row["paper"]), len(table["columns"])
            yield f"paper has {values} values for {columns} columns; write null where the paper has none"
        if row.get("quoted"):
            if not row.get("paper") or not row.get("label"):
                yield "a quoted row needs `label` and `paper`"
            return
        for wanted in ("system", "train"):
            if wanted not in row:
                yield f"`{wanted}` is missing"
                return
        if row["system"] not in self.systems:
            yield f"unknown system {row['system']!r}{suggest(row['system'], self.systems)}"
        if row["train"] != "each" and (wrong := trainsets.check(row["train"], self.corpora)):
            yield f"train: {wrong}"

    def run_problems(self, run: Run) -> list[str]:
        """What a run cannot do, although each of its parts is right."""
        if run not in self._problems:
            self._problems[run] = list(self._run_problems(run))
        return self._problems[run]

    def _run_problems(self, run: Run) -> Iterator[str]:
        system = self.systems[run.system]
        if self.raw["protocols"].get(run.protocol, {}).get("kind") == "paper":
            for corpus in sorted({*run.train.corpora, run.test}):
                if self.corpora[corpus].test is None:
                    yield (
                        f"corpora.{corpus}.paper.test is missing: protocol {run.protocol!r} needs held-out speakers; "
                        "give their names or their number, such as `paper: {test: 2}`, or use `protocol: [speakers]`"
                    )
        if not system.combine:
            yield from self.training_problems(run.system, run.train, run.test)
        elif len(run.train.stages) > 1:
            yield f"system {run.system!r} combines others and cannot be fine-tuned ({run.train.name})"
        else:
            for part in self.components(run).values():
                yield from self.run_problems(part)

    def training_problems(self, system: str, train: TrainSet, *tested: str) -> Iterator[str]:
        """Yield why a system with a model of its own cannot be trained on a training set and tested on some corpora."""
        entry, what = self.systems[system], "/".join((system, train.name, *tested))
        if len(train.stages) > 1 and not load_module(entry.model).EPOCHS:
            yield f"system {system!r}: model {entry.model!r} cannot be fine-tuned ({train.name})"
        corpora = {*train.corpora, *tested}
        if absent := sorted(c for c in corpora if self.corpora[c].root is None):
            yield f"{what}: corpora.{absent[0]}.root is null; give the folder of the corpus, or `practice`"
        audio = {self.corpora[c].audio for c in corpora}
        if len(audio) < len(corpora):
            yield f"{what}: a corpus and a view of it share speakers; use one of them"
        for part in self.raw["features"][entry.features].get("of", [entry.features]):
            feature = self.raw["features"][part]
            if feature["extractor"] == "scp" and (missing := audio - set(feature["scp"])):
                yield f"features.{part}.scp has no entry for {', '.join(sorted(missing))} ({what})"
