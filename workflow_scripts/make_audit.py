"""The audit of all default tables: every run as TSV, and the page."""

from collections.abc import Sequence
from typing import Any

from xser.audit.checks import AUDIT
from xser.audit.page import page
from xser.corpora.card import CARD
from xser.corpora.labels import LABELS
from xser.files import read_tsv, write_text
from xser.job import run_main


def main(
    *,
    audits: Sequence[str],
    audio: Sequence[str],
    labels: Sequence[str],
    cards: Sequence[str],
    tsv: str,
    md: str,
    settings: dict[str, Any],
) -> None:
    """Write all runs as TSV and the page, from what audit_run.py wrote and the label maps and cards of the corpora.

    `settings` is what `workflow.audit.page_settings` gives; labels and cards are in the order of its `corpora`, the
    lists of recordings (audio.tsv) in that of its `audio`.
    """
    runs = {tuple(run[name] for name in AUDIT.key): run for path in audits for run in AUDIT.records(path)}
    lines = [runs[key] for key in sorted(runs)]
    AUDIT.write_records(tsv, lines)
    sounds = [{r["samples_sha256"] for r in read_tsv(path, "samples_sha256")} - {""} for path in audio]
    maps, facts = [LABELS.records(path) for path in labels], [CARD.records(path) for path in cards]
    write_text(md, page(lines, maps, facts, sounds, settings))


if "snakemake" in globals():
    run_main(main, snakemake)
