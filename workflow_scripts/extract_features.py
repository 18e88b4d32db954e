"""Extract one feature set of one corpus, or one shard of it, into a Kaldi archive."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xser.data_dir import check_root
from xser.features.extract import extract


def main(
    utterances_tsv: Path,
    root: Path,
    extractor: str,
    parameters: Mapping[str, Any],
    ark: Path,
    scp: Path,
    names: Path,
    threads: int = 1,
    shard: tuple[int, int] | None = None,
) -> None:
    """Write ark, scp and names of the utterances (see xser.features.extract)."""
    extract(utterances_tsv, root, extractor, parameters, ark, scp, names, threads, shard)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        settings = snakemake.params.settings
        check_root(snakemake.input.root, settings["corpus"], settings["root"])
        main(
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
