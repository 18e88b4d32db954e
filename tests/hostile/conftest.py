"""Hostile data and what reads it."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    """What became of one case; `message` is an InputError's text."""

    name: str
    outcome: str
    message: str
    breaches: list[str]


Watch = Callable[..., dict[str, Outcome]]


@pytest.fixture(scope="session")
def watch() -> Watch:
    """Run cases (see guard.py) in one process under the audit hook."""

    def run(folder: Path, cases: dict[str, Any], *imports: str) -> dict[str, Outcome]:
        (folder / "out" / "tmp").mkdir(parents=True, exist_ok=True)
        plan = folder / "cases.json"
        plan.write_text(json.dumps({"imports": imports, "writable": str(folder / "out"), "cases": cases}))
        here = Path(__file__).parent
        environment = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": f"{REPOSITORY / 'workflow_scripts'}:{here}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(folder / "out" / "tmp"),
            "HOME": str(folder / "out"),
        }
        command = [sys.executable, str(here / "guard.py"), str(plan)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        lines = [Outcome(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith('{"name"')]
        assert [line.name for line in lines] == list(cases), done.stderr
        return {line.name: line for line in lines}

    return run
