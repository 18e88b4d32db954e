"""A small folder of results with made-up predictions, written by the scripts of the rules themselves.

Two corpora, two systems, of which the LSTM also tells the language and guesses arousal; protocols `paper` and
`speakers`, one table and its spread; for tests of what shows results.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tiny_corpus import SCORING, write_tsv, write_utterances

import compare_systems
import make_spread
import make_table
import score_predictions
from xser.audit.checks import AUDIT
from xser.corpora.card import CARD, EVERY
from xser.evaluation import predictions
from xser.evaluation.marks import GIVEN
from xser.files import write_text
from xser.splits.protocols import read_protocol

EMOTIONS = ("anger", "fear", "happiness", "neutral", "sadness")
CORPORA = ("emodb", "savee")
SYSTEMS = ("is09-logreg", "mfcc-lstm")
PROTOCOLS = {"paper": {"kind": "paper"}, "speakers": {"folds": 3, "kind": "speakers"}}
WHO = {name: read_protocol(entry).describe() for name, entry in PROTOCOLS.items()}
LABELS = {"is09-logreg": "IS09 + logistic regression", "mfcc-lstm": "MFCC + LSTM"}
TITLES = {"emodb": "EMO-DB", "savee": "SAVEE"}
PLACES = [[row, column] for row in range(2) for column in range(2)]


def key(protocol: str, system: str, corpus: str) -> str:
    """The path of a run trained on the tested corpus."""
    return f"{protocol}/{system}/{corpus}/{corpus}"


class Made:
    """The folder; `practice` names the synthetic corpora."""

    def __init__(self, folder: Path, practice: Sequence[str] = ("savee",)) -> None:
        self.folder, self.practice = folder, practice
        self.random = np.random.default_rng(7)
        for protocol in PROTOCOLS:
            for system in SYSTEMS:
                for corpus in CORPORA:
                    self._run(protocol, system, corpus)
        self._table()
        for corpus in CORPORA:
            self._corpus(corpus)
        self._audit()

    def path(self, name: str) -> str:
        """A file below `results`, as text."""
        return str(self.folder / "results" / name)

    def runs(self, protocol: str) -> list[str]:
        """The keys of a protocol, in the order of PLACES."""
        return [key(protocol, s, c) for s in SYSTEMS for c in CORPORA]

    def _run(self, protocol: str, system: str, corpus: str) -> None:
        speakers = ["s1"] if protocol == "paper" else ["s1", "s2", "s3"]
        seeds = (0, 1) if "lstm" in system else (0,)
        several = "lstm" in system
        blocks = [self._block(fold, seed, speaker, several) for fold, speaker in enumerate(speakers) for seed in seeds]
        run = key(protocol, system, corpus)
        predictions.write(self.path(f"predictions/{run}.tsv"), corpus, EMOTIONS, blocks)
        settings = {"practice": corpus in self.practice, "protocol": protocol, "samples": 200, "system": system}
        score_predictions.main(
            self.path(f"predictions/{run}.tsv"),
            self.path(f"scores/{run}.tsv"),
            self.path(f"scores/{run}.details.tsv"),
            {**SCORING, **settings, "test": corpus, "train": corpus},
        )

    def _block(self, fold: int, seed: int, speaker: str, several: bool) -> predictions.Block:
        truth = [EMOTIONS[i % 5] for i in range(43)]
        noise = self.random.random((43, 5))
        noise[np.arange(43), np.arange(43) % 5] += 0.5
        names = [f"{speaker}-{i:03d}" for i in range(43)]
        probabilities = noise / noise.sum(axis=1, keepdims=True)
        heads, values = self._heads() if several else ({}, {})
        return predictions.Block(fold, seed, names, [speaker] * 43, truth, probabilities, heads, values)

    def _heads(self) -> tuple[dict[str, tuple[list[str], list[str]]], dict[str, tuple[list[str], list[str]]]]:
        """Language, known of 40 utterances and wrong for every eighth of these, and arousal."""
        known = ["deu"] * 40 + [""] * 3
        predicted = ["eng" if i % 8 == 0 else "deu" for i in range(43)]
        arousal = np.arange(43) / 43
        guessed = arousal + self.random.normal(0, 0.2, 43)
        return {"language": (known, predicted)}, {
            "arousal": ([f"{v:.3f}" for v in arousal], [f"{v:.3f}" for v in guessed])
        }

    def table_settings(self) -> dict[str, Any]:
        """As results.table_settings gives them."""
        paper = {(0, 0): 85.0, (0, 1): 46.0, (1, 0): 44.19, (1, 1): 35.56}
        cells = [
            {"row": r, "column": CORPORA[c], "protocol": p, "paper": paper[r, c], "score": 4 * i + 2 * r + c}
            for i, p in enumerate(PROTOCOLS)
            for r, c in PLACES
        ]
        return {
            "table": "table2", "caption": "Each corpus by itself", "columns": list(CORPORA), "titles": TITLES,
            "baseline": "", "confidence": 0.95,
            "protocols": PROTOCOLS, "cells": cells, "paper_n": {"emodb": 43, "savee": 90},
            "practice": list(self.practice),
            "rows": [
                {
                    **{"label": LABELS[s], "method": LABELS[s], "system": s, "train": "same"},
                    **{"published": False, "paper_oracle": False, "matrix": False},
                }
                for s in SYSTEMS
            ],
        }  # fmt: skip

    def _table(self) -> None:
        left_out = self.path("corpora/emodb/left_out.tsv")
        write_tsv(left_out, ["path", "why"], [])
        scores = [self.path(f"scores/{run}.tsv") for p in PROTOCOLS for run in self.runs(p)]
        shown = [self.path(f"tables/table2.{ending}") for ending in ("tsv", "md", "tex")]
        compared = [self.path(f"tables/table2.comparisons.{ending}") for ending in ("tsv", "md")]
        said = [self.path(f"predictions/{run}.tsv") for p in PROTOCOLS for run in self.runs(p)]
        make_table.main(scores, [left_out], *shown, self.table_settings())  # type: ignore[misc]
        details = [self.path(f"scores/{run}.details.tsv") for p in PROTOCOLS for run in self.runs(p)]
        spread = [self.path(f"tables/table2.spread.{ending}") for ending in ("tsv", "md")]
        make_spread.main(scores, details, *spread, self.table_settings())  # type: ignore[misc]
        compare_systems.main(said, scores, *compared, {**self.table_settings(), "samples": 200})  # type: ignore[misc]

    def _corpus(self, corpus: str) -> None:
        rows = [
            ("Files", "practice data", "value", "yes" if corpus in self.practice else "no"),
            ("Files", "recordings", "value", 129),
            ("Files", "utterances that take part", "value", 129),
            ("Files", "speakers", "value", 4),
            ("Files", "speakers that take part", "value", 3),
            ("Files", "languages", "value", "deu"),
            ("Files", "release", "value", "no release known"),
            *(("Durations", e, "utterances", 25) for e in EMOTIONS if (corpus, e) != ("savee", "fear")),
            ("Durations", EVERY, "utterances", 129),
            ("Durations", EVERY, "median (s)", 2.345678),
            ("Take care", "fear is scarce", "value", "25 utterances"),
        ]
        lines = [dict(zip(CARD.columns, row, strict=True)) for row in rows]
        CARD.write_records(self.path(f"corpora/{corpus}/card.tsv"), lines)
        names = [f"{s}-{i:03d}" for s in ("s1", "s2", "s3") for i in range(43)]
        emotions = "".join(f"{n} {EMOTIONS[i % 5]}\n" for i, n in enumerate(names))
        write_text(self.path(f"corpora/{corpus}/utt2emo"), emotions)
        durations = "".join(f"{n} {1 + (i % 7) / 3:.3f}\n" for i, n in enumerate(names))
        write_text(self.path(f"corpora/{corpus}/utt2dur"), durations)
        known = {"label": "x", "language": "deu"}
        utterances = [
            {"utterance": n, "speaker": n[:2], "recording": n, "path": f"{n}.wav", "gender": "fm"[n >= "s2"], **known}
            for n in names
        ]
        write_utterances(self.path(f"corpora/{corpus}/utterances.tsv"), utterances)

    def _audit(self) -> None:
        lines = []
        for p in PROTOCOLS:
            for system in SYSTEMS:
                for corpus in CORPORA:
                    line: dict[str, object] = dict.fromkeys(AUDIT.columns, 0)
                    line |= {"protocol": p, "system": system, "train": corpus, "test": corpus, "tested": 43}
                    lines.append(line | {"scaling": "training utterances"} | dict.fromkeys(GIVEN, ""))
        AUDIT.write_records(self.path("audit.tsv"), lines)
