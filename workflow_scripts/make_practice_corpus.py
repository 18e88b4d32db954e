"""Speak the practice corpus that stands for a corpus whose root is `practice`."""

from pathlib import Path

from xser.corpora import practice


def main(reader: str, root: Path) -> None:
    """Write the practice corpus of the reader below `root`."""
    practice.make(reader, root)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):  # type: ignore[name-defined]
        settings = snakemake.params.settings  # type: ignore[name-defined]
        main(settings["reader"], Path(settings["root"]))
