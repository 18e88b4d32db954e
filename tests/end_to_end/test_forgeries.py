"""Each forgery of forgeries.py, planted in a copy of the finished results of a real run, is found by the audit."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

import forgeries
import pytest
from forged_study import made
from forgeries import MISSED, PLANTS

Audited = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    """A function from a forgery to what the audit finds, in one further process: openSMILE and TensorFlow clash."""
    root = tmp_path_factory.mktemp("forged")
    made(root / "study")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as worker:
        yield lambda plant: worker.submit(
            forgeries.audited, root / "study", root / str(list(PLANTS | MISSED).index(plant)), plant
        ).result()


@pytest.mark.parametrize("plant", PLANTS)
def test_a_forgery_is_found(audited: Audited, plant: str) -> None:
    found = audited(plant)
    assert any(all(word in line for word in PLANTS[plant].words) for line in found), found


@pytest.mark.parametrize("plant", MISSED)
def test_what_the_audit_cannot_see(audited: Audited, plant: str) -> None:
    """If it learns to see one, the page must say so."""
    assert audited(plant) == []


def test_the_page_is_written_from_these() -> None:
    found = forgeries.MARKS.search(forgeries.PAGE.read_text(encoding="utf-8"))
    assert found, "no marks"
    assert found[0] == forgeries.section(), "run `python tests/end_to_end/forgeries.py`"
