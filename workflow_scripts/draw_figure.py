"""Draw one figure."""

from collections.abc import Mapping, Sequence
from typing import Any

from xser.figures import style
from xser.figures.base import load_family
from xser.job import run_main


def main(*, inputs: Mapping[str, Sequence[str]], svg: str, png: str, settings: Mapping[str, Any]) -> None:
    """Draw one figure of a family, a module in `xser.figures`, from what its `inputs` and `settings` gave."""
    style.save(load_family(settings["family"]).draw(inputs, settings), svg, png, settings["practice"])


if "snakemake" in globals():
    run_main(main, snakemake)
