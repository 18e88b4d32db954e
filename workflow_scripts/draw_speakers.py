"""Draw how each held-out speaker of a table fares, beside the speaker that the paper holds out."""

from collections.abc import Sequence
from typing import Any

from xser.figures import speakers, style
from xser.figures.speakers import Spread, spread_of
from xser.files import read_tsv


def _spreads(places: Sequence[Sequence[int]], details: Sequence[str]) -> dict[tuple[int, int], Spread]:
    return {(row, column): spread_of(read_tsv(path)) for (row, column), path in zip(places, details, strict=True)}


def main(details: Sequence[str], held_out: Sequence[str], svg: str, png: str, settings: dict[str, Any]) -> None:
    """Draw one panel a tested corpus and metric.

    Parameters
    ----------
    details, held_out
        Details of scores: every speaker held out once, and the paper's speakers, in the order of `settings["places"]`
        and `settings["held_out_places"]`.
    svg, png
        What is written.
    settings
        `rows`, `columns` (labels), `places`, `held_out_places` ([row, column] of each file), `published` ([row, column,
        per cent]), `practice`.
    """
    figure = speakers.draw(
        settings["rows"],
        settings["columns"],
        _spreads(settings["places"], details),
        _spreads(settings["held_out_places"], held_out),
        {(row, column): percent / 100 for row, column, percent in settings["published"]},
    )
    style.save(figure, svg, png, settings["practice"])


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            snakemake.input.details,
            snakemake.input.held_out,
            snakemake.output.svg,
            snakemake.output.png,
            snakemake.params.settings,
        )
