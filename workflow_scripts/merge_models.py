"""Join the archives of models that were trained in parts: the same bytes as one training."""

from collections.abc import Sequence

from xser.job import run_main
from xser.training import history, store


def main(parts: Sequence[str], histories: Sequence[str], models: str, curves: str) -> None:
    """Write one archive and one table of learning curves from those of the parts."""
    entries: dict[str, bytes] = {}
    learnt: dict[str, dict[str, str]] = {}
    for part in parts:
        with store.Store(part) as archive:
            manifest, seeds = archive.manifest, archive.seeds
            entries |= archive.entries()
            learnt |= manifest["learnt"]
    store.write(models, manifest | {"learnt": learnt}, sorted(entries.items()))
    rows = [row for path in histories for row in history.HISTORY.records(path)]
    rows.sort(key=lambda row: (row["fold"], seeds.index(row["seed"]), row["epoch"]))
    history.write(curves, rows)


if "snakemake" in globals():
    run_main(main, snakemake)
