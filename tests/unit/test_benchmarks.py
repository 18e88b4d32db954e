"""The page of the benchmarks: made of what was measured, and of all of it."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import page  # noqa: E402
import results  # noqa: E402


def test_the_page_shows_what_was_measured_last() -> None:
    parts = results.measured()
    assert set(parts) == set(results.PARTS)
    assert (BENCHMARKS / "RESULTS.md").read_text(encoding="utf-8") == page.text(BENCHMARKS / "remarks", parts)


def test_comparisons_are_medians_of_five_rounds_at_least() -> None:
    parts = results.measured()
    assert parts["lstm"]["rounds"] >= 5
    assert parts["svc"]["rounds"] >= 5
    assert all(f["differ"] == 0 for f in parts["svc"]["svc"])


@pytest.mark.parametrize(("power", "grew"), [(1.0, 1.0), (2.0, 2.0)])
def test_the_exponent_of_growth(power: float, grew: float) -> None:
    assert page.exponent((10, 10**power), (1000, 1000**power)) == pytest.approx(grew)
