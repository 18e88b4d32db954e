"""The examples in docstrings run."""

import doctest
import importlib
import pkgutil

import pytest
from projects import REPOSITORY

import xser

MODULES = [
    module.name
    for module in pkgutil.walk_packages(xser.__path__, "xser.")
    if module.name.startswith(("xser.evaluation", "xser.tables", "xser.frames", "xser.splits", "xser.config"))
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    found = [test for name in MODULES for test in doctest.DocTestFinder().find(importlib.import_module(name))]
    assert sum(bool(test.examples) for test in found) >= 8
