"""What each rule needs: its input files and its one parameter, worked out from the config and the wildcards.

Parameters are dicts of builtins with sorted keys (Snakemake compares their `repr`) and hold exactly what the script
needs, so that nothing else in the config reruns it.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from xser import paths
from xser.config.entries import Corpus
from xser.config.study import Cell, Run, Study
from xser.config.trainsets import CHAIN, TrainSet
from xser.corpora import practice
from xser.corpora.base import input_files, load_reader, matching
from xser.errors import InputError, raise_all
from xser.features.base import load_extractor
from xser.imports import code
from xser.models.base import load_model

MIN_SAMPLES = 3_200  # at 16 kHz; all extractors here can take it, so that a further feature set rereads no corpus


def ordered(value: Any) -> Any:
    """Return builtins only, dicts with sorted keys, tuples as lists: equal values have equal `repr`."""
    if isinstance(value, Mapping):
        return {str(k): ordered(value[k]) for k in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [ordered(v) for v in value]
    return value


class Plan:
    """Inputs and parameters of the rules."""

    def __init__(self, config: Study) -> None:
        self.config = config
        self._runs: dict[tuple[str, str, str, str], Run] = {}  # those asked for, once they are checked
        self._trainable: set[tuple[str, str]] = set()  # (system, training set), likewise
        self._trainsets: dict[str, TrainSet] = {}
        self._found: dict[str, list[str]] = {}  # files of each corpus, once they are looked for
        for run in config.runs():
            for train in [run.train, *(r.train for r in config.trainings(run))]:
                self._trainsets |= {stage.name: stage for stage in train.chain}

    @staticmethod
    def one_of(ids: Iterable[str]) -> str:
        """A wildcard constraint: one of these ids."""
        return "|".join(re.escape(i) for i in ids) or "(?!)"

    def trainset(self, name: str) -> TrainSet:
        """The training set of a path; also one that no table of the config names."""
        if name not in self._trainsets:
            stages = tuple(tuple(sorted(stage.split("+"))) for stage in name.split(CHAIN))
            unknown = sorted({c for stage in stages for c in stage} - set(self.config.corpora))
            if unknown:
                raise InputError(f"training set {name}: unknown corpus {', '.join(unknown)}")
            self._trainsets[name] = TrainSet(stages)
        return self._trainsets[name]

    # -- corpora ---------------------------------------------------------------------------------------------------

    def audio(self, corpus: str) -> str:
        """The corpus whose audio and features a corpus uses (itself, unless it is a view)."""
        return self.config.corpora[corpus].audio

    def own_audio(self) -> list[str]:
        """The corpora with audio of their own."""
        return [c.id for c in self.config.corpora.values() if not c.view]

    def practice_readers(self) -> list[str]:
        """The readers for which a practice corpus is to be spoken."""
        return sorted({c.reader for c in self.config.corpora.values() if c.practice})

    @staticmethod
    def practice_files(reader: str) -> list[str]:
        """All files of a practice corpus."""
        return [f"{paths.practice(reader)}/{path}" for path in practice.files(reader)]

    def _with_root(self, corpus: str) -> Corpus:
        entry = self.config.corpora[corpus]
        if entry.root is None:
            raise InputError(
                f"corpora.{corpus}.root is null", hint="set it to the folder of the corpus, or to practice"
            )
        return entry

    def _files(self, corpus: str) -> list[str]:
        """All files of a corpus that its reader knows, links that lead nowhere included."""
        entry = self._with_root(corpus)
        if corpus not in self._found:
            self._found[corpus] = input_files(load_reader(entry.reader), str(entry.root), entry.options)
        return self._found[corpus]

    def corpus_files(self, corpus: str) -> list[str]:
        """All files a reader reads, below the root of its corpus; where there are none, reading says so."""
        entry = self._with_root(corpus)
        if entry.practice:
            files = matching(practice.files(entry.reader), load_reader(entry.reader).files)
            return [f"{entry.root}/{path}" for path in files]
        return [path for path in self._files(corpus) if os.path.isfile(path)]

    def dangling_files(self, corpus: str) -> list[str]:
        """The files of a corpus that are links that lead nowhere, relative to its root.

        As inputs they would be missing, and where there are results of a former run, Snakemake would then leave out
        the reading and go on with those; so reading is told their names, and reports them.
        """
        entry = self._with_root(corpus)
        if entry.practice:
            return []
        start = len(os.path.join(str(entry.root), ""))
        return [path[start:] for path in self._files(corpus) if not os.path.isfile(path)]

    def check_files(self) -> None:
        """Raise an InputError for files of corpora that Snakemake would take for patterns, and so for missing."""
        corpora = [c for c in self.config.corpora.values() if c.root is not None and not c.practice and not c.view]
        raise_all(
            "file names with { or }, which Snakemake takes for wildcards",
            (path for c in corpora for path in self._files(c.id) if {"{", "}"} & set(path)),
            "rename them, or link the corpus into another folder under other names",
        )

    def reader_code(self, corpus: str) -> list[str]:
        """The code that reads a corpus."""
        return code("read_corpus.py", f"xser/corpora/{self.config.corpora[corpus].reader}.py")

    def min_samples(self) -> int:
        """The shortest utterance that every feature set can take: those here, and those that the config names."""
        extractors = (load_extractor(self.config.features[n].extractor) for n in self.extracted())
        return max([MIN_SAMPLES, *(e.min_samples for e in extractors)])

    def read_settings(self, corpus: str) -> dict[str, Any]:
        """Parameter of rule read_corpus."""
        entry = self._with_root(corpus)
        return ordered(
            {
                "corpus": corpus,
                "dangling": self.dangling_files(corpus),
                "min_samples": self.min_samples(),
                "on_bad_audio": self.config.on_bad_audio,
                "options": entry.options,
                "reader": entry.reader,
                "root": entry.root,
            }
        )

    def map_settings(self, corpus: str) -> dict[str, Any]:
        """Parameter of rule map_emotions."""
        entry = self.config.corpora[corpus]
        return ordered(
            {
                "corpus": corpus,
                "emotions": entry.emotions,
                "mapping": entry.mapping,
                "root": self._with_root(corpus).root,
                "select": entry.select,
            }
        )

    def card_settings(self, corpus: str) -> dict[str, Any]:
        """Parameter of rule describe_corpus."""
        entry = self.config.corpora[corpus]
        return ordered({"corpus": corpus, "practice": entry.practice, "reader": entry.reader, "root": entry.root})

    # -- features --------------------------------------------------------------------------------------------------

    def extracted(self) -> list[str]:
        """The feature sets that are computed from audio."""
        return [f.id for f in self.config.features.values() if f.computed]

    def derived(self, extractor: str) -> list[str]:
        """The feature sets that are pasted or imported."""
        return [f.id for f in self.config.features.values() if f.extractor == extractor]

    def extractor_code(self, features: str) -> list[str]:
        """The code that computes a feature set."""
        return code("extract_features.py", f"xser/features/{self.config.features[features].extractor}.py")

    def extract_settings(self, features: str, corpus: str, shard: int | None = None) -> dict[str, Any]:
        """Parameter of rule extract_features."""
        entry = self.config.features[features]
        return ordered(
            {
                "corpus": corpus,
                "extractor": entry.extractor,
                "parameters": entry.parameters,
                "root": self._with_root(corpus).root,
                "shard": None if shard is None else [shard, self.config.shards],
            }
        )

    # -- splits ----------------------------------------------------------------------------------------------------

    def split_settings(self, protocol: str, corpus: str) -> dict[str, Any]:
        """Parameter of rule split_corpus."""
        entry = self.config.corpora[corpus]
        wanted = self.config.protocols[protocol]
        return ordered(
            {
                "corpus": entry.audio,
                "dev": entry.dev if wanted.paper_speakers else None,
                "protocol": wanted.settings(),
                "test": entry.test if wanted.paper_speakers else None,
            }
        )

    # -- training and prediction -----------------------------------------------------------------------------------

    def corpus_inputs(self, system: str, protocol: str, corpora: Iterable[str]) -> dict[str, list[str]]:
        """Features, labels and split of some corpora, as training and prediction read them."""
        corpora = list(corpora)
        features = self.config.systems[system].features
        return {
            "scp": [paths.features(features, self.audio(c), "scp") for c in corpora],
            "ark": [paths.features(features, self.audio(c), "ark") for c in corpora],
            "utterances": [paths.corpus(self.audio(c), "utterances.tsv") for c in corpora],
            "utt2emo": [paths.corpus(c, "utt2emo") for c in corpora],
            "split": [paths.split(protocol, c) for c in corpora],
        }

    def train_inputs(self, protocol: str, system: str, train: str) -> dict[str, Any]:
        """Named inputs of rule train_models; an InputError where what the path asks for cannot be trained."""
        trainset = self.trainset(train)
        if (system, train) not in self._trainable:
            raise_all(f"{system} cannot be trained on {train}", list(self.config.training_problems(system, trainset)))
            self._trainable.add((system, train))
        inputs: dict[str, Any] = self.corpus_inputs(system, protocol, trainset.stages[-1])
        if trainset.before:
            inputs["start"] = paths.models(protocol, system, trainset.before.name)
        return inputs

    def train_settings(self, system: str, train: str, part: int = 0, parts: int = 1) -> dict[str, Any]:
        """Parameter of rule train_models."""
        entry = self.config.systems[system]
        trainset = self.trainset(train)
        return ordered(
            {
                "corpora": trainset.stages[-1],
                "emotions": self.config.emotions,
                "heads": list(entry.heads.items()),
                "model": entry.model,
                "normalise": entry.normalise,
                "parameters": self.config.stage_parameters(system, trainset),
                "part": [part, parts],
                "scaling": entry.finetune.get("scaling", "keep") if trainset.before else "refit",
                "seeds": self.config.seeds_of(system),
                "system": system,
                "train": train,
            }
        )

    def training_threads(self, protocol: str, system: str, train: str) -> int:
        """How many folds and seeds are trained side by side, at most.

        One for practice corpora (starting a process costs more than a training) and for models that are trained in
        seconds but may need gigabytes.
        """
        corpora = self.trainset(train).corpora
        if not load_model(self.config.systems[system].model).epochs or self.config.corpora[corpora[0]].practice:
            return 1
        folds = self.config.protocols[protocol].most_folds or 16
        return min(16, len(self.config.seeds_of(system)) * folds)

    def gpu_resources(self) -> dict[str, Any]:
        """Resources of training jobs: with the config's `gpu: true` neural models ask SLURM for one GPU."""
        if not self.config.gpu:
            return {}
        return {"gres": lambda w: "gpu:1" if load_model(self.config.systems[w.system].model).epochs else ""}

    def model_code(self, script: str, system: str) -> list[str]:
        """The code of a script that trains or uses the model of a system."""
        return code(script, f"xser/models/{self.config.systems[system].model}.py")

    def modelled(self) -> list[str]:
        """The systems with a model of their own."""
        return [s.id for s in self.config.systems.values() if not s.combine]

    def combined(self) -> list[str]:
        """The systems that combine others' predictions."""
        return [s.id for s in self.config.systems.values() if s.combine]

    def run(self, protocol: str, system: str, train: str, test: str) -> Run:
        """The run of a path; an InputError where it is one that no table could ask for."""
        key = (protocol, system, train, test)
        if key not in self._runs:
            run = Run(protocol, system, self.trainset(train), test)
            raise_all(f"{run.key} cannot be run", self.config.run_problems(run))
            self._runs[key] = run
        return self._runs[key]

    def check_path(self, path: str) -> None:
        """Raise an InputError, naming the path, if what it asks for cannot be trained or run; see paths.RUN."""
        if not (match := paths.RUN.fullmatch(path)):
            return
        try:  # of what has unknown ids Snakemake says that nothing makes it
            if match["test"] is None and match["system"] in self.modelled():
                self.train_inputs(match["protocol"], match["system"], match["train"])
            elif match["system"] in self.config.systems and match["test"] in self.config.corpora:
                self.run(*match.group("protocol", "system", "train", "test"))
        except InputError as error:
            raise InputError(f"{path} is asked for. {error.what}", error.offenders, error.hint) from None

    def predict_inputs(self, protocol: str, system: str, train: str, test: str) -> dict[str, list[str]]:
        """Named inputs of rule predict_emotions, but for the models; an InputError as of `run`."""
        run = self.run(protocol, system, train, test)
        return self.corpus_inputs(run.system, run.protocol, [run.test])

    def component_inputs(self, run: Run) -> list[str]:
        """The predictions that a combining system reads."""
        return [paths.predictions(*part.ids) for part in self.config.components(run).values()]

    def combine_settings(self, run: Run) -> dict[str, Any]:
        """Parameter of rule combine_predictions."""
        system = self.config.systems[run.system]
        return ordered(
            {
                "combine": system.combine,
                "components": list(self.config.components(run)),
                "emotions": self.config.emotions,
            }
        )

    # -- scores and tables -----------------------------------------------------------------------------------------

    def score_settings(self, run: Run) -> dict[str, Any]:
        """Parameter of rule score_predictions."""
        corpora = [self.config.corpora[c] for c in {*run.train.corpora, run.test}]
        return ordered(
            {
                **self._intervals(),
                "oracle": self.config.oracle(run),
                "practice": any(c.practice for c in corpora),
                "protocol": run.protocol,
                "system": run.system,
                "test": run.test,
                "train": run.train.name,
                "transductive": self.config.transductive(run),
            }
        )

    def table_runs(self, table: str) -> list[Run]:
        """The distinct runs of a table, sorted."""
        return self.config.runs([table])

    def table_corpora(self, table: str) -> list[str]:
        """The corpora that the runs of a table are trained or tested on, sorted."""
        return sorted({c for run in self.table_runs(table) for c in (*run.train.corpora, run.test)})

    def table_settings(self, table: str) -> dict[str, Any]:
        """Parameter of the rules that show a table."""
        entry = self.config.tables[table]
        columns = entry.columns
        runs = {run: i for i, run in enumerate(self.table_runs(table))}

        def cell(c: Cell) -> dict[str, Any]:
            return {
                "row": c.row,
                "column": c.column,
                "protocol": c.protocol,
                "paper": c.paper,
                "score": None if c.run is None else runs[c.run],
            }

        return ordered(
            {
                "table": table,
                "caption": entry.caption,
                "columns": columns,
                "titles": {c: self.config.corpora[c].title for c in columns},
                "protocols": {p: self.config.protocols[p].settings() for p in entry.protocols},
                "rows": [
                    {
                        "label": row.label,
                        "paper_oracle": row.paper_oracle,
                        "published": row.published,
                        "system": row.system,
                        "train": row.train,
                    }
                    for row in entry.rows
                ],
                "cells": [cell(c) for c in self.config.cells(table)],
                "paper_n": {c: self.config.corpora[c].paper_n for c in columns},
                "practice": [c for c in columns if self.config.corpora[c].practice],
            }
        )

    def compare_settings(self, table: str) -> dict[str, Any]:
        """Parameter of rule compare_systems: what of a table its comparisons show."""
        settings = self.table_settings(table)
        cells = [{k: v for k, v in cell.items() if k != "paper"} for cell in settings["cells"]]
        rows = [{k: v for k, v in row.items() if k != "paper_oracle"} for row in settings["rows"]]
        kept = {k: settings[k] for k in ("columns", "protocols", "table", "titles")}
        return ordered({**kept, **self._intervals(), "cells": cells, "rows": rows})

    def _intervals(self) -> dict[str, Any]:
        """The level of the intervals and the number of bootstrap samples."""
        return asdict(self.config.intervals)

    def tested_left_out(self, table: str) -> list[str]:
        """The lists of what was left out of the tested corpora of a table."""
        corpora = {self.audio(run.test) for run in self.table_runs(table)}
        return [paths.corpus(c, "left_out.tsv") for c in sorted(corpora)]
