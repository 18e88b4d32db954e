"""Audit some runs: a line a run if nothing leaked, one error that names every leak if something did."""

from pathlib import Path
from typing import Any

from xser import paths
from xser.audit.checks import AUDIT, Audit
from xser.audit.runs import audited
from xser.job import log, run_main


def main(
    *, out: str | Path, settings: dict[str, Any], card: str | Path | None = None, results: str | Path = paths.RESULTS
) -> None:
    """Write the audit of some runs, a line a run, if nothing is wrong; `results` is the folder of all results.

    `card` is the card of a training whose runs they are.
    """
    lines, again = audited(Audit(Path(results), settings), card)
    AUDIT.write_records(out, lines)
    log.info("%d runs: nothing that is tested was seen before, %d predictions made again", len(lines), again)


if "snakemake" in globals():
    run_main(main, snakemake)
