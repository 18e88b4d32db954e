"""The jobs that Snakemake plans, each with its price."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xser.errors import InputError
from xser.estimate.prices import Prices, Work
from xser.imports import WORKFLOW

if TYPE_CHECKING:
    from snakemake.settings.enums import RerunTrigger
    from snakemake.settings.types import ConfigSettings


@dataclass(eq=False)
class Job:
    """One job: its rule, training set (if it trains), outputs, price, whether it is still to do, what it waits for."""

    rule: str
    work: Work
    to_do: bool = True
    train: str = ""
    outputs: Sequence[str] = ()
    needs: list["Job"] = field(default_factory=list)


def jobs(
    prices: Prices,
    snakefile: Path,
    targets: Sequence[str],
    settings: "ConfigSettings",
    triggers: "Set[RerunTrigger]",
    cores: int,
) -> dict[str, list[Job]]:
    """Let Snakemake plan; return, for each target, the jobs that no target before it has, each after what it needs.

    `settings` and `triggers` are those of the Snakemake that asks; a job may have at most `cores`.
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
        planned = workflow.dag(DAGSettings(targets=set(targets), rerun_triggers=triggers))
        planned.execute_workflow(executor="dryrun")
        if (dag := workflow._workflow_store._dag) is None:
            raise InputError("Snakemake cannot plan these targets", targets, "snakemake -n says why")
        found = of_dag(dag, prices)
    ends = {job.rule: job for job in found.values() if not job.outputs}
    seen: set[Job] = set()
    return {target: [job for job in with_needs(ends[target], seen) if job.outputs] for target in targets}


def of_dag(dag: Any, prices: Prices) -> dict[Any, Job]:
    """The jobs of a graph of Snakemake's, each after what it needs: its job -> ours."""
    found: dict[Any, Job] = {}
    for job in (job for level in dag.toposorted() for job in level):
        rule = job.rule.name if _is_ours(job.rule.snakefile) else ""  # a user's own may have any name and wildcards
        work = replace(prices.of(rule, job.wildcards_dict), threads=job.threads)
        train = job.wildcards_dict.get("train", "") if work.tasks else ""
        needs = [found[other] for other in dag.dependencies[job]]
        found[job] = Job(job.rule.name, work, dag.needrun(job), train, list(map(str, job.output)), needs)
    return found


@cache
def _is_ours(snakefile: str) -> bool:
    return Path(snakefile).resolve().is_relative_to(WORKFLOW / "rules")


def with_needs(end: Job, seen: set[Job]) -> list[Job]:
    """A job and all that it needs and `seen` does not hold, each after what it needs; all are added to `seen`."""
    if end in seen:
        return []
    seen.add(end)
    return [*(job for need in end.needs for job in with_needs(need, seen)), end]
