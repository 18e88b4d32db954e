"""Work over processes: in order, bounded, and no death of one goes unnoticed."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_corpus import TRAINING, corpus

import train_models
from xser import workers
from xser.errors import InputError
from xser.models import logreg


def slow_first(item: int) -> int:
    time.sleep(0.05 if item < 8 else 0)
    return item


def kill_itself(item: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return item


def test_results_come_in_order() -> None:
    assert list(workers.in_order(lambda: slow_first, range(100), 2)) == list(range(100))
    assert not multiprocessing.active_children()


def test_a_killed_worker_is_a_clear_error() -> None:
    with pytest.raises(InputError, match=r"killed \(SIGKILL\), most likely for want of memory"):
        list(workers.in_order(lambda: kill_itself, range(20), 2))
    assert not multiprocessing.active_children()


def test_an_error_of_one_worker_waits_for_no_other() -> None:
    def work(item: int) -> int:
        if item == 0:
            raise InputError("item 0 is wrong")
        time.sleep(60)
        return item

    started = time.monotonic()
    with pytest.raises(InputError, match="item 0"):
        list(workers.in_order(lambda: work, range(4), 2, batch=1))
    assert time.monotonic() - started < 30
    assert not multiprocessing.active_children()


def test_ctrl_c_ends_workers_without_a_word_of_theirs() -> None:
    code = (
        "import os, time; from xser import workers\n"
        "def make():\n    os.write(1, b'ready\\n')\n    return lambda item: time.sleep(60)\n"
        "try: list(workers.in_order(make, range(4), 2, batch=1, forks=True))\n"
        "except KeyboardInterrupt: print('interrupted')"
    )
    how: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        **how,
    ) as process:
        assert process.stdout
        assert [process.stdout.readline() for _ in range(2)] == ["ready\n"] * 2
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        assert process.communicate(timeout=30) == ("interrupted\n", "")


def test_ctrl_c_while_workers_fork_is_not_lost() -> None:
    """Python ignores what is raised in its handlers at a fork, such as logging's."""
    code = (
        "import os, signal, time; from xser import workers\n"
        "os.register_at_fork(before=lambda: os.kill(os.getpid(), signal.SIGINT))\n"
        "try: list(workers.in_order(lambda: time.sleep, [1.0] * 4, 2, batch=1, forks=True))\n"
        "except KeyboardInterrupt: print('interrupted')"
    )
    how: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 60}
    default = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
    run = subprocess.run([sys.executable, "-c", code], preexec_fn=default, **how)
    assert (run.stdout, run.stderr) == ("interrupted\n", "")


def test_workers_end_at_sigterm_whatever_the_job_makes_of_it() -> None:
    """From Python 3.13 on, a pool with a dead worker waits for the others until SIGTERM has ended them."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert set(workers.in_order(lambda: signal.getsignal, [signal.SIGTERM] * 4, 2, batch=1)) == {signal.SIG_DFL}
    finally:
        signal.signal(signal.SIGTERM, before)


def train(folder: Path, seeds: list[int], threads: int) -> bytes:
    files, settings = corpus(folder, "c"), {**TRAINING, "seeds": seeds}
    out, cache = folder / "m.zip", folder / "cache"
    train_models.main(*files, None, str(out), str(folder / "h.tsv"), settings, threads, cache, [])
    return out.read_bytes()


@pytest.mark.fault(
    "run",
    "a training worker killed (`kill -9`, the kernel's out-of-memory killer)",
    "a worker process was killed (SIGKILL), most likely for want of memory; more memory or fewer cores",
    "the job fails at once, no process is left; a further run does only the trainings that were not done",
)
def test_a_training_that_is_killed_ends_the_job_and_what_was_done_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit, training = logreg.MODEL.fit, []

    def killed(*args: Any, **further: Any) -> Any:
        seed = args[4]
        if seed == 3:
            while len(list((tmp_path / "cache").glob("*.zip"))) < 3:
                time.sleep(0.01)
            kill_itself(seed)
        return fit(*args, **further)

    monkeypatch.setattr(logreg.MODEL, "fit", killed)
    with pytest.raises(InputError, match="SIGKILL"):
        train(tmp_path, [0, 1, 2, 3], threads=2)
    assert not multiprocessing.active_children()
    assert not (tmp_path / "m.zip").exists()

    def counted(*args: Any, **further: Any) -> Any:
        training.append(args[4])
        return fit(*args, **further)

    monkeypatch.setattr(logreg.MODEL, "fit", counted)
    resumed = train(tmp_path, [0, 1, 2, 3], threads=1)
    assert training == [3]
    assert resumed == train(tmp_path / "anew", [0, 1, 2, 3], threads=2)


JOB = """import os, sys, time
from xser.workers import in_order

def work(item):
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(600)

list(in_order(lambda: work, [0, 1], 2, batch=1))
"""


def waits(until: Callable[[], bool]) -> bool:
    """Whether something comes true within 20 seconds."""
    end = time.monotonic() + 20
    while time.monotonic() < end and not until():
        time.sleep(0.05)
    return until()


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_no_worker_outlives_a_killed_job() -> None:
    with subprocess.Popen([sys.executable, "-c", JOB], stdout=subprocess.PIPE, text=True) as job:
        assert job.stdout
        children = [int(job.stdout.readline()) for _ in range(2)]
        job.kill()
        job.wait()
    assert waits(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
