"""Make the summary page: tables, figures, corpora, audit and method in one HTML file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xser import paths
from xser.audit.checks import AUDIT
from xser.corpora.card import CARD
from xser.evaluation.comparisons import COMPARISONS
from xser.evaluation.score import DETAILS
from xser.files import read_text, write_text
from xser.job import log, run_main
from xser.summary.made import made
from xser.summary.methods import methods
from xser.summary.page import drawing, notes_of, packed_files, page
from xser.summary.table_view import Results, of_emotion, run_of_cell
from xser.summary.traced import read
from xser.tables.cells import CELLS
from xser.tables.held_out import SPREAD

FITS = 1_500_000  # bytes: as base64 less than the 2 MB up to which browsers show a page in a page


def main(
    *,
    tables: Sequence[str],
    comparisons: Sequence[str],
    spreads: Sequence[str],
    printed: Sequence[str],
    latex: Sequence[str],
    details: Sequence[str],
    figures: Sequence[str],
    captions: Sequence[str],
    cards: Sequence[str],
    audit: str,
    html: str,
    settings: dict[str, Any],
) -> None:
    """Write the page from the files of tables, figures and corpora, each in the order of `settings`.

    `printed` are the tables in Markdown; `spreads` are those of the tables that have one; `details` those of all runs;
    `captions` one reStructuredText file a family of figures, named after it; `settings` is what
    `workflow.report.summary_settings` gives.
    """
    spread = {Path(path).name.removesuffix(".spread.tsv"): read(SPREAD, path) for path in spreads}
    by_emotion = {path: [x for x in read(DETAILS, path) if of_emotion(x)] for path in details}
    shown = []
    for table, tsv, compared, md, tex in zip(settings["tables"], tables, comparisons, printed, latex, strict=True):
        cells = read(CELLS, tsv)
        runs = {run: by_emotion.get(paths.details(*run), []) for run in map(run_of_cell, cells)}
        beside = spread.get(table["id"], []), runs, notes_of(read_text(md)), packed_files(tsv, compared, tex)
        shown.append(Results(table, cells, read(COMPARISONS, compared), *beside))
    words = {Path(path).stem: read_text(path) for path in captions}
    drawn = [drawing(f, svg, words[f["family"]]) for f, svg in zip(settings["figures"], figures, strict=True)]
    counted = [read(CARD, path) for path in cards]
    when = made([c["title"] for c in settings["corpora"]], paths.LOGS)
    tests = {line["method"] for table in shown for line in table.compared}
    text = page(shown, drawn, counted, read(AUDIT, audit), settings, when, methods(settings, counted, tests, when[1]))
    write_text(html, text)
    if len(text.encode()) > FITS:
        log.warning("the page is too large to be shown inside report.html; open %s, or make report.zip", html)


if "snakemake" in globals():
    run_main(main, snakemake)
