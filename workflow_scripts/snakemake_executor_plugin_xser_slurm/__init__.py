"""`executor: xser-slurm`: Snakemake's SLURM executor, for clusters on which things fail.

snakemake-executor-plugin-slurm builds the commands that submit jobs. How the end of a job is found, what happens while
SLURM is silent or refuses jobs, and how a run is cancelled, is here: there the plugin (2.8.0) waits for ever, gives up
at once or leaves jobs behind (docs/cluster.md: each fault, and the test that makes it happen).

A job records its end in a file on the shared file system, as Nextflow's jobs do, so that SLURM may forget it. `squeue`
is asked for those that can record nothing: killed ones, and ones that wait. Nothing is submitted again before every
earlier job for the same outputs is gone.

Short jobs wait for company and share a job of SLURM (packs.py). To Snakemake they stay jobs of their own.
"""

import asyncio
import contextlib
import itertools
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

from snakemake_executor_plugin_slurm import Executor as SlurmExecutor
from snakemake_executor_plugin_slurm import common_settings
from snakemake_executor_plugin_slurm.utils import get_job_wildcards
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo

from snakemake_executor_plugin_xser_slurm.commands import ask, misread, uninterrupted
from snakemake_executor_plugin_xser_slurm.ends import ENDED, FULL, PATIENCE, guarded, in_turn, is_permanent, verdict
from snakemake_executor_plugin_xser_slurm.packs import Pack, Waiting, due, wall_limits
from snakemake_executor_plugin_xser_slurm.settings import ExecutorSettings

__all__ = ["Executor", "ExecutorSettings", "common_settings"]  # what Snakemake looks for in a plugin

# Ends that SLURM's silence can bring about. A slurmctld that crashed may give an id a second time, and then takes what
# a node says about the first job of that id for the second, and cancels it.
SLURMS_OWN = {"", "BOOT_FAIL", "CANCELLED", "FAILED", "NODE_FAIL"}
PARDONS = 3  # failures of a job that silence may explain
USUAL = {"None", "Priority", "Resources"}  # reasons to wait that nobody needs to hear of
RETRY = 20.0  # seconds between two attempts to submit
FORGET = 120.0  # seconds for cancelled jobs to be gone
AFTER = 60.0  # seconds after a silence in which SLURM may still lose a job
AGAIN = {  # ends that cost no attempt
    "preempted": "was preempted by others",
    "forgiven": "failed while SLURM did not answer",
    "spared": "ended before all jobs in it had started",
}


class Executor(SlurmExecutor):  # type: ignore[misc]
    """Snakemake's SLURM executor with ends that are always found; see the module."""

    _seen: frozenset[str] = frozenset()  # names of records, as of the last look

    def __post_init__(self, test_mode: bool = False) -> None:
        settings = self.workflow.executor_settings
        if settings.requeue or settings.array_jobs:
            raise WorkflowError("xser-slurm-requeue and xser-slurm-array-jobs let two jobs write the same file")
        if settings.max_queued < 1:
            raise WorkflowError(f"xser-slurm-max-queued: {settings.max_queued}: at least one job must be in the queue")
        if missing := [name for name in ("sbatch", "squeue", "scancel") if not shutil.which(name)]:
            raise WorkflowError(f"no {', '.join(missing)} here: run snakemake on the login node of a SLURM cluster")
        settings.no_requeue = True
        settings.pass_command_as_script = True  # a pack is too long for a command line
        settings.status_command = None  # no advice about sacct and MinJobAge, which do not matter here
        super().__post_init__(test_mode)
        if wrong := misread(sys.executable, self.slurm_logdir, Path.cwd(), self.snakefile):
            raise WorkflowError(wrong)
        self._records = Path(".snakemake/slurm_ends", self.run_uuid).resolve()
        self._records.mkdir(parents=True)
        self._submitting = threading.Lock()
        self._stopped = threading.Event()
        self._numbers = itertools.count(1)
        self._packing = threading.Lock()
        self._limits: dict[str, float] | None = None  # minutes, by partition; None: not asked yet
        self._most = float(settings.pack_minutes)  # minutes of a pack, as far as SLURM takes them
        self._to_do = 0  # jobs and groups of the run, without those of the login node
        self._waiting: list[Waiting] = []  # jobs that are in no pack
        self._packs: list[Pack] = []  # those with members that have not ended
        self._known: set[str] = set()  # SLURM's ids of all that were submitted
        self._unknown: dict[str, float] = {}  # SLURM's id -> when squeue first did not know it
        self._said: dict[str, float] = {}
        self._silent = -float("inf")  # when SLURM last did not answer
        self._forgiven: Counter[Any] = Counter()  # failures that SLURM's silence explained, by job of the workflow

    # -- submitting ------------------------------------------------------------------------------------------------

    def run_jobs(self, jobs: list[Any]) -> None:
        """Take jobs that are ready; they are submitted when their pack is full or has waited."""
        if not self._to_do:
            graph = self.workflow.dag
            self._to_do = len({graph.get_job_group(job) or job for job in graph.needrun_jobs() if not job.is_local})
        for job in jobs:
            self.run_job_pre(job)
            self._enqueue(job)
        self._submit_packs()

    def _enqueue(self, job: Any) -> None:
        with self._packing:
            self._waiting.append(Waiting(job, time.monotonic()))

    def _submit_packs(self) -> None:
        """Submit, in threads, what is due, as far as the queue has room for it."""
        settings = self.workflow.executor_settings
        queue = settings.max_queued
        with self._packing:
            self._packs = [pack for pack in self._packs if pack.left]
            room = queue - len(self._packs)
            if self._stopped.is_set() or not self._waiting or room <= 0:
                return
            most = self._to_do // queue  # a run of which the queue can take most at once needs no packs, which wait
            found = due(self._waiting, time.monotonic(), self._pack_minutes(), most, settings.pack_wait)
            for members in found[:room]:
                gone = {id(one) for one in members}
                self._waiting = [one for one in self._waiting if id(one) not in gone]
                self._packs.append(Pack([one.job for one in members]))
                self._job_submission_executor.submit(self._submit, self._packs[-1])

    def _pack_minutes(self) -> float:
        """What a pack may ask for: no more than any partition of a waiting job allows, where SLURM says that."""
        if self._limits is None and (said := self._slurm("sinfo", "--noheader", "--format=%P|%l")) is not None:
            self._limits = wall_limits(said)
        partitions = {str(one.job.resources.get("slurm_partition") or "") for one in self._waiting}
        allowed = ((self._limits or {}).get(name, float("inf")) for p in partitions for name in p.split(","))
        return min(self._most, *allowed)

    def _submit(self, pack: Pack) -> None:
        """Submit a pack, in a thread; while SLURM is silent or has no room, wait and try again."""
        try:
            error = self._refusal_of(pack)
        except Exception as failed:  # such as a full disk; nobody looks at what a thread raises
            error = f"{type(failed).__name__}: {failed}"
        if not error or self._stopped.is_set():
            return
        pack.left = 0
        if len(pack.members) > 1 and FULL.search(error):  # a limit of a QOS may be on its time, which no sinfo tells
            self._most = min(self._most, pack.resources["runtime"] / 2)
            self._say("SLURM refuses a pack; its jobs go in shorter ones, which costs no attempt.", f" {error}")
            for job in pack.members:
                self._enqueue(job)
        else:
            for job in pack.members:
                super()._report_job_error_threadsafe(SubmittedJobInfo(job), error)

    def _refusal_of(self, pack: Pack) -> str:
        """Submit a pack; return why it was given up, if it was."""
        if any(pack.resources.get(name) for name in ("cluster", "clusters", "slurm_cluster")):
            return "xser-slurm submits to the cluster of its login node only: leave the resource `cluster` out"
        since = time.monotonic()
        while not self._stopped.is_set():
            pack.folder = self._records / str(next(self._numbers))
            pack.folder.mkdir(parents=True)
            with self._submitting:
                self._refusal = ""
                self.run_job(pack)  # the plugin's
                refusal = self._refusal
            if not refusal:
                return ""
            queue = self._queue()
            others = any(state not in ENDED for state, _ in (queue or {}).values())
            said = refusal.partition("\n    sbatch call:")[0]
            # Who hears nothing of SLURM cannot know what it refused, in whatever words.
            permanent = queue is not None and is_permanent(said, time.monotonic() - since, others)
            # If SLURM took the job after all and its answer was lost: it finds no place for its record and ends, or is
            # in the queue by now.
            shutil.rmtree(pack.folder, ignore_errors=True)
            if not permanent:
                self._say("SLURM takes no job now; this one waits and is submitted when it does.", f" {said}")
                self._stopped.wait(RETRY)
            while not self._stopped.is_set() and not self._no_strays():
                self._stopped.wait(RETRY / 10)
            if permanent:
                return refusal.partition("\n    sbatch script:")[0]
        return ""

    def format_job_exec(self, job: Any) -> str:
        """The commands of a pack, each of which records its end."""
        command = super().format_job_exec
        commands = [guarded(command(member), job.folder / str(i)) for i, member in enumerate(job.members)]
        if len(commands) == 1:
            return commands[0]
        folders = [self._log_folder(member) for member in job.members]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        logs = [f"{shlex.quote(str(folder))}/${{SLURM_JOB_ID}}_{i}.log" for i, folder in enumerate(folders, 1)]
        return in_turn(commands, logs)

    def _log_folder(self, job: Any) -> Path:
        """Where the logs of a job lie, be it alone or in a pack."""
        rule = f"{'group' if job.is_group() else 'rule'}_{job.name}"
        return Path(self.slurm_logdir, rule, get_job_wildcards(Pack([job])))

    def _report_job_submission_threadsafe(self, job_info: SubmittedJobInfo) -> None:
        pack, job, log = job_info.job, job_info.external_jobid, str(job_info.aux["slurm_logfile"])
        self._known.add(job)
        for i, member in enumerate(pack.members):
            logs = [log] if len(pack.members) == 1 else [str(self._log_folder(member) / f"{job}_{i + 1}.log"), log]
            aux = {"pack": pack, "record": pack.folder / str(i), "submitted": time.monotonic(), "logs": logs}
            super()._report_job_submission_threadsafe(SubmittedJobInfo(member, job, aux))

    def _report_job_error_threadsafe(self, job_info: SubmittedJobInfo, msg: str) -> None:
        self._refusal = msg  # _submit decides

    def get_account_arg(self, job: Any) -> Iterator[str]:
        """The account that is asked for; without one sbatch takes the user's default (the plugin asks sacct)."""
        account = job.resources.get("slurm_account")
        yield f" -A {shlex.quote(str(account))}" if account else ""

    def get_partition_arg(self, job: Any) -> str:
        """The partition that is asked for; without one sbatch takes the default (the plugin asks sinfo)."""
        return super().get_partition_arg(job) if job.resources.get("slurm_partition") or self._partitions else ""

    # -- finding ends ----------------------------------------------------------------------------------------------

    async def check_active_jobs(self, active_jobs: list[SubmittedJobInfo]) -> AsyncIterator[SubmittedJobInfo]:
        """Report the jobs that ended, yield the others."""
        if not active_jobs:
            return
        queue = self._queue()
        self._seen = self._ends()  # after the queue: what has left it has left its record before
        self._comment_on(queue)
        for info in active_jobs:
            job, record = info.external_jobid, info.aux["record"]
            ended = next((end for end in ("succeeded", "failed") if f"{record}.{end}" in self._seen), "")
            state = None if queue is None else queue.get(job, ("", ""))[0]
            since = self._unknown.setdefault(job, time.monotonic()) if state == "" else self._unknown.pop(job, None)
            unknown_for = time.monotonic() - since if state == "" and since is not None else 0.0
            found = verdict(state, ended, unknown_for, self.workflow.execution_settings.latency_wait)
            if found == "failed" and not ended:
                found = self._second_look(info)
            if found == "failed" and self._is_forgiven(info, state):
                found = "forgiven"
            if found == "alive" or (found in AGAIN and self._stopped.is_set()):
                yield info
                continue
            info.aux["pack"].left -= 1
            if found == "succeeded":
                self.report_job_success(info)
            elif found == "failed":
                what = f"SLURM status is: '{state}'" if state else f"SLURM forgot it, it recorded: {ended or 'nothing'}"
                logs = [log for log in info.aux["logs"] if Path(log).exists() and Path(log).stat().st_size]
                said = f"SLURM job {job} failed, {what}. "
                if info.job.is_group():  # of which Snakemake tells neither
                    self.logger.error("\n    ".join([f"{info.job.name}: {said}", *logs]))
                self.report_job_error(info, msg=said, aux_logs=logs)
            else:
                self._say(f"SLURM job {job} {AGAIN[found]}: submitted again, which costs no attempt")
                self._enqueue(info.job)

    def _second_look(self, info: SubmittedJobInfo) -> str:
        """What became of a job that recorded no end, though its job of SLURM has: `succeeded`, `failed` or `spared`.

        A member that had not started when its pack died is spared, and cannot start any more. The first one is never
        spared: so a pack that dies has cost an attempt or finished a job, and none dies for ever.
        """
        record = info.aux["record"]
        if info.job is not info.aux["pack"].members[0]:
            try:
                Path(f"{record}.started").mkdir()
            except OSError:
                pass
            else:
                return "spared"
        # mkdir has made NFS look anew: what a later member's start followed is seen by now.
        return "succeeded" if Path(f"{record}.succeeded").exists() else "failed"

    def _is_forgiven(self, info: SubmittedJobInfo, state: str | None) -> bool:
        """Whether a failure costs no attempt: its step found no slurmctld, or a crash of it lost or cancelled it."""
        silence = self._silent + AFTER > info.aux["submitted"] and state in SLURMS_OWN
        forgiven = silence and not self._stopped.is_set() and self._forgiven[info.job.jobid] < PARDONS
        self._forgiven[info.job.jobid] += forgiven
        return forgiven

    async def sleep(self) -> None:
        """Wait until the next look at the queue; a job that records its end, or the end of the run, cuts it short."""
        end = time.monotonic() + self.next_seconds_between_status_checks
        while self.wait and time.monotonic() < end:
            await asyncio.sleep(1)
            self._submit_packs()
            if self.active_jobs and self._ends() - self._seen:
                return

    def _ends(self) -> frozenset[str]:
        """The paths of all records of packs that have not ended."""
        found: list[str] = []
        for folder in [pack.folder for pack in self._packs if pack.left and pack.folder]:
            with contextlib.suppress(OSError):  # cancelled, submitted anew, or NFS fails for once
                found += [str(path) for path in folder.iterdir() if path.suffix != ".started"]
        return frozenset(found)

    def _queue(self) -> dict[str, tuple[str, str]] | None:
        """State and reason of every job of the run, by SLURM's id; None if SLURM does not answer."""
        lines = self._slurm("squeue", "--noheader", "--states=all", "--name", self.run_uuid, "--format=%i|%T|%r")
        if lines is None:
            self._silent = time.monotonic()
            return None
        jobs = [line.split("|", 2) for line in lines.splitlines() if line.count("|") >= 2]
        return {job: (state, reason) for job, state, reason in jobs}

    def _slurm(self, *command: str) -> str | None:
        """What a SLURM command prints, None if it fails."""
        try:
            done = ask(command, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return None if done.returncode else done.stdout

    def _comment_on(self, queue: Mapping[str, tuple[str, str]] | None) -> None:
        """Say what keeps jobs from running, if it is not just that others run."""
        if queue is None:
            self._say("SLURM does not answer; its jobs run on, and this run goes on when it answers again")
            return
        reasons = {reason: job for job, (state, reason) in queue.items() if state == "PENDING" and reason not in USUAL}
        for reason, job in reasons.items():
            self._say(f"SLURM lets a job wait: {reason}", f" (such as {job})")

    def _say(self, message: str, detail: str = "") -> None:
        """Log a warning, the same one at most every few minutes."""
        if time.monotonic() - self._said.get(message, -PATIENCE) >= PATIENCE:
            self._said[message] = time.monotonic()
            self.logger.warning(message + detail)

    # -- cancelling ------------------------------------------------------------------------------------------------

    def _no_strays(self) -> bool:
        """Whether no job is left that SLURM took and whose answer to sbatch was lost; cancel those."""
        with self._submitting:
            queue = self._queue()
            if queue is None:
                return False
            strays = [job for job, (state, _) in queue.items() if state not in ENDED and job not in self._known]
            if strays:
                self._slurm("scancel", *strays)
            return not strays

    def _stop(self) -> None:
        """From now on nothing is submitted."""
        with self._packing:
            self._stopped.set()
            self._waiting.clear()

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        """Cancel all jobs of the run and wait for their end; by its name, as jobs being submitted are in no list."""
        self._stop()
        with uninterrupted():
            self._job_submission_executor.shutdown(wait=True, cancel_futures=True)
            shutil.rmtree(self._records, ignore_errors=True)  # jobs that wait find no place for their record, and end
            end = time.monotonic() + FORGET
            while time.monotonic() < end:
                self._slurm("scancel", "--name", self.run_uuid)
                queue = self._queue()
                if queue is not None and all(state in ENDED for state, _ in queue.values()):
                    return
                self._say("waiting for cancelled jobs to end")
                time.sleep(1)
        self.logger.error("SLURM has not ended all jobs of this run: before the next one, run `xser recover`")

    def shutdown(self) -> None:
        """End the run; what still runs, as after an error of Snakemake's own, would write beside the next one."""
        if not self._stopped.is_set() and any(pack.left for pack in self._packs):
            self.cancel_jobs([])
        self._stop()
        super().shutdown()
        shutil.rmtree(self._records, ignore_errors=True)
