"""Join the points of a curve over its tested corpora, as TSV and to read."""

from collections.abc import Sequence
from typing import Any

from xser.curves.base import POINTS
from xser.curves.curve_table import markdown
from xser.evaluation.score import SCORE
from xser.files import write_text
from xser.job import run_main


def main(
    points: Sequence[str], scores: Sequence[str], cards: Sequence[str], tsv: str, md: str, settings: dict[str, Any]
) -> None:
    """Write one curve; `points` and `cards` are in the order of `settings["columns"]` (see workflow/curves.py)."""
    lines = [line for path in points for line in POINTS.records(path)]
    POINTS.write_records(tsv, lines)
    write_text(md, markdown(settings, lines, [line for path in scores for line in SCORE.records(path)], cards))


if "snakemake" in globals():
    run_main(main, snakemake)
