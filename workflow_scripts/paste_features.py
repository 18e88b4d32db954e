"""Paste several feature sets of one corpus into one."""

from pathlib import Path

from xser.features.paste import paste

if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        paste(
            scps=list(map(Path, snakemake.input.scp)),
            names_of=list(map(Path, snakemake.input.names)),
            ark=Path(snakemake.output.ark),
            scp=Path(snakemake.output.scp),
            names=Path(snakemake.output.names),
        )
