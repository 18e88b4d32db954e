"""Results that a command has Snakemake make: what of it is shown, and that a failure is one."""

import os
from pathlib import Path

import pytest
from configs import REPOSITORY

from xser.cli import making
from xser.errors import InputError

SNAKEFILE = """
rule made:
    output: "made.txt"
    shell: "echo a line of the job >&2; touch {output}"

rule refused:
    input: "nothing.txt"
    output: "refused.txt"
    shell: "touch {output}"
"""


def test_what_jobs_print_is_shown_and_why_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("Snakefile").write_text(SNAKEFILE, encoding="utf-8")
    Path("profiles").symlink_to(REPOSITORY / "profiles")  # as in a study's folder
    making.make([Path("made.txt")], 1)
    out, shown = capfd.readouterr()
    assert out == ""
    assert "a line of the job" in shown
    making.make([Path("made.txt")], 1)
    assert capfd.readouterr() == ("", "bringing results up to date ...\n")
    with pytest.raises(InputError, match="cannot be brought up to date"):
        making.make([Path("refused.txt")], 1)
    assert "nothing.txt" in capfd.readouterr().err
    assert not os.path.exists("refused.txt")
