"""The tables of parameters in the docs are those of the code."""

from pathlib import Path

import pytest
from parameter_tables import PAGES, PLACE, renewed

NAMES = {
    "adaptation.md": {"adversarial", "coral", "subspace", "tca", "ulsif"},
    "features.md": {"kaldi_mfcc", "kaldi_pitch", "lpcc", "opensmile", "short_term", "ssl"},
    "models.md": {"logreg", "lstm", "svc", "tripathi"},
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_of_parameters_are_those_of_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == renewed(page), f"run python tests/parameter_tables.py to renew {page.name}"
    assert {name for _, name, _ in PLACE.findall(text)} == NAMES[page.name]


def test_every_parameter_has_a_note() -> None:
    for page, load in PAGES.items():
        for _, name, _ in PLACE.findall(page.read_text(encoding="utf-8")):
            assert all(p.note for p in load(name).parameters.values()), name
