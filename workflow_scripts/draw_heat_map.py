"""Draw the cross-corpus heat map of one table under one protocol."""

from typing import Any

from xser.figures import heat_map, style
from xser.files import read_tsv


def main(table: str, svg: str, png: str, settings: dict[str, Any]) -> None:
    """Draw UAR and accuracy.

    Parameters
    ----------
    table
        The table's TSV.
    svg, png
        What is written.
    settings
        `columns` (tested corpora), `titles` (corpus -> title), `protocol`.
    """
    cells = [c for c in read_tsv(table) if c["protocol"] == settings["protocol"]]
    rows = list(dict.fromkeys(c["row"] for c in cells))
    figure = heat_map.draw(rows, settings["columns"], settings["titles"], cells)
    style.save(figure, svg, png, any(c["practice"] == "yes" and c["n"] for c in cells))


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(snakemake.input.table, snakemake.output.svg, snakemake.output.png, snakemake.params.settings)
