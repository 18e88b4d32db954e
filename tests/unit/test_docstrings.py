"""The examples in docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import xser

MODULES = [
    module.name
    for module in pkgutil.walk_packages(xser.__path__, "xser.")
    if module.name.startswith(("xser.evaluation", "xser.tables", "xser.frames", "xser.splits"))
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    found = [test for name in MODULES for test in doctest.DocTestFinder().find(importlib.import_module(name))]
    assert sum(bool(test.examples) for test in found) >= 8
