"""Labels -> emotions, by the reader's meaning and the config's `mapping`; selection by the reader's options.

Needs utterances.tsv; makes utt2emo (the utterances that take part) and labels.tsv (what became of each label).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from xser.corpora.labels import LABELS, take_part
from xser.data_dir import check_root, read_utterances, write_mapping
from xser.job import log


def main(
    *,
    corpus: str,
    utterances: str | Path,
    mapping: Mapping[str, str | None],
    select: Mapping[str, Sequence[str]],
    emotions: Sequence[str],
    utt2emo: str | Path,
    labels: str | Path,
) -> None:
    """Write which utterances take part, and with which emotion (see `labels.take_part`)."""
    rows = read_utterances(utterances)
    chosen, account = take_part(corpus, rows, mapping, select, emotions)
    write_mapping(utt2emo, chosen)
    LABELS.write_records(labels, account)
    counts = ", ".join(f"{emotion} ({n})" for emotion, n in sorted(Counter(chosen.values()).items()))
    log.info("%d of %d utterances take part: %s", len(chosen), len(rows), counts)


if "snakemake" in globals():
    from xser.job import arguments, job

    with job(snakemake):
        given = arguments(main, snakemake)
        check_root(snakemake.input.root, given["corpus"], given.pop("root"))
        main(**given)
