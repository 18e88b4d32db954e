"""Make the LaTeX appendix: a statement on how to reproduce the tables, and all tables, in one file."""

from collections.abc import Sequence
from typing import Any

from xser.audit.checks import AUDIT
from xser.corpora.card import CARD
from xser.files import read_text, write_text
from xser.job import run_main
from xser.summary.appendix import appendix


def main(*, tables: Sequence[str], cards: Sequence[str], audit: str, tex: str, settings: dict[str, Any]) -> None:
    """Write the appendix from the tables in LaTeX, card.tsv of each corpus and audit.tsv.

    `settings` is what `workflow.report.appendix_settings` gives; the cards are in the order of its `corpora`.
    """
    texts = [read_text(path) for path in tables]
    write_text(tex, appendix(texts, [CARD.records(path) for path in cards], AUDIT.records(audit), settings))


if "snakemake" in globals():
    run_main(main, snakemake)
