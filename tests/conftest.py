"""Fixtures shared by all tests."""

import os
import subprocess
from pathlib import Path

import pytest
from configs import REPOSITORY


@pytest.fixture
def real_kaldi(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built Kaldi, as KALDI_ROOT says, or beside the development speech."""
    root = Path(os.environ.get("KALDI_ROOT", shared / "kaldi"))
    tool = root / "src" / "featbin" / "compute-mfcc-feats"
    if not tool.is_file() or subprocess.run([tool, "--help"], capture_output=True, check=False).returncode:
        pytest.skip(f"no Kaldi that runs at {root} (set KALDI_ROOT; Debian: libopenblas0 libgfortran5)")
    monkeypatch.setenv("KALDI_ROOT", str(root))
    return root


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real speech and golden files that lies beside the repository (or where XSER_SHARED says)."""
    folder = Path(os.environ.get("XSER_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "corpora" / "emodb").is_dir():
        pytest.skip(f"no development speech at {folder} (set XSER_SHARED)")
    return folder
