"""Every piece of a study's config that README and docs show can be used as it stands, where its files are there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from configs import DEFAULT, REPOSITORY

from xser.config import file as config_file
from xser.config.schema import SCHEMA
from xser.config.study import Study
from xser.corpora.base import load_reader

PAGES = ["README.md", "config/README.md", *(f"docs/{p.name}" for p in sorted((REPOSITORY / "docs").glob("*.md")))]
BLOCK = re.compile(r"^( *)```yaml\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
KEYS = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))["properties"]


def shown() -> list[Any]:
    """The pieces by page and place; others, such as those of a profile, have other keys."""
    pieces = [
        pytest.param(config, id=f"{page}-{number}")
        for page in PAGES
        for number, found in enumerate(BLOCK.finditer((REPOSITORY / page).read_text(encoding="utf-8")), start=1)
        if (config := yaml.safe_load(found[2])).keys() <= KEYS.keys()
    ]
    assert len(pieces) > 10
    return pieces


@pytest.mark.parametrize("piece", shown())
def test_what_is_shown_can_be_used(piece: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for corpus in filter(None, piece.get("corpora", {}).values()):
        if corpus.get("root") not in (None, "included", "practice"):
            corpus["root"] = str(tmp_path)
        if "reader" in corpus and not load_reader(corpus["reader"]).emotions:
            assert corpus["mapping"]  # or reading it would stop at its first label
    for entry in (*piece.get("protocols", {}).values(), *piece.get("features", {}).values()):
        for key in {"files", "scp"} & entry.keys():
            entry[key] = dict.fromkeys(entry[key], str(tmp_path / "file"))
    known = {"urdu": {"root": str(tmp_path), "paper": {"test": 1}}, **DEFAULT["corpora"]}
    below = {**DEFAULT, "corpora": known, "tables": {}, "curves": {}}  # of its tables only
    Study(config_file.over(below, piece))
