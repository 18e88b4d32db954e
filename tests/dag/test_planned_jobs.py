"""What Snakemake plans for the whole paper on the real corpora: what it costs, what its jobs ask a cluster for."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import harness
import pytest
from configs import DEFAULT as CONFIG
from configs import REPOSITORY

from xser.config.study import Study
from xser.estimate import planned, text
from xser.estimate.costs import Costs
from xser.estimate.prices import RESULTS, Prices
from xser.estimate.sizes import Sizes

HOUR = 3600.0


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every corpus in a folder without recordings, so that it counts with the size of its release."""
    folder = str(tmp_path_factory.mktemp("corpora"))
    return {"corpora": {name: {"root": folder} for name, entry in CONFIG["corpora"].items() if "view" not in entry}}


@pytest.fixture(scope="module")
def prices(changes: dict[str, Any]) -> Prices:
    corpora = {name: {**entry, **changes["corpora"].get(name, {})} for name, entry in CONFIG["corpora"].items()}
    study = Study({**CONFIG, "corpora": corpora})
    return Prices(study, Costs.best(Path("nowhere")), Sizes(study, Path("nowhere")))


@pytest.fixture(scope="module")
def jobs(changes: dict[str, Any]) -> Iterator[list[Any]]:
    """Snakemake's jobs of every table, on a cluster whose nodes have 16 cores."""
    with harness.planned(text.NODE, changes, nodes=100) as store:
        yield [job for job in store.dag.jobs if job.output]


def test_every_job_asks_for_what_it_needs_and_not_for_much_more(jobs: list[Any], prices: Prices) -> None:
    asking = [job for job in jobs if job.rule.name not in job.rule.workflow._localrules]
    assert {"train_models", "extract_features", "score_predictions"} <= {job.rule.name for job in asking}
    for job in asking:
        work = prices.of(job.rule.name, job.wildcards_dict)
        megabytes, minutes = 1000 * work.gigabytes(job.threads), work.wall(job.threads) / 60
        assert megabytes <= job.resources.mem_mb <= 2 * megabytes + 1000, job
        assert minutes <= job.resources.runtime <= 10 * minutes + 10, job


@pytest.mark.parametrize(
    ("given", "asked"),
    [({}, set()), ({"resources": {"mem_mb": 16_000}}, {"mem_mb", "runtime"})],
    ids=["plain", "bound"],
)
def test_a_run_on_one_machine_reckons_with_memory_where_it_is_bounded(
    changes: dict[str, Any], given: dict[str, Any], asked: set[str]
) -> None:
    with harness.planned(2, changes, **given) as store:
        job = next(job for job in store.dag.jobs if job.rule.name == "train_models")
        assert {"mem_mb", "runtime"} & set(job.resources.keys()) == asked


def test_threads_multiply_the_memory_that_a_training_asks_for(prices: Prices) -> None:
    pooled = prices.of("train_models", {"protocol": "paper", "system": "mfcc-lstm", "train": "iemocap+masc"})
    assert pooled.gigabytes(5) > 3 * pooled.gigabytes(1)


def test_a_job_that_failed_asks_for_more(jobs: list[Any]) -> None:
    job = next(job for job in jobs if job.rule.name == "train_models")
    first = job.resources.mem_mb, job.resources.runtime
    job.attempt = 2
    assert (job.resources.mem_mb, job.resources.runtime) == (2 * first[0], 2 * first[1])
    job.attempt = 1


def test_the_whole_paper_runs_overnight_on_two_cores(changes: dict[str, Any], prices: Prices) -> None:
    from snakemake.settings.types import ConfigSettings, DAGSettings

    with contextlib.chdir(REPOSITORY):
        given = ConfigSettings(config=changes), DAGSettings().rerun_triggers
        found = planned.jobs(prices, Path("Snakefile"), ["all", "spread"], *given, cores=text.NODE)
    paper, more = found["all"], found["spread"]
    assert not {output for job in paper for output in job.outputs} & {output for job in more for output in job.outputs}
    assert not any("No rate" in note for job in paper for note in job.work.notes)
    assert text.waiting(paper, 2) < 12 * HOUR
    seconds, chain = text.longest_chain(paper, text.NODE)
    assert 0.5 * HOUR < seconds < 2 * HOUR
    assert [job.rule for job in chain][:4] == ["list_files", "read_corpus", "extract_features", "train_models"]


def test_a_rule_without_a_price_costs_a_start(prices: Prices) -> None:
    work = prices.of("a_rule_of_tomorrow", {"table": "table2"})
    assert work.stage == RESULTS
    assert 0 < work.wall(1) < 5
