"""Draw one figure."""

from collections.abc import Mapping, Sequence
from typing import Any

from xser.figures import style
from xser.figures.base import load_family


def main(*, family: str, inputs: Mapping[str, Sequence[str]], svg: str, png: str, settings: Mapping[str, Any]) -> None:
    """Draw one figure of a family, a module in `xser.figures`, from what its `inputs` and `settings` gave."""
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
