"""What surrounds every script: its log, and errors that a user can read."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from xser.checksums import record
from xser.errors import InputError
from xser.files import write_text
from xser.job import Progress, arguments, job, log


@pytest.fixture
def rule(tmp_path: Path) -> SimpleNamespace:
    """What Snakemake tells a script about its job."""
    return SimpleNamespace(
        rule="train_models", wildcards=["is09-svc"], log=[str(tmp_path / "job.log")], output=[], input=[]
    )


def test_the_log_is_never_empty(rule: SimpleNamespace) -> None:
    with job(rule):
        assert Path(rule.log[0]).read_text(encoding="utf-8").strip()
        log.info("trained")
    assert "trained" in Path(rule.log[0]).read_text(encoding="utf-8")


@pytest.mark.fault(
    "disk",
    "a disk is full, over quota, read-only, forbidden or broken, or its NFS is",
    "`cannot read or write`, the path, and what to do",
    "exit 1, no traceback",
)
@pytest.mark.parametrize(
    "number",
    [
        errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ENOTDIR, errno.EEXIST, errno.EIO, errno.ESTALE,
        errno.EFBIG, errno.ENAMETOOLONG,
    ],
)  # fmt: skip
def test_a_full_or_read_only_disk_is_a_message(
    rule: SimpleNamespace, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end, job(rule):
        raise OSError(number, os.strerror(number), "results/models/a.zip")
    assert end.value.code == 1
    shown = capsys.readouterr().err + Path(rule.log[0]).read_text(encoding="utf-8")
    assert f"ERROR: cannot read or write: [Errno {number}] {os.strerror(number)}: 'results/models/a.zip'" in shown
    assert "Traceback" not in shown


@pytest.mark.fault(
    "disk",
    "the log of a job cannot be opened",
    "`cannot read or write`, and the path",
    "exit 1, no traceback; the job does not start",
)
def test_a_log_that_cannot_be_opened_is_a_message(
    rule: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").touch()
    rule.log = [str(tmp_path / "logs" / "job.log")]
    with pytest.raises(SystemExit) as end, job(rule):
        raise AssertionError("the job must not start")
    assert end.value.code == 1
    assert "ERROR: cannot read or write: [Errno 20] Not a directory" in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_what_a_full_disk_has_no_room_for_is_shown(
    rule: SimpleNamespace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XSER_SCREEN", "1")  # which otherwise takes the error from the log
    rule.log = ["/dev/full"]
    with pytest.raises(SystemExit), job(rule):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "results/models/a.zip")
    shown = capsys.readouterr().err
    assert "ERROR: cannot read or write: [Errno 28] No space left on device: 'results/models/a.zip'" in shown
    assert "Traceback" not in shown


def test_bad_input_is_a_message(rule: SimpleNamespace) -> None:
    with pytest.raises(SystemExit), job(rule):
        raise InputError("no such corpus", hint="name one")
    text = Path(rule.log[0]).read_text(encoding="utf-8")
    assert "ERROR: no such corpus" in text
    assert "Traceback" not in text


def test_ctrl_c_is_a_word(rule: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), job(rule):
        raise KeyboardInterrupt
    for text in (capsys.readouterr().err, Path(rule.log[0]).read_text(encoding="utf-8")):
        assert text.endswith("ERROR: interrupted\n")
        assert "Traceback" not in text


def test_a_mistake_of_ours_keeps_its_traceback(rule: SimpleNamespace) -> None:
    with pytest.raises(ZeroDivisionError), job(rule):
        _ = 1 / 0
    assert "Traceback" in Path(rule.log[0]).read_text(encoding="utf-8")


def test_a_long_list_is_whole_in_the_log_and_short_on_the_terminal(
    rule: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit), job(rule):
        raise InputError("wrong names", (f"{n}.wav" for n in range(1, 1221)), hint="rename them")
    text, shown = Path(rule.log[0]).read_text(encoding="utf-8"), capsys.readouterr().err
    assert text.count(".wav") == 1220
    assert shown.count(".wav") == 20
    assert f"... and 1,200 more: see {rule.log[0]}" in shown
    for part in ("ERROR: wrong names", "What to do: rename them"):
        assert part in text
        assert part in shown


@pytest.mark.fault(
    "files",
    "a result that a job reads was changed, and the job fails for that in whatever way",
    "the error, the files that are not what was recorded when they were made, and to delete them",
    "exit 1, no traceback",
)
def test_whatever_a_damaged_result_leads_to_is_a_message(
    rule: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rule.input = [str(made) for made in (Path("results/a.tsv"), Path("results/b.tsv"))]
    for path in rule.input:
        write_text(path, "right")
    record(rule.input)
    with pytest.raises(ZeroDivisionError), job(rule):
        _ = 1 / 0  # nothing is damaged: a defect of ours keeps its traceback
    write_text(rule.input[1], "wrong")
    capsys.readouterr()
    with pytest.raises(SystemExit), job(rule):
        _ = 1 / 0
    shown = capsys.readouterr().err
    assert "ZeroDivisionError" in shown
    assert "results/b.tsv" in shown
    assert "results/a.tsv" not in shown
    assert "Traceback" not in shown


class Named(list[str]):
    """Snakemake's lists of files, some of which have a name."""

    def __init__(self, **files: object) -> None:
        super().__init__()
        self.items, self.get = files.items, files.get


def test_a_script_is_given_what_it_names_as_its_rule_does() -> None:
    def whole(scp: str, out: str, settings: dict[str, int]) -> None: ...
    def apart(scp: str, seed: int, threads: int = 1) -> None: ...
    def named(inputs: dict[str, str], out: str, seed: int) -> None: ...

    given = {"input": Named(scp="a.scp", code=["x.py"]), "output": Named(out="o.tsv"), "threads": 2}
    rule = SimpleNamespace(**given, params=Named(settings={"seed": 3}))
    assert arguments(whole, rule) == {"scp": "a.scp", "out": "o.tsv", "settings": {"seed": 3}}
    assert arguments(apart, rule) == {"scp": "a.scp", "seed": 3, "threads": 2}
    assert arguments(named, rule) == {"inputs": {"scp": "a.scp", "code": ["x.py"]}, "out": "o.tsv", "seed": 3}


def test_beside_a_screen_a_job_says_only_what_is_not_in_its_line(
    rule: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> None:
        log.info("trained")
        log.warning("one class is rare")
        progress = Progress(3, "folds", every=0.0)
        for _ in range(3):
            progress.step()
        raise InputError("no such corpus")

    monkeypatch.setenv("XSER_SCREEN", "1")
    with pytest.raises(SystemExit), job(rule):
        work()
    shown = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in shown] == [
        "train_models is09-svc: one class is rare",
        "train_models is09-svc: 1 of 3 folds",
        "train_models is09-svc: 2 of 3 folds",
    ]
    assert "ERROR: no such corpus" in Path(rule.log[0]).read_text(encoding="utf-8")
