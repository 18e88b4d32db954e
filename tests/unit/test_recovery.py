"""Recovery of a project folder whose snakemake died; on a real SLURM: tests/slurm."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from xser.cli import recover as recovery
from xser.errors import InputError
from xser.workflow.lock import lock_note

FIRST, SECOND = "891a2d31-5c4f-4b8e-9f0e-3d8a0c7e2f11", "b33da119-99e9-4c52-8929-1dc30042fab3"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the logs of two SLURM runs and of a local one."""
    logs = tmp_path / ".snakemake" / "log"
    logs.mkdir(parents=True)
    (logs / "1.snakemake.log").write_text(f"Building DAG of jobs...\nSLURM run ID: {FIRST}\nUsing shell\n")
    (logs / "2.snakemake.log").write_text("Building DAG of jobs...\n")
    (logs / "3.snakemake.log").write_text(f"SLURM run ID: {SECOND}\n")
    return tmp_path


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An squeue that prints the file `queue`, an scancel that empties it; both note their words."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "squeue").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncat {tmp_path}/queue\n')
    (programs / "scancel").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/cancelled\n: > {tmp_path}/queue\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return tmp_path


def test_runs_are_found_in_the_logs(folder: Path) -> None:
    assert recovery.run_ids(folder) == {FIRST, SECOND}
    assert recovery.run_ids(folder / "elsewhere") == set()


def test_only_the_jobs_of_this_folder_are_cancelled(folder: Path, slurm: Path) -> None:
    lines = [
        f"7|{FIRST}|RUNNING|rule_train_models_wildcards_a",
        "8|somebody-elses|RUNNING|x",
        f"9|{SECOND}|PENDING|(null)",
    ]
    (slurm / "queue").write_text("\n".join(lines) + "\n")
    jobs = recovery.orphans(recovery.run_ids(folder))
    assert jobs == {"7": "rule_train_models_wildcards_a (running)", "9": "(null) (pending)"}
    assert f"--name {FIRST},{SECOND} --format" in (slurm / "asked").read_text(), "of whoever shares the folder"
    recovery.cancel(jobs, {FIRST, SECOND})
    assert (slurm / "cancelled").read_text() == "7 9\n"


def test_the_users_own_defaults_and_other_jobs_hide_no_orphan(
    folder: Path, slurm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As squeue does with SQUEUE_STATES=PENDING; and a job that is not ours may be called anything."""
    (slurm / "queue").write_bytes(f"8|caf\u00e9|RUNNING|x\n7|{FIRST}|RUNNING|rule_x\n".encode("latin-1"))
    shown = 'if [ "$SQUEUE_STATES" ]; then exit; fi'
    (slurm / "bin/squeue").write_text(f"#!/bin/sh\n{shown}\ncat {slurm}/queue\n")
    monkeypatch.setenv("SQUEUE_STATES", "PENDING")
    assert recovery.orphans(recovery.run_ids(folder)) == {"7": "rule_x (running)"}


def test_a_config_that_cannot_be_read_keeps_nothing_locked(folder: Path, slurm: Path) -> None:
    """It may be half edited, or another one, given by --configfile."""
    (slurm / "queue").touch()
    (folder / ".snakemake/locks").mkdir()
    (folder / ".snakemake/locks/0.input.lock").write_text("config.yaml\n")
    (folder / "config.yaml").write_text("corpora: [")
    assert recovery.recover(folder, rerun=False) == 0
    assert lock_note(folder) == ""


def test_another_users_snakemake_is_not_unlocked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only root sees where it works; a lock of theirs tells that it may be here."""
    process = Mock(pid=7, **{"username.return_value": "them", "cmdline.return_value": ["/usr/bin/snakemake"]})
    process.cwd.side_effect, process.uids.return_value = psutil.AccessDenied(7), Mock(real=os.getuid())
    monkeypatch.setattr(psutil, "process_iter", lambda: [process])
    assert recovery._own_processes(folder, {}) == []
    (folder / ".snakemake/locks").mkdir()
    (folder / ".snakemake/locks/0.input.lock").touch()
    assert recovery._own_processes(folder, {}) == ["process 7 of them: /usr/bin/snakemake"]


def test_jobs_that_do_not_end_are_named(folder: Path, slurm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (slurm / "queue").write_text(f"7|{FIRST}|COMPLETING|rule_x\n")
    (slurm / "bin" / "scancel").write_text("#!/bin/sh\n")
    monkeypatch.setattr(recovery, "PATIENCE", 0.0)
    with pytest.raises(InputError, match=r"7: rule_x \(completing\)"):
        recovery.cancel({"7": "rule_x (running)"}, {FIRST})


def test_on_another_machine_it_says_where_to_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(InputError, match="login node"):
        recovery.recover(folder, rerun=False)


RULE = """
rule wait:
    output:
        "done"
    shell:
        "test -e go || {{ touch started; sleep 60; }}; touch {output}"
"""


@pytest.mark.slow
@pytest.mark.fault(
    "run",
    "snakemake is killed (kill -9, power loss) on a laptop, then started again",
    "Snakemake's message that the folder is locked; `xser recover` says `unlocked`",
    "the next run finishes; while a snakemake works, `xser recover` refuses and names its process",
)
def test_a_killed_snakemake_without_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Snakefile").write_text(RULE)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    command = [sys.executable, "-m", "snakemake", "--cores", "1"]
    assert lock_note(tmp_path) == ""
    run = subprocess.Popen(command, cwd=tmp_path, start_new_session=True)
    try:
        while not (tmp_path / "started").exists():
            assert run.poll() is None
            time.sleep(0.1)
        with pytest.raises(InputError, match=f"process {run.pid}"):
            recovery.recover(tmp_path, rerun=False)
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    (tmp_path / "go").touch()
    assert "xser recover" in lock_note(tmp_path)
    locked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert locked.returncode
    assert "cannot be locked" in locked.stderr
    assert recovery.recover(tmp_path, rerun=False) == 0
    assert lock_note(tmp_path) == ""
    subprocess.run([*command, "--rerun-incomplete"], cwd=tmp_path, check=True)
    assert (tmp_path / "done").exists()
