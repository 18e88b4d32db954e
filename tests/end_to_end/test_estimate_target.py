"""`snakemake estimate`: runs nothing, and says what the run costs."""

import re
import subprocess
import sys

import pytest
from configs import REPOSITORY
from study import Study, speak

EMOTIONS = ("anger", "happiness", "neutral", "sadness")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("estimate")
    speak(folder / "speech", [(f"{i:02}.wav", f"s{i % 4}", EMOTIONS[i // 4], 150.0) for i in range(16)])
    return Study(
        folder / "study",
        corpora={
            "mine": {
                "root": str(folder / "speech"), "reader": "table", "language": "deu",
                "mapping": {e: e for e in EMOTIONS},
            }
        },
        tables={
            "first": {"columns": ["mine"], "rows": [{"system": "is09-svc", "train": "same"}]},
            "second": {"columns": ["mine"], "default": False, "rows": [{"system": "mfcc-lstm", "train": "same"}]},
        },
    )  # fmt: skip


def test_it_runs_nothing_and_says_what_the_run_costs(study: Study) -> None:
    printed = study.run("estimate")
    assert "What these tables cost, at most: first\n" in printed
    assert "of the size of their release or of their files: mine" in printed
    assert "training is09-svc" in printed
    assert "still to do" in printed
    assert "  second " in printed
    assert "Tables with intervals" not in printed
    assert not study.results()


def test_after_the_run_nothing_is_to_do_until_the_config_changes(study: Study) -> None:
    study.run()
    printed = study.run("estimate", "--quiet", "rules")
    assert ", 0.00 of them still to do" in printed
    assert "Not read yet" not in printed
    assert "On a cluster" not in printed
    study.path("more.yaml").write_text("intervals: {confidence: 0.9}\n", encoding="utf-8")
    changed = study.run("estimate", "--configfile", "more.yaml")
    stages = {line[:38].strip(): line[38:].split() for line in changed.splitlines() if line.endswith(" GB")}
    assert stages["training is09-svc"][1] == "0"
    assert int(stages["scores, tables, audit, report"][1]) > 0


def test_the_page_shows_what_the_papers_tables_cost() -> None:
    page = (REPOSITORY / "docs" / "time.md").read_text(encoding="utf-8")
    shown = re.search(r"```\n(What these tables cost.*?)\.\.\.\n```", page, re.DOTALL)
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "paper_cost.py")]
    assert shown
    assert shown[1] in subprocess.run(command, capture_output=True, text=True, check=True).stdout
