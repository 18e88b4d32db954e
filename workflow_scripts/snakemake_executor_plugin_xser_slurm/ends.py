"""How jobs of SLURM record their ends, and what is concluded from records, `squeue` and refusals of `sbatch`."""

import re
import shlex
from collections.abc import Sequence
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
