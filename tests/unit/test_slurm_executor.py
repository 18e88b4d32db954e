"""What the SLURM executor concludes from what it sees; on a real SLURM: tests/slurm."""

import subprocess
from pathlib import Path

import pytest

from snakemake_executor_plugin_xser_slurm import PATIENCE, guarded, is_permanent, verdict


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
