"""Join the archives of models that were trained in parts: the same bytes as one training."""

from collections.abc import Sequence

from xser.training import store
from xser.training.history import HISTORY


def main(parts: Sequence[str], histories: Sequence[str], models: str, history: str) -> None:
    """Write one archive and one table of learning curves from those of the parts."""
    entries: dict[str, bytes] = {}
    for part in parts:
        with store.Store(part) as archive:
            manifest = archive.manifest
            entries |= {name: archive.read(name) for name in archive.names()}
    store.write(models, manifest, sorted(entries.items()))
    rows = [row for path in histories for row in HISTORY.records(path)]
    columns = max((list(row) for row in rows), key=len, default=["fold", "seed", "epoch"])
    order = {seed: i for i, seed in enumerate(manifest["seeds"])}
    rows.sort(key=lambda r: (r["fold"], order[r["seed"]], r["epoch"]))
    HISTORY.write_records(history, ({c: row.get(c) for c in columns} for row in rows))


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            parts=snakemake.input.models,
            histories=snakemake.input.histories,
            models=snakemake.output.models,
            history=snakemake.output.history,
        )
