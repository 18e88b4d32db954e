"""Show how much each figure of a table depends on who is held out."""

from collections.abc import Sequence
from typing import Any

from xser.files import read_tsv, write_text, write_tsv
from xser.tables import spread


def main(scores: Sequence[str], details: Sequence[str], tsv: str, md: str, settings: dict[str, Any]) -> None:
    """Write the spread over held-out speakers.

    Parameters
    ----------
    scores, details
        Scores of the table's runs and their details, in the order that `settings["cells"]` count them.
    tsv, md
        What is written.
    settings
        As make_table.py's.
    """
    lines = spread.spread(settings, [read_tsv(path)[0] for path in scores], [read_tsv(path) for path in details])
    write_tsv(tsv, spread.COLUMNS, lines)
    write_text(md, spread.markdown(settings, lines))


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            snakemake.input.scores,
            snakemake.input.details,
            snakemake.output.tsv,
            snakemake.output.md,
            snakemake.params.settings,
        )
