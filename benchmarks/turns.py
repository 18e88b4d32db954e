"""Variants that take turns: each is a process of its own, warmed up, that works when asked to, round by round.

So all meet the same load, and a number is the median of its rounds. A benchmark gives `work(name) -> function` and
calls `serve` where it is started as a worker.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Taken:
    """What one round of one variant took."""

    cpu: float
    wall: float
    peak_mb: float


@dataclass(frozen=True)
class Variant:
    """A worker: its name, the arguments it is started with, and the Python that runs it."""

    name: str
    arguments: tuple[str, ...]
    python: str = sys.executable


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def serve(work: Callable[[], Any]) -> None:
    """In a worker: do the work once to warm up, then once for every line on standard input."""
    work()
    print("ready", flush=True)
    for _ in sys.stdin:
        cpu, wall = cpu_seconds(), time.perf_counter()
        work()
        turn = cpu_seconds() - cpu, time.perf_counter() - wall
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([*turn, peak]), flush=True)


def _start(script: str, variant: Variant) -> subprocess.Popen[str] | None:
    process = subprocess.Popen(
        [variant.python, script, "--worker", *variant.arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    if process.stdout.readline().strip() == "ready":
        return process
    last = (process.communicate()[1].strip().splitlines() or ["it wrote nothing"])[-1]
    print(f"skipped {variant.name}: {last}", file=sys.stderr)
    return None


def take_turns(script: str, variants: Sequence[Variant], rounds: int) -> dict[str, list[Taken]]:
    """Return the turns of every variant that could start, by its name."""
    started = [(variant, process) for variant in variants if (process := _start(script, variant))]
    turns: dict[str, list[Taken]] = {variant.name: [] for variant, _ in started}
    for _ in range(rounds):
        for variant, process in started:
            assert process.stdin is not None
            assert process.stdout is not None
            print(file=process.stdin, flush=True)
            turns[variant.name].append(Taken(*json.loads(process.stdout.readline())))
    for _, process in started:
        process.communicate()
    return turns


def medians(turns: Sequence[Taken]) -> Taken:
    """The median of each number over the rounds."""
    return Taken(median(t.cpu for t in turns), median(t.wall for t in turns), max(t.peak_mb for t in turns))
