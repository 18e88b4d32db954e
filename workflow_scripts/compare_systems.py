"""Compare the systems of one table: pairs on each tested corpus, and all of them over corpora."""

from collections.abc import Sequence
from typing import Any

from threadpoolctl import threadpool_limits

from xser.evaluation.comparisons import COMPARISONS, Answers, compare_rows
from xser.files import write_text
from xser.job import log, run_main
from xser.tables import rendering


def main(
    predictions_tsv: Sequence[str],
    scores: Sequence[str],
    tsv: str,
    md: str,
    settings: dict[str, Any],
    utterances_tsv: Sequence[str] = (),
) -> None:
    """Write all comparisons of a table: one line a comparison, and the same to read.

    `predictions_tsv` and `scores` are of its runs, in the order that `settings["cells"]` count them; `utterances_tsv`
    of the corpus that each is tested on: where they are not given, utterances are independent. `settings` are those of
    `comparisons.compare_rows`, and `titles` (corpus -> title).
    """
    spoken = utterances_tsv or [""] * len(scores)
    answers = [Answers.read(*paths) for paths in zip(predictions_tsv, scores, spoken, strict=True)]
    with threadpool_limits(1):  # the same bytes whatever the number of cores
        COMPARISONS.write(tsv, compare_rows(settings, answers))
    lines = COMPARISONS.read(tsv)  # what is printed is what the file has
    write_text(md, rendering.comparisons_markdown(settings, lines, answers))
    log.info("%d comparisons, %d significant", len(lines), lines["significant"].sum())


if "snakemake" in globals():
    run_main(main, snakemake)
