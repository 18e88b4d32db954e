"""Join the archives of a feature set's shards to the archive that one unsharded job would write."""

from xser.features.archives import merge

if "snakemake" in globals():
    from xser.job import arguments, job

    with job(snakemake):
        merge(**arguments(merge, snakemake))
