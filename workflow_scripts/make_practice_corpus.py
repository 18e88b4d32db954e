"""Speak the practice corpus that stands for a corpus whose root is `practice`."""

from pathlib import Path

from xser.corpora import practice

if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        settings = snakemake.params.settings
        practice.make(settings["reader"], Path(settings["root"]))
