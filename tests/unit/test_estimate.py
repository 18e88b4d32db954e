"""The estimate of `snakemake plan`: its sums, its chain, what it says, and the claim that the paper runs overnight."""

import copy
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from xser.config.study import Study
from xser.errors import InputError
from xser.estimate import sizes, text
from xser.estimate.costs import COMMITTED, Costs, Layers, Network, Shape, terms
from xser.estimate.jobs import Job, Jobs
from xser.estimate.sizes import Audio, Fold, Sizes
from xser.files import write_text
from xser.models.lstm import PARAMETERS
from xser.models.svc import PARAMETERS as SVC
from xser.models.svc import gram_gb
from xser.workflow.plan import Plan

REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
HOUR = 3600.0


def plan_of(**changes: Any) -> Plan:
    raw = copy.deepcopy(DEFAULT)
    for key, value in changes.items():
        raw[key] = {**raw[key], **value} if isinstance(value, dict) else value
    return Plan(Study(raw))


def sizes_of(plan: Plan, utterances: int = 100) -> Sizes:
    """Every corpus with so many utterances of 2 s, three fifths to train on."""
    used = sizes.splits(plan, plan.config.tables)
    fold = Fold(utterances * 3 // 5, utterances // 5, utterances // 5)
    return Sizes({plan.audio(c): Audio(utterances, 2.0 * utterances) for _, c in used}, {key: [fold] for key in used})


@pytest.fixture(scope="module")
def costs() -> Costs:
    return Costs(json.loads(COMMITTED.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def paper_cost() -> ModuleType:
    spec = importlib.util.spec_from_file_location("paper_cost", REPOSITORY / "benchmarks/paper_cost.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- rates -------------------------------------------------------------------------------------------------------------


def test_keras_counts_as_many_weights() -> None:
    """Two LSTM layers of 128 on 13 columns: 512 x (13 + 128 + 1) and 512 x (128 + 128 + 1); softmax 5: 129 x 5."""
    assert Layers.of(PARAMETERS, 13, 5).weights == 72_704 + 131_584 + 645
    both_ways = Layers.of({**PARAMETERS, "layers": [8], "bidirectional": True}, 13, 5)
    assert both_ways.weights == 2 * 4 * 8 * (13 + 8 + 1) + (16 + 1) * 5


def test_products_of_an_lstm_are_counted_in_floating_point_operations() -> None:
    products, cells, steps, weights, batches = terms(Layers.of({**PARAMETERS, "layers": [4]}, 3, 5), 10, 33, 32)
    filled = 64  # the last batch is filled up
    assert products == filled * 10 * 2 * 4 * 4 * (3 + 4)
    assert cells == filled * 10 * 4
    assert steps == 2 * 10
    assert weights == 2 * (4 * 4 * (3 + 4 + 1) + 5 * 5)
    assert batches == 2


@pytest.mark.parametrize(
    ("parameters", "shape", "steps"),
    [
        ({}, Shape(13, 100.0), 120),
        ({"frames": None}, Shape(13, 100.0), 250),
        ({"steps": 4}, Shape(384, 0.0), 4),
    ],
    ids=["padded or cut", "whole utterances", "functionals"],
)
def test_steps_of_an_utterance(parameters: dict[str, Any], shape: Shape, steps: float) -> None:
    assert Network.of("lstm", {**PARAMETERS, **parameters}, shape, 2.5, 5).steps == steps


def test_svc_grows_with_the_square_and_slows_down_without_its_kernel_matrix(costs: Costs) -> None:
    one, two = (costs.classifier("svc", SVC, n, 384, 5) for n in (1000, 2000))
    assert two == pytest.approx(4 * one)
    assert costs.classifier("svc", {**SVC, "memory_gb": 0.1}, 1000, 384, 5) > 3 * one  # type: ignore[operator]
    assert costs.classifier("svc", {**SVC, "C": [0.1, 1.0]}, 1000, 384, 5) == pytest.approx(3 * one)


def test_committed_rates_know_all_that_the_paper_uses(costs: Costs) -> None:
    plan = plan_of()
    jobs = Jobs(plan, sizes_of(plan), costs)
    assert jobs.of(plan.config.tables)
    assert jobs.unknown == set()


def test_own_rates_are_preferred(tmp_path: Path, costs: Costs) -> None:
    assert Costs.best(tmp_path).rates == costs.rates
    mine = {
        **costs.rates,
        "machine": {**costs.rates["machine"], "processor": "abacus", "cores": 1, "date": "2026-01-01"},
    }
    write_text(tmp_path / "results/rates.json", json.dumps(mine))
    assert Costs.best(tmp_path).machine == "abacus, 1 cores, 2026-01-01"


@pytest.mark.parametrize("text", ["{", "{}"], ids=["cut off", "of an older version"])
def test_rates_that_cannot_be_used_are_an_error_that_says_what_to_do(tmp_path: Path, text: str) -> None:
    write_text(tmp_path / "results/rates.json", text)
    with pytest.raises(InputError, match="make rates"):
        Costs.best(tmp_path)


# -- jobs --------------------------------------------------------------------------------------------------------------


def job(name: str, *needs: str, **fields: Any) -> Job:
    return Job(name, "rule", "training x", (name,), needs, **{"serial": 1.0, **fields})


def test_a_job_works_on_as_many_cores_as_it_has_use_for() -> None:
    training = job("a", tasks=5, each=10.0, threads=4, process=2.0, base=1.0, memory=0.5)
    assert training.cpu(1) == 1 + 50 + 2
    assert training.cpu(16) == 1 + 50 + 4 * 2
    assert training.wall(2) == 1 + 2 + 3 * 10
    assert training.wall(16) == 1 + 2 + 2 * 10
    assert training.gigabytes(16) == 1 + 4 * 0.5


def test_longest_chain() -> None:
    jobs = {j.name: j for j in (job("a"), job("b", "a", serial=5.0), job("c", "a"), job("d", "c", "b"), job("e", "c"))}
    seconds, chain = text.longest_chain(jobs, 1)
    assert seconds == 7
    assert [j.name for j in chain] == ["a", "b", "d"]
    assert text.waiting(jobs, 1) == 9
    assert text.waiting(jobs, 100) == 7


def test_more_seeds_epochs_and_folds_cost_more(costs: Costs) -> None:
    def total(plan: Plan, folds: int = 1) -> float:
        size = sizes_of(plan)
        size = Sizes(size.audio, {key: list(value) * folds for key, value in size.folds.items()})
        jobs = Jobs(plan, size, costs).of(["table2"], report=False).values()
        return sum(j.cpu(1) for j in jobs if j.stage == "training mfcc-lstm")

    whole = total(plan_of())
    assert total(plan_of(seeds=[0])) < whole / 2
    assert total(plan_of(models={"lstm": {"epochs": 30}})) < 0.8 * whole
    assert total(plan_of(), folds=4) > 2 * whole


def test_training_parts_shorten_the_chain_and_not_the_work(costs: Costs) -> None:
    def cost(plan: Plan) -> tuple[float, float]:
        jobs = Jobs(plan, sizes_of(plan, 5000), costs).of(["table2"], report=False)
        return sum(j.cpu(1) for j in jobs.values()), text.longest_chain(jobs, 1)[0]

    (work, chain), (more_work, shorter) = cost(plan_of()), cost(plan_of(training_parts=5))
    assert more_work == pytest.approx(work, rel=0.1)
    assert shorter < chain / 3


def test_sizes_are_read_from_durations_and_splits(tmp_path: Path) -> None:
    plan = plan_of(tables={"only": {"columns": ["emodb"], "rows": [{"system": "is09-svc", "train": "same"}]}})
    plan.config.tables = {"only": plan.config.tables["only"]}
    write_text(tmp_path / "results/corpora/emodb/utt2dur", "emodb_03-a 1.5\nemodb_08-b 2.5\nemodb_09-c 1.0\n")
    lines = ["utterance\tspeaker\tfold_0", "emodb_03-a\temodb_03\ttest", "emodb_08-b\temodb_08\ttrain"]
    write_text(tmp_path / "results/splits/paper/emodb.tsv", "\n".join(lines) + "\n")
    assert sizes.inputs(plan) == {
        "durations": ["results/corpora/emodb/utt2dur"],
        "splits": ["results/splits/paper/emodb.tsv"],
    }
    found = sizes.read(plan, tmp_path)
    assert found.audio == {"emodb": Audio(3, 5.0)}
    assert found.folds == {("paper", "emodb"): [Fold(1, 0, 1)]}


# -- text --------------------------------------------------------------------------------------------------------------


def test_what_is_there_is_not_to_do(tmp_path: Path, costs: Costs) -> None:
    plan = plan_of()
    everything = sizes_of(plan)
    for name in Jobs(plan, everything, costs).of(plan.config.default_tables()).values():
        for path in name.outputs:
            if name.stage.startswith("features"):
                write_text(tmp_path / path, "")
    lines = text.describe(plan, everything, costs, 2, tmp_path).splitlines()
    (mfcc,) = (line.split() for line in lines if line.startswith("features mfcc"))
    assert mfcc[2:4] == ["5", "0"]
    assert [line for line in lines if line.startswith("  spread ")]
    assert max(map(len, lines)) <= 120


def test_early_stopping_is_told_from_the_curves_that_are_there(tmp_path: Path, costs: Costs) -> None:
    plan = plan_of()
    rows = [f"{fold}\t0\t{epoch}\t1.0" for fold in range(2) for epoch in range(1, 16)]
    write_text(
        tmp_path / "results/models/paper/mfcc-lstm/emodb.history.tsv",
        "fold\tseed\tepoch\tloss\n" + "\n".join(rows) + "\n",
    )
    assert "took 25% of their epochs" in text.describe(plan, sizes_of(plan), costs, 2, tmp_path)
    assert "of their epochs" not in text.describe(plan, sizes_of(plan), costs, 2, tmp_path / "elsewhere")


def test_a_kernel_matrix_that_does_not_fit_is_told(tmp_path: Path, costs: Costs) -> None:
    plan = plan_of()
    said = text.describe(plan, sizes_of(plan, 12_000), costs, 2, tmp_path)
    assert f"takes up to {gram_gb(38_400, 384):.1f} GB" in said
    assert "Memory" not in text.describe(plan, sizes_of(plan, 1000), costs, 2, tmp_path)
    roomy = plan_of(models={"svc": {"memory_gb": 64.0}})
    assert "keep a kernel matrix of up to" in text.describe(roomy, sizes_of(roomy, 12_000), costs, 2, tmp_path)


def test_what_has_no_rate_is_named(tmp_path: Path, costs: Costs) -> None:
    plan = plan_of(features={"is09": {"extractor": "opensmile", "set": "IS13"}})
    said = text.describe(plan, sizes_of(plan), costs, 2, tmp_path)
    assert "no rate was measured: features is09." in said
    assert "no rate was measured: training is09-svc." in said


def test_plan_is_no_name_of_a_table() -> None:
    with pytest.raises(InputError, match="plan"):
        plan_of(tables={"plan": DEFAULT["tables"]["table2"]})


def test_the_whole_paper_runs_overnight_on_two_cores(tmp_path: Path, costs: Costs, paper_cost: ModuleType) -> None:
    entries = {
        name: {**entry, "root": str(tmp_path)} for name, entry in DEFAULT["corpora"].items() if "view" not in entry
    }
    plan = plan_of(corpora=entries)
    size = paper_cost.paper_sizes(plan)
    assert sum(f.test for f in size.folds["loso", "emodb"]) == 408
    assert [f.test for f in size.folds["paper", "iemocap"]] == [590 + 651 + 8]
    jobs = Jobs(plan, size, costs).of(plan.config.default_tables())
    assert text.waiting(jobs, 2) < 12 * HOUR
    assert text.longest_chain(jobs, text.NODE)[0] < 2 * HOUR
