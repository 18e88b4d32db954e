"""Speak the practice corpus that stands for a corpus whose root is `practice`."""

from pathlib import Path

from xser.corpora.practice.writing import write_corpus

if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        settings = snakemake.params.settings
        write_corpus(settings["reader"], Path(settings["root"]))
