"""Import features that were made elsewhere, given as a Kaldi scp."""

from xser.features.imported import import_features
from xser.job import run_main

if "snakemake" in globals():
    run_main(import_features, snakemake)
