"""Join the archives of a feature set's shards to the archive that one unsharded job would write."""

from xser.features.archives import merge
from xser.job import run_main

if "snakemake" in globals():
    run_main(merge, snakemake)
