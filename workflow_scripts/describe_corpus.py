"""A corpus' card: card.md to read, card.tsv to compute with.

Needs utterances.tsv, audio.tsv and left_out.tsv of the data directory, utt2emo and labels.tsv of the mapping.
"""

from pathlib import Path

from xser.corpora.base import load_reader
from xser.corpora.card import CARD, Contents, markdown, sections, tsv, warnings
from xser.corpora.labels import LABELS
from xser.data_dir import AUDIO, LEFT_OUT, read_mapping, read_utterances
from xser.files import look_up, write_text
from xser.job import log, run_main


def main(
    *,
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
    """Write the card of one corpus: Markdown, and a TSV `section item measure value`."""
    contents = Contents(
        corpus=corpus,
        root=root,
        practice=practice,
        reader=load_reader(reader),
        utterances=read_utterances(utterances),
        audio=AUDIO.records(audio),
        left_out=LEFT_OUT.records(left_out),
        emotions=read_mapping(utt2emo),
        labels=LABELS.records(labels),
    )
    look_up({row["recording"]: row for row in contents.audio}, (u.recording for u in contents.utterances), audio)
    look_up({u.utterance: u for u in contents.utterances}, contents.emotions, utterances)
    parts = sections(contents)
    CARD.write_records(table, tsv(parts))
    write_text(card, markdown(contents, parts))
    for item, value in warnings(contents).rows:
        log.warning("%s: %s", item, value)


if "snakemake" in globals():
    run_main(main, snakemake)
