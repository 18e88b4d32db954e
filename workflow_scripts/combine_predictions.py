"""Combine the predictions of several systems into those of one."""

from collections.abc import Sequence

from xser.evaluation import combination, predictions
from xser.job import run_main


def main(parts: Sequence[str], out: str, combine: str, components: Sequence[str], emotions: Sequence[str]) -> None:
    """Write the combined predictions; `parts` are those of the components (see `combination.combine`)."""
    read = {name: predictions.read(path, probabilities=True) for name, path in zip(components, parts, strict=True)}
    classes, blocks = combination.combine(combine, read, emotions)
    predictions.write(out, next(iter(read.values())).corpus, classes, blocks)


if "snakemake" in globals():
    run_main(main, snakemake)
