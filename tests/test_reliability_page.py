"""docs/reliability.md says what the tests do."""

import subprocess
import sys

from configs import REPOSITORY


def test_the_page_is_written_from_the_tests() -> None:
    """In a process of its own: collecting imports all tests, and openSMILE and TensorFlow do not bear each other."""
    code = "import reliability; print(reliability.page(), end='')"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY / "tests", capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    page = (REPOSITORY / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert run.stdout == page, "run `python tests/reliability.py`"
