"""Combine the predictions of several systems into those of one."""

from collections.abc import Sequence

from xser.evaluation import combination, predictions


def main(paths: Sequence[str], out: str, combine: str, components: Sequence[str], emotions: Sequence[str]) -> None:
    """Write the combined predictions; `paths` are those of the components (see `combination.combine`)."""
    parts = {name: predictions.read(path, probabilities=True) for name, path in zip(components, paths, strict=True)}
    classes, blocks = combination.combine(combine, parts, emotions)
    predictions.write(out, next(iter(parts.values())).corpus, classes, blocks)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(paths=snakemake.input.predictions, out=snakemake.output[0], **snakemake.params.settings)
