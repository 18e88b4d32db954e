"""What results are guarded against: another config's roots, practice audio that is gone, a folder that is none."""

import subprocess
import textwrap
from pathlib import Path

import pytest
from harness import CONFIG, Plan, Project, parse
from jobs import extract
from projects import SNAKEMAKE, XSER, environment, ran

NOTHING: Plan = set()
PRACTICE = "corpora: {emodb: {root: practice}}\n"
READ = "results/corpora/emodb/root.txt"


def fails(project: Project, *command: str) -> str:
    """Run a command that must end with an error and no traceback; return what it prints."""
    run = ran(project.folder, *command)
    assert run.returncode == 1, run.stdout
    assert "Traceback" not in run.stdout
    return run.stdout


@pytest.mark.fault(
    "run",
    "snakemake without the study's `--configfile`, so that practice data would replace a real corpus",
    "the corpus, both folders, and `--config replace=true`",
    "stops before anything runs; results are as before",
)
def test_results_of_real_recordings_are_not_replaced_unasked(project: Project) -> None:
    project.path("practice.yaml").write_text(PRACTICE, encoding="utf-8")
    before = project.results()
    for option in ((), ("-n",)):
        shown = fails(project, *SNAKEMAKE, *option, "--configfile", "practice.yaml")
        assert "emodb: made from speech/emodb; by this config they would come from results/practice/emodb" in shown
        assert "--config replace=true" in shown
    fails(project, *SNAKEMAKE, "--configfile", "practice.yaml", "--config", "replace=false")
    assert project.results() == before
    planned = project.snakemake("-n", "--configfile", "practice.yaml", "--config", "replace=true", "--", READ)
    assert {job for job, _ in parse(planned)} == {"make_practice_emodb", "list_files emodb", "read_corpus emodb"}


def test_the_leave_to_replace_is_heard_where_a_module_is_given_a_part_of_a_config(project: Project) -> None:
    practice = CONFIG.replace("root: speech/emodb\n    paper", "root: practice\n    paper")
    project.path("mine.yaml").write_text("xser:\n" + textwrap.indent(practice, "  "), encoding="utf-8")
    module = 'module xser:\n    snakefile: "Snakefile"\n    config: config["xser"]\nuse rule * from xser\n'
    project.path("mine.smk").write_text(f'configfile: "mine.yaml"\n{module}', encoding="utf-8")
    mine = ("-n", "--snakefile", "mine.smk")
    assert "add `--config replace=true`" in fails(project, *SNAKEMAKE, *mine)
    planned = project.snakemake(*mine, "--config", "replace=true", "--", READ)
    assert {job for job, _ in parse(planned)} == {"make_practice_emodb", "list_files emodb", "read_corpus emodb"}


def test_the_leave_to_replace_is_no_key_of_a_config(project: Project) -> None:
    project.edit("config.yaml", lambda text: f"replace: true\n{text}")
    assert "replace" in fails(project, *SNAKEMAKE, "-n")


def test_practice_results_may_become_real_ones(project: Project) -> None:
    project.configure("    root: practice\n", "    root: speech/emodb\n    reader: emodb\n")
    assert ("list_files savee", "params") in {
        (j, r.split(" + ")[-1]) for j, r in project.plan("results/corpora/savee/root.txt")
    }


@pytest.mark.fault(
    "run",
    "`xser predict` in a folder whose config names practice data in place of a real corpus",
    "the corpus, both folders, and what to do",
    "exit 1; results are as before",
)
def test_a_prediction_of_one_recording_replaces_nothing(project: Project) -> None:
    project.configure("    root: speech/emodb\n    paper", "    root: practice\n    paper")
    before = project.results()
    wav = "speech/emodb/wav/03a01Wa.wav"
    shown = fails(project, *XSER, "predict", "--system", "is09-logreg", "--train", "emodb", wav)
    assert "real recordings would be replaced" in shown
    assert project.results() == before


@pytest.mark.fault(
    "disk",
    "results/practice is deleted, then features are asked for",
    "nothing",
    "the audio is spoken again; the same features, to the byte",
)
def test_practice_audio_that_is_gone_is_spoken_again_where_it_is_read(project: Project) -> None:
    features = [project.path(f"results/features/is09/savee.{ending}") for ending in ("ark", "scp", "names.txt")]
    made = [path.read_bytes() for path in features]
    subprocess.run(["rm", "-r", str(project.path("results/practice"))], check=True)
    assert project.plan() == NOTHING
    for path in features:
        path.unlink()
    ran = project.run("results/features/is09/savee.ark")
    made_again = {"make_practice_savee", "list_files savee", "read_corpus savee", extract("is09", "savee")}
    assert {job for job, _ in ran} == made_again
    assert [path.read_bytes() for path in features] == made


@pytest.mark.fault(
    "disk",
    "a file lies in place of `results`",
    "`is not a folder`",
    "stops before anything runs",
)
def test_a_file_in_place_of_results_is_one_error(project: Project) -> None:
    subprocess.run(["rm", "-r", str(project.path("results"))], check=True)
    project.path("results").touch()
    shown = fails(project, *SNAKEMAKE, READ)
    assert f"{project.path('results')} is not a folder" in shown


def test_all_results_have_checksums_wherever_they_are_copied(project: Project, tmp_path: Path) -> None:
    subprocess.run(["cp", "-r", str(project.path("results")), str(tmp_path)], check=True)
    verify = [*XSER, "verify", str(tmp_path)]
    run = subprocess.run(verify, env=environment(project.folder), text=True, capture_output=True)
    assert run.returncode == 0, run.stdout + run.stderr
    checked = int(run.stdout.split()[0].replace(",", ""))
    skipped = {"logs", "cache", "checksums"}
    files = [p for p in (tmp_path / "results").rglob("*") if p.is_file()]
    assert checked == sum(p.relative_to(tmp_path / "results").parts[0] not in skipped for p in files)
