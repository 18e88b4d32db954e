"""Join the points of a curve over its tested corpora, as TSV and to read."""

from collections.abc import Sequence
from typing import Any

from xser.curves.base import POINTS
from xser.curves.table import markdown
from xser.evaluation.marks import MARKS
from xser.evaluation.score import SCORE
from xser.files import write_text
from xser.splits.shared import dependence
from xser.splits.split import read_with_items


def main(
    points: Sequence[str],
    scores: Sequence[str],
    cards: Sequence[str],
    tsv: str,
    md: str,
    settings: dict[str, Any],
    split: Sequence[str] = (),
    utterances: Sequence[str] = (),
    utt2emo: Sequence[str] = (),
    audio: Sequence[str] = (),
) -> None:
    """Write one curve.

    `points` and `cards` are in the order of `settings["columns"]` (see workflow/curves.py); likewise, where training
    may have tested speakers, `split` and what `read_with_items` reads beside it.
    """
    spoken = zip(settings["columns"], split, utterances, utt2emo, audio, strict=False)
    found = ((test, dependence(read_with_items(*files))) for test, *files in spoken)
    dependent = [{**dict.fromkeys(MARKS, ""), "dependent": f"{test}: {why}"} for test, why in found if why]
    settings = {**settings, "marks": [*settings["marks"], *dependent]}
    lines = [line for path in points for line in POINTS.records(path)]
    POINTS.write_records(tsv, lines)
    write_text(md, markdown(settings, lines, [line for path in scores for line in SCORE.records(path)], cards))


if "snakemake" in globals():
    from xser.job import arguments, job

    with job(snakemake):
        main(**arguments(main, snakemake))
