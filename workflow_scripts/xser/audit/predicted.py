"""The audit of predictions: each is made again by its archive's models, or combined again, and held against the file.

Only a model's own `load` and `predict` are those of the software: a network cannot be run without its code. Which
utterances a model is asked for, their scaling, the fold's model, and how systems are combined is written here again.
"""

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from xser.adaptation.base import apply
from xser.audit.adaptation import AdaptationAudit
from xser.audit.checks import Audit, wrong_predictions
from xser.audit.given import Given
from xser.audit.scaling import scalers
from xser.audit.spoken import Spoken
from xser.errors import InputError
from xser.files import read_tsv
from xser.models.base import FittedModel, load_model

TOLERANCE = 2e-6  # two units of the last printed digit: other batches and other processors round float32 differently
TIE = 1e-3  # weight of the mean probability beside the votes
ENDS = {True: ("_truth", "_prediction"), False: ("_true_value", "_predicted_value")}  # of classes, of values
Rows = dict[tuple[str, str], dict[str, str]]  # by utterance and seed


class PredictionAudit:
    """The predictions of an audit; `settings["predictions"]` names all that models of their own made."""

    def __init__(self, audit: Audit, given: Given) -> None:
        self.audit, self.given = audit, given
        self.count: dict[Path, int] = {}
        """How many predictions of each file were made again."""

    def path(self, protocol: str, system: str, train: str, test: str) -> Path:
        """The file of a run."""
        return self.audit.results / "predictions" / protocol / system / train / f"{test}.tsv"

    # -- models ----------------------------------------------------------------------------------------------------

    def check(self, protocol: str, system: str, train: str, tests: Sequence[str]) -> list[str]:
        """Say which predictions on some corpora are not those of an archive; each of its models is run once."""
        settings, archive = self.audit.settings, self.audit.archive(protocol, system, train)
        manifest, features = self.audit.manifest(protocol, system, train), settings["systems"][system]["features"]
        adaptation = AdaptationAudit(self.audit, self.given)
        files = {test: _Compared(self.path(protocol, system, train, test), manifest["heads"]) for test in tests}
        problems = []
        for test, file in files.items():
            found = wrong_predictions(file.rows, self.audit.corpus(protocol, test), manifest["seeds"])
            problems += [f"{file.path}: {p}" for p in found]
        if problems:
            return problems
        for fold, scaler in enumerate(scalers(self.audit, protocol, system, train)):
            asked: list[tuple[str, Spoken]] = []
            inputs: list[np.ndarray] = []
            for test in tests:
                split = self.audit.corpus(protocol, test)
                for k in range(fold, len(split.parts), manifest["folds"]):
                    own = self.given.for_test(scaler, system, protocol, test, k)
                    for s, x in self.given.scaled(features, test, split.of(k, "test"), own):
                        asked.append((test, s))
                        inputs.append(x)
            method, fitted = adaptation.fitted(protocol, system, train, fold)
            inputs = apply(method.target, inputs, fitted) if method else inputs
            for seed in manifest["seeds"] if asked else ():
                try:
                    model = self.load(protocol, system, train, fold, seed)
                except InputError as error:
                    problems.append(f"{archive}, fold {fold}, seed {seed}: {error.what}")
                    continue
                problems += [f"{archive}, fold {fold}, seed {seed}: {p}" for p in self._other(model, system, train)]
                with threadpool_limits(1):
                    scores = model.predict(inputs)
                for i, (test, s) in enumerate(asked):
                    truth = {h["name"]: self.given.label(h["name"], test, s.utterance) for h in manifest["heads"]}
                    files[test].compare(s.utterance, seed, {name: y[i] for name, y in scores.items()}, truth)
        self.count |= {file.path: file.count for file in files.values()}
        return problems + [p for file in files.values() for p in file.problems(f"those of {archive}")]

    def load(self, protocol: str, system: str, train: str, fold: int, seed: int) -> FittedModel:
        """Return the model of a fold and a seed."""
        model = load_model(self.audit.manifest(protocol, system, train)["model"])
        with tempfile.TemporaryDirectory() as folder, self.audit.open(protocol, system, train) as source:
            path = Path(folder) / f"model{model.suffix}"
            path.write_bytes(source.read(f"fold{fold}/seed{seed}{model.suffix}"))
            return model.load(path)

    def _other(self, model: FittedModel, system: str, train: str) -> list[str]:
        """Say where a saved model has other parameters than the config gives it."""
        wanted = self.audit.settings["learning"][f"{system}/{train}"]["parameters"]
        found = model.parameters
        return [
            f"the model's {key} is {found.get(key)}, the config says {value}"
            for key, value in wanted.items()
            if _plain(found.get(key)) != _plain(value)
        ]

    # -- combinations ----------------------------------------------------------------------------------------------

    def check_combined(self, run: Mapping[str, Any]) -> list[str]:
        """Say which predictions of a combined run are not what its components' predictions give."""
        protocol, test = run["protocol"], run["test"]
        parts = {
            name: _indexed(read_tsv(self.path(protocol, system, train, test)))
            for name, (system, train) in run["components"].items()
        }
        models = {name: rows for name, rows in parts.items() if name != "language"}
        known = {c for rows in models.values() for row in rows.values() for c in _classes(row)}
        classes = [c for c in self.audit.settings["emotions"] if c in known]
        heads = [{"name": "emotion", "classes": classes}]
        language = run["combine"] != "vote"
        names = sorted({row["language_prediction"] for row in parts["language"].values()}) if language else []
        heads += [{"name": "language", "classes": names}] if language else []
        file = _Compared(self.path(protocol, run["system"], run["train"], test), heads)
        split = self.audit.corpus(protocol, test)
        for seed in run["seeds"]:
            for k in range(len(split.parts)):
                tested = split.of(k, "test")
                rows = [{name: _of(p, s.utterance, seed) for name, p in parts.items()} for s in tested]
                said = [row["language"]["language_prediction"] for row in rows] if language else []
                if run["combine"] == "select_language" and said:
                    counts = Counter(said)
                    said = [min(counts, key=lambda name: (-counts[name], name))] * len(said)
                for i, (s, row) in enumerate(zip(tested, rows, strict=True)):
                    if language:
                        scores = _probabilities(row[said[i]], classes)
                        found = {"emotion": scores, "language": np.array([float(name == said[i]) for name in names])}
                        truth = {"language": row["language"]["language_truth"]}
                    else:
                        each = [_probabilities(row[name], classes) for name in models]
                        votes = sum(np.eye(len(classes))[p.argmax()] for p in each)
                        found, truth = {"emotion": (votes + TIE * sum(each)) / (len(each) * (1 + TIE))}, {}
                    file.compare(s.utterance, seed, found, truth)
        self.count[file.path] = file.count
        return file.problems("what its components give")


class _Compared:
    """A file of predictions beside what was computed anew."""

    def __init__(self, path: Path, heads: Sequence[Mapping[str, Any]]) -> None:
        self.path, self.heads = path, heads
        self.rows = read_tsv(path)
        self._indexed = _indexed(self.rows)
        self._wrong: list[str] = []
        self.count = 0
        columns = [f"p_{c}" for c in heads[0]["classes"]]
        if self.rows and [c for c in self.rows[0] if c.startswith("p_")] != columns:
            self._wrong.append(f"its classes are not {' '.join(heads[0]['classes'])}")
        known = {f"{head['name']}{end}" for head in heads[1:] for end in ENDS[bool(head["classes"])]}
        said = {c for c in (self.rows[0] if self.rows else ()) if c.endswith((*ENDS[False], *ENDS[True]))}
        if said != known:
            self._wrong.append(f"{', '.join(sorted(said ^ known))}: its heads are not {[h['name'] for h in heads]}")

    def compare(self, utterance: str, seed: int, scores: Mapping[str, np.ndarray], truth: Mapping[str, str]) -> None:
        """Note where a line is not what an utterance's scores (classes,) or value of each head say."""
        self.count += 1
        row = self._indexed.get((utterance, str(seed)), {})
        try:
            wrong = next(filter(None, (self._differs(row, h, scores[h["name"]], truth) for h in self.heads)), None)
        except (KeyError, ValueError) as error:
            wrong = f"no line, column or number {error}"
        if wrong:
            self._wrong.append(f"{utterance}, seed {seed}: {wrong}")

    def _differs(
        self, row: Mapping[str, str], head: Mapping[str, Any], scores: np.ndarray, truth: Mapping[str, str]
    ) -> str | None:
        name, classes = head["name"], head["classes"]
        if name == "emotion":
            printed = np.array([float(row[f"p_{c}"]) for c in classes])
            if not np.all(np.abs(printed - scores) <= TOLERANCE):
                return f"probabilities {' '.join(f'{v:.6f}' for v in scores)}, the file has others"
            said = row["prediction"]
        elif not classes:
            if _number(row[f"{name}_true_value"]) != _number(truth[name]):
                return f"true {name} {truth[name]}, the file says {row[f'{name}_true_value']}"
            value = float(row[f"{name}_predicted_value"])
            near = abs(value - scores) <= TOLERANCE * max(1.0, abs(float(scores)))
            return None if near else f"{name} {float(scores):.6f}, the file says {value}"
        else:
            if row[f"{name}_truth"] != truth[name]:
                return f"true {name} {truth[name]}, the file says {row[f'{name}_truth']}"
            said = row[f"{name}_prediction"]
        best = int(np.argmax(scores))
        if said not in classes or scores[best] - scores[classes.index(said)] > 2 * TOLERANCE:
            return f"{name} {classes[best]}, the file says {said}"
        return None

    def problems(self, whose: str) -> list[str]:
        """One line that names what differs, if anything does."""
        count = len(self._wrong)
        return [f"{self.path}: {count} predictions are not {whose}, such as {self._wrong[0]}"] if count else []


def _indexed(rows: Sequence[dict[str, str]]) -> Rows:
    return {(row["utterance"], row["seed"]): row for row in rows}


def _of(rows: Rows, utterance: str, seed: int) -> dict[str, str]:
    """The line of an utterance and seed; of a system without randomness, which has one seed, that one."""
    return rows.get((utterance, str(seed))) or rows[utterance, "0"]


def _classes(row: Mapping[str, str]) -> list[str]:
    return [c.removeprefix("p_") for c in row if c.startswith("p_")]


def _probabilities(row: Mapping[str, str], classes: Sequence[str]) -> np.ndarray:
    return np.array([float(row.get(f"p_{c}", 0)) for c in classes])


def _number(text: str) -> float | None:
    return float(text) if text else None


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
