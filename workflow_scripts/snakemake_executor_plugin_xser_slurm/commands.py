"""How commands of SLURM are called and kept from Ctrl-C, and which paths its jobs would misread."""

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


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
