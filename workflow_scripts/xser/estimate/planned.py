"""The jobs that Snakemake plans, each with its price."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xser.errors import InputError
from xser.estimate.prices import Prices, Work

if TYPE_CHECKING:
    from snakemake.settings.enums import RerunTrigger
    from snakemake.settings.types import ConfigSettings


@dataclass(eq=False)
class Job:
    """One job: its rule, training set (if it trains), outputs, price, most threads, whether it is still to do."""

    rule: str
    work: Work
    threads: int = 1
    to_do: bool = True
    train: str = ""
    outputs: Sequence[str] = ()
    needs: list["Job"] = field(default_factory=list)

    def cpu(self, cores: int) -> float:
        """CPU seconds on a machine of so many cores."""
        return self.work.cpu(min(self.threads, cores))

    def wall(self, cores: int) -> float:
        """Seconds from start to end, if the cores have nothing else to do."""
        return self.work.wall(min(self.threads, cores))

    def gigabytes(self, cores: int) -> float:
        """Peak memory."""
        return self.work.gigabytes(min(self.threads, cores))


def jobs(
    prices: Prices,
    snakefile: Path,
    targets: Sequence[str],
    settings: "ConfigSettings",
    triggers: "Set[RerunTrigger]",
    cores: int,
) -> dict[str, list[Job]]:
    """Let Snakemake plan and return, for each target, the jobs that no target before it has; no target waits.

    Parameters
    ----------
    prices
        What the jobs cost.
    snakefile, settings, triggers
        The workflow, and of the settings it was started with those of the config, and what makes a job run anew.
    targets
        Names of rules without outputs.
    cores
        The most that a job may have.
    """
    from snakemake.api import SnakemakeApi
    from snakemake.settings.enums import Quietness
    from snakemake.settings.types import DAGSettings, OutputSettings, ResourceSettings, WorkflowSettings
    from snakemake_interface_executor_plugins.settings import ExecMode

    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            ResourceSettings(cores=cores),
            settings,
            # the Snakemake that runs this has checked the config and holds the lock
            workflow_settings=WorkflowSettings(exec_mode=ExecMode.SUBPROCESS),
            snakefile=snakefile,
        )
        chosen = DAGSettings(targets=set(targets), rerun_triggers=triggers)
        planned = workflow.dag(chosen)
        planned.execute_workflow(executor="dryrun")
        if (dag := getattr(workflow._workflow_store, "_dag", None)) is None:
            raise InputError("Snakemake cannot plan these targets", targets, "snakemake -n says why")
        found: dict[Any, Job] = {}
        for job in dag.jobs:
            work = prices.of(job.rule.name, job.wildcards_dict)
            train = job.wildcards_dict.get("train", "") if work.tasks else ""
            found[job] = Job(job.rule.name, work, job.threads, dag.needrun(job), train, list(map(str, job.output)))
        for job, mine in found.items():
            mine.needs = [found[other] for other in dag.dependencies[job]]
    ends = {job.rule: job for job in found.values() if not job.outputs}
    result: dict[str, list[Job]] = {}
    seen: set[Job] = set()
    for target in targets:
        result[target] = [job for job in ordered(ends[target], seen) if job.outputs]
    return result


def ordered(end: Job, seen: set[Job]) -> list[Job]:
    """A job and all that it needs and `seen` does not hold, each after what it needs; all are added to `seen`."""
    result: list[Job] = []
    pending = [(end, False)]
    while pending:
        job, complete = pending.pop()
        if complete:
            result.append(job)
        elif job not in seen:
            seen.add(job)
            pending += [(job, True), *((other, False) for other in job.needs)]
    return result
