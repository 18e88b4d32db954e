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
    """A command for `sh` that runs at most once for a record, a path in an existing folder, and leaves its end there.

    It makes the folder `{record}.started`, or ends if that is there; then it leaves `{record}.succeeded` or `.failed`.

    Examples
    --------
    >>> guarded("true", Path("ends/1"))
    'mkdir ends/1.started && if ( true ); then touch ends/1.succeeded; else touch ends/1.failed; exit 1; fi'
    """
    started, succeeded, failed = (shlex.quote(f"{record}.{end}") for end in ("started", "succeeded", "failed"))
    return f"mkdir {started} && if ( {command} ); then touch {succeeded}; else touch {failed}; exit 1; fi"


def in_turn(commands: Sequence[str], logs: Sequence[str]) -> str:
    """A script for `sh` that runs commands one after the other, each whatever became of those before it.

    `logs` are the files for what they print, as words for `sh`. The script ends with 1 if a command failed.
    """
    steps = [f"( {command} ) > {log} 2>&1 || status=1" for command, log in zip(commands, logs, strict=True)]
    return "\n".join(["status=0", *steps, "exit $status"])


def verdict(state: str | None, ended: str, unknown_for: float, patience: float) -> str:
    """What became of a job: `alive`, `succeeded`, `failed` or `preempted`.

    `state` is what `squeue` says of its job of SLURM (empty: it does not know it, for `unknown_for` seconds by now;
    None: SLURM does not answer), `ended` the end that it recorded (empty: none), which may take `patience` seconds to
    be seen on this machine.
    """
    if ended == "succeeded" or state == "COMPLETED":
        return "succeeded"
    if state == "PREEMPTED":
        return "preempted"
    if state in FAILED or (state == "" and (ended == "failed" or unknown_for > patience)):
        return "failed"
    return "alive"


def is_permanent(refusal: str, waited: float, others: bool) -> bool:
    """Whether to give up a submission, by what sbatch said and the seconds since it first refused.

    `others`: other jobs of the run are in the queue; their ends make room.
    """
    if SILENT.search(refusal):
        return False
    room = FULL.search(refusal) and "PerJob" not in refusal  # a limit on the size of one job
    return not room or (waited > PATIENCE and not others)
