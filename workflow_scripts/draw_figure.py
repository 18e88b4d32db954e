"""Draw one figure."""

from collections.abc import Mapping, Sequence
from typing import Any

from xser.figures import style
from xser.figures.base import load_family


def main(*, family: str, inputs: Mapping[str, Sequence[str]], svg: str, png: str, settings: Mapping[str, Any]) -> None:
    """Draw one figure.

    Parameters
    ----------
    family
        The module of its family in `xser.figures`.
    inputs, settings
        What the family's `inputs` and `settings` gave; of the settings, `practice` says whether to mark the figure.
    svg, png
        What is written.
    """
    style.save(load_family(family).draw(inputs, settings), svg, png, settings["practice"])


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            family=snakemake.params.settings["family"],
            inputs=dict(snakemake.input.items()),
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            settings=snakemake.params.settings,
        )
