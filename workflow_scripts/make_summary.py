"""Make the summary page: tables, figures, corpora, audit and method in one HTML file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xser.audit.checks import AUDIT
from xser.corpora.card import CARD
from xser.evaluation.comparisons import COMPARISONS
from xser.files import write_text
from xser.job import log
from xser.summary.page import packed, page
from xser.summary.table_view import Results
from xser.summary.traced import read
from xser.tables.cells import CELLS
from xser.tables.held_out import SPREAD

FITS = 1_500_000  # bytes: as base64 less than the 2 MB up to which browsers show a page in a page


def main(
    *,
    tables: Sequence[str],
    comparisons: Sequence[str],
    spreads: Sequence[str],
    figures: Sequence[str],
    captions: Sequence[str],
    cards: Sequence[str],
    audit: str,
    html: str,
    settings: dict[str, Any],
) -> None:
    """Write the page from the files of tables, figures and corpora, each in the order of `settings`.

    `spreads` are those of the tables that have one, `captions` one reStructuredText file a family of figures, named
    after it; `settings` is what `workflow.report.summary_settings` gives.
    """
    spread = {Path(path).name.removesuffix(".spread.tsv"): read(SPREAD, path) for path in spreads}
    files = zip(settings["tables"], tables, comparisons, strict=True)
    shown = [
        Results(table, read(CELLS, tsv), read(COMPARISONS, compared), spread.get(table["id"], []))
        for table, tsv, compared in files
    ]
    words = {Path(path).stem: Path(path).read_text(encoding="utf-8") for path in captions}
    drawn = [packed(f, svg, words[f["family"]]) for f, svg in zip(settings["figures"], figures, strict=True)]
    text = page(shown, drawn, [read(CARD, path) for path in cards], read(AUDIT, audit), settings)
    write_text(html, text)
    if len(text.encode()) > FITS:
        log.warning("the page is too large to be shown inside report.html; open %s, or make report.zip", html)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        names = ("tables", "comparisons", "spreads", "figures", "captions", "cards")
        main(
            **{name: snakemake.input[name] for name in names},
            audit=snakemake.input.audit,
            html=snakemake.output[0],
            settings=snakemake.params.settings,
        )
