"""Packs: short jobs that share one job of SLURM, in which they run one after the other.

SLURM takes seconds to minutes for a job, and clusters limit how many one may have; a study has thousands of short ones.
Snakemake's groups delete what all members made when one fails, and tasks of SLURM's arrays delete each other's output.
Members of a pack stay jobs of Snakemake: each has its own record, its own log and its own end.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

MEMORY = ("mem_mb", "mem_mib")  # a pack asks for the most that a member asks for
SIZES = {*MEMORY, "mem", "runtime"}  # members may differ in them
UNASKED = {"disk", "disk_mb", "disk_mib", "tmpdir"}  # SLURM is not asked for them
SHORT = 0.25  # the longest short job, as a part of a pack
LONGEST = 200  # characters of a log's folder; file systems know no names of more than 255


@dataclass(frozen=True)
class Waiting:
    """A job of Snakemake that waits for company, since `since` (seconds of any clock)."""

    job: Any
    since: float

    @cached_property
    def minutes(self) -> int | None:
        """The time that it asks for, if any."""
        runtime = self.job.resources.get("runtime")
        return runtime if isinstance(runtime, int) else None

    @cached_property
    def memory(self) -> int:
        """The memory that it asks for, in MB; 0 if it does not say."""
        mem_mb = self.job.resources.get("mem_mb")
        return mem_mb if isinstance(mem_mb, int) else 0

    @cached_property
    def kind(self) -> tuple[object, ...]:
        """What members of a pack have in common: partition, account, cores, GPUs, attempt, all but memory and time."""
        asked = self.job.resources.items()
        others = sorted((name, str(value)) for name, value in asked if name not in SIZES | UNASKED)
        return self.job.attempt, *others


def due(waiting: Sequence[Waiting], now: float, minutes: float, most: int, patience: float) -> list[list[Waiting]]:
    """The packs that are to be submitted now, the one that waits longest first.

    A job goes alone, and at once, if it asks for more than a quarter of a pack's time, for no time, or for MPI. The
    others are put into packs of one `kind` in which no member asks for more than twice the memory of another. A pack is
    due when it is full, so that not even a job like its shortest fits, or when a member has waited `patience` seconds.

    The members of a pack ask for at most `minutes` together (0: every job goes alone), and are at most `most`. `now` is
    by the clock of `since`.
    """
    found: list[list[Waiting]] = []
    open_packs: dict[object, list[list[Waiting]]] = {}
    for one in sorted(waiting, key=lambda one: -one.memory):
        time = one.minutes
        if time is None or time > SHORT * minutes or one.job.resources.get("mpi"):
            found.append([one])
            continue
        alike = open_packs.setdefault(one.kind, [])
        fitting = (p for p in alike if _asked(p) + time <= minutes and p[0].memory <= 2 * one.memory)
        members = next(fitting, None)
        if members is None:
            alike.append(members := [])
        members.append(one)
        if len(members) >= most or _asked(members) + min(_asked([member]) for member in members) > minutes:
            alike.remove(members)
            found.append(members)
    unfilled = (members for alike in open_packs.values() for members in alike)
    found += [members for members in unfilled if now - min(one.since for one in members) >= patience]
    return sorted(found, key=lambda members: min(one.since for one in members))


def wall_limits(partitions: str) -> dict[str, float]:
    """Return the minutes that each partition allows a job, the default one's as that of "" too.

    `partitions` is what `sinfo --noheader --format=%P|%l` says.

    Examples
    --------
    >>> wall_limits("long*|2-12:00:00\\nshort|1:00:00\\nquick|30:00\\nfree|infinite\\n")
    {'long': 3600.0, '': 3600.0, 'short': 60.0, 'quick': 30.0, 'free': inf}
    """
    found: dict[str, float] = {}
    for name, _, limit in (line.strip().partition("|") for line in partitions.splitlines()):
        days, _, clock = limit.rpartition("-")
        numbers = [days or "0", *clock.split(":")]
        minutes = float("inf")
        if all(n.isdigit() for n in numbers):
            day, hour, minute, second = (int(n) for n in [numbers[0], *["0"] * (4 - len(numbers)), *numbers[1:]])
            minutes = 1440.0 * day + 60 * hour + minute + second / 60
        found[name.rstrip("*")] = minutes
        if name.endswith("*"):
            found[""] = minutes
    return found


def _asked(members: Sequence[Waiting]) -> int:
    return sum(one.minutes or 0 for one in members)


class Pack:
    """Jobs of Snakemake that share a job of SLURM; to the plugin, which builds the call of sbatch, it is one job.

    `members` are the jobs in the order in which they run, `left` of which have not ended; in `folder`, another one in
    each submission, they leave their records, by number.
    """

    def __init__(self, jobs: Sequence[Any]) -> None:
        self.members, self.left = list(jobs), len(jobs)
        self.folder: Path | None = None

    def __getattr__(self, name: str) -> Any:
        """What all members have in common, or what is true of the only one."""
        return getattr(self.members[0], name)

    @property
    def resources(self) -> Any:
        """Of one member, but with the most memory and the sum of the times."""
        first = self.members[0].resources
        if len(self.members) == 1:
            return first
        asked = dict(first.items())
        for name in MEMORY:
            if name in asked:
                asked[name] = max(job.resources.get(name, 0) for job in self.members)
        asked["runtime"] = sum(job.resources.get("runtime") for job in self.members)
        return type(first)(fromdict=asked)

    @property
    def name(self) -> str:
        """The names of up to three rules; the plugin names the log and the comment in the queue after it."""
        names = sorted({job.name for job in self.members})
        return "+".join(names if len(names) < 4 else [*names[:3], "others"])

    @property
    def wildcards(self) -> Any:
        """Of the only member, or how many there are: the second part of log and comment, cut where it is too long."""
        if len(self.members) > 1:
            return [f"{len(self.members)}_jobs"]
        text = "_".join(self.members[0].wildcards)
        digest = hashlib.sha256(text.encode()).hexdigest()[:10]
        return self.members[0].wildcards if len(text) <= LONGEST else [f"{text[: LONGEST - 11]}_{digest}"]

    @property
    def rule(self) -> "Pack":
        """Where the plugin looks for the name of what it could not submit; groups of jobs have no rule."""
        return self

    @property
    def jobid(self) -> str:
        """Snakemake's ids of all members."""
        return ",".join(str(job.jobid) for job in self.members)
