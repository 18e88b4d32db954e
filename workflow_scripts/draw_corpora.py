"""Draw what the corpora are made of: emotions by gender, and durations."""

from collections.abc import Sequence
from typing import Any

from xser.data_dir import read_mapping, read_utterances
from xser.figures import composition, style
from xser.figures.composition import corpus_of


def main(
    utterances: Sequence[str],
    utt2emo: Sequence[str],
    utt2dur: Sequence[str],
    emotions: tuple[str, str],
    durations: tuple[str, str],
    settings: dict[str, Any],
) -> None:
    """Draw both figures.

    Parameters
    ----------
    utterances, utt2emo, utt2dur
        Files of the corpora's data directories, corpus by corpus.
    emotions, durations
        The figures to write, each an SVG and a PNG.
    settings
        `titles` and `practice`, corpus by corpus.
    """
    corpora = [
        corpus_of(title, practice, read_utterances(u), read_mapping(e), read_mapping(d))
        for title, practice, u, e, d in zip(
            settings["titles"], settings["practice"], utterances, utt2emo, utt2dur, strict=True
        )
    ]
    practice = any(settings["practice"])
    style.save(composition.draw_emotions(corpora), *emotions, practice)
    style.save(composition.draw_durations(corpora), *durations, practice)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            snakemake.input.utterances,
            snakemake.input.utt2emo,
            snakemake.input.utt2dur,
            (snakemake.output.emotions_svg, snakemake.output.emotions_png),
            (snakemake.output.durations_svg, snakemake.output.durations_png),
            snakemake.params.settings,
        )
