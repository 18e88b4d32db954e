"""What a run shows: a line a job as it starts, how far the run is, failures once.

On a terminal the last line says what is running, and is written anew each second; in a file or a pipe there are only
the lines. The whole account of Snakemake is in its log below .snakemake/log.
"""

import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable
from logging import WARNING, LogRecord
from pathlib import Path
from typing import Any, TextIO

from xser.cli.reasons import ANEW, cut, reason
from xser.estimate.planned import of_dag
from xser.estimate.prices import Prices
from xser.estimate.text import NODE, waiting
from xser.job import CLEAR, INTERRUPTED, can_rewrite
from xser.summary.made import duration

WIDTH = 160  # of a line about jobs in a file
SUBMITTED = re.compile(r"Job \S+ has been submitted with SLURM jobid")  # a line a job is there
MESSAGE, ERROR = 300, 5000  # characters of what Snakemake itself has to say
TAIL = 15  # lines of the log of a job that failed without a word of ours
NOISE = (
    "Building DAG", "Assuming unrestricted", "Config file ", "Using shell", "Provided ", "Rules claiming", "Conda env",
    "Singularity", "Group jobs", "Select jobs", "Execute ", "Shell command", "This was a dry-run", "Reasons:",
    "Some jobs were triggered by provenance",  # with advice that would let changes of code and config go unseen
    "Workflow has started", "Complete log", "Elapsed time", "Job stats", "Exiting because a job", "Shutting down",
    "At least one job did not", "WorkflowError:\nAt least one job did not", "Rules with ", "Removing temporary",
    "Would remove temporary", "Removing output files of failed job", "Trying to restart",
)  # fmt: skip


class Course:
    """How far a run is and how long it will still take, by the estimate, corrected by the pace so far."""

    def __init__(self, dag: Any, prices: Prices, cores: int | None) -> None:
        planned = of_dag(dag, prices)
        self.jobs = {dag.jobid(job): found for job, found in planned.items() if found.to_do}
        self.cores, self.done, self.started = cores or NODE, set[int](), time.monotonic()
        self.at = self.started
        self.at_first = self.now = self._waiting()
        self.work = sum(job.work.cpu(self.cores) for job in self.jobs.values())

    def _waiting(self) -> float:
        return waiting([job for number, job in self.jobs.items() if number not in self.done], self.cores)

    def finish(self, number: int) -> None:
        """Take note that a job has ended."""
        self.done.add(number)
        self.now, self.at = self._waiting(), time.monotonic()

    def share(self) -> float:
        """The part of the work that is done, 0 to 1."""
        done = sum(self.jobs[number].work.cpu(self.cores) for number in self.done if number in self.jobs)
        return done / self.work if self.work else 1.0

    def left(self) -> float:
        """Seconds until the end."""
        spent, expected = self.at - self.started, self.at_first - self.now
        pace = spent / expected if expected > 0.05 * self.at_first else 1.0
        return max(pace * self.now - (time.monotonic() - self.at), 1.0)

    def text(self) -> str:
        """Both, in a few words."""
        return f"{self.share():4.0%}  {duration(self.left()) + ' left':>12}"


class Screen:
    """Shows the records of a run.

    `dag` gives Snakemake's graph of jobs, once there is one; `cores` is how many the run may use, None on a cluster. In
    a `dryrun` nothing runs: every job is listed with its reason, and the numbers of jobs follow.
    """

    def __init__(
        self, dag: Callable[[], Any], prices: Prices, cores: int | None, dryrun: bool, stream: TextIO | None = None
    ) -> None:
        self.dag, self.prices, self.cores, self.dryrun = dag, prices, cores, dryrun
        self.stream = stream or (sys.stdout if dryrun else sys.stderr)
        self.terminal = can_rewrite(self.stream) and not dryrun
        self.course: Course | None = None
        self.running: dict[int, tuple[str, float]] = {}
        self.failed: list[str] = []
        self.ending = False  # by Ctrl-C, whereupon every running job fails
        self.listed = 0
        self.lock, self.ended = threading.RLock(), threading.Event()

    def show(self, record: LogRecord) -> None:
        """Show a record of Snakemake's logger, if people need it."""
        event = str(getattr(record, "event", None) or "other")
        with self.lock:
            getattr(self, f"_{event}", lambda _: None)(record)
            self._status()

    def close(self) -> None:
        """End the line that is written anew."""
        self.ended.set()
        with self.lock:
            self.running.clear()
            self._write("", end="")

    # -- by event --------------------------------------------------------------------------------------------------

    def _run_info(self, record: LogRecord) -> None:
        stats = dict(getattr(record, "stats", {}))
        total = stats.pop("total", 0)
        if self.dryrun:
            if self.listed:  # Snakemake counts before and after
                self._write("", *(f"{count:7,}  {rule}" for rule, count in stats.items()), f"{total:7,}  in all")
            return
        try:
            self.course = Course(self.dag(), self.prices, self.cores)
            about = f"about {duration(self.course.now)} by the estimate"
        except Exception as error:  # whatever a price stumbles over, the run goes on, and must be seen
            about = f"no estimate ({cut(f'{type(error).__name__}: {error}', MESSAGE)})"
        self._write(f"{total:,} jobs, {about}")
        if self.terminal:
            threading.Thread(target=self._tick, daemon=True).start()

    def _job_info(self, record: Any) -> None:
        job = record.rule_msg or " ".join([record.rule_name, *map(str, dict(record.wildcards).values())])
        why = reason(record.reason) if record.output else ""  # a target makes nothing itself
        if why == ANEW and not any(map(os.path.exists, record.output)):
            why = "new"  # of a file that was asked for Snakemake says only that its inputs are not there either
        self.listed += 1
        self.failed = [other for other in self.failed if other != job]  # it is tried again
        if self.dryrun:
            rule, _, ids = job.partition(" ")
            self._write(cut(f"{rule:<20} {ids:<50} {why}".rstrip(), self._width()))
        else:
            self.running[record.jobid] = (job, time.monotonic())
            progress = f"  {self.course.text()}" if self.course else ""
            cause = f": {why}" if why not in ("", "new") else ""
            self._write(cut(f"{time.strftime('%H:%M:%S')}{progress}  {job}{cause}", self._width()))

    def _job_finished(self, record: Any) -> None:
        self.running.pop(record.job_id, None)
        if self.course:
            self.course.finish(record.job_id)

    def _progress(self, record: Any) -> None:
        if record.done == record.total and self.course:
            self._write(f"{record.total:,} jobs in {duration(time.monotonic() - self.course.started)}")

    def _job_error(self, record: Any) -> None:
        job, _ = self.running.pop(record.jobid, (record.rule_name, 0.0))
        account = _account(record)
        if self.ending or account[:1] == [INTERRUPTED]:
            self.ending = True
            self._write(f"interrupted  {job}")
        else:
            self.failed.append(job)
            self._write(f"FAILED  {job}", *(f"        {line}" for line in account))

    def _error(self, record: Any) -> None:
        if "CalledProcessError" not in record.getMessage():  # of a script, whose job is shown as failed
            self._other(record)

    def _other(self, record: LogRecord) -> None:
        text = record.getMessage() if record.msg else ""
        self.ending |= text.startswith("Terminating processes on user request")
        if text.startswith("WorkflowError:\nAt least one job did not") and self.course:
            left = len(self.course.jobs) - len(self.course.done) - len(self.failed)
            failed, advice = f"{len(self.failed)} failed, ", "correct it and run again"
            if self.ending and not self.failed:
                failed, advice = "interrupted, ", "run again to go on"
            self._write(f"{failed}{left:,} not done; what is done stays: {advice}.")
        elif text.strip() and not text.strip().startswith(NOISE) and not SUBMITTED.match(text):
            self._write(cut(text, ERROR if record.levelno > WARNING else MESSAGE))

    # -- writing ---------------------------------------------------------------------------------------------------

    def _write(self, *lines: str, end: str = "\n") -> None:
        """Write lines in the place of the last one, if that is written anew."""
        self.stream.write(CLEAR if self.terminal else "")
        self.stream.writelines(line + end for line in lines)
        if not self.dryrun:
            self.stream.flush()

    def _width(self) -> int:
        """Of the terminal that is written to, where the standard output may go elsewhere."""
        if not self.terminal:
            return WIDTH
        return os.get_terminal_size(self.stream.fileno()).columns or shutil.get_terminal_size().columns

    def _status(self) -> None:
        if not (self.terminal and self.course and self.running):
            return
        now = time.monotonic()
        jobs = ", ".join(f"{job} ({duration(now - since)})" for job, since in self.running.values())
        text = f"{len(self.course.done):,} of {len(self.course.jobs):,} jobs  {self.course.text()}  {jobs}"
        self.stream.write(CLEAR + cut(text, self._width() - 1))
        self.stream.flush()

    def _tick(self) -> None:
        while not self.ended.wait(1.0):
            with self.lock:
                self._status()


def _account(record: Any) -> list[str]:
    """What a failed job says: our own error, or the end of its log; and where that is."""
    logs = [Path(path) for path in record.log]
    texts = [log.read_text(encoding="utf-8", errors="replace") for log in logs if log.is_file()]
    lines = [line for text in texts for line in text.splitlines()]
    starts = [number for number, line in enumerate(lines) if "ERROR: " in line]
    shown = [lines[starts[-1]].partition("ERROR: ")[2], *lines[starts[-1] + 1 :]] if starts else lines[-TAIL:]
    more = [f"... and {len(shown) - 2 * TAIL} lines more"] if len(shown) > 2 * TAIL else []
    message = [] if starts or not record.rule_msg else [str(record.rule_msg)]
    return [*message, *shown[: 2 * TAIL], *more, *(f"log: {log}" for log in logs)]
