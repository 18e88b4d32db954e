"""Change after change, run for real: only what must run runs, and the end equals a run from scratch, to the byte."""

import re
import shutil

import pytest
from harness import Project
from jobs import LSTM_TRAININGS
from test_mutations import CASES

STEPS = [
    "C of logistic regression",
    "seed added",
    "mapping of one corpus",
    "test speaker",
    "wav changed",
    "caption",
    "keys reordered",
]


def trained(project: Project, training: str) -> tuple[int, int]:
    """How many trainings the last run of a job did, and how many it used again, by its log."""
    on = re.fullmatch(r"train_models paper mfcc-lstm (.*)", training)
    assert on
    text = project.path(f"results/logs/train_models/paper/mfcc-lstm/{on[1]}.log").read_text(encoding="utf-8")
    done = re.search(r"(\d+) of \1 trainings,", text)
    again = re.search(r"(\d+) of \d+ trainings were done before", text)
    return int(done[1]) if done else 0, int(again[1]) if again else 0


def test_ready_jobs_are_looked_at_when_one_ends(project: Project) -> None:
    """Snakemake's own way is each second after each look: see onstart in the Snakefile."""
    shown = project.snakemake("--verbose", "--forcerun", "train_models")
    assert shown.count("Finished jobid") > 4
    assert shown.count("Ready jobs: ") <= 2 * shown.count("Finished jobid")


@pytest.mark.timeout(1200)
def test_changes_one_after_the_other(project: Project) -> None:
    first = project.results()
    for training in LSTM_TRAININGS:
        assert trained(project, training) == (2, 0)
    for step in STEPS:
        CASES[step].act(project)
        assert project.run() == CASES[step].plan, step
        if step == "seed added":
            for training in LSTM_TRAININGS:
                assert trained(project, training) == (1, 2)
    project.snakemake()  # all targets, and nothing is left after them
    assert "Nothing to be done" in project.snakemake("--dry-run")
    changed = project.results()
    assert [name for name in first if first[name] != changed[name]]

    shutil.rmtree(project.path("results"))
    shutil.rmtree(project.path(".snakemake"))
    project.snakemake()
    scratch = project.results()
    assert scratch
    assert [name for name in scratch if scratch[name] != changed[name]] == []
