"""Results that a command has Snakemake make: what of it is shown, and that a failure is one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from configs import REPOSITORY

from xser.cli import making
from xser.cli.program import snakefile
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


def test_a_snakefile_that_snakemake_finds_is_that_of_the_study(tmp_path: Path) -> None:
    assert snakefile(tmp_path) == ["--snakefile", str(REPOSITORY / "Snakefile")]
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow/Snakefile").touch()  # as snakedeploy writes it
    assert snakefile(tmp_path) == []


@pytest.mark.slow
def test_ctrl_c_waits_for_snakemake_which_has_it_too(tmp_path: Path) -> None:
    """Who goes at once leaves Snakemake writing into a closed pipe while it ends its jobs and unlocks."""
    rule = "rule slow:\n    output: 'slow.txt'\n    shell: \"trap 'sleep 3' INT; touch started; sleep 60\"\n"
    (tmp_path / "Snakefile").write_text(rule, encoding="utf-8")
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from pathlib import Path; from xser.cli import making\n"
        "try: making.make([Path('slow.txt')], 1)\n"
        "except KeyboardInterrupt: print(*Path('.snakemake/locks').glob('*.lock'))"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, start_new_session=True, stdout=subprocess.PIPE, text=True
    )
    while not (tmp_path / "started").exists():
        assert run.poll() is None
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGINT)
    out, _ = run.communicate(timeout=60)
    assert out == "\n", "the folder is locked still"
