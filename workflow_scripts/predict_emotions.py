"""Predict the held-out utterances of one corpus, fold by fold, with the models of one training."""

from collections.abc import Sequence

from xser.evaluation import predictions, testing
from xser.job import log, run_main
from xser.training import examples, store


def main(
    scp: str,
    utterances: str,
    utt2emo: str,
    split: str,
    archive: str,
    out: str,
    corpus: str,
    unlabelled: Sequence[str] = ("train", "dev"),
) -> None:
    """Write the predictions of all folds and seeds in `archive` for one corpus, one line an utterance and seed.

    `unlabelled` are the parts of the split that normalise a corpus that training did not see (see testing.predict).
    """
    data = examples.load(corpus, scp, utterances, utt2emo, split)
    with store.Store(archive) as models:
        known = models.heads[0].classes
        predictions.write(out, corpus, known, list(testing.predict(models, data, unlabelled)))
    if unknown := sorted(set(data.labels["emotion"]) - set(known)):
        log.warning("the models never saw %s: those utterances of %s count as errors", ", ".join(unknown), corpus)


if "snakemake" in globals():
    run_main(main, snakemake)
