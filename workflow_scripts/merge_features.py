"""Join the archives of a feature set's shards to the archive that one unsharded job would write."""

from pathlib import Path

from xser.features.archives import merge

if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        merge(
            scps=list(map(Path, snakemake.input.scp)),
            shard_names=Path(snakemake.input.names),
            ark=Path(snakemake.output.ark),
            scp=Path(snakemake.output.scp),
            names=Path(snakemake.output.names),
        )
