"""Draw the confusion matrices of one table under one protocol."""

from collections.abc import Sequence
from typing import Any

from xser.figures import confusion, style
from xser.files import read_tsv


def main(details: Sequence[str], svg: str, png: str, settings: dict[str, Any]) -> None:
    """Draw one panel a cell.

    Parameters
    ----------
    details
        Details of scores, in the order of `settings["places"]`.
    svg, png
        What is written.
    settings
        `rows`, `columns` (labels), `places` ([row, column] of each file), `practice`.
    """
    matrices = {
        (row, column): confusion.matrix_of(read_tsv(path))
        for (row, column), path in zip(settings["places"], details, strict=True)
    }
    style.save(confusion.draw(settings["rows"], settings["columns"], matrices), svg, png, settings["practice"])


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(snakemake.input.details, snakemake.output.svg, snakemake.output.png, snakemake.params.settings)
