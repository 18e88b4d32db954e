"""config.yaml as typed objects, cross-checked, and the expansion of tables into runs.

Everything that is wrong with a config is reported at once, each with its key.
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from xser import trainsets
from xser.corpora import labels
from xser.corpora.base import load_reader
from xser.corpora.practice import SUPPORTED
from xser.errors import InputError, raise_all
from xser.features.base import complete, load_extractor
from xser.models.base import load_module
from xser.trainsets import TrainSet

SCHEMA = Path(__file__).parents[2] / "schemas" / "config.schema.json"
PRACTICE = "practice"
PRACTICE_ROOT = "results/practice"
DERIVED = ("paste", "scp")  # extractors that read archives, not audio
LANGUAGE_FIRST = ("two_pass", "select_language")  # combinations that identify the language first
CLASS_HEADS = ("emotion", "language", "gender", "corpus", "naturalness")
VALUE_HEADS = ("arousal", "valence", "dominance")


@dataclass(frozen=True)
class Corpus:
    """One corpus, or a view of one: other labels over the same audio and features."""

    id: str
    title: str
    reader: str
    root: str | None
    language: str
    options: Mapping[str, Any]
    mapping: Mapping[str, str | None]
    select: Mapping[str, Any]
    emotions: tuple[str, ...]
    test: Any
    dev: Any
    paper_n: int | None
    practice: bool
    view: str | None = None

    @property
    def audio(self) -> str:
        """The id under which data directory and features lie."""
        return self.view or self.id


@dataclass(frozen=True)
class System:
    """Features + model + heads, or a combination of other systems' predictions."""

    id: str
    features: str = ""
    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    finetune: Mapping[str, Any] = field(default_factory=dict)
    heads: Mapping[str, float] = field(default_factory=lambda: {"emotion": 1.0})
    normalise: str = "global"
    combine: str = ""
    emotion_system: str = ""
    language_system: str = ""
    title: str = ""


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
        return f"{self.protocol}/{self.system}/{self.train.name}/{self.test}"


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

    def __init__(self, raw: Mapping[str, Any]) -> None:
        _check_schema(raw)
        self.raw = raw
        problems: list[str] = []
        self._cells: dict[str, list[Cell]] = {}  # of each table, once asked for: many rules and jobs ask
        self.emotions: tuple[str, ...] = tuple(raw["emotions"])
        self.corpora = {c.id: c for c in self._read_corpora(raw["corpora"], problems)}
        self.systems = {c.id: c for c in self._read_systems(raw["systems"], problems)}
        self._check_features(problems)
        if not problems:
            self._check_tables(problems)
        raise_all("config.yaml cannot be used", problems)

    # -- corpora ---------------------------------------------------------------------------------------------------

    def _read_corpora(self, entries: Mapping[str, Any], problems: list[str]) -> Iterator[Corpus]:
        for name, entry in entries.items():
            if view := entry.get("view"):
                if view not in entries or "view" in entries[view]:
                    problems.append(f"corpora.{name}.view: {view!r} is not a corpus with a root of its own")
                    continue
                if clash := {"root", "reader", "language"} & set(entry):
                    problems.append(f"corpora.{name}: a view takes {', '.join(sorted(clash))} from its corpus; remove")
            elif "root" not in entry:
                problems.append(f"corpora.{name}.root: give the folder of the corpus, `practice`, or null")
                continue
            merged = {**entries[view], **{"options": {}}, **entry} if view else entry
            try:
                reader = load_reader(reader_name := merged.get("reader", view or name))
                options = (
                    {**entries[view].get("options", {}), **entry.get("options", {})}
                    if view
                    else entry.get("options", {})
                )
                mapping, select, read_options = labels.resolve(reader, options, merged.get("mapping"))
            except InputError as error:
                problems.append(f"corpora.{name}: {error}")
                continue
            emotions = tuple(entry.get("emotions", self.emotions))
            problems += [
                f"corpora.{name}.emotions: {e!r} is not among `emotions`" for e in emotions if e not in self.emotions
            ]
            root, practice = merged["root"], merged["root"] == PRACTICE
            if practice and reader_name not in SUPPORTED:
                problems.append(f"corpora.{name}.root: there is no practice corpus for reader {reader_name!r}")
            if root is not None and not practice and not Path(root).expanduser().is_dir():
                problems.append(
                    f"corpora.{name}.root: {root} is not a folder; give the folder where the corpus lies, "
                    "`practice` for a synthetic stand-in, or null to leave the corpus out"
                )
            language = merged.get("language") or reader.LANGUAGE
            paper = merged.get("paper", {})
            yield Corpus(
                id=name,
                title=entry.get("title", name),
                reader=reader_name,
                root=f"{PRACTICE_ROOT}/{reader_name}" if practice else root and str(Path(root).expanduser()),
                language=language,
                options={**read_options, **({"language": language} if "language" in reader.OPTIONS else {})},
                mapping=mapping,
                select=select,
                emotions=emotions,
                test=paper.get("test"),
                dev=paper.get("dev"),
                paper_n=paper.get("n"),
                practice=practice,
                view=view,
            )

    @cached_property
    def pool(self) -> list[str]:
        """The corpora that `all` stands for: those with a root, views left out."""
        return sorted(c.id for c in self.corpora.values() if c.root is not None and not c.view)

    def family(self, corpus: str) -> str:
        """The language family of a corpus, as the config's `languages` say; its own language if they do not."""
        language = self.corpora[corpus].language
        return self.raw["languages"].get(language, {}).get("family", language)

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
        entry = dict(self.raw["features"][name])
        extractor = entry.pop("extractor")
        if extractor in DERIVED:
            return {"extractor": extractor, **entry}
        return {"extractor": extractor, "parameters": complete(extractor, load_extractor(extractor).PARAMETERS, entry)}

    def _check_features(self, problems: list[str]) -> None:
        for name, entry in self.raw["features"].items():
            key = f"features.{name}"
            if entry["extractor"] == "paste":
                for part in entry.get("of", ()):
                    if part not in self.raw["features"] or self.raw["features"][part]["extractor"] == "paste":
                        problems.append(f"{key}.of: {part!r} is not a feature set that can be pasted")
                if len(entry.get("of", ())) < 2 or set(entry) != {"extractor", "of"}:
                    problems.append(f"{key}: paste needs `of: [a, b]` and nothing else")
            elif entry["extractor"] == "scp":
                if set(entry) != {"extractor", "scp"} or not isinstance(entry.get("scp"), Mapping):
                    problems.append(f"{key}: scp needs `scp: {{corpus: path of a Kaldi scp}}` and nothing else")
                    continue
                for corpus, path in entry["scp"].items():
                    if corpus not in self.corpora:
                        problems.append(f"{key}.scp: unknown corpus {corpus!r}")
                    if not Path(path).is_file():
                        problems.append(f"{key}.scp.{corpus}: there is no file {path}")
            else:
                try:
                    load_extractor(entry["extractor"]).check(self.feature(name)["parameters"])
                except InputError as error:
                    problems.append(f"{key}: {error}")

    def _read_systems(self, entries: Mapping[str, Any], problems: list[str]) -> Iterator[System]:
        for name, entry in entries.items():
            key = f"systems.{name}"
            if "combine" in entry:
                for part in ("emotion_system", "language_system"):
                    if (other := entry.get(part)) and ("combine" in entries.get(other, {"combine": 1})):
                        problems.append(f"{key}.{part}: {other!r} is not a system with a model of its own")
                if entry["combine"] in LANGUAGE_FIRST and not entry.get("language_system"):
                    problems.append(f"{key}: {entry['combine']} needs a `language_system`, one with a language head")
                yield System(id=name, **entry)
                continue
            if entry["features"] not in self.raw["features"]:
                problems.append(f"{key}.features: there is no feature set {entry['features']!r} in `features`")
            try:
                module = load_module(entry["model"])
            except InputError as error:
                problems.append(f"{key}.model: {error}")
                continue
            defaults = self.raw["models"].get(entry["model"], {})
            problems += _unknown(f"models.{entry['model']}", defaults, module.PARAMETERS)
            problems += _unknown(f"{key}.parameters", entry.get("parameters", {}), module.PARAMETERS)
            problems += _unknown(f"{key}.finetune", set(entry.get("finetune", {})) - {"scaling"}, module.PARAMETERS)
            heads = entry.get("heads", {"emotion": 1.0})
            problems += _unknown(f"{key}.heads", heads, (*CLASS_HEADS, *VALUE_HEADS))
            if "emotion" not in heads:
                problems.append(f"{key}.heads: emotion is missing (weight 0 is allowed)")
            if len(heads) > 1 and not module.EPOCHS:
                problems.append(
                    f"{key}.heads: model {entry['model']!r} learns one task; use a neural model for several"
                )
            parameters = {**module.PARAMETERS, **defaults, **entry.get("parameters", {})}
            ordered = {
                "emotion": 1.0,
                **{h: heads[h] for h in sorted(heads)},
            }  # emotion is the first head, whatever the order
            yield System(id=name, **{**entry, "parameters": parameters, "heads": ordered})

    def seeds(self, system: str) -> list[int]:
        """The seeds that a system is trained with: those of the config, or one where a seed changes nothing."""
        return list(self.raw["seeds"]) if load_module(self.systems[system].model).SEEDED else [0]

    def transductive(self, run: Run) -> str:
        """Say what unlabelled data of the tested corpus a run uses; empty if none."""
        system = self.systems[run.system]
        if system.combine == "select_language":
            return "the language is chosen over all tested utterances, unlabelled"
        system = self.systems[system.emotion_system] if system.combine else system
        if system.normalise == "speaker":
            return "each speaker normalised by own unlabelled statistics, test speakers included"
        if system.normalise == "corpus" and run.test not in run.train.corpora:
            return "normalised by unlabelled statistics of the tested corpus (its non-test speakers)"
        return ""

    # -- tables ----------------------------------------------------------------------------------------------------

    def columns(self, table: str) -> list[str]:
        """The tested corpora of a table."""
        columns = self.raw["tables"][table]["columns"]
        return [c for c in self.corpora if not self.corpora[c].view] if columns == "all" else list(columns)

    def protocols(self, table: str) -> list[str]:
        """The protocols of a table: its own, or the config's."""
        return list(self.raw["tables"][table].get("protocols", self.raw["protocol"]))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, with `train: each` expanded to one row a corpus and `others`."""
        rows: list[dict[str, Any]] = []
        for row in self.raw["tables"][table]["rows"]:
            if row.get("train") == "each":
                rows += [{**row, "train": c, "label": self.corpora[c].title} for c in self.columns(table)]
                rows.append({**row, "train": "others", "label": "all others"})
            else:
                rows.append(dict(row))
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
                problems += [f"{key}: {p}" for run in self.runs([name]) for p in self._run_problems(run)]

    def _row_problems(self, row: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[str]:
        if row.get("paper") and table["columns"] != "all" and len(row["paper"]) != len(table["columns"]):
            yield f"paper has {len(row['paper'])} values for {len(table['columns'])} columns"
        if row.get("quoted"):
            if not row.get("paper") or not row.get("label"):
                yield "a quoted row needs `label` and `paper`"
            return
        for wanted in ("system", "train"):
            if wanted not in row:
                yield f"`{wanted}` is missing"
                return
        if row["system"] not in self.systems:
            yield f"unknown system {row['system']!r}{_suggest(row['system'], self.systems)}"
        if row["train"] != "each" and (wrong := trainsets.check(row["train"], self.corpora)):
            yield f"train: {wrong}"

    def _run_problems(self, run: Run) -> Iterator[str]:
        """What a run cannot do, although each of its parts is right."""
        system = self.systems[run.system]
        if system.combine:
            if len(run.train.stages) > 1:
                yield f"system {run.system!r} combines others and cannot be fine-tuned ({run.train.name})"
            elif run.system != system.emotion_system:
                for part in self.components(run).values():
                    yield from self._run_problems(part)
            return
        if len(run.train.stages) > 1 and not load_module(system.model).EPOCHS:
            yield f"system {run.system!r}: model {system.model!r} cannot be fine-tuned ({run.train.name})"
        audio = [self.corpora[c].audio for c in {*run.train.corpora, run.test}]
        if len(set(audio)) < len(audio):
            yield f"{run.key}: a corpus and a view of it share speakers; use one of them"
        feature = self.raw["features"][system.features]
        parts = feature.get("of", [system.features])
        for part in parts:
            if self.raw["features"][part]["extractor"] == "scp":
                missing = set(audio) - set(self.raw["features"][part]["scp"])
                if missing:
                    yield f"features.{part}.scp has no entry for {', '.join(sorted(missing))} ({run.key})"


def _check_schema(raw: Mapping[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    problems = []
    for error in sorted(Draft202012Validator(schema).iter_errors(raw), key=lambda e: [str(p) for p in e.absolute_path]):
        key = ".".join(map(str, error.absolute_path)) or "top level"
        message = error.message if len(error.message) < 300 else error.message[:300] + " ..."
        if error.validator == "additionalProperties":
            for unknown in re.findall(r"'([^']+)'", error.message):
                message = f"unknown key {unknown!r}{_suggest(unknown, error.schema.get('properties', {}))}"
                problems.append(f"{key}: {message}")
        else:
            problems.append(f"{key}: {message}")
    raise_all("config.yaml cannot be used", problems, "see config.yaml of the repository for every key and its meaning")


def _unknown(key: str, given: Any, known: Any) -> list[str]:
    return [
        f"{key}: unknown key {g!r}{_suggest(g, known)}; known: {', '.join(sorted(known))}"
        for g in given
        if g not in known
    ]


def _suggest(word: str, known: Any) -> str:
    close = difflib.get_close_matches(str(word), list(map(str, known)), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
