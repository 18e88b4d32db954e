"""Import features that were made elsewhere, given as a Kaldi scp."""

from xser.features.imported import import_features

if "snakemake" in globals():
    from xser.job import arguments, job

    with job(snakemake):
        import_features(**arguments(import_features, snakemake))
