"""Paste several feature sets of one corpus into one."""

from xser.features.paste import paste

if "snakemake" in globals():
    from xser.job import arguments, job

    with job(snakemake):
        paste(**arguments(paste, snakemake))
