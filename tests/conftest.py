"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real speech and golden files that lies beside the repository (or where XSER_SHARED says)."""
    folder = Path(os.environ.get("XSER_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "corpora" / "emodb").is_dir():
        pytest.skip(f"no development speech at {folder} (set XSER_SHARED)")
    return folder
