"""Every rule keeps the rules that make its reruns right; checked on the paper's config, every table of it."""

import ast
import importlib
import inspect
import operator
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from configs import REPOSITORY
from harness import planned

from xser import imports
from xser.job import arguments


@pytest.fixture(scope="module")
def workflow() -> Iterator[Any]:
    with planned(cores=1) as store:
        yield store


@pytest.fixture(scope="module")
def rules(workflow: Any) -> list[Any]:
    """All rules that make something."""
    return [rule for rule in workflow.rules if rule.output]


@pytest.fixture(scope="module")
def jobs(workflow: Any) -> list[Any]:
    """All jobs that make something."""
    return [job for job in workflow.dag.jobs if job.output]


def faults(items: list[Any], good: Any) -> list[str]:
    """The names of those that are not as they should be."""
    assert items
    return sorted({getattr(item, "name", str(item)) for item in items if not good(item)})


def test_targets_make_nothing(workflow: Any) -> None:
    targets = [r for r in workflow.rules if not r.output]
    assert faults(targets, lambda r: not r.script and not r.shellcmd) == ["estimate"]  # it prints


def test_every_rule_runs_a_script_and_nothing_else(rules: list[Any]) -> None:
    assert faults(rules, lambda r: r.script and not (r.shellcmd or r.notebook or r.wrapper or r.cwl)) == []
    texts = [path.read_text(encoding="utf-8") for path in [REPOSITORY / "Snakefile", *REPOSITORY.glob("rules/*.smk")]]
    assert not [line for text in texts for line in text.splitlines() if line.strip() in ("run:", "shell:")]


def test_every_rule_has_a_log_a_message_and_an_environment(rules: list[Any]) -> None:
    assert faults(rules, lambda r: len(r.log) == 1 and r.message and r.conda_env) == []


def test_messages_name_all_wildcards(rules: list[Any]) -> None:
    """So that two jobs never have the same message."""
    assert faults(rules, lambda r: all(f"{{wildcards.{w}}}" in r.message for w in r.wildcard_names)) == []


def test_every_rule_names_its_code(rules: list[Any]) -> None:
    assert faults(rules, lambda r: "code" in r.params.keys()) == []  # noqa: SIM118, a Namedlist


def test_outputs_are_plain_files_below_results(rules: list[Any]) -> None:
    allowed = {"report"}  # no directory(), update(), temp() ... among them
    assert faults(rules, lambda r: all(f.startswith("results/") and set(f.flags) <= allowed for f in r.output)) == []


def test_at_most_one_parameter_beside_the_code(rules: list[Any]) -> None:
    assert faults(rules, lambda r: list(r.params.keys()) in (["code"], ["code", "settings"])) == []


def test_code_of_a_job_holds_its_script_and_all_it_imports(jobs: list[Any]) -> None:
    def good(job: Any) -> bool:
        return Path(job.rule.script).name in job.params.code and imports.code(*job.params.code) == job.params.code

    assert faults(jobs, good) == []


def test_code_and_results_are_named_by_relative_paths(jobs: list[Any]) -> None:
    """Absolute ones would rerun everything once the project moves."""
    assert faults(jobs, lambda j: not any(Path(str(f)).is_absolute() for f in [*j.input, *j.output, *j.log])) == []


def test_parameters_are_builtins_with_sorted_keys(jobs: list[Any]) -> None:
    """Snakemake compares their text: it must say everything, and the same for equal values."""

    def good(job: Any) -> bool:
        for _, value in job.params.items():
            if not isinstance(value, dict) or ast.literal_eval(repr(value)) != value or not sorted_keys(value):
                return False
        return True

    assert faults(jobs, good) == []


def sorted_keys(value: Any) -> bool:
    """Whether all keys, at any depth, are texts in order, and all values are builtins."""
    if type(value) is dict:
        return list(value) == sorted(value) and all(map(sorted_keys, value.values()))
    if type(value) is list:
        return all(map(sorted_keys, value))
    return type(value) in (str, int, float, bool, type(None))


def test_profile_tracks_what_the_rules_rely_on() -> None:
    profile = yaml.safe_load((REPOSITORY / "profiles/default/config.yaml").read_text(encoding="utf-8"))
    assert profile["rerun-triggers"] == ["input", "mtime", "params", "software-env"]


def test_rules_name_what_scripts_take(jobs: list[Any]) -> None:
    def good(job: Any) -> bool:
        script = importlib.import_module(Path(job.rule.script).stem)
        if ran := re.search(r"run_main\(([\w.]+), snakemake", Path(str(script.__file__)).read_text(encoding="utf-8")):
            main = operator.attrgetter(ran[1])(script)
            inspect.signature(main).bind(**arguments(main, job))
        return True

    assert faults(jobs, good) == []
