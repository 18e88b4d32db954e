"""Make one table of results: its cells as TSV, and as Markdown and LaTeX."""

from collections.abc import Sequence
from typing import Any

from xser.evaluation.score import DETAILS, SCORE
from xser.files import write_text
from xser.job import run_main
from xser.tables import rendering
from xser.tables.cells import CELLS, make_cells
from xser.tables.counts import read_parts
from xser.tables.held_out import accuracy_of_speakers
from xser.tables.layout import headings, layout
from xser.tables.notes import confounded, notes


def main(
    scores: Sequence[str],
    left_out: Sequence[str],
    tsv: str,
    md: str,
    tex: str,
    settings: dict[str, Any],
    details: Sequence[str] = (),
    splits: Sequence[str] = (),
    labels: Sequence[str] = (),
    cards: Sequence[str] = (),
) -> None:
    """Write the table three ways, from its runs' scores, in the order that `settings["cells"]` count them.

    `left_out` are lists of recordings left out, `.../{corpus}/left_out.tsv`; `settings` as `cells.make_cells` reads
    them; `details` those of the scores, where the table tests all speakers in turn: they tell how much these differ;
    `splits` in the order of `settings["splits"]`, and utt2emo of each, `labels`, to count what was learnt from;
    `cards`, `.../{corpus}/card.tsv`, of the tested corpora whose speakers are normalised.
    """
    speakers = [accuracy_of_speakers(DETAILS.read(path)).tolist() for path in details]
    parts = read_parts(settings, splits, labels) if splits else None
    CELLS.write(tsv, make_cells(settings, SCORE.read_all(scores), speakers, parts))
    cells = CELLS.read(tsv)  # what is printed is what the file has
    remarks = [*notes(settings, cells, left_out), *confounded(settings["titles"], cards)]
    shown = settings, headings(settings, cells), layout(settings, cells), remarks
    write_text(md, rendering.markdown(*shown))
    write_text(tex, rendering.latex(*shown))


if "snakemake" in globals():
    run_main(main, snakemake)
