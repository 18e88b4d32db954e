"""What the SLURM executor concludes from what it sees; on a real SLURM: tests/slurm."""

import itertools
import subprocess
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake.iocontainers import ResourceList

import snakemake_executor_plugin_xser_slurm as plugin
from snakemake_executor_plugin_xser_slurm import Executor
from snakemake_executor_plugin_xser_slurm.commands import misread
from snakemake_executor_plugin_xser_slurm.ends import PATIENCE, guarded, in_turn, is_permanent, verdict
from snakemake_executor_plugin_xser_slurm.packs import Pack, Waiting, due


@pytest.mark.parametrize(("command", "end", "status"), [("true", "succeeded", 0), ("exit 3", "failed", 1)])
def test_a_job_records_its_end(tmp_path: Path, command: str, end: str, status: int) -> None:
    record = tmp_path / "it's 1"
    assert subprocess.run(["sh", "-c", guarded(command, record)], check=False).returncode == status
    assert {path.name for path in tmp_path.iterdir()} == {"it's 1.started", f"it's 1.{end}"}


def test_a_second_job_of_a_submission_does_nothing(tmp_path: Path) -> None:
    command = guarded(f"echo x >> {tmp_path}/output", tmp_path / "1")
    statuses = [subprocess.run(["sh", "-c", command], capture_output=True, check=False).returncode for _ in range(2)]
    assert statuses[0] == 0 != statuses[1]
    assert (tmp_path / "output").read_text() == "x\n"


def test_a_job_of_a_cancelled_run_does_nothing(tmp_path: Path) -> None:
    command = guarded(f"touch {tmp_path}/output", tmp_path / "removed" / "1")
    assert subprocess.run(["sh", "-c", command], capture_output=True, check=False).returncode != 0
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("state", "ended", "unknown_for", "found"),
    [
        ("RUNNING", "", 0, "alive"),
        ("COMPLETING", "failed", 0, "alive"),  # its processes may still write
        ("PENDING", "", 0, "alive"),
        ("RUNNING", "succeeded", 0, "succeeded"),
        ("COMPLETED", "", 0, "succeeded"),
        ("TIMEOUT", "", 0, "failed"),
        ("FAILED", "failed", 0, "failed"),
        ("PREEMPTED", "failed", 0, "preempted"),
        ("", "", 30, "alive"),  # the record may be on its way
        ("", "", 61, "failed"),
        ("", "failed", 0, "failed"),
        ("", "succeeded", 99, "succeeded"),
        (None, "", 0, "alive"),
        (None, "failed", 0, "alive"),  # nothing could be submitted now
        (None, "succeeded", 0, "succeeded"),
    ],
)
def test_what_became_of_a_job(state: str | None, ended: str, unknown_for: float, found: str) -> None:
    assert verdict(state, ended, unknown_for, patience=60) == found


BATCH = "sbatch: error: Batch job submission failed: "
POLICY = "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)"


@pytest.mark.parametrize(
    ("refusal", "soon", "late", "late_and_alone"),
    [
        ("Unable to contact slurm controller (connect failure)", False, False, False),
        ("Socket timed out on send/recv operation", False, False, False),
        ("Slurm temporarily unable to accept job, sleeping and retrying", False, False, True),
        (f"{POLICY}", False, False, True),
        (f"QOSMaxSubmitJobPerUserLimit\n{BATCH}{POLICY}", False, False, True),
        (f"QOSMaxWallDurationPerJobLimit\n{BATCH}{POLICY}", True, True, True),
        ("Requested node configuration is not available", True, True, True),
        ("Invalid account or account/partition combination specified", True, True, True),
    ],
)
def test_which_refusals_are_waited_out(refusal: str, soon: bool, late: bool, late_and_alone: bool) -> None:
    assert is_permanent(BATCH + refusal, 10, others=False) is soon
    assert is_permanent(BATCH + refusal, PATIENCE + 1, others=True) is late
    assert is_permanent(BATCH + refusal, PATIENCE + 1, others=False) is late_and_alone


@pytest.mark.parametrize(
    ("python", "logs", "folder", "named"),
    [
        ("/home/ü/.venv/bin/python3.11", "/a 1", "/it's here", ""),
        ("/a/bin/python", "/it's $HOME", '/of $HOME `x` "1"', ""),
        ("/my clone/.venv/bin/python", "/a", "/a", "/my clone/.venv/bin/python"),
        ("/R&D/.venv/bin/python", "/a", "/a", "/R&D/.venv/bin/python"),
        ("/a/bin/python", "/100%n", "/a", "/100%n"),
        ("/a/bin/python", "/a", "/it's $HOME", "/it's $HOME"),
        ("/a/bin/python", "/a", "/a\\b", "/a\\b"),
    ],
)
def test_paths_that_jobs_would_read_otherwise_are_named(python: str, logs: str, folder: str, named: str) -> None:
    assert misread(python, logs, "/a", folder).partition(":")[0].partition(" has %")[0] == named


def test_what_fails_in_a_pack_stops_nothing(tmp_path: Path) -> None:
    commands = [guarded(command, tmp_path / f"{i}") for i, command in enumerate(["echo a", "exit 3", "echo c; false"])]
    script = in_turn(commands, [f"'{tmp_path}'/${{SLURM_JOB_ID}}_{i}.log" for i in range(3)])
    done = subprocess.run(
        ["sh"], input=script, text=True, env={"PATH": "/usr/bin:/bin", "SLURM_JOB_ID": "7"}, check=False
    )
    assert done.returncode == 1
    assert {path.name for path in tmp_path.glob("[012].[!s]*")} == {"1.failed", "2.failed"}
    assert (tmp_path / "0.succeeded").exists()
    assert [(tmp_path / f"7_{i}.log").read_text() for i in range(3)] == ["a\n", "", "c\n"]
    assert subprocess.run(["sh"], input=in_turn(["true"], ["/dev/null"]), text=True, check=False).returncode == 0


@dataclass(frozen=True)
class Job:
    """What a job of Snakemake is to the executor."""

    jobid: int
    resources: ResourceList
    attempt: int = 1
    name: str = "train"
    wildcards: tuple[str, ...] = ("emodb",)


def job(jobid: int, runtime: int | None = 10, mem_mb: int = 1000, attempt: int = 1, **others: Any) -> Job:
    asked = {"mem_mb": mem_mb, "mem_mib": mem_mb - 50, "mem": f"{mem_mb} MB", "_cores": 1, "runtime": runtime, **others}
    return Job(jobid, ResourceList(fromdict={k: v for k, v in asked.items() if v is not None}), attempt)


def packs(*jobs: Job, now: float = 30, minutes: float = 40, most: int = 99) -> list[list[int]]:
    """The ids of the jobs of each pack, after waiting for so long."""
    found = due([Waiting(one, 0) for one in jobs], now, minutes, most, patience=30)
    return [[one.job.jobid for one in members] for members in found]


def test_a_pack_is_due_when_it_is_full_or_has_waited() -> None:
    assert packs(job(1), job(2), job(3), now=29) == []
    assert packs(job(1), job(2), job(3), now=30) == [[1, 2, 3]]
    assert packs(*map(job, range(9)), now=0) == [[0, 1, 2, 3], [4, 5, 6, 7]], "the last one waits for others"
    assert packs(*(job(i, runtime=9) for i in range(4)), now=0) == [[0, 1, 2, 3]], "four minutes are left, for none"
    assert packs(*map(job, range(3)), now=0, most=2) == [[0, 1]]


def test_who_waits_longest_goes_first() -> None:
    late, early = Waiting(job(1, runtime=11), 5), Waiting(job(2, mem_mb=500), 0)
    assert [members[0].job.jobid for members in due([late, early], 30, 40, 99, 30)] == [2, 1]


@pytest.mark.parametrize("alone", [job(1, runtime=11), job(1, runtime=None), job(1, mpi="srun")])
def test_what_is_not_short_goes_alone_and_at_once(alone: Job) -> None:
    assert packs(alone, job(2), job(3), now=0) == [[1]]


def test_nobody_waits_where_there_are_no_packs() -> None:
    assert packs(job(1), job(2), now=0, minutes=0) == [[1], [2]]
    assert packs(job(1), job(2), now=0, most=1) == [[1], [2]]


@pytest.mark.parametrize(
    "other",
    [
        job(2, gres="gpu:1"), job(2, slurm_partition="gpu"), job(2, _cores=2), job(2, qos="x"), job(2, attempt=2),
        job(2, mem_mb=2001), job(2, mem_mb=499),
    ],
)  # fmt: skip
def test_unlike_jobs_share_nothing(other: Job) -> None:
    assert sorted(packs(job(1), other, job(3))) == [[1, 3], [2]]


def test_a_pack_asks_for_what_its_members_need() -> None:
    pack = Pack([job(1, runtime=5, mem_mb=1000), job(2, runtime=7, mem_mb=1900, disk_mb=1)])
    asked = pack.resources
    assert (asked.runtime, asked.mem_mb, asked.get("mem_mib"), asked.get("_cores")) == (12, 1900, 1850, 1)
    assert (pack.name, pack.wildcards, pack.jobid) == ("train", ["2_jobs"], "1,2")


def test_a_pack_of_one_is_its_job() -> None:
    one = job(1)
    pack = Pack([one])
    assert pack.resources is one.resources
    assert (pack.name, pack.wildcards, pack.jobid, pack.attempt) == ("train", ("emodb",), "1", 1)


def test_names_of_any_length_have_a_log() -> None:
    """Ids of 60 characters make a path of folders on one machine; a job of SLURM has one folder for all of them."""
    one, other = (Job(1, ResourceList(), wildcards=("a" * 60, "b" * 60, "c" * 200, end)) for end in ("d", "e"))
    names = {"_".join(Pack([each]).wildcards) for each in (one, other)}
    assert len(names) == 2
    assert all(len(name) == 200 for name in names)


@pytest.fixture
def executor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An executor without a run; `said` is what it has told, `called` the commands of SLURM that it has called."""
    monkeypatch.setattr(plugin, "RETRY", 0.0)
    made: Any = object.__new__(Executor)
    made._records, made._numbers = tmp_path / "ends", itertools.count(1)
    made._submitting, made._packing, made._stopped = threading.Lock(), threading.Lock(), threading.Event()
    made._known, made._waiting, made._packs, made._limits, made._most = set(), [], [], None, 120.0
    made._said, made._silent, made._forgiven = {}, -float("inf"), Counter()
    made.run_uuid, made.called = "run", []
    made.logger = SimpleNamespace(warning=print, error=print)
    made.workflow = SimpleNamespace(executor_settings=SimpleNamespace(max_queued=9, pack_wait=0))
    return made


def test_the_users_own_defaults_hide_no_job(executor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With SQUEUE_PARTITION, jobs of other partitions would seem to be gone, and be submitted once more."""
    for name in ("SQUEUE_PARTITION", "SCANCEL_STATE", "SINFO_PARTITION"):
        monkeypatch.setenv(name, "gpu")
    assert executor._slurm("sh", "-c", "echo [$SQUEUE_PARTITION$SCANCEL_STATE$SINFO_PARTITION]") == "[]\n"


def test_a_refusal_while_slurm_is_silent_is_none_whatever_its_words(executor: Any) -> None:
    answers = iter(["Protocol authentication error", ""])
    executor.run_job = lambda pack: setattr(executor, "_refusal", next(answers))
    queues = iter([None, {}, {}])
    executor._queue = lambda: next(queues)
    assert executor._refusal_of(Pack([job(1)])) == ""


def test_a_pack_that_a_qos_refuses_is_taken_apart(executor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its limit of time is no partition's, so that sinfo does not tell it; what no pack is has failed."""
    failed: list[int] = []
    report = lambda self, info, message: failed.append(info.job.jobid)  # noqa: E731
    monkeypatch.setattr(plugin.SlurmExecutor, "_report_job_error_threadsafe", report)
    executor._slurm = lambda *_: "work*|2:00:00\n"
    executor._refusal_of = lambda pack: f"QOSMaxWallDurationPerJobLimit {BATCH}{POLICY}"
    executor._submit(pack := Pack([job(1), job(2, runtime=20)]))
    assert ([one.job.jobid for one in executor._waiting], pack.left, failed) == ([1, 2], 0, [])
    assert executor._pack_minutes() == 15
    executor._submit(Pack([job(1)]))
    executor._refusal_of = lambda pack: "Invalid account or account/partition combination specified"
    executor._submit(Pack([job(3), job(4)]))
    assert (len(executor._waiting), failed) == (2, [1, 3, 4])


def test_what_was_refused_leaves_no_job(executor: Any) -> None:
    """sbatch may have submitted it, and printed beside its id what the plugin takes for another id."""
    queue, pack = {"7": ("RUNNING", "")}, Pack([job(1)])
    executor.run_job = lambda pack: setattr(executor, "_refusal", "Multiple possible SLURM job IDs found")
    executor._queue = lambda: queue
    executor._slurm = lambda *command: executor.called.append(command) or queue.clear()
    assert "Multiple possible" in executor._refusal_of(pack)
    assert executor.called == [("scancel", "7")]
    assert pack.folder
    assert not pack.folder.exists(), "a job that waits must find no place for its record"


def test_what_could_not_be_submitted_has_a_name(executor: Any) -> None:
    """The plugin names the rule; a group of jobs has none."""
    assert Pack([SimpleNamespace(name="evaluate")]).rule.name == "evaluate"


def test_limits_are_asked_for_until_slurm_tells_them(executor: Any) -> None:
    said = iter([None, "work*|30:00\n"])
    executor._slurm = lambda *_: next(said)
    executor._waiting = [Waiting(job(1), 0)]
    assert [executor._pack_minutes() for _ in range(3)] == [120, 30, 30]


def test_a_file_system_that_fails_once_ends_nothing(executor: Any, tmp_path: Path) -> None:
    """An error here would end the thread that waits for jobs, and the run, but not the jobs."""
    pack = Pack([job(1)])
    pack.folder = tmp_path / "file"
    pack.folder.touch()
    executor._packs = [pack]
    assert executor._ends() == frozenset()


def test_a_run_that_ends_by_an_error_takes_its_jobs_along(executor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []
    monkeypatch.setattr(plugin.SlurmExecutor, "shutdown", lambda self: ended.append("shutdown"))
    executor.cancel_jobs = lambda jobs: (ended.append("cancelled"), executor._stop())
    executor._packs = [Pack([job(1)])]
    executor.shutdown()
    executor.shutdown()
    assert ended == ["cancelled", "shutdown", "shutdown"]
