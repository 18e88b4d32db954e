"""A new user's path: from a clone to a figure of a corpus of their own, in three commands and a few lines of config.

The first command, `make setup`, sets up Python; here the tests' own .venv stands in for it.
"""

import difflib
import shutil
import sys
from pathlib import Path

import pytest
from configs import REPOSITORY
from projects import ran
from study import Study, speak

MOST_LINES = 10
COMMANDS = [
    ".venv/bin/xser new ../mystudy",
    "cd ../mystudy && ../xser/.venv/bin/snakemake --cores 2",
]
MINE = "{root: ../calls, reader: table, language: nld, mapping: {furious: anger, neutral: neutral}}"
EDITS = {  # of the config that `xser new` writes: start of a line -> what the user writes in its place
    "  emodb:": "  emodb: null\n",
    "  # mine:": f"  mine: {MINE}\n",
}


def edited(text: str) -> str:
    """The config as the user changes it."""
    lines = text.splitlines(keepends=True)
    return "".join(next((new for old, new in EDITS.items() if line.startswith(old)), line) for line in lines)


@pytest.mark.timeout(1800)
def test_three_commands_and_ten_lines_lead_to_a_figure_of_ones_own_corpus(tmp_path: Path) -> None:
    clone = Study(tmp_path / "xser").folder
    shutil.copy(REPOSITORY / "config.yaml", clone)
    (clone / ".venv").symlink_to(sys.prefix)
    said = [("furious", 220.0), ("neutral", 110.0)] * 4
    speak(tmp_path / "calls", [(f"{s}{n}.wav", s, *e) for s in ("anna", "ben", "cor") for n, e in enumerate(said)])
    config = tmp_path / "mystudy" / "config.yaml"
    for command in COMMANDS:
        run = ran(clone, "sh", "-c", command)
        assert run.returncode == 0, run.stdout
        if command == COMMANDS[0]:
            before = config.read_text(encoding="utf-8")
            config.write_text(edited(before), encoding="utf-8")
    typed = [line for line in difflib.ndiff(before.splitlines(), edited(before).splitlines()) if line.startswith("+ ")]
    assert len(typed) == len(EDITS)
    assert len(edited(before).splitlines()) <= MOST_LINES
    assert 1 + len(COMMANDS) <= 3
    drawn = list((tmp_path / "mystudy/results/figures").rglob("*heat*.svg"))
    assert len(drawn) == 1
    assert "mine" in drawn[0].read_text(encoding="utf-8")
    assert "matrix: Every corpus against every corpus" in run.stdout
    assert "summary.html" in run.stdout
    assert not (clone / "results").exists()
