"""How jobs of SLURM record their ends, what is concluded from records, `squeue`, refusals of `sbatch` and paths."""

import os
import re
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

FAILED = {"BOOT_FAIL", "CANCELLED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT"}
ENDED = FAILED | {"COMPLETED", "PREEMPTED"}
SILENT = re.compile(
    r"Unable to contact|timed out|Connection refused|connect(ion)? failure|Zero Bytes|standby mode|Unexpected message"
    r"|Transport endpoint|slurm_persist_conn|fetch_config|not responding",
    re.I,
)
FULL = re.compile(r"submit limit|MaxSubmit|temporarily unable|temporarily unavailable|Job limit|QOS policy", re.I)
PATIENCE = 300.0  # seconds: of a refusal with nothing of the run in the queue, between two warnings that say the same


def ask(command: Sequence[str], timeout: float | None = None) -> "subprocess.CompletedProcess[str]":
    """Run a command of SLURM, without the user's own defaults for it: a partition, for one, would hide jobs."""
    plain = {name: x for name, x in os.environ.items() if not name.startswith(("SQUEUE_", "SCANCEL_", "SINFO_"))}
    return subprocess.run(
        command, env=plain, capture_output=True, text=True, errors="replace", check=False, timeout=timeout
    )


def misread(python: str, logs: str | Path, *others: str | Path) -> str:
    """Say which path jobs would not be told rightly: of Python, of their logs, or another; empty if none.

    Snakemake (9.27) writes the path of Python as it is, and others as Python does (`repr`): a backslash is then two,
    and what has a ' stands between ", where shells read on.
    """
    if "%" in str(logs):  # a job whose log cannot be opened fails without a word
        return f"{logs} has % in it, which sbatch takes for a pattern: rename the folder, or give --xser-slurm-logdir"
    plain = python.encode("ascii", "ignore").decode()
    wrong = [python] if shlex.quote(plain) != plain else []
    wrong += [path for path in map(str, others) if "\\" in path or ("'" in path and set(path) & set('"$`'))]
    return f"{wrong[0]}: Snakemake does not quote this path as jobs of SLURM need: rename the folder" if wrong else ""


def guarded(command: str, record: Path) -> str:
    """A shell command that runs at most once for a record, and leaves its end there.

    Parameters
    ----------
    command
        A command for `sh`.
    record
        A path in an existing folder. The command makes the folder `{record}.started`, or ends if it is there. Then it
        leaves `{record}.succeeded` or `{record}.failed`.

    Examples
    --------
    >>> guarded("true", Path("ends/1"))
    'mkdir ends/1.started && if ( true ); then touch ends/1.succeeded; else touch ends/1.failed; exit 1; fi'
    """
    started, succeeded, failed = (shlex.quote(f"{record}.{end}") for end in ("started", "succeeded", "failed"))
    return f"mkdir {started} && if ( {command} ); then touch {succeeded}; else touch {failed}; exit 1; fi"


def in_turn(commands: Sequence[str], logs: Sequence[str]) -> str:
    """A script for `sh` that runs commands one after the other, each whatever became of those before it.

    Parameters
    ----------
    commands
        Commands for `sh`.
    logs
        For each the file for what it prints, a word for `sh`.

    Returns
    -------
    str
        A script whose exit status is 1 if a command failed.
    """
    steps = [f"( {command} ) > {log} 2>&1 || status=1" for command, log in zip(commands, logs, strict=True)]
    return "\n".join(["status=0", *steps, "exit $status"])


def verdict(state: str | None, ended: str, unknown_for: float, patience: float) -> str:
    """What became of a job: `alive`, `succeeded`, `failed` or `preempted`.

    Parameters
    ----------
    state
        What `squeue` says of its job of SLURM; empty if it does not know it, None if SLURM does not answer.
    ended
        The end that the job recorded, `succeeded` or `failed`; empty if none.
    unknown_for
        Seconds since `squeue` first did not know the job.
    patience
        Seconds that a record may take to be seen on this machine.
    """
    if ended == "succeeded" or state == "COMPLETED":
        return "succeeded"
    if state == "PREEMPTED":
        return "preempted"
    if state in FAILED or (state == "" and (ended == "failed" or unknown_for > patience)):
        return "failed"
    return "alive"


def is_permanent(refusal: str, waited: float, others: bool) -> bool:
    """Whether to give up a submission that was refused.

    Parameters
    ----------
    refusal
        What sbatch said.
    waited
        Seconds since the first refusal.
    others
        Whether other jobs of the run are in the queue: their ends make room.
    """
    if SILENT.search(refusal):
        return False
    room = FULL.search(refusal) and "PerJob" not in refusal  # a limit on the size of one job
    return not room or (waited > PATIENCE and not others)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore Ctrl-C for as long as this lasts: who presses it twice would leave jobs behind in an unlocked folder."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # also of scancel and squeue, which it would end
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
