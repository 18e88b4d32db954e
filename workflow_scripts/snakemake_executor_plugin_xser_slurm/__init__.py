"""`executor: xser-slurm`: Snakemake's SLURM executor, for clusters on which things fail.

snakemake-executor-plugin-slurm builds the commands that submit jobs. How the end of a job is found, what happens while
SLURM is silent or refuses jobs, and how a run is cancelled, is here: there the plugin (2.8.0) waits for ever, gives up
at once or leaves jobs behind (docs/cluster.md: each fault, and the test that makes it happen).

A job records its end in a file on the shared file system, as Nextflow's jobs do, so that SLURM may forget it. `squeue`
is asked for those that can record nothing: killed ones, and ones that wait. Nothing is submitted again before every
earlier job for the same outputs is gone.
"""

import asyncio
import itertools
import re
import shlex
import shutil
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

from snakemake_executor_plugin_slurm import Executor as SlurmExecutor
from snakemake_executor_plugin_slurm import ExecutorSettings, common_settings
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo

__all__ = ["Executor", "ExecutorSettings", "common_settings"]  # what Snakemake looks for in a plugin

FAILED = {"BOOT_FAIL", "CANCELLED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT"}
ENDED = FAILED | {"COMPLETED", "PREEMPTED"}
SLURMS_OWN = {"", "BOOT_FAIL", "FAILED", "NODE_FAIL"}  # ends that SLURM's silence can bring about
USUAL = {"None", "Priority", "Resources"}  # reasons to wait that nobody needs to hear of
SILENT = re.compile(
    r"Unable to contact|timed out|Connection refused|connect(ion)? failure|Zero Bytes|standby mode|Unexpected message"
    r"|Transport endpoint|slurm_persist_conn|fetch_config|not responding",
    re.I,
)
FULL = re.compile(r"submit limit|MaxSubmit|temporarily unable|temporarily unavailable|Job limit|QOS policy", re.I)
PATIENCE = 300.0  # seconds: of a refusal with nothing of the run in the queue, between two warnings that say the same
RETRY = 20.0  # seconds between two attempts to submit
FORGET = 120.0  # seconds for cancelled jobs to be gone
AFTER = 60.0  # seconds after a silence in which SLURM may still lose a job


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


def verdict(state: str | None, ended: str, unknown_for: float, patience: float) -> str:
    """What became of a job: `alive`, `succeeded`, `failed` or `preempted`.

    Parameters
    ----------
    state
        What `squeue` says; empty if it does not know the job, None if SLURM does not answer.
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


class Executor(SlurmExecutor):  # type: ignore[misc]
    """Snakemake's SLURM executor with ends that are always found; see the module."""

    _seen: frozenset[str] = frozenset()  # names of records, as of the last look

    def __post_init__(self, test_mode: bool = False) -> None:
        settings = self.workflow.executor_settings
        if settings.requeue or settings.array_jobs:
            raise WorkflowError("xser-slurm-requeue and xser-slurm-array-jobs let two jobs write the same file")
        if missing := [name for name in ("sbatch", "squeue", "scancel") if not shutil.which(name)]:
            raise WorkflowError(f"no {', '.join(missing)} here: run snakemake on the login node of a SLURM cluster")
        settings.no_requeue = True
        settings.status_command = None  # no advice about sacct and MinJobAge, which do not matter here
        super().__post_init__(test_mode)
        self._records = Path(".snakemake/slurm_ends", self.run_uuid).resolve()
        self._records.mkdir(parents=True)
        self._submitting = threading.Lock()
        self._stopped = threading.Event()
        self._numbers = itertools.count(1)
        self._submitted: dict[str, Path] = {}  # SLURM's id of every job -> its record
        self._unknown: dict[str, float] = {}  # SLURM's id -> when squeue first did not know it
        self._said: dict[str, float] = {}
        self._times: dict[str, float] = {}  # SLURM's id -> when it was submitted
        self._silent = -float("inf")  # when SLURM last did not answer
        self._forgiven: set[Any] = set()  # jobs of the workflow whose failure SLURM's silence explained

    # -- submitting ------------------------------------------------------------------------------------------------

    def run_job(self, job: Any) -> None:
        """Submit a job, in a thread; while SLURM is silent or has no room, wait and try again."""
        try:
            error = self._submit(job)
        except OSError as failed:  # such as a full disk; nobody looks at what a thread raises
            error = str(failed)
        if error and not self._stopped.is_set():
            super()._report_job_error_threadsafe(SubmittedJobInfo(job), error)

    def _submit(self, job: Any) -> str:
        """Submit a job; return why it was given up, if it was."""
        if any(job.resources.get(name) for name in ("cluster", "clusters", "slurm_cluster")):
            return "xser-slurm submits to the cluster of its login node only: leave the resource `cluster` out"
        since = time.monotonic()
        while not self._stopped.is_set():
            record = self._records / str(next(self._numbers))
            with self._submitting:
                self._record, self._refusal = record, ""
                super().run_job(job)
                refusal = self._refusal
            if not refusal:
                return ""
            others = any(state not in ENDED for state, _ in (self._queue() or {}).values())
            said = refusal.partition("\n    sbatch call:")[0]
            if is_permanent(said, time.monotonic() - since, others):
                return refusal
            self._say("SLURM takes no job now; this one waits and is submitted when it does.", f" {said}")
            # If SLURM took the job after all and its answer was lost: it does not start, or is in the queue by now.
            Path(f"{record}.started").mkdir(exist_ok=True)
            self._stopped.wait(RETRY)
            while not self._stopped.is_set() and not self._no_strays():
                self._stopped.wait(RETRY / 10)
        return ""

    def format_job_exec(self, job: Any) -> str:
        """The command of a job, which records its end."""
        # The plugin puts it between double quotes.
        return guarded(super().format_job_exec(job), self._record)

    def _report_job_submission_threadsafe(self, job_info: SubmittedJobInfo) -> None:
        self._submitted[job_info.external_jobid] = self._record
        self._times[job_info.external_jobid] = time.monotonic()
        super()._report_job_submission_threadsafe(job_info)

    def _report_job_error_threadsafe(self, job_info: SubmittedJobInfo, msg: str) -> None:
        self._refusal = msg  # run_job decides

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
            job = info.external_jobid
            record = self._submitted[job].name
            ended = next((end for end in ("succeeded", "failed") if f"{record}.{end}" in self._seen), "")
            state = None if queue is None else queue.get(job, ("", ""))[0]
            since = self._unknown.setdefault(job, time.monotonic()) if state == "" else self._unknown.pop(job, None)
            unknown_for = time.monotonic() - since if state == "" and since is not None else 0.0
            found = verdict(state, ended, unknown_for, self.workflow.execution_settings.latency_wait)
            if found == "succeeded":
                self.report_job_success(info)
            elif found == "failed" and self._is_forgiven(info, state):
                self._say(f"SLURM job {job} failed while SLURM did not answer: submitted again, which costs no attempt")
                self._job_submission_executor.submit(self.run_job, info.job)
            elif found == "failed":
                what = f"SLURM status is: '{state}'" if state else f"SLURM forgot it, it recorded: {ended or 'nothing'}"
                self.report_job_error(info, msg=f"SLURM job {job} failed, {what}. ", aux_logs=[self._log_of(info)])
            elif found == "preempted" and not self._stopped.is_set():
                self._say(f"SLURM job {job} was preempted by others: submitted again, which costs no attempt")
                self._job_submission_executor.submit(self.run_job, info.job)
            else:
                yield info

    def _is_forgiven(self, info: SubmittedJobInfo, state: str | None) -> bool:
        """Whether a failure costs no attempt (once a job): its step found no slurmctld, or a crash lost it."""
        silence = self._silent + AFTER > self._times[info.external_jobid] and state in SLURMS_OWN
        forgiven = silence and not self._stopped.is_set() and info.job.jobid not in self._forgiven
        if forgiven:
            self._forgiven.add(info.job.jobid)
        return forgiven

    async def sleep(self) -> None:
        """Wait until the next look at the queue; a job that records its end, or the end of the run, cuts it short."""
        end = time.monotonic() + self.next_seconds_between_status_checks
        while self.wait and time.monotonic() < end:
            await asyncio.sleep(1)
            if self.active_jobs and self._ends() != self._seen:
                return

    def _ends(self) -> frozenset[str]:
        """The names of all records."""
        try:
            return frozenset(path.name for path in self._records.iterdir() if path.suffix != ".started")
        except FileNotFoundError:  # cancelled
            return frozenset()

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
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
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

    def _log_of(self, info: SubmittedJobInfo) -> str:
        return str((info.aux or {}).get("slurm_logfile", ""))

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
            strays = [job for job, (state, _) in queue.items() if state not in ENDED and job not in self._submitted]
            if strays:
                self._slurm("scancel", *strays)
            return not strays

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        """Cancel all jobs of the run and wait for their end; by its name, as jobs being submitted are in no list."""
        self._stopped.set()
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
        """End the run."""
        self._stopped.set()
        super().shutdown()
        shutil.rmtree(self._records, ignore_errors=True)
