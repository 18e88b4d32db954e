"""Trace one curve on one tested corpus: the answers of all draws, scored."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from threadpoolctl import threadpool_limits

from xser.curves.base import POINTS, load_curve, points, tested
from xser.evaluation.clusters import read_clusters
from xser.job import run_main
from xser.splits.shared import dependence
from xser.splits.split import read_with_items
from xser.training import examples
from xser.training.fit import stage_of


def main(inputs: Mapping[str, Any], out: str, settings: dict[str, Any], threads: int = 1) -> None:
    """Write the points of a curve (see curves/base.py).

    `inputs` are those of the rule by name: `tested_scp`, `tested_utterances`, `tested_utt2emo`, `tested_split` and
    `tested_audio` of the tested corpus; `archive`, or `scp`, `utterances`, `utt2emo` and `split` of what is foreign,
    and, to fine-tune, `network`. `settings` is what `workflow.curves.trace_settings` gives.
    """
    names = ("scp", "utterances", "utt2emo", "split")
    data = examples.load(settings["test"], *(inputs[f"tested_{name}"] for name in names))
    options = {**settings["options"], "ks": settings["options"]["k"], "draws": settings["draws"], "threads": threads}
    stage = None
    if "archive" not in inputs:
        corpora = settings["training"]["corpora"]
        files = zip(corpora, *(inputs[name] for name in names), strict=True)
        foreign = [examples.load(*each) for each in files]
        stage = stage_of(settings["training"], foreign, None)
        # What only the tested corpus has is learnt from the K, too.
        weights = {head.name: head.weight for head in stage.heads}
        heads = examples.heads_of(weights, settings["training"]["emotions"], [*foreign, data])
        stage = replace(stage, heads=heads)
    tuned = (inputs["network"], settings["finetune"]) if settings["finetune"] else None
    curve = load_curve(settings["kind"])
    answers = curve.answers(archive=inputs.get("archive"), data=data, stage=stage, tuned=tuned, **options)
    split = read_with_items(*(inputs[f"tested_{name}"] for name in ("split", "utterances", "utt2emo", "audio")))
    about = {**settings, "dependent": f"{data.corpus}: {found}" if (found := dependence(split)) else ""}
    clusters = read_clusters(inputs["tested_utterances"], [data.utterances[i] for i in tested(data)])
    with threadpool_limits(1):
        POINTS.write_records(out, list(points(answers, data, about, clusters, curve.reference)))


if "snakemake" in globals():
    run_main(main, snakemake)
