"""Extract one feature set of one corpus, or one shard of it, into a Kaldi archive."""

from pathlib import Path

from xser.data_dir import check_root
from xser.features.extract import extract

if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        settings = snakemake.params.settings
        check_root(snakemake.input.root, settings["corpus"], settings["root"])
        extract(
            utterances_tsv=Path(snakemake.input.utterances),
            root=Path(settings["root"]),
            extractor=settings["extractor"],
            parameters=settings["parameters"],
            ark=Path(snakemake.output.ark),
            scp=Path(snakemake.output.scp),
            names=Path(snakemake.output.names),
            threads=snakemake.threads,
            shard=tuple(settings["shard"]) if settings["shard"] else None,
        )
