"""The conda environments name the same versions as the lock; `make setup` makes .venv whole."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from configs import REPOSITORY


def locked() -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for file in ("run.txt", "ssl.in"):
        for line in (REPOSITORY / "requirements" / file).read_text(encoding="utf-8").splitlines():
            if match := re.match(r"([a-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", line):
                pins.setdefault(match[1], set()).add(match[2])
    return pins


@pytest.mark.parametrize("path", sorted((REPOSITORY / "envs").glob("*.yaml")), ids=lambda p: p.stem)
def test_conda_pins_are_those_of_the_lock(path: Path) -> None:
    dependencies = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
    pip = next(d["pip"] for d in dependencies if isinstance(d, dict))
    assert pip
    pins = locked()
    for entry in pip:
        name, version = entry.split("==")
        assert version in pins.get(name, set()), f"{path.name}: {entry}, but the lock has {pins.get(name)}"


def test_a_venv_that_was_not_finished_is_made_again(tmp_path: Path) -> None:
    """Its python is there before pip: after Ctrl-C, and for good on a Debian without python3-venv."""
    for name in ("Makefile", "pyproject.toml", "requirements/run.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    command = ["make", "--dry-run", "setup", f"PYTHON={sys.executable}"]
    planned = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert f"{sys.executable} -m venv .venv" in planned
    (tmp_path / ".venv/bin/pip").touch()
    assert "-m venv" not in subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("version", "right"), [((3, 10), 0), ((3, 11), 1), ((3, 13), 1), ((3, 14), 0)])
def test_a_python_that_tensorflow_does_not_know_is_refused_at_once(version: tuple[int, int], right: int) -> None:
    (check,) = re.findall(r"-c 'import sys; (.*)'$", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE)
    code = f"import sys; sys.version_info = {version}; {check}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stderr.startswith("xser needs Python 3.11 to 3.13") != bool(right)
    assert run.returncode == (not right)
