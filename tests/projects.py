"""Copies of the repository, and Snakemake in them as a user runs it."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

from configs import REPOSITORY

TIME_LIMIT = 1800  # seconds


def copy_repository(folder: Path) -> None:
    """Copy what git knows or would add, tests left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.decode().split("\0"):
        if name and not name.startswith("tests/") and (source := REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / name)


def environment(folder: Path) -> dict[str, str]:
    """The environment in which jobs import the project's own xser, whatever is installed."""
    return {**os.environ, "PYTHONPATH": str(folder / "workflow_scripts"), "PYTHONDONTWRITEBYTECODE": "1"}


def ran(folder: Path, *command: str, given: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in a project; `stdout` of the result holds all that it printed."""
    return subprocess.run(
        command, cwd=folder, env=environment(folder) if given is None else given, text=True, timeout=TIME_LIMIT,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def snakemake(folder: Path, *arguments: str, given: dict[str, str] | None = None) -> str:
    """Run Snakemake in a project, which must succeed; return what it prints."""
    done = ran(folder, *SNAKEMAKE, *arguments, given=given)
    assert done.returncode == 0, done.stdout[-20_000:]
    return done.stdout


def on_terminal(folder: Path, *command: str) -> str:
    """Run a command in a project, which must succeed, on a pseudo-terminal; return what it writes there."""
    master, slave = pty.openpty()
    given = {**environment(folder), "TERM": "xterm", "COLUMNS": "90"}
    with subprocess.Popen(command, cwd=folder, env=given, stdout=slave, stderr=slave) as run:
        os.close(slave)
        shown = b""
        try:
            while part := os.read(master, 65536):
                shown += part
        except OSError:  # Linux's end of file of a pseudo-terminal
            pass
    os.close(master)
    assert run.returncode == 0, shown
    return shown.decode()


SNAKEMAKE = (sys.executable, "-m", "snakemake", "--cores", "2", "--nocolor")
XSER = (sys.executable, "-c", "import sys; from xser.cli.main import main; sys.exit(main())")
