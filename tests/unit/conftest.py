"""Fixtures of the unit tests."""

import copy
from typing import Any

import pytest
from configs import DEFAULT


@pytest.fixture
def raw() -> dict[str, Any]:
    """config.yaml, to be changed."""
    return copy.deepcopy(DEFAULT)
