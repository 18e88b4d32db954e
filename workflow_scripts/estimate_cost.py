"""Print what the config costs: core-hours, waiting time and memory of the jobs that Snakemake plans."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser.config.study import Study
from xser.estimate import planned, text
from xser.estimate.costs import OWN, Costs
from xser.estimate.prices import Prices
from xser.estimate.sizes import Sizes
from xser.workflow.corpora import own_audio


def main(
    *,
    config: Mapping[str, Any],
    cores: int | None,
    snakefile: str,
    settings: Any,
    targets: Sequence[str],
    triggers: Any,
) -> None:
    """Print the estimate of the whole config.

    `cores` is how many there are to run on, None on a cluster; `targets` are the default one, then the tables that it
    leaves out; the rest is what Snakemake was started with (see planned.jobs).
    """
    study, costs = Study(config), Costs.best()
    sizes = Sizes(study)
    jobs, *further = planned.jobs(
        Prices(study, costs, sizes), Path(snakefile), targets, settings, triggers, cores=max(cores or 0, text.NODE)
    ).values()
    own = f" ({OWN})" if Path(OWN).is_file() else "; `make rates` measures this machine"
    notes = [
        f"What these tables cost, at most: {', '.join(study.default_tables())}",
        "Rates of {processor}, {cores} cores, {date}".format(**costs.rates["machine"]) + own,
    ]
    if unread := [c for c in own_audio(study) if not sizes.was_read(c) and study.corpora[c].root]:
        notes.append(f"Not read yet, so of the size of their release or of their files: {', '.join(unread)}")
    if study.gpu:
        notes.append("Rates are those of processor cores: what a GPU saves is left out.")
    print("\n" + text.describe(jobs, dict(zip(targets[1:], further, strict=True)), cores, notes), flush=True)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        settings = snakemake.params.settings
        prefix = snakemake.rule.removesuffix("estimate")  # where a `module` statement gives one
        main(**{**settings, "targets": [prefix + target for target in settings["targets"]]})
