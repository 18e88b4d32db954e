"""Draw ours against the paper's figures of one table."""

from typing import Any

from xser.figures import against_paper, style
from xser.files import read_tsv


def main(table: str, svg: str, png: str, settings: dict[str, Any]) -> None:
    """Draw accuracies and intervals.

    Parameters
    ----------
    table
        The table's TSV.
    svg, png
        What is written.
    settings
        `columns` (tested corpora), `titles` (corpus -> title).
    """
    cells = read_tsv(table)
    figure = against_paper.draw(settings["columns"], settings["titles"], cells)
    style.save(figure, svg, png, any(c["practice"] == "yes" and c["n"] for c in cells))


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(snakemake.input.table, snakemake.output.svg, snakemake.output.png, snakemake.params.settings)
