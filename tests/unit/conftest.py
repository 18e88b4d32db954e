"""Fixtures of the unit tests."""

import copy
from typing import Any

import pytest
from configs import DEFAULT


@pytest.fixture
def raw() -> dict[str, Any]:
    """config.yaml, to be changed."""
    return copy.deepcopy(DEFAULT)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A study of two corpora; SAVEE is practice data."""
    from made_results import Made

    return Made(tmp_path_factory.mktemp("made"))
