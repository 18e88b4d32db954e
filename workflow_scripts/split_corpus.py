"""Split one corpus: which speakers train, develop and test, fold by fold."""

from typing import Any

from xser.data_dir import read_mapping, read_utterances
from xser.errors import InputError
from xser.files import read_tsv
from xser.job import log
from xser.splits import split as splits
from xser.splits.protocols import read_protocol


def main(
    utterances: str, utt2emo: str, audio: str, out: str, corpus: str, protocol: dict[str, Any], test: Any, dev: Any
) -> None:
    """Write the split of the utterances that have an emotion.

    Parameters
    ----------
    utterances, utt2emo, audio
        Files of the corpus' data directory.
    out
        The split, one line an utterance, one column a fold.
    corpus
        Prefix of the speaker ids: the corpus whose audio this is.
    protocol
        An entry of the config's `protocols` (Protocol.settings).
    test, dev
        The corpus' `paper.test` and `paper.dev`.
    """
    sounds = {row["recording"]: row["sha256"] for row in read_tsv(audio)}
    emotions = read_mapping(utt2emo)
    items = [
        splits.Item(
            u.utterance, u.speaker, u.gender, u.text, f"{sounds[u.recording]} {u.start} {u.end}", emotions[u.utterance]
        )
        for u in read_utterances(utterances)
        if u.utterance in emotions
    ]
    if not items:
        raise InputError(f"{utt2emo}: no utterance has an emotion of the config")
    wanted = read_protocol(protocol)
    split = wanted.split(items, corpus, test, dev)
    split.write(out)
    speakers = len({x.speaker for x in items})
    log.info("%d utterances of %d speakers in %d folds", len(items), speakers, len(split.parts))
    if short := wanted.warning(speakers):
        log.warning("corpus %s: %s", corpus, short)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            utterances=snakemake.input.utterances,
            utt2emo=snakemake.input.utt2emo,
            audio=snakemake.input.audio,
            out=snakemake.output[0],
            **snakemake.params.settings,
        )
