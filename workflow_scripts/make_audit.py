"""The audit's page: every run, label maps, corpora, and what a reader needs to repeat the study."""

from collections.abc import Sequence
from typing import Any

from xser import paths, provenance
from xser.audit.checks import AUDIT
from xser.corpora.card import CARD
from xser.files import read_tsv, write_text
from xser.imports import WORKFLOW
from xser.tables.rendering import markdown_table

HEADS = (
    *("system", "train", "test", "folds x seeds", "tested", "speakers", "trained", "speakers"),
    *("sentences", "scaling"),
)
SHOWN = ("release", "recordings", "utterances that take part", "speakers", "left out by the reader or for bad audio")


def main(
    audits: Sequence[str], labels: Sequence[str], cards: Sequence[str], tsv: str, page: str, settings: dict[str, Any]
) -> None:
    """Write all runs as TSV and the page.

    Parameters
    ----------
    audits
        What audit_run.py wrote.
    labels, cards
        labels.tsv and card.tsv of the corpora, in the order of `settings["corpora"]`.
    tsv, page
        What is written.
    settings
        `config` (digest), `corpora` (`id`, `title`, `practice`), `protocols` (id -> who is tested), `seeds`, `tables`
        (those whose runs these are).
    """
    runs = {tuple(run[name] for name in AUDIT.key): run for path in audits for run in AUDIT.records(path)}
    lines = [runs[key] for key in sorted(runs)]
    AUDIT.write_records(tsv, lines)
    parts = [
        _opening(lines, settings),
        *(_runs(name, description, lines) for name, description in settings["protocols"].items()),
        _labels(settings["corpora"], labels),
        _corpora(settings["corpora"], cards),
        _repeat(settings),
    ]
    write_text(page, "\n\n".join(parts) + "\n")


def _opening(lines: Sequence[dict[str, Any]], settings: dict[str, Any]) -> str:
    practice = [c["title"] for c in settings["corpora"] if c["practice"]]
    text = [
        "# Audit",
        f"{len(lines)} runs were checked from their files (tables: {', '.join(settings['tables']) or 'none'}): "
        "splits, checksums of the audio, features, models and predictions. In every fold of every run no tested "
        "speaker and no tested audio (same bytes, under whatever name, in whatever corpus) was in training, "
        "development or pre-training; the predictions are those of the split's test utterances, each once a seed; and "
        "features were scaled by the statistics named below, computed again from the features. A run that fails one "
        "of these stops the study, and this page is not written.",
        f"Any other table has an audit of its own, `{paths.audit('{table}')}`, made with the table.",
    ]
    if practice:
        text.append(f"**Practice data** (synthetic speech; its figures mean nothing): {', '.join(practice)}.")
    named = sorted({line["transductive"] for line in lines} - {""})
    text += [f"- transductive, marked in the tables: {why}" for why in named]
    text += [f"- oracle epoch, marked in the tables: {why}" for why in sorted({x["oracle"] for x in lines} - {""})]
    return "\n\n".join(text)


def _runs(protocol: str, description: str, lines: Sequence[dict[str, Any]]) -> str:
    rows = [
        [
            line["system"] + (" (t)" if line["transductive"] else "") + (" (oracle epoch)" if line["oracle"] else ""),
            line["train"] + (f" ({line['stages']} stages)" if line["stages"] > 1 else ""),
            line["test"] + (" (practice)" if line["practice"] else ""),
            f"{line['folds']} x {line['seeds']}",
            str(line["tested"]),
            str(line["test_speakers"]),
            line["trained"],
            line["training_speakers"],
            line["shared_sentences"],
            line["scaling"],
        ]
        for line in lines
        if line["protocol"] == protocol
    ]
    note = (
        "Tested, trained: utterances and speakers (over folds); trained includes development and pre-training. "
        "Sentences: tested ones that training saw, where the protocol keeps them apart."
    )
    return f"## Runs under protocol {protocol}: {description}\n\n{markdown_table(HEADS, rows)}\n\n{note}"


def _labels(corpora: Sequence[dict[str, Any]], paths: Sequence[str]) -> str:
    rows = [
        [c["id"], row["label"], row["emotion"] or "none", row["kept"], row["left_out"], row["why"]]
        for c, path in zip(corpora, paths, strict=True)
        for row in read_tsv(path)
    ]
    head = ["corpus", "label", "emotion", "kept", "left out", "why"]
    return f"## What labels were taken for\n\n{markdown_table(head, rows)}"


def _corpora(corpora: Sequence[dict[str, Any]], paths: Sequence[str]) -> str:
    rows = []
    for c, path in zip(corpora, paths, strict=True):
        card = {row["item"]: row["value"] for row in CARD.records(path) if row["section"] == "Files"}
        checked = "; ".join(f"{card[i]} {i}" for i in card if i.startswith("byte for byte"))
        rows.append([c["id"], c["title"], *(card[i] for i in SHOWN), checked])
    head = ["corpus", "title", "release", "recordings", "utterances taking part", "speakers", "left out", "checksums"]
    return f"## Corpora\n\n{markdown_table(head, rows)}"


def _repeat(settings: dict[str, Any]) -> str:
    rows = [
        ["seeds", ", ".join(map(str, settings["seeds"])) + " (0 for models that do not depend on chance)"],
        ["SHA-256 of the config", settings["config"]],
        ["commit", provenance.commit(WORKFLOW)],
        *provenance.versions(),
    ]
    note = (
        "Commit and versions are those at the time this page was written. It is written anew when a result, the config "
        "or the code of the audit changes, not when only they do."
    )
    return f"## To repeat it\n\n{markdown_table(['', ''], rows)}\n\n{note}"


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            snakemake.input.audits,
            snakemake.input.labels,
            snakemake.input.cards,
            snakemake.output.tsv,
            snakemake.output.page,
            snakemake.params.settings,
        )
