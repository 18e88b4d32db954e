"""Each forgery of forgeries.py, planted in a copy of the finished results of a real run, is found by the audit."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import forgeries
import pytest
from forged_study import made
from forgeries import MISSED, NUMBERS, PLANTS, UNCOUNTED

Found = Callable[[Callable[[Path, Path, str], list[str]], str], list[str]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """From who looks and a forgery to what is found, in one further process: openSMILE and TensorFlow clash."""
    root = tmp_path_factory.mktemp("forged")
    made(root / "study")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as worker:
        names = list(PLANTS | MISSED | NUMBERS | UNCOUNTED)
        yield lambda look, plant: worker.submit(look, root / "study", root / str(names.index(plant)), plant).result()


@pytest.mark.parametrize("plant", PLANTS | NUMBERS)
def test_a_forgery_is_found(found: Found, plant: str) -> None:
    forgery, look = (PLANTS | NUMBERS)[plant], forgeries.audited if plant in PLANTS else forgeries.verified
    lines = found(look, plant)
    assert any(all(word in line for word in forgery.words) for line in lines), lines


@pytest.mark.parametrize("plant", MISSED | UNCOUNTED)
def test_what_cannot_be_seen(found: Found, plant: str) -> None:
    """If it learns to see one, the page must say so."""
    assert found(forgeries.audited if plant in MISSED else forgeries.verified, plant) == []


def test_the_page_is_written_from_these() -> None:
    page = forgeries.MARKS.search(forgeries.PAGE.read_text(encoding="utf-8"))
    assert page, "no marks"
    assert page[0] == forgeries.section(), "run `python tests/end_to_end/forgeries.py`"
