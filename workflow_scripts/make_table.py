"""Make one table of results: tidy TSV, Markdown and LaTeX."""

from collections.abc import Sequence
from typing import Any

from xser.files import read_tsv, write_text, write_tsv
from xser.tables import rendering
from xser.tables import table as tables


def main(scores: Sequence[str], left_out: Sequence[str], tsv: str, md: str, tex: str, settings: dict[str, Any]) -> None:
    """Write the table three ways.

    Parameters
    ----------
    scores
        Score files, in the order that `settings["cells"]` count them.
    left_out
        Lists of recordings left out, `.../{corpus}/left_out.tsv`, of the tested corpora.
    tsv, md, tex
        What is written.
    settings
        `table`, `caption`, `columns` (tested corpora), `titles` (corpus -> title), `protocols` (id -> its entry),
        `rows` (`label`, `system`, `train`, `published`), `cells` (`row`, `column`, `protocol`, `score`: a number or
        None, `paper`: per cent or None), `paper_n` (corpus -> n or None), `practice` (practice corpora among the
        columns).
    """
    cells = tables.tidy(settings, [read_tsv(path)[0] for path in scores])
    head, lines = tables.headings(settings, cells), tables.layout(settings, cells)
    remarks = tables.notes(settings, cells, left_out)
    write_tsv(tsv, tables.COLUMNS, cells)
    write_text(md, rendering.markdown(settings, head, lines, remarks))
    write_text(tex, rendering.latex(settings, head, lines, remarks))


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            snakemake.input.scores,
            snakemake.input.left_out,
            snakemake.output.tsv,
            snakemake.output.md,
            snakemake.output.tex,
            snakemake.params.settings,
        )
