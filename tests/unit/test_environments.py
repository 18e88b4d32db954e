"""The conda environments name the same versions as the lock."""

import re
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
