"""SLURM that forgets, preempts, refuses or does not answer: the run notices within seconds, and nothing runs twice."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster
from runs import PACKED, ClusterRun, attempts, finish, second_at_work, toy, until

pytestmark = pytest.mark.slurm

NOTICE = 60  # seconds from a fault to the line that tells of it; the promise is five minutes, with looks every 30 s


@pytest.fixture(scope="module")
def forgetful(cluster: Cluster) -> Iterator[Cluster]:
    """A SLURM of this module's own that forgets a job a minute after its end."""
    with (
        tempfile.TemporaryDirectory(prefix="xser-slurm-", ignore_cleanup_errors=True) as folder,
        Cluster(Path(folder) / "c", remembered=2) as running,
    ):
        yield running


def seconds_until(run: ClusterRun, text: str) -> float:
    """How long it takes until a run says something."""
    started = time.monotonic()
    until(lambda: text in run.output, 300, f"{text!r} in\n{run.output[-3000:]}")
    seconds = time.monotonic() - started
    print(f"{seconds:.0f} s until {text!r}")
    return seconds


def put_before(cluster: Cluster, folder: Path, script: str, *names: str) -> None:
    """Have a script answer for programs of SLURM; it finds them at {program}."""
    (folder / "bin").mkdir()
    for name in names:
        (folder / "bin" / name).write_text(script.format(program=cluster.folder / "bin" / name))
        (folder / "bin" / name).chmod(0o755)


@pytest.fixture(scope="module")
def full(forgetful: Cluster, tmp_path_factory: pytest.TempPathFactory) -> ClusterRun:
    """Four jobs for a partition that takes two at a time; started first, because it takes a minute."""
    folder = toy(tmp_path_factory.mktemp("full") / "p", a="1;sleep 5", b="2;sleep 5", c="3;sleep 5", d="4;sleep 5")
    return ClusterRun(forgetful, folder, "--set-resources", "train_models:slurm_partition=small")


@pytest.fixture(scope="module")
def paused(forgetful: Cluster, full: ClusterRun, tmp_path_factory: pytest.TempPathFactory) -> ClusterRun:
    """A run that is stopped; one of its jobs ends meanwhile, one is killed."""
    folder = toy(tmp_path_factory.mktemp("paused") / "p", good="1;until go", killed="2;once sleep 400")
    run = ClusterRun(forgetful, folder)
    until(lambda: [job[1] for job in run.jobs()] == ["RUNNING", "RUNNING"], what="two running jobs")
    until(lambda: len(list(folder.glob("results/logs/*.log"))) == 2, what="two jobs at work")
    os.kill(run.process.pid, signal.SIGSTOP)
    (folder / "go").touch()
    forgetful.command("scancel", next(job[0] for job in run.jobs() if "killed" in job[4]))
    return run


@pytest.fixture(scope="module")
def paused_pack(forgetful: Cluster, paused: ClusterRun, tmp_path_factory: pytest.TempPathFactory) -> ClusterRun:
    """Another one, with a pack of three: one job has ended when the pack is killed, one runs, one has not started."""
    folder = toy(tmp_path_factory.mktemp("pack") / "p", **{name: f"1;until {name}" for name in "abc"})
    run = ClusterRun(forgetful, folder, *PACKED)
    run.await_running("train_models")
    os.kill(run.process.pid, signal.SIGSTOP)
    second_at_work(run)
    forgetful.command("scancel", run.jobs()[0][0])
    until(lambda: not run.jobs(), what="the end of the pack")
    for name in "abc":
        (folder / name).touch()
    return run


@pytest.mark.fault(
    "slurm",
    "a job is preempted, with PreemptMode CANCEL or REQUEUE",
    "`was preempted by others: submitted again`, within a minute",
    "runs again without costing an attempt; right result",
)
@pytest.mark.parametrize("partition", ["spare", "lent"])
def test_a_preempted_job_is_submitted_again(
    forgetful: Cluster, paused: ClusterRun, tmp_path: Path, partition: str
) -> None:
    folder = toy(tmp_path / "p", slow="4;until go")
    run = ClusterRun(
        forgetful, folder, "--set-resources", f"train_models:slurm_partition={partition}", "train_models:mem_mb=5000"
    )
    job, _, node, *_ = run.await_running("train_models")
    forgetful.command("sbatch", "-p", "urgent", "--mem", "5000", "-w", node, "-o", "/dev/null", "--wrap", "sleep 1")
    until(lambda: [job, "PREEMPTED"] in [j[:2] for j in run.jobs("-t", "all")], what="a preempted job")
    assert seconds_until(run, f"SLURM job {job} was preempted") < NOTICE
    (folder / "go").touch()
    finish(run, 4)


@pytest.mark.fault(
    "slurm",
    "jobs end while snakemake is stopped, and SLURM forgets them",
    "`Finished`, or `SLURM forgot it, it recorded: nothing`, within a minute",
    "success is taken as such, the killed one runs again; right result",
)
def test_ends_that_slurm_has_forgotten_are_found(
    forgetful: Cluster, paused: ClusterRun, paused_pack: ClusterRun
) -> None:
    until(lambda: not paused.jobs("-t", "all"), 150, "a queue that forgot")
    os.kill(paused.process.pid, signal.SIGCONT)
    assert seconds_until(paused, "Finished jobid") < NOTICE
    assert seconds_until(paused, "SLURM forgot it, it recorded: nothing") < NOTICE
    finish(paused, 3, killed=2)


@pytest.mark.fault(
    "slurm",
    "a pack is killed while snakemake is stopped, and SLURM forgets it",
    "`ended before all jobs in it had started: submitted again`",
    "what it had finished is kept, only the job that ran loses an attempt; right result",
)
def test_a_forgotten_pack_is_sorted_out(paused_pack: ClusterRun, paused: ClusterRun) -> None:
    until(lambda: not paused_pack.jobs("-t", "all"), 150, "a queue that forgot")
    os.kill(paused_pack.process.pid, signal.SIGCONT)
    assert seconds_until(paused_pack, "ended before all jobs in it had started: submitted again") < NOTICE
    assert paused_pack.wait() == 0, paused_pack.output[-5000:]
    assert "SLURM forgot it, it recorded: nothing" in paused_pack.output
    assert sorted(attempts(paused_pack).values()) == [1, 1, 2]


@pytest.mark.fault(
    "slurm",
    "a submit limit is reached",
    "`SLURM takes no job now`, `job submit limit`",
    "waits for room, no attempt is lost; right result",
)
def test_a_full_queue_is_waited_for(full: ClusterRun) -> None:
    assert seconds_until(full, "job submit limit") < NOTICE
    finish(full, 10)


@pytest.mark.fault(
    "slurm",
    "no accounting: neither `sacct` nor an account",
    "nothing",
    "right result",
)
def test_nothing_asks_for_accounting(forgetful: Cluster, full: ClusterRun) -> None:
    assert not shutil.which("sacct", path=forgetful.environment["PATH"])
    assert full.wait() == 0
    assert "sacct" not in full.output
    assert "account" not in full.output.replace("accounting/QOS policy", "")


@pytest.mark.fault(
    "slurm",
    "slurmctld is killed for 50 s; a job ends, one fails, one is to be submitted",
    "`SLURM does not answer`, `SLURM takes no job now`, `failed while SLURM did not answer: submitted again`",
    "no attempt is lost; right result",
)
def test_a_controller_that_is_away_delays_and_loses_nothing(forgetful: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", **{name: f"1;until {name};break {name}.broken" for name in "abc"})
    run = ClusterRun(forgetful, folder, "--jobs", "2")
    until(lambda: len(list(folder.glob("results/logs/*.log"))) == 2, what="two jobs at work")
    ends, fails = sorted(path.stem for path in folder.glob("results/logs/*.log"))
    forgetful.kill_controller()
    killed = time.monotonic()
    try:
        assert seconds_until(run, "SLURM does not answer") < NOTICE
        (folder / ends).touch()
        assert seconds_until(run, "Finished jobid") < NOTICE
        assert seconds_until(run, "SLURM takes no job now") < NOTICE
        for name in (f"{fails}.broken", fails):
            (folder / name).touch()
        until(lambda: not (folder / f"{fails}.broken").exists(), what="a failed job")
        time.sleep(max(0, 50 - (time.monotonic() - killed)))
        assert run.process.poll() is None
    finally:
        forgetful.start_controller()
    for name in "abc":
        (folder / name).touch()
    finish(run, 3)
    assert "failed while SLURM did not answer: submitted again" in run.output


LOSES_ITS_FIRST_ANSWER = """#!/bin/sh
if mkdir lost; then
  {program} "$@" >/dev/null
  sleep 5
  echo "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation" >&2
  exit 1
fi
exec {program} "$@"
"""


@pytest.mark.fault(
    "slurm",
    "SLURM takes a job, and its answer to sbatch is lost",
    "`SLURM takes no job now`, `Socket timed out`",
    "the job that nobody knows of is cancelled before it is submitted again; right result",
)
def test_a_job_whose_submission_got_no_answer_runs_once(forgetful: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", a="1;until go")
    put_before(forgetful, folder, LOSES_ITS_FIRST_ANSWER, "sbatch")
    run = ClusterRun(forgetful, folder)
    stray = run.await_running("train_models")[0]
    assert seconds_until(run, "Socket timed out") < NOTICE
    until(lambda: {job[0] for job in run.jobs()} - {stray}, 90, "a second job")
    assert stray not in [job[0] for job in run.jobs()]
    (folder / "go").touch()
    finish(run, 1)


PRINTS_MORE_THAN_AN_ID = """#!/bin/sh
if mkdir first; then echo "3 of your jobs wait"; fi
exec {program} "$@"
"""


@pytest.mark.fault(
    "slurm",
    "sbatch takes a job, and what it prints beside the id is no id",
    "`Multiple possible SLURM job IDs found`",
    "the job is cancelled before it is submitted again; right result",
)
def test_a_job_whose_id_cannot_be_read_runs_once(forgetful: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", a="1;until go")
    put_before(forgetful, folder, PRINTS_MORE_THAN_AN_ID, "sbatch")
    run = ClusterRun(forgetful, folder)
    seconds_until(run, "Multiple possible SLURM job IDs found")
    until(lambda: "has been submitted" in run.output, 90, "a second job")
    assert len(run.jobs()) == 1
    (folder / "go").touch()
    finish(run, 1, a=2)


SIGNS_NOTHING = """#!/bin/sh
[ -e go ] && exec {program} "$@"
echo "error: Munge encode failed: Failed to access munge.socket (Did you start munged?)" >&2
echo "error: Batch job submission failed: Protocol authentication error" >&2
exit 1
"""


@pytest.mark.fault(
    "slurm",
    "munged of the login node is away for a while, without which it gets no answer of SLURM",
    "`SLURM takes no job now`, `Protocol authentication error`",
    "no attempt is lost; right result",
)
def test_nobody_to_sign_for_a_submission(forgetful: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", a="1")
    put_before(forgetful, folder, SIGNS_NOTHING, "sbatch", "squeue")
    run = ClusterRun(forgetful, folder)
    seconds_until(run, "SLURM takes no job now")
    (folder / "go").touch()
    finish(run, 1)


@pytest.mark.fault(
    "slurm",
    "Ctrl-C while slurmctld hangs",
    "`waiting for cancelled jobs to end`",
    "no job is left in the queue",
)
def test_interrupted_while_slurm_is_silent_it_leaves_no_job(forgetful: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", **{f"n{i}": "1;sleep 400" for i in range(8)})
    run = ClusterRun(forgetful, folder)
    run.await_running("train_models")
    with forgetful.frozen_controller():
        run.process.send_signal(signal.SIGINT)
        time.sleep(15)
        assert run.process.poll() is None, "it waits for SLURM"
    assert run.wait(90) != 0
    assert not run.jobs()
