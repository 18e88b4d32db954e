"""Score the predictions of one run: the metrics with intervals, chance and majority, and the details behind them."""

from collections.abc import Mapping, Sequence
from typing import Any

from threadpoolctl import threadpool_limits

from xser.evaluation import predictions
from xser.evaluation.clusters import read_clusters
from xser.evaluation.known import known_classes
from xser.evaluation.score import DETAILS, SCORE, score
from xser.job import log, run_main
from xser.splits.shared import dependence, shared_dialogues
from xser.splits.split import Split, read_with_items


def main(
    predictions_tsv: str,
    score_tsv: str,
    details_tsv: str,
    settings: dict[str, Any],
    inputs: Mapping[str, Any] | None = None,
    utterances_tsv: str = "",
    learnt_splits: Sequence[str] = (),
    learnt_utterances: Sequence[str] = (),
) -> None:
    """Write the line of scores and the details of one run (see `score.score`), from its predictions.

    `settings` are those of `score.score` without `dependent`, `shared_dialogues` and `known`. `inputs` has `split`,
    `utterances`, `utt2emo` and `audio` of the tested corpus, where it is among those of training. `utterances_tsv` is
    the tested corpus', for the sentences and dialogues that utterances cluster in; where it is not given they are
    independent. `learnt_splits` and `learnt_utterances` are split and utterances.tsv of each corpus that further heads
    learnt from, where the run has some.
    """
    p = predictions.read(predictions_tsv)
    clusters = read_clusters(utterances_tsv, p.utterances.tolist()) if utterances_tsv else None
    items = ("split", "utterances", "utt2emo", "audio")
    split = read_with_items(*(inputs[name] for name in items)) if inputs and "split" in inputs else Split([], [])
    dependent = f"{settings['test']}: {found}" if (found := dependence(split)) else ""
    both = {"dependent": dependent, "shared_dialogues": shared_dialogues(split)}
    known = known_classes(p.heads, learnt_splits, learnt_utterances)
    with threadpool_limits(1):  # the same bytes whatever the number of cores
        line, details = score(p, {**settings, **both, "known": known}, clusters)
    SCORE.write_records(score_tsv, [line])
    DETAILS.write_records(details_tsv, details)
    log.info("{n} utterances of {speakers} speakers: accuracy {accuracy:.6f}, UAR {uar:.6f}".format(**line))


if "snakemake" in globals():
    run_main(main, snakemake)
