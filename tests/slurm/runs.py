"""Snakemake runs on the cluster of the tests: the profile that users get, with shorter waits."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster import Cluster

REPOSITORY = Path(__file__).resolve().parents[2]
TOY = Path(__file__).parent / "toy"
FAST = ("--profile", "profiles/slurm", "--latency-wait", "5", "--seconds-between-status-checks", "1")
ALONE = ("--xser-slurm-pack-minutes", "0")  # what most tests are about is one job
PACKED = ("--xser-slurm-pack-minutes", "120", "--xser-slurm-pack-wait", "3", "--xser-slurm-max-queued", "1")


def toy(folder: Path, **data: str) -> Path:
    """A copy of the toy workflow; each keyword is an input file, `;` its line ends."""
    shutil.copytree(TOY, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "profiles", folder / "profiles")
    (folder / "data").mkdir()
    for name, text in data.items():
        (folder / "data" / f"{name}.txt").write_text(text.replace(";", "\n") + "\n")
    return folder


def until(condition: Callable[[], object], seconds: float = 60, what: str = "") -> None:
    """Wait until a condition holds; fail after some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what or condition} did not come true in {seconds} s"
        time.sleep(0.2)


@contextmanager
def held(cluster: Cluster) -> Iterator[None]:
    """While this lasts, jobs are queued and none starts."""
    cluster.command("scontrol", "update", "PartitionName=work", "State=DOWN")
    try:
        yield
    finally:
        cluster.command("scontrol", "update", "PartitionName=work", "State=UP")


def login_environment(cluster: Cluster, folder: Path) -> dict[str, str]:
    """The environment on the login node: a project's own xser and programs, if it has any, come first."""
    code, path = (
        f"{folder}/workflow_scripts:{REPOSITORY}/workflow_scripts",
        f"{folder}/bin:{cluster.environment['PATH']}",
    )
    return {**cluster.environment, "PYTHONPATH": code, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def recover(cluster: Cluster, folder: Path) -> subprocess.CompletedProcess[str]:
    """`xser recover` in a project folder."""
    code = (
        "from pathlib import Path; from xser.cli.recover import recover; raise SystemExit(recover(Path.cwd(), False))"
    )
    environment = {**cluster.environment, "PYTHONPATH": str(REPOSITORY / "workflow_scripts")}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


class ClusterRun:
    """One snakemake that submits to the cluster, in the background."""

    def __init__(self, cluster: Cluster, folder: Path, *options: str) -> None:
        self.cluster, self.folder = cluster, folder
        self.environment = login_environment(cluster, folder)
        self.log = folder / f"snakemake.{len(list(folder.glob('snakemake.*.out')))}.out"
        command = [sys.executable, "-m", "snakemake", "--logger-xser-plain", *FAST, *ALONE, *options]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=self.environment,
                stdout=out,
                stderr=out,
                start_new_session=True,
                # As in a terminal: a shell that runs the tests in the background has made SIGINT ignored.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    @property
    def output(self) -> str:
        """What the user has seen so far."""
        return self.log.read_text(errors="replace")

    @property
    def seen(self) -> str:
        """What the user has seen, and the logs of SLURM that it names."""
        named = sorted(set(re.findall(r"[^ ]*/slurm_logs/[^ ,)]*\.log", self.output)))
        return "\n".join([self.output, *(Path(p).read_text(errors="replace") for p in named if Path(p).exists())])

    def wait(self, seconds: float = 240) -> int:
        """The exit status; the run is ended if it takes too long."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            raise AssertionError(f"no end after {seconds} s:\n{self.output[-3000:]}") from None

    def kill(self) -> None:
        """kill -9, with the threads and children of snakemake but without its jobs."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def jobs(self, *options: str) -> list[list[str]]:
        """The jobs of this run in the queue: [id, state, node, name, comment]."""
        marker = "SLURM run ID: "
        run = next((line.partition(marker)[2].strip() for line in self.output.splitlines() if marker in line), "-")
        return [job for job in self.cluster.jobs(*options) if job[3] == run]

    def await_running(self, rule: str, seconds: float = 120) -> list[str]:
        """Wait until a job of a rule runs; return it."""

        def running() -> list[list[str]]:
            return [j for j in self.jobs() if j[1] == "RUNNING" and j[4].startswith(f"rule_{rule}")]

        until(lambda: running() or self.process.poll() is not None, seconds, f"a running job of {rule}")
        assert running(), self.output[-3000:]
        return running()[0]


def attempts(run: ClusterRun) -> dict[str, int]:
    """In which attempt each job succeeded."""
    logs = (run.folder / "results/logs").glob("*.log")
    return {p.stem: int(p.read_text().split()[1]) for p in logs if p.stem != "sum"}


def finish(run: ClusterRun, total: int, **retried: int) -> None:
    """Wait for the end of a run; the sum must be right, and each job have needed one attempt or what is named."""
    assert run.wait() == 0, run.output[-5000:]
    assert (run.folder / "results/sum.tsv").read_text() == f"{total}\n"
    assert attempts(run) == dict.fromkeys(attempts(run), 1) | retried


def second_at_work(run: ClusterRun) -> str:
    """In a pack of jobs that wait for files of their names, let the first one end; the name of the second, at work."""
    logs = run.folder / "results/logs"
    until(lambda: list(logs.glob("*.log")), 120, "a job at work")
    (first,) = (path.stem for path in logs.glob("*.log"))
    (run.folder / first).touch()
    until(lambda: len(list(logs.glob("*.log"))) == 2, 60, "a second job at work")
    (second,) = (path.stem for path in logs.glob("*.log") if path.stem != first)
    return second
