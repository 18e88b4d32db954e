"""Make the summary page: tables, figures, corpora, audit and method in one HTML file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xser.files import write_text
from xser.job import log
from xser.summary import background, figures, results
from xser.summary.markup import Child, tag
from xser.summary.page import page
from xser.summary.traced import read

FITS = 1_500_000  # bytes: as base64 less than the 2 MB up to which browsers show a page in a page
LEAD = (
    "Cross-lingual, cross-corpus speech emotion recognition. In the tables, every figure of emotions stands with its "
    "n, its interval and its chance level. A click on a number shows the file and line that it comes from."
)


def main(
    tables: Sequence[str],
    comparisons: Sequence[str],
    spreads: Sequence[str],
    images: Sequence[str],
    captions: Sequence[str],
    cards: Sequence[str],
    audit: str,
    style: str,
    behaviour: str,
    html: str,
    settings: dict[str, Any],
) -> None:
    """Write the page.

    Parameters
    ----------
    tables, comparisons, images, cards
        TSV of each table, its comparisons.tsv, SVG of each figure, card.tsv of each corpus, in the order of `settings`.
    spreads
        `{table}.spread.tsv` of the tables that have one.
    captions
        One reStructuredText file a family of figures, named after it.
    audit
        audit.tsv.
    style, behaviour
        CSS and JavaScript to put into the page.
    html
        What is written.
    settings
        `tables` (`id`, `caption`, `columns`, `titles`), `figures` (`name`, `table`, `family`, `protocol`, `practice`),
        `corpora` (`id`, `title`, `language`, `licence`, `practice`), `protocols`, `seeds`, `intervals`.
    """
    lines, compared = [read(path) for path in tables], [read(path) for path in comparisons]
    spread = {Path(path).name.removesuffix(".spread.tsv"): read(path) for path in spreads}
    shown = [
        results.section(table, *both, spread.get(table["id"], []))
        for table, *both in zip(settings["tables"], lines, compared, strict=True)
    ]
    titles: dict[str | None, str] = {t["id"]: f"{t['id']}: {t['caption']}" for t in settings["tables"]}
    drawn = figures.sections(
        settings["figures"],
        images,
        {Path(path).stem: Path(path).read_text(encoding="utf-8") for path in captions},
        {**titles, None: "Corpora"},
    )
    parts: list[tuple[str, str, Child]] = [
        ("tables", "Tables", shown),
        ("figures", "Figures", drawn),
        ("corpora", "Corpora and licences", background.corpora(settings["corpora"], [read(path) for path in cards])),
        ("audit", "Audit", background.audit(read(audit))),
        ("method", "Method", background.method(settings)),
    ]
    lead: list[Child] = [tag("p", LEAD, class_="lead")]
    if any(map(results.is_practice, lines)):
        lead.append(results.practice_note())
    texts = [Path(path).read_text(encoding="utf-8") for path in (style, behaviour)]
    text = page("xser: results", lead, parts, *texts)
    write_text(html, text)
    if len(text.encode()) > FITS:
        log.warning("the page is too large to be shown inside report.html; open %s, or make report.zip", html)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            snakemake.input.tables,
            snakemake.input.comparisons,
            snakemake.input.spreads,
            snakemake.input.figures,
            snakemake.input.captions,
            snakemake.input.cards,
            snakemake.input.audit,
            snakemake.input.style,
            snakemake.input.behaviour,
            snakemake.output[0],
            snakemake.params.settings,
        )
