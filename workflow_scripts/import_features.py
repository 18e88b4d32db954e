"""Import features that were made elsewhere, given as a Kaldi scp."""

from pathlib import Path

from xser.features.imported import import_features


def main(utterances_tsv: Path, source: Path, ark: Path, scp: Path, names: Path) -> None:
    """Write ark, scp and names of the corpus' utterances out of the scp `source`."""
    import_features(utterances_tsv, source, ark, scp, names)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            utterances_tsv=Path(snakemake.input.utterances),
            source=Path(snakemake.input.scp),
            ark=Path(snakemake.output.ark),
            scp=Path(snakemake.output.scp),
            names=Path(snakemake.output.names),
        )
