"""Paste several feature sets of one corpus into one."""

from xser.features.paste import paste
from xser.job import run_main

if "snakemake" in globals():
    run_main(paste, snakemake)
