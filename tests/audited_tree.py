"""A tiny tree of results, as audit_run reads it: two corpora, a model on each, one chain, and their predictions."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_corpus import write_corpus, write_tsv

import audit_run
from xser.audit.checks import FROM_CONFIG
from xser.errors import InputError
from xser.features import archives
from xser.files import read_tsv
from xser.training import scaling, store

EMOTIONS = ("anger", "sadness")
SPEAKERS = {"one": ("A", "B", "C"), "two": ("D", "E", "F")}
SEEDS = [0, 1]
LABELS = {"emotions": list(EMOTIONS), "mapping": {"W": "anger", "T": "sadness"}, "select": {}}


def run_of(train: str, test: str = "one", **further: Any) -> dict[str, Any]:
    """What the audit gets of a run."""
    return {
        **{"combine": "", "models": [["sys", train]], "practice": False, "protocol": "paper"},
        **{"seeds": SEEDS, "system": "sys", "test": test, "train": train, **dict.fromkeys(FROM_CONFIG, ""), **further},
    }


SETTINGS: dict[str, Any] = {
    "corpora": {"one": "one", "two": "two"},
    "labels": {"one": LABELS, "two": LABELS},
    "emotions": list(EMOTIONS),
    "counted": {f"sys/{t}": {"learns": ["train"], "chooses": ["dev"]} for t in ("one", "two", "two-to-one", "both")},
    "files": {},
    "learning": {},  # these models cannot be run; test_forgeries.py has real ones
    "predictions": [],
    "splits": {},
    "manifests": {},  # of each archive that is written
    "runs": [run_of("one"), {**run_of("two-to-one"), "practice": True}],
    "systems": {"sys": {"features": "f", "normalise": "global", "scaling": "keep"}},
    "text": {"paper": "any"},
    "text_notes": {},
    "trainsets": {
        "one": {"before": None, "corpora": ["one"]},
        "two": {"before": None, "corpora": ["two"]},
        "two-to-one": {"before": "two", "corpora": ["one"]},
    },
}


def ids(corpus: str) -> list[tuple[str, str]]:
    """(utterance, speaker): two sentences in two emotions by each speaker."""
    return [
        (f"{corpus}_{s}-{t}{e[0]}", f"{corpus}_{s}") for s in SPEAKERS[corpus] for e in EMOTIONS for t in ("t1", "t2")
    ]


def emotion(utterance: str) -> str:
    return "anger" if utterance.endswith("a") else "sadness"


def part(speaker: str, corpus: str) -> str:
    """The last speaker is tested, the one before develops."""
    return {2: "test", 1: "dev"}.get(SPEAKERS[corpus].index(speaker.rpartition("_")[2]), "train")


class Tree:
    """A results folder of two corpora, a model on each, one chain, and their predictions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.settings = copy.deepcopy(SETTINGS)
        for corpus in SPEAKERS:
            self.corpus(corpus)
        self.models("one", ["one"], self.fit("one"))
        self.models("two", ["two"], self.fit("two"))
        self.models("two-to-one", ["one"], self.fit("two"))
        for train in ("one", "two-to-one"):
            self.predictions(train)

    def corpus(self, corpus: str) -> None:
        """Data directory, features and split of one corpus."""
        rng = np.random.default_rng(len(corpus) + ord(corpus[0]))
        spoken = [(u, s, emotion(u)) for u, s in ids(corpus)]
        values = {u: np.array([*(100 + rng.normal(size=2)), 1e-9 * rng.normal()]) for u, _, _ in sorted(spoken)}
        write_corpus(
            self.root, corpus, spoken, values, {s: part(s, corpus) for _, s, _ in spoken},
            lambda u: {"path": f"{u}.wav", "text": u[-3:-1], "label": "W" if u.endswith("a") else "T"},
        )  # fmt: skip

    def fit(self, corpus: str, *parts: str) -> scaling.Scaler:
        """The scaler that training makes of some parts (training alone by default)."""
        split = {r["utterance"]: r["fold_0"] for r in read_tsv(self.root / "splits" / "paper" / f"{corpus}.tsv")}
        values = archives.read(self.root / "features" / "f" / f"{corpus}.scp")
        chosen = [v for u, v in values.items() if split[u] in (parts or ("train",))]
        return scaling.fit("global", chosen, ["all"] * len(chosen))

    def models(self, train: str, corpora: list[str], scaler: scaling.Scaler, seeds: list[int] = SEEDS) -> None:
        """An archive of models, which is what the config asks for where it is written first."""
        wanted: dict[str, Any] = {
            **{"corpora": corpora, "emotions": EMOTIONS, "model": "logreg", "normalise": "global", "seeds": seeds},
            **{"parameters": {"epoch": "dev", "freeze": ["recurrent"]}, "system": "sys", "train": train},
        }
        heads = [{"classes": EMOTIONS, "name": "emotion", "weight": 1.0}]
        entries = [("fold0/scaler.npy", scaler.to_bytes()), *((f"fold0/seed{s}.npz", b"%d" % s) for s in seeds)]
        store.write(self.archive(train), {**wanted, "folds": 1, "heads": heads}, entries)
        expected = {**wanted, "emotions": list(EMOTIONS), "heads": [["emotion", 1.0]]}
        self.settings["manifests"].setdefault(f"sys/{train}", expected)

    def archive(self, train: str) -> Path:
        return self.root / "models" / "paper" / "sys" / f"{train}.zip"

    def tamper(self, train: str, **changes: Any) -> None:
        """Change the manifest of an archive."""
        with store.Store(self.archive(train)) as models:
            manifest, entries = models.manifest, models.entries().items()
        store.write(self.archive(train), manifest | changes, entries)

    def predictions(self, train: str) -> None:
        """What the models of a training said of corpus one."""
        rows = [
            {"utterance": u, "speaker": s, "fold": 0, "seed": seed, "truth": emotion(u)}
            for u, s in sorted(ids("one"))
            if part(s, "one") == "test"
            for seed in SEEDS
        ]
        write_tsv(self.predicted(train), list(rows[0]), rows)

    def predicted(self, train: str = "one") -> Path:
        return self.root / "predictions" / "paper" / "sys" / train / "one.tsv"

    def edit(self, path: str | Path, change: Callable[[list[dict[str, str]]], Any]) -> None:
        """Change the rows of a TSV."""
        rows = read_tsv(self.root / path)
        change(rows)
        write_tsv(self.root / path, list(rows[0]), rows)

    def run(self) -> list[dict[str, str]]:
        out = self.root / "audit" / "table.tsv"
        audit_run.main(results=self.root, out=out, settings=self.settings)
        return read_tsv(out)

    def fails(self, *words: str) -> None:
        """The audit fails, names these words in one line, and writes nothing."""
        with pytest.raises(InputError) as error:
            self.run()
        assert any(all(w in o for w in words) for o in error.value.offenders), str(error.value)
        assert not (self.root / "audit").exists() or not list((self.root / "audit").iterdir())
