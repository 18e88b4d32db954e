"""The audit of learning: the digests of what each model was given must be those of what it should have been given.

An archive's manifest says of each fold and seed, as a digest, which utterances with which targets and arrays were
given to `fit` as `train`, `dev` and `oracle`, which the scaling saw, and which model it started from. Here all of them
are made anew from splits, labels and features.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from xser.audit.checks import Audit
from xser.audit.given import VALUES, Given, group

ROLES = {
    "train": "what it learnt from",
    "dev": "what it chose on",
    "oracle": "the test utterances that it chose on",
    "scaling": "what its scaling saw",
    "start": "the model that it started from",
}


class LearningAudit:
    """What the models of an audit learnt from; `settings["learning"]` says which parts they may be given as what."""

    def __init__(self, audit: Audit, given: Given) -> None:
        self.audit, self.given = audit, given

    def check(self, protocol: str, system: str, train: str) -> list[str]:
        """Say where the models of an archive learnt from others than they should."""
        path, manifest = self.audit.archive(protocol, system, train), self.audit.manifest(protocol, system, train)
        corpora = self.audit.settings["trainsets"][train]["corpora"]
        before = self.audit.settings["trainsets"][train]["before"]
        heads, folds = self._heads(protocol, system, train), self._folds(protocol, system, train)
        if manifest["heads"] != heads:
            return [f"{path}: heads is {manifest['heads']}, the labels and the config give {heads}"]
        if manifest["folds"] != folds:
            return [f"{path}: folds is {manifest['folds']}, the splits have {folds}"]
        problems = []
        for fold, scaler in enumerate(self.given.scalers(protocol, system, train)):
            wanted = self._expected(protocol, system, train, fold, corpora, scaler)
            for seed in manifest["seeds"]:
                start = self._model(protocol, system, before, fold, seed) if before else ""
                found = manifest.get("learnt", {}).get(f"fold{fold}/seed{seed}", {})
                wrong = [text for role, text in ROLES.items() if found.get(role) != {**wanted, "start": start}[role]]
                if wrong:
                    problems.append(f"{path}, fold {fold}, seed {seed}: not as config, split and features say: "
                                    f"{'; '.join(wrong)}")  # fmt: skip
        return problems

    def _folds(self, protocol: str, system: str, train: str) -> int:
        entry = self.audit.settings["trainsets"][train]
        own = [len(self.audit.corpus(protocol, c).parts) for c in entry["corpora"]]
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
                kind = "class" if classes else "value"
                heads.append({"name": name, "classes": classes, "weight": weight, "kind": kind})
        return heads

    def _expected(
        self, protocol: str, system: str, train: str, fold: int, corpora: Sequence[str], scaler: Any
    ) -> dict[str, str]:
        """The digest of each role but `start`."""
        features = self.audit.settings["systems"][system]["features"]
        parts = self.audit.settings["learning"][f"{system}/{train}"]
        heads = self.audit.manifest(protocol, system, train)["heads"]
        splits = {c: self.audit.corpus(protocol, c) for c in corpora}

        def given(role: str) -> Iterator[tuple[str, Any, np.ndarray]]:
            for corpus, split in splits.items():
                for s, x in self.given.scaled(features, corpus, split.of(fold, *parts[role]), scaler):
                    yield s.utterance, {h["name"]: self.given.target(h, corpus, s.utterance) for h in heads}, x

        def saw() -> Iterator[tuple[str, Any, np.ndarray]]:
            known = self._known(protocol, system, train, fold)
            for corpus, split in splits.items() if scaler.mode != "none" else ():
                arrays = self.given.arrays(features, corpus)
                for s in split.spoken if scaler.mode == "speaker" else split.of(fold, *parts["scaling"]):
                    if (name := group(scaler.mode, corpus, s)) not in known:
                        yield s.utterance, name, arrays[s.utterance]

        return {**{role: digest(given(role)) for role in ("train", "dev", "oracle")}, "scaling": digest(saw())}

    def _known(self, protocol: str, system: str, train: str, fold: int) -> set[str]:
        """Whose statistics a fine-tuned model keeps from the stage before."""
        before = self.audit.settings["trainsets"][train]["before"]
        if not before or self.audit.settings["systems"][system]["scaling"] != "keep":
            return set()
        first = self.given.scalers(protocol, system, before)
        return set(first[fold % len(first)].means)

    def _model(self, protocol: str, system: str, train: str, fold: int, seed: int) -> str:
        """The SHA-256 of a model of another archive."""
        folds = int(self.audit.manifest(protocol, system, train)["folds"])
        with zipfile.ZipFile(self.audit.archive(protocol, system, train)) as archive:
            (name,) = (n for n in archive.namelist() if n.startswith(f"fold{fold % folds}/seed{seed}."))
            return hashlib.sha256(archive.read(name)).hexdigest()


def digest(triples: Iterable[tuple[str, Any, np.ndarray]]) -> str:
    """Return the SHA-256 of utterances: a line of JSON (name, target, type and shape), then the array's bytes."""
    lines, total = 0, hashlib.sha256()
    for name, target, array in triples:
        header = json.dumps([name, target, array.dtype.str, list(array.shape)])
        total.update(header.encode() + b"\n" + array.tobytes())
        lines += 1
    return total.hexdigest() if lines else ""
