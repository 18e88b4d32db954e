"""What a run prints of a job: why it runs, how far the run is, what failed."""

import fcntl
import io
import logging
import os
import struct
import sys
import termios
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import snakemake_logger_plugin_xser as plugin
from xser.cli import screen as module
from xser.cli.reasons import reason
from xser.cli.screen import Course, Screen
from xser.config.file import given_files_problem

PARAMS = "Params have changed since last execution: Union of exclusive params before and now across all output: "


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Missing output files: a, b; Input files updated by another job: c", "new"),
        (PARAMS + "before: {'m': 'svc', 'p': {'C': 1.0}} now: {'m': 'svc', 'p': {'C': 10.0}} ", "C 1.0 -> 10.0"),
        (PARAMS + "before: {'seeds': [0, 1]} now: {'seeds': [0, 1, 2]} ", "seeds [0, 1] -> [0, 1, 2]"),
        (PARAMS + "before: {'a': 1} now: {'b': None} ", "a dropped, b = None added"),
        (PARAMS + "before: {'a': 1, 'b': 1, 'c': 1, 'd': 1} now: {'a': 2, 'b': 2, 'c': 2, 'd': 2} ",
         "a 1 -> 2, b 1 -> 2, c 1 -> 2 (+ 1 more)"),
        (PARAMS + f"before: {{'rows': {[{'label': 'x' * 40}]}}} now: {{'rows': {[{'label': 'y'}]}}} ",
         f"rows [{{'label': '{'x' * 17}… -> [{{'label': 'y'}}]"),
        (PARAMS + f"before: {{'rows': {list(range(50))}}} now: {{'rows': {list(range(60))}}} ",
         "rows: 50 -> 60 entries"),
        (PARAMS + "before: <nothing exclusive> now: {'a': 1} ", "a = 1 added"),
        (PARAMS + "before: {'a.py': '1', 'b.py': '2'} now: {'a.py': '1', 'b.py': '3', 'x/c.tsv': '4'} ",
         "changed: b.py (+ 1 more)"),
        (PARAMS + "before: {'a.py': '1'},{'C': 1} now: {'C': 2},{'a.py': '2'} ", "C 1 -> 2; changed: a.py"),
        ("Updated input files: b.wav, a.wav; Input files updated by another job: c", "changed: a.wav (+ 1 more)"),
        ("Updated input files: a.wav; " + PARAMS + "before: {'C': 1} now: {'C': 2} ", "C 1 -> 2; changed: a.wav"),
        ("Input files updated by another job: " + ", ".join(["results/x.tsv"] * 500), "its inputs are made anew"),
        ("Set of input files has changed since last execution", "other input files than before"),
        ("Forced execution", "forced"),
        ("", ""),
    ],
)  # fmt: skip
def test_reasons_are_a_few_words(text: str, short: str) -> None:
    assert reason(text) == short


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Time that passes when we say so."""
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(module.time, "monotonic", lambda: now.seconds)
    return now


def planned(monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> Any:
    """A chain of jobs that take so long; Snakemake's number of each is its place, counted from 1."""
    from xser.estimate.planned import Job
    from xser.estimate.prices import Work

    jobs: list[Job] = []
    for each in seconds:
        jobs.append(Job("train_models", Work("training", each), needs=jobs[-1:]))
    monkeypatch.setattr(module, "of_dag", lambda dag, prices: dict(enumerate(jobs, start=1)))
    return SimpleNamespace(jobid=lambda job: job)


def test_time_left_is_the_estimate_at_the_pace_so_far(clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    course = Course(planned(monkeypatch, [10.0, 30.0, 60.0]), None, 2)  # type: ignore[arg-type]
    assert course.left() == 100.0
    clock.seconds = 20.0  # twice as slow as estimated
    course.finish(1)
    assert course.share() == pytest.approx(0.1)
    assert course.left() == pytest.approx(180.0)
    clock.seconds = 50.0
    assert course.left() == pytest.approx(150.0)
    course.finish(2)
    assert course.text().split() == ["40%", "75", "s", "left"]


def record(event: str, level: int = logging.INFO, message: str = "", **more: Any) -> logging.LogRecord:
    """A record as Snakemake logs it."""
    made = logging.LogRecord("snakemake", level, "", 0, message, (), None)
    made.__dict__.update(event=event, **more)
    return made


def info(number: int, **more: Any) -> logging.LogRecord:
    """The record of a job that starts."""
    given = {"rule_msg": None, "rule_name": "train_models", "wildcards": {"system": "svc"}, "output": ["a"]}
    return record("job_info", **{**given, "jobid": number, "reason": "Missing output files: a", **more})


def test_a_file_that_was_asked_for_and_is_not_there_is_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of it Snakemake only says that its inputs are made by another job, whether it was there before or not."""
    (tmp_path / "there").touch()
    screen = Screen(lambda: None, None, 2, dryrun=True, stream=sys.stdout)  # type: ignore[arg-type]
    for name in ("there", "not-there"):
        screen.show(info(1, output=[str(tmp_path / name)], reason="Input files updated by another job: x"))
    assert [line.split(None, 2)[2] for line in capsys.readouterr().out.splitlines()] == [
        "its inputs are made anew",
        "new",
    ]


def test_a_run_in_a_file(clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "job.log").write_text("10:00 on vm\n10:01 ERROR: no such speaker\n  - 99\n", encoding="utf-8")
    out = io.StringIO()
    dag = planned(monkeypatch, [10.0, 10.0, 10.0])
    screen = Screen(lambda: dag, None, 2, dryrun=False, stream=out)  # type: ignore[arg-type]
    failed = "WorkflowError:\nAt least one job did not complete successfully."
    for each in (
        record("None", message="Select jobs to execute..."),
        record("run_info", stats={"train_models": 3, "total": 3}),
        info(1),
        record("None", message="Job 1 has been submitted with SLURM jobid 7 (log: /x)."),
        record("other", message="Some jobs were triggered by provenance information, ... use '--rerun-triggers mtime'"),
        record("job_finished", job_id=1),
        info(2, reason=f"Updated input files: {', '.join(['x' * 100] * 500)}"),
        record(
            "job_error",
            logging.ERROR,
            jobid=2,
            rule_name="train_models",
            rule_msg=None,
            log=[str(tmp_path / "job.log")],
        ),
        record("error", logging.ERROR, "RuleException:\nCalledProcessError in file ...", exception="RuleException"),
        record("error", logging.ERROR, failed, exception="WorkflowError"),
    ):
        screen.show(each)
    screen.close()
    lines = [line.split("  ", 1)[-1] if line[:2].isdigit() else line for line in out.getvalue().splitlines()]
    assert lines[0] == "3 jobs, about 30 s by the estimate"
    assert lines[1].split() == ["0%", "30", "s", "left", "train_models", "svc"]
    assert lines[2].endswith("…")
    assert len(lines[2]) <= module.WIDTH
    assert lines[3:] == [
        "FAILED  train_models svc", "        no such speaker", "          - 99", f"        log: {tmp_path}/job.log",
        "1 failed, 1 not done; what is done stays: correct it and run again.",
    ]  # fmt: skip


@pytest.mark.fault(
    "config",
    "targets after `--configfile`, which takes every word for a file; an overlay given so that is no YAML",
    "the words that are no files, and what to write; file, line and column",
    "stops before anything runs",
)
def test_what_configfile_takes_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("seeds: [0]\n", encoding="utf-8")
    bad.write_text("seeds: [0\n", encoding="utf-8")
    command = ["snakemake", "--cores", "2", "--configfile", str(good)]
    assert given_files_problem([*command, "-n", "table2"]) == ""
    assert "there is no file table2" in given_files_problem([*command, "table2", "-n"])
    assert f"{bad}, line 2" in given_files_problem([*command, str(bad)])
    for text in ("", "[]\n"):
        bad.write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", [*command, str(bad)])
        assert f"{bad}: holds no keys" in plugin._explained(
            "WorkflowError:\nConfig file must be given as JSON or YAML with keys at top level."
        )


def test_a_run_without_an_estimate_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def unpriced(dag: Any, prices: Any) -> Any:
        raise ZeroDivisionError("no rate")

    monkeypatch.setattr(module, "of_dag", unpriced)
    out = io.StringIO()
    screen = Screen(lambda: SimpleNamespace(), None, 2, dryrun=False, stream=out)  # type: ignore[arg-type]
    failed = {"jobid": 1, "rule_name": "train_models", "rule_msg": None, "log": []}
    for each in (
        record("run_info", stats={"total": 1}),
        info(1),
        record("job_error", logging.ERROR, **failed),
        record("None", logging.ERROR, "WorkflowError:\nAt least one job did not complete successfully."),
    ):
        screen.show(each)
    first, job, error, *_ = out.getvalue().splitlines()
    assert first == "1 jobs, no estimate (ZeroDivisionError: no rate)"
    assert job.endswith("  train_models svc")
    assert error == "FAILED  train_models svc"


def test_an_error_of_showing_hides_nothing_that_follows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Snakemake shows records from one thread, which an error would end."""
    monkeypatch.delenv(plugin.SCREEN, raising=False)
    from snakemake.settings.types import OutputSettings

    handler = plugin.LogHandler(OutputSettings(), plugin.LogHandlerSettings())
    shown: list[str] = []
    handler.screen = SimpleNamespace(show=lambda each: shown.append(each.getMessage().format()))
    for message in ("first {", "second"):  # `format` fails at the first
        handler.handle(record("other", message=message))
    assert shown == ["second"]


def test_the_width_is_that_of_the_terminal_that_is_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of the standard output, which may be a file: lines that wrap cannot be written anew."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
    with open(slave, "w") as terminal, open(master):
        assert Screen(lambda: None, None, 2, dryrun=False, stream=terminal)._width() == 20  # type: ignore[arg-type]
        monkeypatch.setenv("TERM", "dumb")  # which writes no line anew
        screen = Screen(lambda: None, None, 2, dryrun=False, stream=terminal)  # type: ignore[arg-type]
        assert (screen.terminal, screen._width()) == (False, module.WIDTH)


@pytest.mark.fault(
    "run",
    "Ctrl-C while jobs run",
    "`interrupted`, the jobs, and how many are not done",
    "no job counts as failed",
)
@pytest.mark.parametrize("told", [True, False])
def test_what_ctrl_c_ends_has_not_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: bool) -> None:
    (tmp_path / "job.log").write_text("Traceback\n" if told else "10:01 ERROR: interrupted\n", encoding="utf-8")
    out = io.StringIO()
    dag = planned(monkeypatch, [10.0, 10.0])
    screen = Screen(lambda: dag, None, 2, dryrun=False, stream=out)  # type: ignore[arg-type]
    ended = {"jobid": 1, "rule_name": "train_models", "rule_msg": None, "log": [str(tmp_path / "job.log")]}
    request = "Terminating processes on user request, this might take some time."
    for each in (
        record("run_info", stats={"total": 2}),
        info(1),
        *([record("other", message=request)] if told else []),
        record("job_error", logging.ERROR, **ended),
        record("error", logging.ERROR, "WorkflowError:\nAt least one job did not complete successfully."),
    ):
        screen.show(each)
    assert out.getvalue().splitlines()[-2:] == [
        "interrupted  train_models svc",
        "interrupted, 2 not done; what is done stays: run again to go on.",
    ]
