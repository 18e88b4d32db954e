"""Print what the config costs: core-hours, waiting time and memory of the jobs that Snakemake plans."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser.config.study import Study
from xser.estimate import planned, text
from xser.estimate.costs import OWN, Costs
from xser.estimate.prices import Prices
from xser.estimate.sizes import Sizes
from xser.workflow.plan import Plan


def main(
    config: Mapping[str, Any],
    cores: int | None,
    snakefile: str,
    settings: Any,
    targets: Sequence[str],
    triggers: Any,
) -> None:
    """Print the estimate.

    Parameters
    ----------
    config
        The whole config, read.
    cores
        How many cores there are to run on; None on a cluster.
    snakefile, settings, triggers
        What Snakemake was started with; see planned.jobs.
    targets
        The default target, then the tables that it leaves out.
    """
    plan, costs = Plan(Study(config)), Costs.best()
    sizes = Sizes(plan)
    jobs, *further = planned.jobs(
        Prices(plan, costs, sizes), Path(snakefile), targets, settings, triggers, cores=max(cores or 0, text.NODE)
    ).values()
    own = f" ({OWN})" if Path(OWN).is_file() else "; `make rates` measures this machine"
    notes = [
        f"What these tables cost, at most: {', '.join(plan.config.default_tables())}",
        f"Rates of {costs.machine}{own}",
    ]
    if unread := [c for c in plan.own_audio() if not sizes.was_read(c) and plan.config.corpora[c].root]:
        notes.append(f"Not read yet, so of the size that their publishers state: {', '.join(unread)}")
    if plan.config.gpu:
        notes.append("Rates are those of processor cores: what a GPU saves is left out.")
    print("\n" + text.describe(jobs, dict(zip(targets[1:], further, strict=True)), cores, notes), flush=True)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(**snakemake.params.settings)
