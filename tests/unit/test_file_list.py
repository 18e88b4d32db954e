"""The list that stands for the files of a corpus."""

import os
from pathlib import Path

import pytest

from xser.corpora import file_list
from xser.errors import InputError

NAMES = ["a.wav", "b/two\nlines\tand a tab.wav", "b/\u2028.wav"]


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    for name in [*NAMES, "table.csv"]:
        path = tmp_path / ("root" if name in NAMES else "") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    path = tmp_path / "files.tsv"
    file_list.write(path, tmp_path / "root", [*(tmp_path / "root" / name for name in NAMES), tmp_path / "table.csv"])
    return path


def test_any_name_comes_back_and_what_lies_elsewhere_does_not(listed: Path) -> None:
    assert file_list.read(listed) == NAMES


@pytest.mark.parametrize("name", ["root/a.wav", "table.csv"])
def test_other_bytes_give_another_list_and_another_time_does_not(listed: Path, name: str) -> None:
    before, file = listed.read_bytes().splitlines(), listed.parent / name
    os.utime(file, ns=(0, 0))
    file_list.write(listed, listed.parent / "root", [file])
    assert listed.read_bytes().splitlines()[0] in before
    file.write_text(name[::-1])
    file_list.write(listed, listed.parent / "root", [file])
    assert listed.read_bytes().splitlines()[0] not in before


def test_a_list_cut_short_is_noticed(listed: Path) -> None:
    lines = listed.read_text().splitlines(keepends=True)
    for cut in ([], lines[:-1], lines[:-2], lines[1:], [lines[0][:5]]):
        listed.write_text("".join(cut))
        with pytest.raises(InputError, match=r"files\.tsv"):
            file_list.read(listed)
