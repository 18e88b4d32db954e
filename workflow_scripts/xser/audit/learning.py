"""The audit of learning: the digests of what each model was given must be those of what it should have been given.

An archive's manifest says of each fold and seed, as a digest, which utterances with which targets and arrays were
given to `fit` as `train`, `dev` and `oracle`, which the scaling and the adaptation saw, and which model it started
from. Here all of them are made anew from splits, labels and features. Digests are of arrays that are scaled and not yet
adapted.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from xser.adaptation.base import apply
from xser.audit import optimum
from xser.audit.adaptation import AdaptationAudit
from xser.audit.checks import Audit
from xser.audit.frozen import moved
from xser.audit.given import VALUES, Given, group
from xser.audit.scaling import scalers
from xser.files import decoding
from xser.models.base import load_model
from xser.training.scaling import Scaler

ROLES = {
    "train": "what it learnt from",
    "dev": "what it chose on",
    "oracle": "the test utterances that it chose on",
    "scaling": "what its scaling saw",
    "unlabelled": "the unlabelled utterances that it adapted to",
    "start": "the model that it started from",
}


class LearningAudit:
    """What the models of an audit learnt from; `settings["learning"]` says which parts they may be given as what."""

    def __init__(self, audit: Audit, given: Given) -> None:
        self.audit, self.given = audit, given
        self.adaptation = AdaptationAudit(audit, given)

    def check(self, protocol: str, system: str, train: str) -> list[str]:
        """Say where the models of an archive learnt from others than they should."""
        path, manifest = self.audit.archive(protocol, system, train), self.audit.manifest(protocol, system, train)
        before = self.audit.settings["trainsets"][train]["before"]
        heads, folds = self._heads(protocol, system, train), self._folds(protocol, system, train)
        if manifest["heads"] != heads:
            return [f"{path}: heads is {manifest['heads']}, the labels and the config give {heads}"]
        if manifest["folds"] != folds:
            return [f"{path}: folds is {manifest['folds']}, the splits have {folds}"]
        problems = []
        for fold, scaler in enumerate(scalers(self.audit, protocol, system, train)):
            wanted = self._expected(protocol, system, train, fold, scaler)
            for seed in manifest["seeds"]:
                first = self._model(protocol, system, before, fold, seed)[1] if before else b""
                start = hashlib.sha256(first).hexdigest() if before else ""
                found = manifest.get("learnt", {}).get(f"fold{fold}/seed{seed}", {})
                wrong = [text for role, text in ROLES.items() if found.get(role) != {**wanted, "start": start}[role]]
                where = f"{path}, fold {fold}, seed {seed}"
                if wrong:
                    problems.append(f"{where}: not as config, split and features say: {'; '.join(wrong)}")
                elif why := self._unlike(protocol, system, train, fold, seed, scaler):
                    problems.append(f"{where}: not learnt from what its digests say, although they are right: {why}")
                elif first and (names := self._moved(first, protocol, system, train, fold, seed)):
                    problems.append(f"{where}: fine-tuning moved {', '.join(names)}, which the config freezes")
        return problems

    def _unlike(self, protocol: str, system: str, train: str, fold: int, seed: int, scaler: Scaler) -> str:
        """Say why a classifier cannot have learnt from what it was given; see optimum.py. Networks are believed."""
        manifest = self.audit.manifest(protocol, system, train)
        kind = manifest["model"]
        if kind not in optimum.KINDS and not self.adaptation.entry(system, train):
            return ""
        given = [t for role in ("train", "dev") for t in self.given_as(protocol, system, train, fold, role, scaler)]
        inputs = [x for _, _, x in given]
        if load_model(kind).epochs:
            inputs = inputs[: sum(1 for _ in self.given_as(protocol, system, train, fold, "train", scaler))]
        if why := self.adaptation.wrong(protocol, system, train, fold, scaler, inputs):
            return why
        if kind not in optimum.KINDS:
            return ""
        method, fitted = self.adaptation.fitted(protocol, system, train, fold)
        inputs = apply(method.source, inputs, fitted) if method else inputs
        y = {h["name"]: np.array([target[h["name"]] for _, target, _ in given]) for h in manifest["heads"]}
        parameters = self.audit.settings["learning"][f"{system}/{train}"]["parameters"]
        name = f"fold{fold}/seed{seed}.npz"
        with self.audit.open(protocol, system, train) as archive, decoding(f"{archive.path}, {name}", "a saved model"):
            model, weights = archive.read(name), fitted.get("weights")
            return optimum.wrong(kind, model, np.stack(inputs), y, parameters, weights, scaler.mode != "none")

    def given_as(
        self, protocol: str, system: str, train: str, fold: int, role: str, scaler: Scaler
    ) -> Iterator[tuple[str, Any, np.ndarray]]:
        """What `fit` should have been given as something: utterances, their target for each head, their arrays."""
        features = self.audit.settings["systems"][system]["features"]
        parts = self.audit.settings["learning"][f"{system}/{train}"][role]
        heads = self.audit.manifest(protocol, system, train)["heads"]
        for corpus in self.audit.settings["trainsets"][train]["corpora"]:
            split = self.audit.corpus(protocol, corpus)
            for s, x in self.given.scaled(features, corpus, split.of(fold, *parts), scaler):
                yield s.utterance, {h["name"]: self.given.target(h, corpus, s.utterance) for h in heads}, x

    def _folds(self, protocol: str, system: str, train: str) -> int:
        entry = self.audit.settings["trainsets"][train]
        adapt = self.adaptation.entry(system, train)
        corpora = [*entry["corpora"], *([adapt["target"]] if adapt else [])]
        own = [len(self.audit.corpus(protocol, c).parts) for c in corpora]
        return max(own + ([self._folds(protocol, system, entry["before"])] if entry["before"] else []))

    def _heads(self, protocol: str, system: str, train: str) -> list[dict[str, Any]]:
        """What an archive should say of its heads: one that a fold has no label for is left out."""
        splits = {c: self.audit.corpus(protocol, c) for c in self.audit.settings["trainsets"][train]["corpora"]}
        heads = []
        for name, weight in self.audit.settings["manifests"][f"{system}/{train}"]["heads"]:
            labels = {self.given.label(name, c, s.utterance) for c, split in splits.items() for s in split.spoken}
            known = all(
                any(self.given.label(name, c, s.utterance) for c, split in splits.items() for s in split.of(k, "train"))
                for k in range(max(len(split.parts) for split in splits.values()))
            )
            if name == "emotion" or known:
                order = self.audit.settings["emotions"] if name == "emotion" else sorted(labels)
                classes = [] if name in VALUES else [c for c in order if c and c in labels]
                heads.append({"name": name, "classes": classes, "weight": weight})
        return heads

    def _expected(self, protocol: str, system: str, train: str, fold: int, scaler: Scaler) -> dict[str, str]:
        """The digest of each role but `start`."""
        place = protocol, system, train, fold
        given = {role: digest(self.given_as(*place, role, scaler)) for role in ("train", "dev", "oracle")}
        heard = digest(self.adaptation.unlabelled(*place))
        return {**given, "scaling": digest(self._scaled_on(*place, scaler.mode)), "unlabelled": heard}

    def _scaled_on(
        self, protocol: str, system: str, train: str, fold: int, mode: str
    ) -> Iterator[tuple[str, Any, np.ndarray]]:
        """What a scaling should have seen: utterances, their group, their arrays as they are stored."""
        features = self.audit.settings["systems"][system]["features"]
        parts = self.audit.settings["learning"][f"{system}/{train}"]["scaling"]
        known = self._known(protocol, system, train, fold)
        for corpus in self.audit.settings["trainsets"][train]["corpora"] if mode != "none" else ():
            split, arrays = self.audit.corpus(protocol, corpus), self.given.arrays(features, corpus)
            for s in split.spoken if mode == "speaker" else split.of(fold, *parts):
                if (name := group(mode, corpus, s)) not in known:
                    yield s.utterance, name, arrays[s.utterance]

    def _known(self, protocol: str, system: str, train: str, fold: int) -> set[str]:
        """Whose statistics a fine-tuned model keeps from the stage before."""
        before = self.audit.settings["trainsets"][train]["before"]
        if not before or self.audit.settings["systems"][system]["scaling"] != "keep":
            return set()
        first = scalers(self.audit, protocol, system, before)
        return set(first[fold % len(first)].means)

    def _moved(self, first: bytes, protocol: str, system: str, train: str, fold: int, seed: int) -> list[str]:
        """Layers that the config freezes, and that a network has not from the `first` one, which it started from."""
        name, model = self._model(protocol, system, train, fold, seed)
        freeze = self.audit.settings["learning"][f"{system}/{train}"]["parameters"].get("freeze")
        if not freeze or not name.endswith(".keras"):
            return []
        heads = [head["name"] for head in self.audit.manifest(protocol, system, train)["heads"]]
        with decoding(f"{self.audit.archive(protocol, system, train)}, {name}", "a saved model"):
            return moved(first, model, freeze, heads)

    def _model(self, protocol: str, system: str, train: str, fold: int, seed: int) -> tuple[str, bytes]:
        """The name and the bytes of a model of an archive."""
        folds = self.audit.manifest(protocol, system, train)["folds"]
        with self.audit.open(protocol, system, train) as archive:
            (name,) = (n for n in archive.names if n.startswith(f"fold{fold % folds}/seed{seed}."))
            return name, archive.read(name)


def digest(triples: Iterable[tuple[str, Any, np.ndarray]]) -> str:
    """Return the SHA-256 of utterances: a line of JSON (name, target, type and shape), then the array's bytes."""
    lines, total = 0, hashlib.sha256()
    for name, target, array in triples:
        header = json.dumps([name, target, array.dtype.str, list(array.shape)])
        total.update(header.encode() + b"\n" + array.tobytes())
        lines += 1
    return total.hexdigest() if lines else ""
