"""After snakemake died (kill -9, power loss, a rebooted login node): cancel what it left on a cluster, then unlock.

SLURM jobs outlive the snakemake that submitted them. A new snakemake does not know them and would start the same work
again beside them, both writing the same files. Every job carries the id of its run as its name, and the id is in the
run's log, so that the orphans of this folder, and no other jobs, can be cancelled first. Where no SLURM run was ever
started, as on a laptop, SLURM is not asked for. Files that killed jobs had begun go, too.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil

from xser import paths
from xser.cli.program import program, snakefile
from xser.errors import InputError, raise_all
from xser.files import unfinished
from xser.imports import WORKFLOW
from xser.workflow.lock import locks

PROFILE = "profiles/slurm"
RUN_ID = re.compile(r"SLURM run ID: (\S+)")
SNAKEMAKE = re.compile(r"(^|/)snakemake$|\.snakemake/scripts/")  # the program, or the script of a local rule
PATIENCE = 300.0  # seconds for cancelled jobs to leave the queue; SLURM's KillWait is 30 by default


def run_ids(folder: Path) -> set[str]:
    """The ids of all SLURM runs that were started in a project folder, from Snakemake's logs."""
    logs = (folder / ".snakemake" / "log").glob("*.log")
    return {found for log in logs for found in RUN_ID.findall(log.read_text(encoding="utf-8", errors="replace"))}


def _slurm(*command: str) -> str:
    """What a SLURM command prints; an InputError where it is missing or fails."""
    if not shutil.which(command[0]):
        raise InputError(
            f"{command[0]} is not here, and runs on SLURM were started in this folder",
            hint="run xser recover on the login node that snakemake ran on; their jobs may still write here",
        )
    from snakemake_executor_plugin_xser_slurm.commands import ask  # with a plugin that laptops need not load

    done = ask(command)
    if done.returncode:
        raise InputError(f"{' '.join(command)} failed: {done.stderr.strip()}", hint="try again when SLURM answers")
    return done.stdout


def orphans(runs: set[str]) -> dict[str, str]:
    """The jobs of some runs that still wait, run or end: what each computes, by SLURM job id."""
    if not runs:
        return {}
    # Of any user: a group may share a folder.
    lines = _slurm("squeue", "--noheader", "--name", ",".join(sorted(runs)), "--format=%i|%j|%T|%k").splitlines()
    jobs = [line.split("|", 3) for line in lines if line.count("|") >= 3]
    return {job: f"{comment} ({state.lower()})" for job, name, state, comment in jobs if name in runs}


def _own_processes(folder: Path, jobs: dict[str, str]) -> list[str]:
    """Processes of a Snakemake on this machine that work in the folder and belong to none of the jobs."""
    found = []
    owners = {lock.stat().st_uid for lock in locks(folder)}
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if process.pid == os.getpid() or not any(SNAKEMAKE.search(word) for word in words):
                continue
            try:
                here = Path(process.cwd()) == folder.resolve() and process.environ().get("SLURM_JOB_ID") not in jobs
            except psutil.AccessDenied:  # another user's, whose folder is hidden: this one, if a lock here is theirs
                here = process.uids().real in owners
            if here:
                found.append(f"process {process.pid} of {process.username()}: {' '.join(words)[:100].strip()}")
        except psutil.Error:  # ended meanwhile
            continue
    return sorted(found)


def cancel(jobs: dict[str, str], runs: set[str]) -> None:
    """Cancel jobs and wait until none of the runs has any left: only then does nothing write here any more."""
    end = time.monotonic() + PATIENCE
    while jobs:
        _slurm("scancel", *jobs)
        time.sleep(1)
        jobs = orphans(runs)
        if jobs and time.monotonic() > end:
            raise_all(
                f"these cancelled jobs do not end within {PATIENCE:.0f} s",
                [f"{job}: {what}" for job, what in jobs.items()],
                hint="wait (a job on a lost node ends when SLURM gives the node up), then run xser recover again",
            )


def recover(folder: Path, rerun: bool) -> int:
    """Make a folder, where snakemake ran and died, ready for a new run; return the exit status.

    With `rerun` snakemake is started again, on the cluster if its last runs were there; otherwise the command is
    printed.
    """
    runs = run_ids(folder)
    jobs = orphans(runs)
    raise_all(
        f"Snakemake still works in {folder}",
        _own_processes(folder, jobs),
        hint="stop it with Ctrl-C (then it cancels its jobs itself) or with kill, and run xser recover again; where a "
        "process of another user works only they can see: they may run it, too",
    )
    if runs:
        # What waits finds no place for a record.
        shutil.rmtree(folder / ".snakemake" / "slurm_ends", ignore_errors=True)
        for job, what in jobs.items():
            print(f"cancelling job {job}: {what}")
        cancel(jobs, runs)
        print(f"{len(runs)} SLURM runs in this folder, {len(jobs)} orphaned jobs cancelled")
    if begun := unfinished(folder / paths.RESULTS):
        for path in begun:
            path.unlink()
        print(f"deleted {len(begun)} unfinished files")
    # Not by `snakemake --unlock`, which reads the config, maybe of another --configfile or half edited, and all inputs.
    for lock in (held := locks(folder)):
        lock.unlink()
    print("unlocked" if held else "nothing was locked here")
    profile = PROFILE if (folder / PROFILE).is_dir() else str(WORKFLOW / PROFILE)
    again = [*snakefile(folder), *(["--profile", profile] if runs else ["--cores", "all"])]
    if rerun:
        return subprocess.run([sys.executable, "-m", "snakemake", *again], cwd=folder, check=False).returncode
    print(f"now run: {program('snakemake', folder)} {shlex.join(again)}")
    return 0
