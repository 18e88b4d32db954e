"""The estimate as a user reads it: a table by stage, totals, what else could be run, and what to mind."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from xser import paths
from xser.estimate.costs import OWN, Costs
from xser.estimate.jobs import Job, Jobs
from xser.estimate.sizes import Sizes
from xser.estimate.training import Kernel
from xser.files import read_tsv
from xser.models.base import load_module
from xser.workflow.plan import Plan

WIDE = 38
MUCH = 8.0  # GB of one job that are worth a word
NODE = 16  # cores of a job on a cluster, as profiles/slurm has it


def hours(seconds: float) -> str:
    """Seconds as a reader takes them in."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def longest_chain(jobs: Mapping[str, Job], cores: int) -> tuple[float, list[Job]]:
    """The jobs that wait for each other the longest, and their seconds, where every job has so many cores."""
    found: dict[str, tuple[float, str | None]] = {}
    for name in jobs:  # a job is added after all that it needs
        job = jobs[name]
        before = max(((found[n][0], n) for n in job.needs if n in found), default=(0.0, None))
        found[name] = before[0] + job.wall(cores), before[1]
    end: str | None = max(found, key=lambda name: found[name][0], default=None)
    seconds, chain = (found[end][0] if end else 0.0), []
    while end:
        chain.append(jobs[end])
        end = found[end][1]
    return seconds, chain[::-1]


def waiting(jobs: Mapping[str, Job], cores: int) -> float:
    """Seconds that so many cores need: all of the work, or the longest chain of it."""
    work = sum(job.cpu(cores) for job in jobs.values())
    return max(work / cores, longest_chain(jobs, cores)[0])


def describe(plan: Plan, sizes: Sizes, costs: Costs, here: int | None, root: Path = Path()) -> str:
    """Return the estimate of the default tables, line by line, and of each other table on top of them.

    `here` says how many cores there are to run on; None on a cluster.
    """
    cores = here or NODE
    tables, planner = plan.config.default_tables(), Jobs(plan, sizes, costs)
    jobs = planner.of(tables)
    left = {name: job for name, job in jobs.items() if not job.done(root)}
    lines = [f"What these tables cost, at most: {', '.join(tables)}", f"Rates of {costs.machine}{_whose(root)}", ""]
    lines += [*_stages(jobs, left, cores), "", *_totals(plan, jobs, left, here), ""]
    lines += _stopping(plan, left, cores, root)
    lines += _further(plan, planner, jobs, cores, root)
    lines += _warnings(planner, jobs)
    return "\n".join(lines)


def _whose(root: Path) -> str:
    return f" ({OWN})" if (root / OWN).is_file() else "; `make rates` measures this machine"


def _stages(jobs: Mapping[str, Job], left: Mapping[str, Job], cores: int) -> list[str]:
    head = f"{'stage':{WIDE}}{'jobs':>6}{'to do':>7}{'core time':>12}{'to do':>10}{'largest job':>13}"
    lines = [head, "-" * len(head)]
    for stage in sorted({job.stage for job in jobs.values()}, key=_place):
        mine = [job for job in jobs.values() if job.stage == stage]
        lines.append(_line(stage, mine, [job for job in mine if job.name in left], cores))
    return [*lines, "-" * len(head), _line("in all", list(jobs.values()), list(left.values()), cores)]


def _line(label: str, jobs: Sequence[Job], left: Sequence[Job], cores: int) -> str:
    whole, todo = (sum(job.cpu(cores) for job in some) for some in (jobs, left))
    memory = max(job.gigabytes(cores) for job in jobs)
    return f"{label:{WIDE}}{len(jobs):>6}{len(left):>7}{hours(whole):>12}{hours(todo):>10}{memory:>10.1f} GB"


def _place(stage: str) -> tuple[int, str]:
    order = ("practice", "reading", "features", "training", "prediction", "scores")
    return next(i for i, word in enumerate(order) if stage.startswith(word)), stage


def _totals(plan: Plan, jobs: Mapping[str, Job], left: Mapping[str, Job], here: int | None) -> list[str]:
    whole, todo = (sum(job.cpu(here or NODE) for job in some.values()) / 3600 for some in (jobs, left))
    lines = [f"{whole:.2f} core-hours, {todo:.2f} of them still to do, if no training stops before its last epoch."]
    if not left:
        return lines
    if here:
        lines.append(f"On {here} core{'s' * (here > 1)}: about {hours(waiting(left, here))}.")
    seconds, chain = longest_chain(left, NODE)
    lines.append(f"On a cluster: about {hours(seconds)}, however many nodes it has: the longest chain of jobs.")
    longest = max(chain, key=lambda job: job.wall(NODE))
    if longest.tasks > 1 and longest.rule.startswith("train"):
        beside = longest.side_by_side(NODE)
        share = f"  {hours(longest.wall(NODE))} of it: {longest.stage} on {longest.training_set}"
        lines.append(f"{share}, {longest.tasks} folds and seeds, {beside} at a time.")
    if plan.config.gpu:
        lines.append("Rates are those of processor cores: what a GPU saves is not in these figures.")
    return lines


def _stopping(plan: Plan, left: Mapping[str, Job], cores: int, root: Path) -> list[str]:
    """What early stopping would save, if trainings to come stop as early as those that are done."""
    run, allowed = 0, 0
    for path in sorted(root.glob(paths.history("*", "*", "*"))):
        system = plan.config.systems.get(path.parent.name)
        rows = read_tsv(path)
        if system is None or system.combine or not rows or not load_module(system.model).EPOCHS:
            continue
        trainings = {(row["fold"], row["seed"]) for row in rows}
        budget = plan.config.systems[system.id].parameters["epochs"]
        if "-to-" in path.stem:
            budget = system.finetune.get("epochs", budget)
        run, allowed = run + len(rows), allowed + budget * len(trainings)
    learnt = [job for job in left.values() if _learns_in_epochs(plan, job)]
    if not allowed or not learnt:
        return []
    share = run / allowed
    saved = sum((1 - share) * job.tasks * job.each for job in learnt) / 3600
    rest = sum(job.cpu(cores) for job in left.values()) / 3600 - saved
    return [
        f"The trainings that are done took {share:.0%} of their epochs; at that, {rest:.2f} core-hours are to do.",
        "",
    ]


def _learns_in_epochs(plan: Plan, job: Job) -> bool:
    system = plan.config.systems.get(job.stage.removeprefix("training "))
    return job.tasks > 0 and system is not None and bool(load_module(system.model).EPOCHS)


def _further(plan: Plan, planner: Jobs, jobs: Mapping[str, Job], cores: int, root: Path) -> list[str]:
    """Each table that the default target leaves out, on top of it."""
    lines = []
    for table in plan.config.tables:
        if table in plan.config.default_tables():
            continue
        more = {n: job for n, job in planner.of([table], report=False).items() if n not in jobs}
        left = sum(job.cpu(cores) for job in more.values() if not job.done(root)) / 3600
        whole = sum(job.cpu(cores) for job in more.values()) / 3600
        lines.append(f"  {table:<{WIDE - 2}}{len(more):>6} jobs {whole:>8.2f} core-hours more, {left:.2f} to do")
    return ["Tables that are not made unless you ask for them (snakemake NAME), on top:", *lines, ""] if lines else []


def _warnings(planner: Jobs, jobs: Mapping[str, Job]) -> list[str]:
    kernels = [job.kernel for job in jobs.values() if job.kernel]
    lines = []
    for system in sorted({k.system for k in kernels}):
        for kept in (False, True):
            mine = [k for k in kernels if k.system == system and k.kept == kept and k.need > (MUCH if kept else 0)]
            if mine:
                lines += _kernel(system, len(mine), max(mine, key=lambda k: k.need))
    lines += [f"Not in these figures, because no rate was measured: {name}." for name in sorted(planner.unknown)]
    return lines


def _kernel(system: str, number: int, largest: Kernel) -> list[str]:
    what = f"Memory: {number} training{'s' * (number > 1)} of {system}, of up to {largest.utterances:,} utterances"
    if largest.kept:
        return [
            f"{what}, keep a kernel matrix of up to {largest.need:.1f} GB. To bound it: `memory_gb` (docs/time.md)."
        ]
    return [
        f"{what}: the kernel matrix takes up to {largest.need:.1f} GB",
        f"  and `memory_gb` is {largest.limit:g}, so each class computes its own, slowly. What to do: docs/time.md.",
    ]
