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
    assert {*slurm["set-resources"], *slurm["groups"]} <= RULES


def test_what_corrupts_or_hangs_stays_off() -> None:
    slurm = profile("slurm")
    assert slurm["slurm-status-command"] == "squeue"
    assert slurm["slurm-no-requeue"] is True
    assert not {"slurm-array-jobs", "slurm-requeue"} & {*slurm}
    for path in (REPOSITORY / "rules").glob("*.smk"):
        assert not re.search(r"^\s+retries:", path.read_text(encoding="utf-8"), re.MULTILINE), path.name


class Inputs(list[str]):
    """Input files of a size, as the expressions of the profile see them."""

    size_mb = 100.0
    code = ("workflow_scripts/xser/models/tensorflow_setup.py",)


@pytest.mark.parametrize(("megabytes", "gigabytes"), [(45, 5.6), (1, 0.3), (400, 8)])
def test_the_kernel_matrix_of_an_svc_has_room(megabytes: float, gigabytes: float) -> None:
    expression = profile("slurm")["set-resources"]["train_models"]["mem_mb"]
    inputs = Inputs()
    inputs.size_mb, inputs.code = megabytes, ("workflow_scripts/xser/models/svc.py",)
    svc = eval(expression, {"input": inputs, "threads": 1, "attempt": 1})
    inputs.code = ("workflow_scripts/xser/models/logreg.py",)
    other = eval(expression, {"input": inputs, "threads": 1, "attempt": 1})
    assert svc >= 1000 * gigabytes
    assert other <= svc
    assert other < 2300 + 5 * megabytes


@pytest.mark.parametrize("resource", ["mem_mb", "runtime"])
def test_every_job_grows_with_its_attempts(resource: str) -> None:
    slurm = profile("slurm")
    sizes = [slurm["default-resources"], *slurm["set-resources"].values()]
    for expression in (size[resource] for size in sizes if resource in size):
        names = {"input": Inputs(), "threads": 4}
        values = [eval(expression, {**names, "attempt": attempt}) for attempt in (1, 2, 3)]
        assert values == [values[0], 2 * values[0], 3 * values[0]]
        assert values[0] >= (500 if resource == "mem_mb" else 10)
