"""The audit's page: every run, label maps, corpora, and what a reader needs to repeat the study."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from xser import paths, provenance
from xser.audit.checks import kept_apart
from xser.imports import WORKFLOW
from xser.tables.rendering import markdown_table
from xser.templates import render

Record = Mapping[str, Any]
RUNS = (
    *("system", "train", "test", "folds x seeds", "tested", "speakers", "trained", "speakers"),
    *("learnt from", "chosen on"),
    *("sentences", "dialogues", "scaling"),
)
SOURCES = ("protocol", "system", "train", "test", "features: declared to have learnt from", "believed")
LABELS = ("corpus", "label", "emotion", "kept", "left out", "why")
CORPORA = ("corpus", "title", "release", "recordings", "utterances taking part", "of speakers", "left out", "checksums")
CARD = (
    "release",
    "recordings",
    "utterances that take part",
    "speakers that take part",
    "left out by the reader or for bad audio",
)


def page(
    runs: Sequence[Record],
    labels: Sequence[Sequence[Record]],
    cards: Sequence[Sequence[Record]],
    sounds: Sequence[set[str]],
    settings: Mapping[str, Any],
) -> str:
    """The page in Markdown; `labels` and `cards` come in the order of `settings["corpora"]` (see make_audit.py).

    `sounds` are the digests of the recordings of each corpus, in the order of `settings["audio"]`.
    """
    corpora = settings["corpora"]

    def run_table(protocol: str) -> str:
        return markdown_table(RUNS, [_run(run) for run in runs if run["protocol"] == protocol])

    label_rows = [
        [c["id"], row["label"], row["emotion"] or "none", row["kept"], row["left_out"], row["why"]]
        for c, rows in zip(corpora, labels, strict=True)
        for row in rows
    ]
    repeat = [
        ["seeds", ", ".join(map(str, settings["seeds"])) + " (0 for models that do not depend on chance)"],
        ["SHA-256 of the config", settings["config"]],
        ["commit", provenance.commit(WORKFLOW)],
        *provenance.versions(),
    ]
    shared = [run for run in runs if run["dependent"]]
    values = {
        "apart": kept_apart(bool(shared)),
        "copies": [
            (a, b, len(one & other))
            for (a, one), (b, other) in combinations(zip(settings["audio"], sounds, strict=True), 2)
            if one & other
        ],
        "corpora": markdown_table(CORPORA, [_corpus(*pair) for pair in zip(corpora, cards, strict=True)]),
        "labels": markdown_table(LABELS, label_rows),
        "other": paths.audit("{table}"),
        "practice": [c["title"] for c in corpora if c["practice"]],
        "protocols": settings["protocols"],
        "repeat": markdown_table(["", ""], repeat),
        "run_table": run_table,
        "shared": shared,
        "dialogues": dict.fromkeys(
            f"under {run['protocol']}, {run['shared_dialogues']} tested dialogues of {run['test']}"
            for run in runs
            if run["shared_dialogues"]
        ),
        "runs": runs,
        "sources": markdown_table(SOURCES, [_sources(run) for run in runs if run["declared"]]),
        "tables": settings["tables"],
    }
    return render(Path(__file__).with_name("page.md"), values)


def _run(run: Record) -> list[object]:
    return [
        run["system"]
        + (" (t)" if run["transductive"] else "")
        + (" (oracle epoch)" if run["oracle"] else "")
        + (" (features undeclared)" if run["undeclared"] else "")
        + (" (features saw the test)" if run["seen"] else "")
        + (" (speaker-dependent)" if run["dependent"] else ""),
        run["train"] + (f" ({run['stages']} stages)" if run["stages"] > 1 else ""),
        run["test"] + (" (practice)" if run["practice"] else ""),
        f"{run['folds']} x {run['seeds']}",
        *(run["tested"], run["test_speakers"], run["trained"], run["training_speakers"]),
        *(run["learnt_from"], run["chosen_on"]),
        *(run["shared_sentences"], run["shared_dialogues"], run["scaling"]),
    ]


def _sources(run: Record) -> list[object]:
    """What is declared, and what follows: nobody can check it here."""
    believed = [
        *([f"nothing of {run['undeclared']}: marked (u)"] if run["undeclared"] else []),
        *([f"that {run['seen']} learnt from {run['test']}: marked (s)"] if run["seen"] else []),
    ]
    clean = f"that {run['test']} was not among it"
    return [*(run[key] for key in ("protocol", "system", "train", "test", "declared")), "; ".join(believed) or clean]


def _corpus(corpus: Record, card: Sequence[Record]) -> list[object]:
    files = {line["item"]: line["value"] for line in card if line["section"] == "Files"}
    sums = ("byte for byte", "sample for sample")
    checked = "; ".join(f"{value} {item}" for item, value in files.items() if item.startswith(sums))
    return [corpus["id"], corpus["title"], *(files[item] for item in CARD), checked]
