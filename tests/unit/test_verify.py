"""`xser verify`: what differs from the checksums that jobs recorded."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import score_predictions
from xser import paths
from xser.checksums import record
from xser.cli.main import main
from xser.evaluation import predictions
from xser.evaluation.marks import GIVEN
from xser.evaluation.predictions import Block
from xser.job import job

TABLE = [paths.table("table2", ending) for ending in ("md", "tex")]
MODELS = [paths.models("paper", "is09-svc", "emodb"), paths.models("paper", "is09-svc", "emodb", "history.tsv")]


def run(rule: str, outputs: list[str], text: str = "made") -> None:
    """A job as Snakemake runs it."""
    log = Path(paths.log(rule))
    log.parent.mkdir(parents=True, exist_ok=True)
    with job(SimpleNamespace(rule=rule, wildcards=[], log=[str(log)], output=outputs, input=[])):
        for path in outputs:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(f"{text} {path}", encoding="utf-8")


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    run("make_table", TABLE)
    run("train_models", MODELS)
    return tmp_path


def test_results_as_they_were_made_are_right(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("results/cache/trainings").mkdir(parents=True)
    packed = [f"{paths.REPORT}{ending}" for ending in ("html", "zip")]
    for path in ("results/cache/trainings/one", *packed, paths.RATES, f"{paths.SENSITIVITY}md"):  # no job's outputs
        Path(path).write_text("x")
    assert main(["verify"]) == 0
    assert capsys.readouterr().out == "4 files checked: 0 damaged, 0 missing, 0 foreign\n"


CASES: dict[str, tuple[Callable[[], object], str]] = {
    "damaged": (lambda: Path(TABLE[0]).write_text("made by hand"), TABLE[0]),
    "missing": (lambda: Path(MODELS[0]).unlink(), MODELS[0]),
    "foreign": (lambda: Path("results/tables/my own.tsv").write_text("x"), "results/tables/my own.tsv"),
}


@pytest.mark.fault(
    "disk",
    "a result is changed, deleted or added by hand",
    "`xser verify`: damaged, missing or foreign, and the path",
    "exit 1",
)
@pytest.mark.parametrize("what", CASES)
def test_what_differs_is_listed(study: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    act, path = CASES[what]
    act()
    assert main(["verify", "--threads", "2"]) == 1
    shown = capsys.readouterr().out
    assert [line for line in shown.splitlines() if line.startswith(("damaged", "missing", "foreign"))] == [
        f"{what}  {path}"
    ]
    assert f"1 {what}" in shown.splitlines()[-1]


@pytest.mark.fault(
    "disk",
    "a record of checksums is cut short",
    "`xser verify`: damaged, and its path",
    "exit 1",
)
def test_a_damaged_record_is_itself_named(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = Path(paths.checksums(TABLE[0]))
    record.write_text(record.read_text()[:70])
    assert main(["verify"]) == 1
    assert f"damaged  {paths.checksums(TABLE[0])}" in capsys.readouterr().out


@pytest.mark.fault(
    "run",
    "a job is killed (kill -9) as it writes a result, or its record",
    "`xser verify`: one of the unfinished files; `xser recover` deletes them",
    "nothing counts as damaged or foreign",
)
def test_what_a_killed_job_had_begun_is_no_result(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun = [*TABLE, *MODELS, paths.corpus("emodb", "utt2emo"), paths.checksums(TABLE[0])]
    code = "import os, sys; from xser.files import atomic; held = [atomic(path) for path in sys.argv[1:]]"
    code += "; [each.__enter__() for each in held]; os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, *begun], check=False)
    mine = [Path("results/tables") / name for name in (".DS_Store", ".my.own.txt", ".nfs0000000000a1b2")]
    for path in mine:
        path.touch()
    assert main(["verify"]) == 1
    shown = capsys.readouterr().out
    assert f"{len(begun)} unfinished files: a job writes them" in shown
    assert "0 damaged, 0 missing, 3 foreign" in shown
    assert main(["recover"]) == 0
    assert f"deleted {len(begun)} unfinished files" in capsys.readouterr().out
    for path in mine:
        path.unlink()
    assert main(["verify"]) == 0
    assert "unfinished" not in capsys.readouterr().out


@pytest.mark.fault(
    "disk", "a pipe lies in place of a result", "`xser verify`: damaged, and the path", "exit 1; nothing waits for it"
)
@pytest.mark.timeout(20)
def test_a_pipe_is_not_waited_for(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(TABLE[0]).unlink()
    os.mkfifo(TABLE[0])
    assert main(["verify"]) == 1
    assert f"damaged  {TABLE[0]}" in capsys.readouterr().out


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_any_name_can_be_shown(study: Path, encoding: str) -> None:
    for name in (b"\xff.tsv", "\u4e2d\33[2J.tsv".encode()):
        Path(os.fsdecode(b"results/tables/" + name)).touch()
    command = [sys.executable, "-c", "import sys; from xser.cli.main import main; sys.exit(main(['verify']))"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    run = subprocess.run(command, capture_output=True, env=environment)
    assert run.returncode == 1
    assert b"Traceback" not in run.stderr
    assert b"foreign  results/tables/\\udcff.tsv" in run.stdout
    assert b"\33" not in run.stdout


def test_less_than_one_thread_is_the_default(study: Path) -> None:
    assert main(["verify", "--threads", "-1"]) == 0


def test_a_job_that_runs_again_replaces_its_record(study: Path) -> None:
    run("make_table", TABLE, "made otherwise")
    run("merge_models", MODELS, "made by another rule")
    assert main(["verify"]) == 0


@pytest.mark.fault(
    "disk",
    "results are copied to a co-author, one file of them badly",
    "`xser verify`: damaged, and the path",
    "exit 1 for the copy, 0 for the original",
)
def test_a_copy_of_results_is_verified_where_it_lies(study: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(study / "results", copy / "results")
    assert main(["verify", str(copy)]) == 0
    (copy / TABLE[1]).write_text("")
    assert main(["verify", str(copy)]) == 1
    assert main(["verify"]) == 0


def test_records_are_what_sha256sum_reads(study: Path) -> None:
    records = [str(path) for path in Path(paths.CHECKSUMS).rglob("*.sha256")]
    assert len(records) == 2
    subprocess.run(["sha256sum", "--check", "--strict", *records], check=True)


def test_what_a_job_may_also_make_is_recorded_where_it_is_there(study: Path) -> None:
    listed, made, absent = (paths.corpus("emodb", name) for name in ("utterances.tsv", "spk2gender", "segments"))
    rule = SimpleNamespace(
        rule="read_corpus", wildcards=["emodb"], log=["results/logs/r.log"], output=[listed], input=[]
    )
    with job(rule, optional=[made, absent]):
        Path(made).parent.mkdir(parents=True)
        for path in (listed, made):
            Path(path).write_text("x")
    assert main(["verify"]) == 0
    Path(made).write_text("y")
    assert main(["verify"]) == 1


def test_a_failed_job_records_nothing(study: Path) -> None:
    output = paths.audit("table2")
    with (
        pytest.raises(ZeroDivisionError),
        job(SimpleNamespace(rule="audit_runs", wildcards=[], log=["results/logs/a.log"], output=[output], input=[])),
    ):
        _ = 1 / 0
    assert not Path(paths.checksums(output)).exists()


def test_where_nothing_was_recorded_nothing_is_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path)]) == 1
    assert "holds no record" in capsys.readouterr().err


@pytest.mark.fault(
    "disk",
    "a score or a table is changed by hand, and its record with it",
    "`xser verify`: wrong, the path, and what it should be",
    "exit 1",
)
def test_numbers_are_counted_again(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = ("paper", "sys", "c", "c")
    tested, scored = [paths.predictions(*ids)], [paths.score(*ids), paths.details(*ids)]
    shares = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]])
    names = [f"c_{i // 2}-{i}" for i in range(4)]
    run("predict_emotions", tested)
    run("score_predictions", scored)
    block = Block(0, 0, names, [name[:3] for name in names], ["anger", "sadness"] * 2, shares)
    predictions.write(tested[0], "c", ["anger", "sadness"], [block])
    settings = {"system": "sys", "train": "c", "test": "c", "protocol": "paper", "practice": False, "samples": 50}
    score_predictions.main(tested[0], *scored, {**settings, **dict.fromkeys(GIVEN, ""), "confidence": 0.95})
    record(tested)
    record(scored)
    assert main(["verify"]) == 0
    line, path = "accuracy is 1.000000, not 0.75", Path(scored[0])
    path.write_text(path.read_text().replace("0.750000", "1.000000", 1))
    record(scored)
    capsys.readouterr()
    assert main(["verify"]) == 1
    assert capsys.readouterr().out.splitlines()[0] == f"wrong  {path}: {line}"
    path.write_text("no score")
    record(scored)
    assert main(["verify"]) == 1
    assert capsys.readouterr().out.startswith(f"wrong  {path}")
