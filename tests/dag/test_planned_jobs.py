"""`snakemake plan` counts the jobs that Snakemake would run."""

import contextlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import REPOSITORY

from xser.config.study import Study
from xser.estimate import sizes
from xser.estimate.costs import Costs
from xser.estimate.jobs import Jobs
from xser.estimate.sizes import Audio, Fold, Sizes
from xser.workflow.plan import Plan


def snakemake_jobs(changes: dict[str, Any], targets: set[str]) -> Counter[tuple[str, frozenset[str]]]:
    """The rule and the outputs of every job that a first run has."""
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, Quietness, ResourceSettings

    with contextlib.chdir(REPOSITORY), SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        loaded = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=changes),
            snakefile=Path("Snakefile"),
        )
        dag = loaded.dag(DAGSettings(targets=targets))
        dag.execute_workflow(executor="dryrun")
        jobs = dag.workflow_api._workflow_store.dag.jobs
        return Counter((job.rule.name, frozenset(map(str, job.output))) for job in jobs if job.output)


@pytest.mark.parametrize(
    ("changes", "tables"),
    [
        ({}, None),
        ({"shards": 3, "training_parts": 2}, None),
        ({}, ["beyond", "tripathi", "spread", "language"]),
    ],
    ids=["default", "shards and parts", "other tables"],
)
def test_the_jobs_are_those_of_snakemake(changes: dict[str, Any], tables: list[str] | None) -> None:
    raw = {**yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8")), **changes}
    plan = Plan(Study(raw))
    used = sizes.splits(plan, raw["tables"])
    made_up = Sizes({plan.audio(c): Audio(100, 250.0) for _, c in used}, {key: [Fold(60, 20, 20)] for key in used})
    jobs = Jobs(plan, made_up, Costs.best()).of(tables or plan.config.default_tables(), report=tables is None)
    expected = snakemake_jobs(changes, set(tables or ["all"]))
    found = Counter((job.rule, frozenset(job.outputs)) for job in jobs.values())
    assert Counter(rule for rule, _ in found) == Counter(rule for rule, _ in expected)
    assert {outputs for _, outputs in found} == {outputs for _, outputs in expected}
