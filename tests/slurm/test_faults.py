"""What goes wrong on clusters, on a real one, with a workflow of seconds: the right result or a clear error."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster
from runs import REPOSITORY, ClusterRun, held, recover, toy, until

pytestmark = pytest.mark.slurm


def result(folder: Path) -> str:
    """The sum that the toy workflow computed; empty if there is none."""
    path = folder / "results" / "sum.tsv"
    return path.read_text().strip() if path.exists() else ""


@pytest.fixture(scope="module")
def over_time(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterRun]:
    """A run whose first attempt hangs; started first, because it takes minutes in which others can run."""
    folder = toy(tmp_path_factory.mktemp("time") / "p", a="1", hangs="2;once sleep 400")
    run = ClusterRun(cluster, folder, "--set-resources", "train_models:runtime=1 * attempt")
    yield run
    if run.process.poll() is None:
        run.kill()


def test_the_cluster_starts_in_under_five_seconds(cluster: Cluster, over_time: ClusterRun) -> None:
    assert cluster.seconds_to_start < 5


@pytest.mark.fault(
    "slurm",
    "a job needs more memory than it asked for",
    "`exceeded memory limit`, `Trying to restart job`",
    "runs again with twice the memory; right result",
)
def test_out_of_memory_is_retried_with_more(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", a="1", hungry="2;eat 1300")
    run = ClusterRun(cluster, folder)
    assert run.wait() == 0, run.output
    assert result(folder) == "3"
    assert "exceeded memory limit" in run.output
    assert (folder / "results/logs/hungry.log").read_text() == "attempt 2\n"
    assert (folder / "results/logs/a.log").read_text() == "attempt 1\n"


@pytest.mark.fault(
    "slurm",
    "a job needs more memory in every attempt",
    "`exceeded memory limit`, `Error in rule`",
    "exit 1; everything else is finished",
)
def test_memory_is_overridable_and_its_lack_is_told(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", a="1", hungry="2;eat 900")
    run = ClusterRun(cluster, folder, "--set-resources", "train_models:mem_mb=700", "--retries", "0")
    assert run.wait() == 1
    assert result(folder) == ""
    assert (folder / "results/a.tsv").read_text() == "1\n", "keep-going finishes what can be finished"
    assert "exceeded memory limit" in run.output
    assert "Error in rule train_models" in run.output


@pytest.mark.fault(
    "slurm",
    "somebody cancels a job (`scancel`)",
    "`SLURM status is: 'CANCELLED'`",
    "runs again; right result",
)
def test_a_cancelled_job_is_retried(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", slow="4;once sleep 400")
    run = ClusterRun(cluster, folder)
    cluster.command("scancel", run.await_running("train_models")[0])
    assert run.wait() == 0, run.output
    assert result(folder) == "4"
    assert "SLURM status is: 'CANCELLED'" in run.output


@pytest.mark.fault(
    "slurm",
    "Ctrl-C while a job runs",
    "exit status not 0",
    "no job is left in the queue",
)
def test_an_interrupted_run_takes_its_jobs_along(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", slow="4;sleep 400")
    run = ClusterRun(cluster, folder)
    run.await_running("train_models")
    run.process.send_signal(signal.SIGINT)
    assert run.wait(60) != 0
    until(lambda: not run.jobs(), 30, "an empty queue")
    assert result(folder) == ""


@pytest.mark.fault(
    "slurm",
    "Ctrl-C twice, the second time while jobs are being cancelled",
    "exit status not 0",
    "no job is left in the queue",
)
def test_interrupted_twice_it_takes_its_jobs_along(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", slow="4;sleep 400")
    run = ClusterRun(cluster, folder)
    run.await_running("train_models")
    with cluster.frozen_controller():
        for _ in range(2):
            run.process.send_signal(signal.SIGINT)
            time.sleep(3)
        assert run.process.poll() is None
    assert run.wait(60) != 0
    until(lambda: not run.jobs(), 30, "an empty queue")


@pytest.mark.fault(
    "slurm",
    "the study's folder has a % in its path, in which sbatch would find no log",
    "the folder, and `--xser-slurm-logdir`",
    "stops before anything is submitted; spaces, $ and the like do no harm",
)
def test_a_folder_may_be_called_almost_anything(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "100%n of $HOME; ü", a="1")
    refused = ClusterRun(cluster, folder)
    assert refused.wait(60) == 1
    assert "has % in it, which sbatch takes for a pattern" in refused.output
    run = ClusterRun(cluster, folder, "--xser-slurm-logdir", str(tmp_path / "it's; ü"))
    assert run.wait() == 0, run.output[-5000:]
    assert result(folder) == "1"


def test_a_job_of_a_group_says_how_it_ended(cluster: Cluster, tmp_path: Path) -> None:
    """Snakemake loses the message of a group, and the logs that are named with it."""
    folder = toy(tmp_path / "p", slow="4;sleep 400")
    run = ClusterRun(cluster, folder, "--groups", "train_models=chain", "--retries", "0")
    until(lambda: [job for job in run.jobs() if job[1] == "RUNNING"], 60, "a running job")
    until(lambda: list(folder.glob("results/logs/slow.log")), 60, "a job at work")
    cluster.command("scancel", run.jobs()[0][0])
    assert run.wait() == 1
    assert "SLURM status is: 'CANCELLED'" in run.output
    assert "slurm_logs/group_chain" in run.output


@pytest.mark.fault(
    "slurm",
    "a job asks for more time than its partition allows, so that SLURM lets it wait for ever",
    "`SLURM lets a job wait: PartitionTimeLimit`, within a minute",
    "the run waits for what the user decides",
)
def test_a_job_that_can_never_start_is_told(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", a="1")
    limits = ("train_models:runtime=100", "train_models:slurm_partition=small")
    run = ClusterRun(cluster, folder, "--set-resources", *limits)
    until(lambda: "SLURM lets a job wait: PartitionTimeLimit" in run.output, 60, "a word about the limit")
    run.process.send_signal(signal.SIGINT)
    assert run.wait(60) != 0


@pytest.mark.fault(
    "slurm",
    "a job asks for more memory than any node has",
    "`Requested node configuration is not available`",
    "exit 1; everything else is finished",
)
def test_a_job_that_fits_no_node_is_told(cluster: Cluster, tmp_path: Path) -> None:
    run = ClusterRun(cluster, toy(tmp_path / "p", a="1"), "--set-resources", "train_models:mem_mb=999999")
    assert run.wait(60) == 1
    assert "Requested node configuration is not available" in run.output


@pytest.mark.fault(
    "slurm",
    "an input is deleted while its job waits",
    "the name of the file",
    "exit 1, no result",
)
def test_an_input_that_vanishes_is_named(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", a="1", gone="2")
    with held(cluster):
        run = ClusterRun(cluster, folder, "--retries", "0")
        until(lambda: len(run.jobs()) == 2, what="two queued jobs")
        (folder / "data/gone.txt").unlink()
    assert run.wait() == 1
    assert result(folder) == ""
    assert "data/gone.txt (missing locally" in run.seen


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of its own, of 1 MB."""
    folder = tmp_path / "p" / "results"
    toy(tmp_path / "p", a="1")
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", str(folder)]
    if os.getuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system is not permitted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.fault(
    "slurm",
    "results are on a full or read-only file system",
    "`No space left on device`, `Read-only file system`",
    "exit 1, no result",
)
@pytest.mark.parametrize(("fault", "message"), [("ro", "Read-only file system"), ("full", "No space left on device")])
def test_an_output_folder_that_cannot_be_written_is_told(
    cluster: Cluster, mounted: Path, fault: str, message: str
) -> None:
    with held(cluster):
        run = ClusterRun(cluster, mounted.parent, "--retries", "0")
        until(run.jobs, what="a queued job")
        if fault == "ro":
            subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
        else:
            (mounted / "fill").write_bytes(b"x" * (2**20 - 2 * 4096))
            with pytest.raises(OSError, match="No space"):
                (mounted / "more").write_bytes(b"x" * 2**20)
    assert run.wait() == 1
    assert result(mounted.parent) == ""
    assert message in run.seen


@pytest.mark.fault(
    "slurm",
    "snakemake is killed (kill -9), its jobs run on",
    "`xser recover`: `cancelling job`, `unlocked`; it refuses while a snakemake works",
    "no job is left; the next run gives the right result",
)
def test_after_kill_9_recover_leaves_no_orphans(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", slow="4;once sleep 400", other="1")
    run = ClusterRun(cluster, folder)
    run.await_running("train_models")
    alive = recover(cluster, folder)
    assert alive.returncode != 0
    assert f"process {run.process.pid}" in alive.stderr
    run.kill()
    assert run.jobs(), "the orphans run on"
    (folder / "data/slow.txt").write_text("4\n")
    done = recover(cluster, folder)
    assert done.returncode == 0, done.stderr
    assert not run.jobs()
    assert "cancelling job" in done.stdout
    again = ClusterRun(cluster, folder)
    assert again.wait() == 0, again.output
    assert result(folder) == "5"


def test_gpu_jobs_get_a_gpu(cluster: Cluster, tmp_path: Path) -> None:
    folder = toy(tmp_path / "p", lstm="1;show CUDA_VISIBLE_DEVICES", other="2;show CUDA_VISIBLE_DEVICES")
    profile = folder / "profiles/slurm/config.yaml"
    docs = (REPOSITORY / "docs/cluster.md").read_text(encoding="utf-8")
    (gres,) = (line for line in docs.splitlines(keepends=True) if line.startswith("    gres: "))
    profile.write_text(f"{profile.read_text()}\nset-resources:\n  train_models:\n{gres.replace('system', 'name')}")
    run = ClusterRun(cluster, folder)
    assert run.wait() == 0, run.output
    assert "CUDA_VISIBLE_DEVICES=0" in (folder / "results/logs/lstm.log").read_text()
    assert "CUDA_VISIBLE_DEVICES=0" not in (folder / "results/logs/other.log").read_text()


@pytest.mark.fault(
    "slurm",
    "a job runs over its time limit",
    "`SLURM status is: 'TIMEOUT'`",
    "runs again with twice the time; right result",
)
def test_over_the_time_limit_is_retried_with_more(over_time: ClusterRun) -> None:
    assert over_time.wait(400) == 0, over_time.output
    assert result(over_time.folder) == "3"
    assert "SLURM status is: 'TIMEOUT'" in over_time.output
    assert "runtime=2" in over_time.output


@pytest.mark.fault(
    "slurm",
    "a node loses power",
    "`NODE_FAIL`",
    "runs again elsewhere; right result",
)
def test_a_killed_node_costs_one_attempt(cluster: Cluster, over_time: ClusterRun, tmp_path: Path) -> None:
    over_time.wait(400)  # its job would die with the node
    folder = toy(tmp_path / "p", slow="4;once sleep 400")
    run = ClusterRun(cluster, folder)
    node = run.await_running("train_models")[2]
    cluster.kill_node(node)
    try:
        assert run.wait() == 0, run.output
    finally:
        cluster.revive(node)
    assert result(folder) == "4"
    assert "NODE_FAIL" in run.output
