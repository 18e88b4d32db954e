"""Split one corpus: which speakers train, develop and test, fold by fold."""

from typing import Any

from xser.job import log, run_main
from xser.splits import split as splits
from xser.splits.protocols import read_protocol
from xser.splits.shared import crosstalk


def main(
    utterances: str, utt2emo: str, audio: str, out: str, corpus: str, protocol: dict[str, Any], test: Any, dev: Any
) -> None:
    """Write the split of the utterances that have an emotion: one line an utterance, one column a fold.

    `corpus` is the prefix of the speaker ids: the corpus whose audio this is. `protocol`, `test` and `dev` are an
    entry of the config's `protocols` (Protocol.settings), and `paper.test` and `paper.dev` of the corpus.
    """
    everything = splits.read_items(utterances, utt2emo, audio)
    items = [x for x in everything if x.emotion]
    wanted = read_protocol(protocol)
    split = wanted.split(items, corpus, test, dev)
    split.write(out)
    log.info("%d utterances of %d speakers in %d folds", len(items), len({x.speaker for x in items}), len(split.parts))
    for warning in [*wanted.warnings(everything, corpus), *crosstalk(split)]:
        log.warning("corpus %s: %s", corpus, warning)


if "snakemake" in globals():
    run_main(main, snakemake)
