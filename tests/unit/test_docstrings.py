"""The examples in docstrings run."""

import doctest
import importlib

import pytest
from projects import REPOSITORY

SCRIPTS = REPOSITORY / "workflow_scripts"
MODULES = [
    ".".join(path.relative_to(SCRIPTS).with_suffix("").parts)
    for path in sorted(SCRIPTS.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > found.failed == 0
