"""Show how much each number of a table depends on who is held out."""

from collections.abc import Sequence
from typing import Any

from xser.evaluation.score import DETAILS, SCORE
from xser.files import write_text
from xser.job import run_main
from xser.tables import rendering
from xser.tables.held_out import SPREAD, make_spread


def main(scores: Sequence[str], details: Sequence[str], tsv: str, md: str, settings: dict[str, Any]) -> None:
    """Write the spread; scores and details are in the order that `settings["cells"]` count them."""
    SPREAD.write(tsv, make_spread(settings, SCORE.read_all(scores), [DETAILS.read(path) for path in details]))
    write_text(md, rendering.spread_markdown(settings, SPREAD.read(tsv)))


if "snakemake" in globals():
    run_main(main, snakemake)
