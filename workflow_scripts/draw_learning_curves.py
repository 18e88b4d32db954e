"""Draw the learning curves of one table under one protocol."""

from collections.abc import Sequence
from typing import Any

from xser.figures import curves, style
from xser.files import read_tsv


def main(histories: Sequence[str], svg: str, png: str, settings: dict[str, Any]) -> None:
    """Draw one panel a system and training set.

    Parameters
    ----------
    histories
        Learning curves, one file a panel.
    svg, png
        What is written.
    settings
        `panels` (`title`, and how the epoch was chosen: `choice`, `monitor`), `practice`.
    """
    panels = [
        (panel["title"], curves.curves_of(read_tsv(path), panel["choice"], panel["monitor"]))
        for panel, path in zip(settings["panels"], histories, strict=True)
    ]
    style.save(curves.draw(panels), svg, png, settings["practice"])


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(snakemake.input.histories, snakemake.output.svg, snakemake.output.png, snakemake.params.settings)
