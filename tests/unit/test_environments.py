"""The conda environments name the same versions as the lock; `make setup` makes .venv whole."""

import ast
import contextlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from configs import REPOSITORY
from packaging.requirements import Requirement

from xser import imports
from xser.features.base import load_extractor


def locked() -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for file in ("run.txt", "ssl.in"):
        for line in (REPOSITORY / "requirements" / file).read_text(encoding="utf-8").splitlines():
            if match := re.match(r"([a-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", line):
                pins.setdefault(match[1], set()).add(match[2])
    return pins


def pinned(path: Path) -> list[str]:
    dependencies = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
    return next(d["pip"] for d in dependencies if isinstance(d, dict))


@pytest.mark.parametrize("path", sorted((REPOSITORY / "envs").glob("*.yaml")), ids=lambda p: p.stem)
def test_conda_pins_are_those_of_the_lock(path: Path) -> None:
    pins = locked()
    for entry in pinned(path):
        name, version = entry.split("==")
        assert version in pins.get(name, set()), f"{path.name}: {entry}, but the lock has {pins.get(name)}"


def loaded(environment: str) -> list[Path]:
    """What jobs of an environment load by name."""
    if environment == "corpora":
        return [*imports.SCRIPTS.glob("xser/corpora/*.py")]
    extractors = (path for path in imports.SCRIPTS.glob("xser/features/*.py") if "EXTRACTOR = " in path.read_text())
    return [path for path in extractors if load_extractor(path.stem).environment == environment]


def modules(names: Iterable[str]) -> set[str]:
    """The modules of some distributions and of all that these require."""
    seen: set[str] = set()
    pending = list(names)
    while pending:
        if (name := re.sub(r"[-_.]+", "-", pending.pop()).lower()) not in seen:
            seen.add(name)
            with contextlib.suppress(metadata.PackageNotFoundError):  # of what only `make ssl` installs
                wanted = map(Requirement, metadata.requires(name) or [])
                pending += [r.name for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]
    found = metadata.packages_distributions().items()
    return seen | {module for module, of in found if {re.sub(r"[-_.]+", "-", d).lower() for d in of} & seen}


@pytest.mark.parametrize("name", ["corpora", "features", "ssl"])
def test_jobs_with_audio_have_what_they_import(name: str) -> None:
    """Late imports too; but for the data frames that they do without (frames.py)."""
    rules = (REPOSITORY / f"rules/{'corpora' if name == 'corpora' else 'features'}.smk").read_text(encoding="utf-8")
    files = [*re.findall(r"workflow_scripts/(\w+\.py)", rules), *map(str, loaded(name))]
    pins = (entry.split("==")[0] for entry in pinned(REPOSITORY / f"envs/{name}.yaml"))
    here = {*sys.stdlib_module_names, "xser", *modules(pins)}
    for file in imports.code(*files):
        if file.endswith(".py") and file != "xser/frames.py":
            for node in imports._walk(ast.parse((imports.SCRIPTS / file).read_bytes())):
                asked = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                asked += [str(node.module)] if isinstance(node, ast.ImportFrom) and not node.level else []
                assert {module.split(".")[0] for module in asked} <= here, file


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
