"""Speak the practice corpus that stands for a corpus whose root is `practice`."""

from xser.corpora.practice.writing import write_corpus
from xser.job import run_main

if "snakemake" in globals():
    run_main(write_corpus, snakemake)
