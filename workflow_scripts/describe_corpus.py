"""A corpus' card: card.md to read, card.tsv to compute with.

Needs utterances.tsv, audio.tsv and left_out.tsv of the data directory, utt2emo and labels.tsv of the mapping.
"""

from pathlib import Path

from xser.corpora.base import load_reader
from xser.corpora.card import CARD, Corpus, markdown, sections, tsv
from xser.data_dir import LEFT_OUT, read_mapping, read_utterances
from xser.files import read_tsv, write_text
from xser.job import log


def main(
    corpus: str,
    reader: str,
    root: str,
    practice: bool,
    utterances: str | Path,
    audio: str | Path,
    left_out: str | Path,
    utt2emo: str | Path,
    labels: str | Path,
    card: str | Path,
    table: str | Path,
) -> None:
    """Write the card of one corpus.

    Parameters
    ----------
    corpus, reader, root, practice
        The corpus' id, its reader, the folder it was read from, and whether that is synthetic practice data.
    utterances, audio, left_out, utt2emo, labels
        What read_corpus.py and map_emotions.py wrote.
    card, table
        What is written: Markdown, and a TSV `section item measure value`.
    """
    content = Corpus(
        name=corpus,
        root=root,
        practice=practice,
        reader=load_reader(reader),
        utterances=read_utterances(utterances),
        audio=read_tsv(audio),
        left_out=LEFT_OUT.records(left_out),
        emotions=read_mapping(utt2emo),
        labels=read_tsv(labels),
    )
    parts = sections(content)
    CARD.write_records(table, tsv(parts))
    write_text(card, markdown(content, parts))
    for section in parts:
        if section.title == "Take care":
            for item, value in section.rows:
                log.warning("%s: %s", item, value)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            utterances=snakemake.input.utterances,
            audio=snakemake.input.audio,
            left_out=snakemake.input.left_out,
            utt2emo=snakemake.input.utt2emo,
            labels=snakemake.input.labels,
            card=snakemake.output.card,
            table=snakemake.output.table,
            **snakemake.params.settings,
        )
