"""The cluster profile against the default one and against the rules; needs no SLURM."""

import re
from typing import Any

import pytest
import yaml
from runs import REPOSITORY

RULES = {
    name
    for path in (REPOSITORY / "rules").glob("*.smk")
    for name in re.findall(r"^rule (\w+):", path.read_text(encoding="utf-8"), re.MULTILINE)
}


def profile(name: str) -> dict[str, Any]:
    """A profile as Snakemake reads it."""
    return yaml.safe_load((REPOSITORY / "profiles" / name / "config.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("key", ["rerun-triggers", "rerun-incomplete", "scheduler"])
def test_what_reruns_is_the_same_on_a_cluster(key: str) -> None:
    assert profile("slurm")[key] == profile("default")[key]


def test_every_rule_it_names_exists() -> None:
    slurm = profile("slurm")
    assert {*slurm["groups"]} <= RULES


def test_what_corrupts_or_hangs_stays_off() -> None:
    slurm = profile("slurm")
    assert slurm["executor"] == "xser-slurm"
    assert not [key for key in slurm if re.search("array-jobs|requeue", key)]
    for path in (REPOSITORY / "rules").glob("*.smk"):
        assert not re.search(r"^\s+retries:", path.read_text(encoding="utf-8"), re.MULTILINE), path.name


def test_memory_and_time_are_left_to_the_rules() -> None:
    assert "set-resources" not in profile("slurm")
