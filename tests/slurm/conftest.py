"""The cluster that all tests here share; the tests run with `make test-slurm` only."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster, missing

sys.path.append(str(Path(__file__).parents[1] / "dag"))  # its small project is ours too


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the default suite fast: a real SLURM is started on demand."""
    if "slurm" not in (config.option.markexpr or ""):
        for item in items:
            if item.get_closest_marker("slurm"):
                item.add_marker(pytest.mark.skip(reason="runs on a real SLURM: make test-slurm"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running SLURM; without its programs a skip, or a failure where XSER_REQUIRE_SLURM=1 (in CI)."""
    if absent := missing():
        message = f"no {', '.join(absent)}: apt-get install $(grep -v '^#' tests/slurm/packages.txt)"
        if os.environ.get("XSER_REQUIRE_SLURM") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with tempfile.TemporaryDirectory(prefix="xser-slurm-", ignore_cleanup_errors=True) as folder:
        started = time.monotonic()
        with Cluster(Path(folder) / "c") as running:
            running.seconds_to_start = time.monotonic() - started
            yield running
