"""Paste several feature sets of one corpus into one."""

from collections.abc import Sequence
from pathlib import Path

from xser.features.paste import paste


def main(scps: Sequence[Path], names_of: Sequence[Path], ark: Path, scp: Path, names: Path) -> None:
    """Write ark, scp and names from the sets' scps and names, both in the order of the columns to come."""
    paste(scps, names_of, ark, scp, names)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            scps=list(map(Path, snakemake.input.scp)),
            names_of=list(map(Path, snakemake.input.names)),
            ark=Path(snakemake.output.ark),
            scp=Path(snakemake.output.scp),
            names=Path(snakemake.output.names),
        )
