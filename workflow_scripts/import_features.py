"""Import features that were made elsewhere, given as a Kaldi scp."""

from pathlib import Path

from xser.features.imported import import_features

if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        import_features(
            utterances_tsv=Path(snakemake.input.utterances),
            source=Path(snakemake.input.scp),
            ark=Path(snakemake.output.ark),
            scp=Path(snakemake.output.scp),
            names=Path(snakemake.output.names),
        )
