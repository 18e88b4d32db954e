"""Print what the config costs, core-hours, waiting time and memory, when nothing but reading and splitting has run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xser.config.study import Study
from xser.estimate import sizes, text
from xser.estimate.costs import Costs
from xser.workflow.plan import Plan


def main(config: Mapping[str, Any], cores: int | None, root: str | Path = ".") -> None:
    """Print the estimate.

    Parameters
    ----------
    config
        config.yaml, read.
    cores
        How many cores there are to run on; None on a cluster.
    root
        The folder that holds `results`.
    """
    plan, root = Plan(Study(config)), Path(root)
    print("\n" + text.describe(plan, sizes.read(plan, root), Costs.best(root), cores, root), flush=True)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(**snakemake.params.settings)
