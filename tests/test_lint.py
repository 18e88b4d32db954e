"""The linters: snakemake --lint, snakefmt, ruff, mypy."""

import subprocess
import sys
from pathlib import Path

import pytest
from configs import REPOSITORY

BIN = Path(sys.executable).parent
SMK = [
    "Snakefile",
    "workflow/Snakefile",
    *sorted(str(p.relative_to(REPOSITORY)) for p in REPOSITORY.glob("rules/*.smk")),
]
PYTHON = ["workflow_scripts", "tests", "benchmarks"]


@pytest.mark.parametrize(
    "command",
    [
        ["snakemake", "--lint"],
        ["snakefmt", "--check", *SMK],
        ["ruff", "check", *PYTHON],
        ["ruff", "format", "--check", *PYTHON],
        ["mypy"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_linter_is_content(command: list[str]) -> None:
    run = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=REPOSITORY, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
