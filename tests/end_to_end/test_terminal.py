"""What a user sees of a run on a terminal, in a pipe, and when a job fails."""

import re
from pathlib import Path

import pytest
from projects import SNAKEMAKE, on_terminal
from study import Study, hum

NAMES = [f"{s}{t}{e}a.wav" for s in ("03", "08", "09") for t in ("a01", "a02") for e in "WFNT"]
ROW = {"system": "is09-logreg", "train": "same"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A small EMO-DB with two tables, one of them computed."""
    folder = tmp_path_factory.mktemp("terminal") / "study"
    for number, name in enumerate(NAMES):
        hum(folder / "speech" / "wav" / name, pitch=100 + 5 * number, seed=number)
    tables = {name: {"caption": f"The {name}", "columns": ["emodb"], "rows": [ROW]} for name in ("first", "second")}
    study = Study(folder, corpora={"emodb": {"root": "speech"}}, tables=tables)
    study.run("first")
    return study


def test_in_a_pipe_there_is_a_line_a_job_and_the_table_that_was_asked_for(study: Study) -> None:
    lines = study.printed.splitlines()
    jobs = [line for line in lines if re.match(r"\d\d:\d\d:\d\d +\d+% .* left  \w", line)]
    counted = next(int(line.split()[0]) for line in lines if "by the estimate" in line)
    assert len(jobs) == counted
    assert max(map(len, lines)) <= 160
    assert len(study.printed) < 200 * counted
    assert "\033" not in study.printed
    assert any(line.startswith(f"{counted} jobs in ") for line in lines)
    table = study.printed[study.printed.index("first: The first") :]
    assert re.search(r"^  chance +25\.0$", table, re.MULTILINE)
    assert "second" not in table


def test_a_dry_run_lists_jobs_with_reasons_then_counts(study: Study) -> None:
    study.path("more.yaml").write_text("models: {logreg: {C: 5.0}}\n", encoding="utf-8")
    shown = study.run("-n", "first", "--configfile", "more.yaml")
    assert re.search(r"^train_models +speakers is09-logreg emodb +C 0\.01 -> 5\.0$", shown, re.MULTILINE)
    assert re.search(r"^predict_emotions +.* its inputs are made anew$", shown, re.MULTILINE)
    assert re.search(r"^ +1  train_models$", shown, re.MULTILINE)
    listed = [line for line in shown.splitlines() if re.match(r"\w+ {2,}", line) or line == "first"]
    assert f"{len(listed):7,}  in all" in shown
    assert "read_corpus" not in shown


def test_plain_output_is_snakemakes_own(study: Study) -> None:
    shown = study.run("-n", "second", "--logger-xser-plain")
    assert "Building DAG of jobs..." in shown
    assert re.search(r"^Reason: Missing output files: ", shown, re.MULTILINE)


def test_on_a_terminal_the_last_line_says_what_runs(study: Study) -> None:
    shown = on_terminal(study.folder, *(word for word in SNAKEMAKE if word != "--nocolor"), "second")
    anew = [part for part in shown.split("\r\033[K") if re.match(r"\d+ of \d+ jobs", part)]
    assert anew
    assert all(len(part.split("\n")[0].rstrip("\r")) < 90 for part in anew)
    assert any("make_table second (" in part for part in anew)
    assert "second: The second" in shown
    assert not shown.rstrip().endswith("jobs")


def test_a_failure_is_said_once(study: Study) -> None:
    (study.folder / "speech" / "wav" / "10a01Wa.wav").write_bytes(Path(study.folder / "Snakefile").read_bytes())
    shown = study.fail("first")
    assert shown.count("wav/10a01Wa.wav: not audio") == 1
    assert "FAILED  read_corpus emodb" in shown
    assert "log: results/logs/read_corpus/emodb.log" in shown
    assert re.search(r"^1 failed, \d+ not done", shown, re.MULTILINE)
    assert "CalledProcessError" not in shown
