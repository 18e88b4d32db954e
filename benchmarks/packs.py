"""How many jobs of SLURM a study becomes, without packs and with them: a simulation over the jobs that Snakemake plans.

Jobs, groups, what they need and ask for are Snakemake's own; packs are formed by the executor's own code, with the
settings of profiles/slurm. Assumed are a cluster that starts what it gets at once and runs fifty jobs of SLURM at a
time, the estimate as the time of a job, five seconds for its two starts of Snakemake, and no failures.

    python benchmarks/packs.py [--quick] [--json FILE]
"""

import heapq
import itertools
import tempfile
from collections.abc import Hashable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import dag
import yaml
from measurement import command_line, write_json
from snakemake.api import SnakemakeApi
from snakemake.settings.enums import Quietness
from snakemake.settings.types import GroupSettings, OutputSettings, ResourceSettings

from snakemake_executor_plugin_xser_slurm.packs import Waiting, due
from xser.estimate.prices import BASE_MINUTES, MARGIN_TIME

STARTS = 5.0  # seconds of a job besides its work
LOCAL = 1.0  # seconds of a job on the login node
LOOKS = 5.0  # seconds between two looks at what is due; the executor's is one, which takes long to simulate
AT_A_TIME = 50  # jobs of SLURM that the cluster runs at once


@dataclass(eq=False)
class Unit:
    """A job or a group of jobs, as the executor gets it: seconds of work, and what it waits for."""

    job: Any
    local: bool
    seconds: float
    needs: set["Unit"] = field(default_factory=set)
    feeds: set["Unit"] = field(default_factory=set)


@dataclass(frozen=True)
class Outcome:
    """One simulation."""

    what: str
    jobs: int
    units: int
    submitted: int
    hours: float


def planned(folder: Path, profile: dict[str, Any]) -> tuple[int, list[Unit]]:
    """The number of jobs of a workflow, and the units that the executor gets."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        resources = ResourceSettings(cores=profile["max-threads"], nodes=profile["jobs"])
        workflow = api.workflow(resources, snakefile=folder / "Snakefile", workdir=folder)
        plan = workflow.dag()
        plan.execute_workflow(executor="dryrun", group_settings=GroupSettings(overwrite_groups=profile["groups"]))
        graph = workflow._workflow_store._dag
        jobs = [job for job in graph.jobs if graph.needrun(job) and job.output]
        units: dict[Hashable, Unit] = {}
        of_job: dict[Any, Unit] = {}
        for job in jobs:
            one = graph.get_job_group(job) or job
            if one not in units:
                local = job.rule.group is None and job.rule.name in graph.workflow._localrules
                steps = len(one.toposorted) if one.is_group() else 1
                work = 0 if local else (one.resources.get("runtime") - steps * BASE_MINUTES) * 60 / MARGIN_TIME
                units[one] = Unit(one, local, LOCAL if local else STARTS + work)
            of_job[job] = units[one]
        for job in jobs:
            for other in graph.dependencies[job]:
                if other in of_job and of_job[other] is not of_job[job]:
                    of_job[job].needs.add(of_job[other])
                    of_job[other].feeds.add(of_job[job])
    return len(jobs), list(units.values())


def simulated(units: Iterable[Unit], profile: dict[str, Any], minutes: float) -> tuple[int, float]:
    """The number of jobs of SLURM, and the seconds until the last has ended."""
    needs = {unit: len(unit.needs) for unit in units}
    by_job = {id(unit.job): unit for unit in needs}
    most_queued = profile["xser-slurm-max-queued"]
    most = sum(not unit.local for unit in needs) // most_queued
    ready = [unit for unit in needs if not needs[unit]]
    waiting: list[Waiting] = []
    pending: list[list[Unit]] = []  # in the queue
    ends: list[tuple[float, int, Unit | None]] = []  # of units; None: of a job of SLURM
    numbers = itertools.count()
    now, looked, taken, at_login, running, submitted = 0.0, 0.0, 0, 0, 0, 0
    while ready or waiting or ends or pending:
        found, ready = ready, []
        for unit in found:
            if unit.local and at_login < profile["local-cores"]:
                at_login += 1
                heapq.heappush(ends, (now + unit.seconds, next(numbers), unit))
            elif not unit.local and taken < profile["jobs"]:
                taken += 1
                waiting.append(Waiting(unit.job, now))
            else:
                ready.append(unit)
        room = most_queued - running - len(pending)
        if waiting and room > 0 and now >= looked + LOOKS:
            looked = now
            for members in due(waiting, now, minutes, most, profile["xser-slurm-pack-wait"])[:room]:
                gone = {id(one) for one in members}
                waiting = [one for one in waiting if id(one) not in gone]
                pending.append([by_job[id(one.job)] for one in members])
                submitted += 1
        while pending and running < AT_A_TIME:
            running, at = running + 1, now
            for unit in pending.pop(0):
                at += unit.seconds
                heapq.heappush(ends, (at, next(numbers), unit))
            heapq.heappush(ends, (at, next(numbers), None))
        now += 1
        while ends and ends[0][0] <= now:
            _, _, ended = heapq.heappop(ends)
            if ended is None:
                running -= 1
                continue
            at_login, taken = (at_login - 1, taken) if ended.local else (at_login, taken - 1)
            for other in ended.feeds:
                needs[other] -= 1
                if not needs[other]:
                    ready.append(other)
    return submitted, now


def outcomes(what: str, folder: Path) -> list[Outcome]:
    """A study without and with packs."""
    profile = yaml.safe_load((dag.REPOSITORY / "profiles/slurm/config.yaml").read_text(encoding="utf-8"))
    jobs, units = planned(folder, profile)
    found = []
    for minutes in (0, profile["xser-slurm-pack-minutes"]):
        submitted, seconds = simulated(units, profile, minutes)
        name = f"{what}, packs of {minutes} minutes" if minutes else f"{what}, each alone"
        found.append(Outcome(name, jobs, sum(not unit.local for unit in units), submitted, seconds / 3600))
        print(found[-1], flush=True)
    return found


def main() -> None:
    """Simulate, write the numbers."""
    options = command_line(__doc__, "the default config only").parse_args()
    found: list[Outcome] = []
    for what, config in [("default", None), ("paper", dag.paper)][: 1 if options.quick else 2]:
        with tempfile.TemporaryDirectory() as folder:
            dag.copy(Path(folder))
            if config:
                (Path(folder) / "config.yaml").write_text(yaml.safe_dump(config(), sort_keys=False), encoding="utf-8")
            found += outcomes(what, Path(folder))
    write_json(options.json, {"packs": [asdict(outcome) for outcome in found]})


if __name__ == "__main__":
    main()
