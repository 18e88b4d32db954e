"""Join the archives of a feature set's shards to the archive that one unsharded job would write."""

from collections.abc import Sequence
from pathlib import Path

from xser.features.archives import merge


def main(scps: Sequence[Path], shard_names: Path, ark: Path, scp: Path, names: Path) -> None:
    """Write ark, scp and names from the shards' scps, in the order of the shards, and the column names of any."""
    merge(scps, shard_names, ark, scp, names)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            scps=list(map(Path, snakemake.input.scp)),
            shard_names=Path(snakemake.input.names),
            ark=Path(snakemake.output.ark),
            scp=Path(snakemake.output.scp),
            names=Path(snakemake.output.names),
        )
