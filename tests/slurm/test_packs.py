"""Short jobs that share a job of SLURM, on a real one: few jobs, and each member ends for itself."""

import signal
import time
from pathlib import Path

import pytest
from cluster import Cluster
from runs import ALONE, PACKED, ClusterRun, attempts, finish, second_at_work, toy, until

pytestmark = pytest.mark.slurm

SHORT = ("--set-resources", "train_models:runtime=10")


@pytest.mark.fault(
    "slurm",
    "one of the jobs that share a job of SLURM fails",
    "`SLURM status is: 'FAILED'` and its own log",
    "exit 1; the others, before and after it, are finished",
)
def test_many_short_jobs_become_one_and_fail_alone(cluster: Cluster, tmp_path: Path) -> None:
    numbers = {f"n{i}": f"{i};show SLURM_JOB_ID" for i in range(7)}
    folder = toy(tmp_path / "p", **numbers | {"n3": "3;break broken"})
    (folder / "broken").touch()
    run = ClusterRun(cluster, folder, *PACKED, *SHORT, "--retries", "0")
    assert run.wait() == 1
    ((job, state, *_, comment),) = run.jobs("-t", "all")
    assert (state, comment) == ("FAILED", "rule_train_models_wildcards_7_jobs")
    assert {p.stem: p.read_text() for p in folder.glob("results/n*.tsv")} == {
        name: f"{name[1:]}\n" for name in numbers if name != "n3"
    }
    assert run.output.count("failed, SLURM status is: 'FAILED'") == 1
    (log,) = folder.glob(f".snakemake/slurm_logs/rule_train_models/n3/{job}_*.log")
    assert str(log) in run.output
    assert "broken" in log.read_text()

    again = ClusterRun(cluster, folder, *PACKED, *SHORT)
    finish(again, 21)
    assert len(again.jobs("-t", "all")) == 1, "the one that had failed"


@pytest.mark.fault(
    "slurm",
    "a job of SLURM that others share is cancelled while its second member runs",
    "`SLURM status is: 'CANCELLED'`, `ended before all jobs in it had started: submitted again`",
    "what it had finished is kept, the one that ran loses an attempt, those that had not started none; right result",
)
def test_a_killed_pack_costs_only_who_ran(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", **{name: f"1;until {name}" for name in "abcd"})
    run = ClusterRun(cluster, folder, *PACKED, *SHORT)
    second = second_at_work(run)
    ((job, *_),) = run.jobs()
    cluster.command("scancel", job)
    until(lambda: job not in [other[0] for other in run.jobs()], what="the end of the pack")
    for name in "abcd":
        (folder / name).touch()
    finish(run, 4, **{second: 2})
    assert "SLURM status is: 'CANCELLED'" in run.output
    assert "ended before all jobs in it had started: submitted again" in run.output
    submissions = [line for line in run.output.splitlines() if "has been submitted" in line]
    assert len(submissions) == 3, "the pack, the two that had not started, the one that ran"


@pytest.mark.fault(
    "slurm",
    "one of the jobs that share a job of SLURM needs more memory than it asked for",
    "`exceeded memory limit`",
    "runs again with twice the memory, the others once; right result",
)
def test_out_of_memory_in_a_pack(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", a="1", b="1", hungry="2;eat 1300", c="1")
    run = ClusterRun(cluster, folder, *PACKED, *SHORT)
    finish(run, 5, hungry=2)
    assert "exceeded memory limit" in run.output


@pytest.mark.fault(
    "slurm",
    "Ctrl-C while short jobs wait for others to share a job of SLURM with",
    "exit status not 0",
    "nothing is submitted",
)
def test_interrupted_while_jobs_wait_for_company(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", a="1", b="2", c="3")
    run = ClusterRun(cluster, folder, *PACKED, *SHORT, "--jobs", "2", "--xser-slurm-pack-wait", "300")
    until(lambda: run.output.count("rule train_models:") == 2, what="two jobs that wait")
    time.sleep(3)
    run.process.send_signal(signal.SIGINT)
    assert run.wait(30) != 0
    assert "has been submitted" not in run.output
    assert not run.jobs("-t", "all")


def test_the_queue_takes_no_more_jobs_than_is_set(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", **dict.fromkeys("abc", "1;until go"))
    run = ClusterRun(cluster, folder, *ALONE, "--xser-slurm-max-queued", "2")
    until(lambda: len(run.jobs()) == 2, what="two jobs")
    time.sleep(5)
    assert len(run.jobs()) == 2
    (folder / "go").touch()
    finish(run, 3)
    assert len(attempts(run)) == 3
    assert len(run.jobs("-t", "all")) == 3


def test_a_pack_asks_for_no_more_than_its_partition_allows(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", **{f"n{i}": f"{i}" for i in range(7)})
    cluster.command("scontrol", "update", "PartitionName=work", "MaxTime=60")
    try:
        run = ClusterRun(cluster, folder, *PACKED, *SHORT)
        finish(run, 21)
    finally:
        cluster.command("scontrol", "update", "PartitionName=work", "MaxTime=INFINITE")
    assert len(run.jobs("-t", "all")) == 2, "six of ten minutes, and the seventh"
