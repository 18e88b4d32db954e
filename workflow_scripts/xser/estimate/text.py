"""The estimate as a user reads it: a table by stage, totals, what else could be run, and what to mind."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from xser.estimate.planned import Job
from xser.estimate.prices import STAGES
from xser.summary.made import duration

WIDE = 38
NODE = 16  # cores of a job on a cluster, as profiles/slurm has it


def longest_chain(jobs: Iterable[Job], cores: int) -> tuple[float, list[Job]]:
    """The jobs that wait for each other the longest, and their seconds, where every job has so many cores.

    Each job comes after all that it needs.
    """
    found: dict[Job, tuple[float, list[Job]]] = {}
    for job in jobs:
        seconds, chain = max((found[n] for n in job.needs if n in found), key=lambda f: f[0], default=(0.0, []))
        found[job] = seconds + job.work.wall(cores), [*chain, job]
    return max(found.values(), key=lambda f: f[0], default=(0.0, []))


def waiting(jobs: Sequence[Job], cores: int) -> float:
    """Seconds that so many cores need: all of the work, or the longest chain of it."""
    return max(_core_hours(jobs, cores) * 3600 / cores, longest_chain(jobs, cores)[0])


def describe(jobs: Sequence[Job], further: Mapping[str, Sequence[Job]], here: int | None, notes: Sequence[str]) -> str:
    """Return the estimate of the default tables, line by line, and of each further table on top of them.

    `here` says how many cores there are to run on; None on a cluster. `notes` stand below the heading.
    """
    cores = here or NODE
    head = f"{'stage':{WIDE}}{'jobs':>6}{'to do':>7}{'core time':>12}{'to do':>10}{'largest job':>13}"
    rule = "-" * len(head)
    stages = sorted({job.work.stage for job in jobs}, key=_place)
    lines = [*notes, "", head, rule]
    lines += [_line(stage, [job for job in jobs if job.work.stage == stage], cores) for stage in stages]
    lines += [rule, _line("in all", jobs, cores), "", *_totals(jobs, here), ""]
    if further:
        lines.append("Tables that are not made unless you ask for them (snakemake --cores 2 NAME), on top:")
        for table, more in further.items():
            todo = _core_hours(_left(more), cores)
            numbers = f"{len(more):>6} jobs {_core_hours(more, cores):>8.2f} core-hours more, {todo:.2f} to do"
            lines.append(f"  {table:<{WIDE - 2}}{numbers}")
        lines.append("")
    return "\n".join([*lines, *sorted({note for job in jobs for note in job.work.notes})])


def _place(stage: str) -> tuple[int, str]:
    return next(i for i, start in enumerate(STAGES) if stage.startswith(start)), stage


def _left(jobs: Iterable[Job]) -> list[Job]:
    return [job for job in jobs if job.to_do]


def _core_hours(jobs: Iterable[Job], cores: int) -> float:
    return sum(job.work.cpu(cores) for job in jobs) / 3600


def _line(label: str, jobs: Sequence[Job], cores: int) -> str:
    whole, todo = (duration(3600 * _core_hours(some, cores)) for some in (jobs, _left(jobs)))
    memory = max(job.work.gigabytes(cores) for job in jobs)
    return f"{label:{WIDE}}{len(jobs):>6}{len(_left(jobs)):>7}{whole:>12}{todo:>10}{memory:>10.1f} GB"


def _totals(jobs: Sequence[Job], here: int | None) -> list[str]:
    left, cores = _left(jobs), here or NODE
    whole, todo = _core_hours(jobs, cores), _core_hours(left, cores)
    lines = [f"{whole:.2f} core-hours, {todo:.2f} of them still to do, if no training stops before its last epoch."]
    if not left:
        return lines
    if here:
        lines.append(f"On {here} core{'s' * (here > 1)}: about {duration(waiting(left, here))}.")
    seconds, chain = longest_chain(left, NODE)
    lines.append(f"On a cluster: about {duration(seconds)}, however many nodes it has: the longest chain of jobs.")
    longest = max(chain, key=lambda job: job.work.wall(NODE))
    if longest.train and longest.work.tasks > 1:
        beside, most = longest.work.side_by_side(NODE), duration(longest.work.wall(NODE))
        where = f"{longest.work.stage} on {longest.train}"
        lines.append(f"  {most} of it: {where}, {longest.work.tasks} folds and seeds, {beside} at a time.")
    # What early stopping would save, if trainings to come stop as early as those that are done.
    learning = [job for job in jobs if job.work.epochs]
    outputs = {Path(path): job.work for job in learning if not job.to_do for path in job.outputs}
    histories = {p: work for p, work in outputs.items() if p.name.endswith(".history.tsv") and p.is_file()}
    if allowed := sum(work.tasks * work.epochs for work in histories.values()):
        share = sum(len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in histories) / allowed
        rest = todo - sum((1 - share) * job.work.tasks * job.work.each for job in _left(learning)) / 3600
        saved = f"took {share:.0%} of their epochs; at that, {rest:.2f} core-hours are to do."
        lines.append(f"The trainings that are done {saved}")
    return lines
