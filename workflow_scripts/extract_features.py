"""Extract one feature set of one corpus, or one shard of it, into a Kaldi archive."""

from xser.data_dir import check_root
from xser.features.extract import extract

if "snakemake" in globals():
    from xser.job import arguments, job

    with job(snakemake):
        given = arguments(extract, snakemake)
        check_root(snakemake.input.root, given.pop("corpus"), given["root"])
        extract(**given)
