"""The estimate: prices of jobs, sizes of corpora, sums, chain, and what it says."""

import copy
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from configs import DEFAULT
from tiny_corpus import write_archive

from xser.config.study import Study
from xser.errors import InputError
from xser.estimate import text
from xser.estimate.costs import COMMITTED, Costs, NetworkSize, Shape
from xser.estimate.planned import Job, of_dag, with_needs
from xser.estimate.prices import Prices, Work
from xser.estimate.sizes import Amount, Fold, Sizes
from xser.files import write_text
from xser.models import lstm, svc
from xser.models.svc import gram_gb
from xser.parameters import defaults
from xser.splits.split import TEST

LSTM, SVC = defaults(lstm.MODEL.parameters), defaults(svc.MODEL.parameters)


def study_of(**changes: Any) -> Study:
    raw = copy.deepcopy(DEFAULT)
    del raw["practice_seeds"]
    for key, value in changes.items():
        raw[key] = {**raw[key], **value} if isinstance(value, dict) else value
    return Study(raw)


class Same(Sizes):
    """Every corpus with so many utterances of 2 s, three fifths to train on, in so many folds."""

    def __init__(self, study: Study, utterances: int = 100, folds: int = 1) -> None:
        super().__init__(study)
        self.utterances, self.number = utterances, folds

    def audio(self, corpus: str) -> Amount:
        return Amount(self.utterances, 2.0 * self.utterances)

    def folds(self, protocol: str, corpus: str) -> list[Fold]:
        return [Fold(train=self.utterances * 3 // 5, dev=self.utterances // 5, test=self.utterances // 5)] * self.number


POOLED = {"protocol": "paper", "system": "mfcc-lstm", "train": "emodb+masc"}


@pytest.fixture(scope="module")
def costs() -> Costs:
    return Costs(json.loads(COMMITTED.read_text(encoding="utf-8")))


# -- rates -------------------------------------------------------------------------------------------------------------


def network(dims: int, **parameters: Any) -> NetworkSize:
    return NetworkSize.of({**LSTM, "frames": 10, **parameters}, Shape(dims, 100.0), 1.0, 5)


def test_keras_counts_as_many_weights() -> None:
    """Two LSTM layers of 128 on 13 columns: 512 x (13 + 128 + 1) and 512 x (128 + 128 + 1); softmax 5: 129 x 5."""
    assert network(13).weights == 72_704 + 131_584 + 645
    assert network(13, layers=[8], bidirectional=True).weights == 2 * 4 * 8 * (13 + 8 + 1) + (16 + 1) * 5


def test_products_of_an_lstm_are_counted_in_floating_point_operations() -> None:
    products, cells, steps, weights, batches = network(3, layers=[4]).terms(33)
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
    assert NetworkSize.of({**LSTM, **parameters}, shape, 2.5, 5).steps == steps


def test_svc_grows_with_the_square_and_slows_down_without_its_kernel_matrix(costs: Costs) -> None:
    one, two = (costs.classifier("svc", SVC, n, 384, 5) for n in (1000, 2000))
    assert two == pytest.approx(4 * one)
    assert costs.classifier("svc", {**SVC, "memory_gb": 0.1}, 1000, 384, 5) > 3 * one
    assert costs.classifier("svc", {**SVC, "C": [0.1, 1.0]}, 1000, 384, 5) == pytest.approx(3 * one)


def test_own_rates_are_preferred(tmp_path: Path, costs: Costs) -> None:
    assert Costs.best(tmp_path).rates == costs.rates
    mine = {**costs.rates, "machine": {**costs.rates["machine"], "processor": "abacus"}}
    write_text(tmp_path / "results/rates.json", json.dumps(mine))
    assert Costs.best(tmp_path).rates == mine


@pytest.mark.parametrize("text", ["{", "{}"], ids=["cut off", "of an older version"])
def test_rates_that_cannot_be_used_are_an_error_that_says_what_to_do(tmp_path: Path, text: str) -> None:
    write_text(tmp_path / "results/rates.json", text)
    with pytest.raises(InputError, match="make rates"):
        Costs.best(tmp_path)


# -- jobs --------------------------------------------------------------------------------------------------------------


def job(name: str, *needs: Job, to_do: bool = True, **fields: Any) -> Job:
    work = Work(**{"stage": "training x", "serial": 1.0, "threads": 4, **fields})
    return Job("train_models", work, to_do, "emodb", [name], list(needs))


def test_a_job_works_on_as_many_cores_as_it_has_use_for() -> None:
    training = Work("training x", 1.0, tasks=5, each=10.0, process=2.0, base=1.0, memory=0.5, threads=4)
    assert training.cpu(1) == 1 + 50 + 2
    assert training.cpu(16) == 1 + 50 + 4 * 2
    assert training.wall(2) == 1 + 2 + 3 * 10
    assert training.wall(16) == 1 + 2 + 2 * 10
    assert training.gigabytes(16) == 1 + 4 * 0.5


def test_longest_chain() -> None:
    a = job("a")
    b, c = job("b", a, serial=5.0), job("c", a)
    d, e = job("d", c, b), job("e", c)
    jobs = with_needs(job("end", d, e), set())[:-1]
    assert len(jobs) == 5
    seconds, chain = text.longest_chain(jobs, 1)
    assert seconds == 7
    assert chain == [a, b, d]
    assert text.waiting(jobs, 1) == 9
    assert text.waiting(jobs, 100) == 7


def test_more_seeds_epochs_and_folds_cost_more(costs: Costs) -> None:
    def total(study: Study, folds: int = 1) -> float:
        return Prices(study, costs, Same(study, folds=folds)).of("train_models", POOLED).cpu(1)

    whole = total(study_of())
    assert total(study_of(seeds=[0])) < whole / 2
    assert total(study_of(models={"lstm": {"epochs": 30}})) < 0.8 * whole
    assert total(study_of(), folds=4) > 2 * whole


def test_training_parts_and_shards_share_the_work(costs: Costs) -> None:
    study = study_of(training_parts=5, shards=4)
    prices = Prices(study, costs, Same(study, 5000))
    parts = [prices.of("train_part", {**POOLED, "part": str(i)}) for i in range(5)]
    whole = prices.of("train_models", POOLED)
    assert sum(part.tasks for part in parts) == whole.tasks == 5
    assert parts[0].wall(1) < whole.wall(1) / 3
    names = {"features": "is09", "corpus": "masc"}
    shard, all_shards = prices.of("extract_shard", {**names, "shard": "0"}), prices.of("extract_features", names)
    assert shard.tasks == pytest.approx(all_shards.tasks / 4, abs=1)


def test_what_has_no_rate_counts_as_the_dearest_and_is_named(costs: Costs) -> None:
    study = study_of(features={"is09": {"extractor": "opensmile", "set": "IS13"}})
    prices = Prices(study, costs, Same(study))
    unknown, dearest = (prices.of("extract_features", {"features": f, "corpus": "emodb"}) for f in ("is09", "egemaps"))
    assert unknown.each == dearest.each
    assert not dearest.notes
    training = prices.of("train_models", {"protocol": "paper", "system": "is09-svc", "train": "emodb"})
    assert unknown.notes == training.notes == ("No rate was measured: is09 counts as the dearest of its kind.",)
    assert unknown.notes[0] in text.describe([Job("train_models", training)], {}, 2, [])


def test_imported_features_cost_what_those_of_the_corpus_do(costs: Costs, tmp_path: Path) -> None:
    write_archive(tmp_path, "good", {"u": np.zeros(6, np.float32)})
    (tmp_path / "bad.scp").write_text("u gone.ark:2\n", encoding="utf-8")
    scp = {"emodb": str(tmp_path / "bad.scp"), "savee": str(tmp_path / "good.scp")}
    study = study_of(features={"own": {"extractor": "scp", "scp": scp}})
    prices = Prices(study, costs, Same(study))
    assert prices._shape("own", "savee") == Shape(6, 0.0)
    bad, good = (prices.of("import_features", {"features": "own", "corpus": c}).serial for c in scp)
    assert bad > good


def test_a_module_may_have_any_prefix(costs: Costs) -> None:
    prices = Prices(study_of(), costs, Same(study_of()))
    for rule, wildcards in (("predict_emotions", {**POOLED, "test": "emodb"}), ("train_models", POOLED)):
        assert prices.of(f"train_{rule}", wildcards) == prices.of(rule, wildcards)


def test_a_rule_of_the_users_own_has_a_price_whatever_its_name_and_wildcards(costs: Costs) -> None:
    rule = SimpleNamespace(name="train_models", snakefile="/study/Snakefile")
    mine = Mock(rule=rule, wildcards_dict={"mine": "1"}, threads=1, output=["mine/1.txt"])
    dag = SimpleNamespace(toposorted=lambda: [[mine]], dependencies={mine: ()}, needrun=lambda _: True)
    (found,) = of_dag(dag, Prices(study_of(), costs, Same(study_of()))).values()
    assert found.work.cpu(1) > 0


# -- sizes -------------------------------------------------------------------------------------------------------------


def test_sizes_are_those_of_durations_and_splits_once_they_are_there(tmp_path: Path) -> None:
    study = study_of()
    sizes = Sizes(study, tmp_path)
    assert sizes.audio("emodb").utterances == 110
    write_text(tmp_path / "results/corpora/emodb/root.txt", "results/practice/emodb\n")
    write_text(tmp_path / "results/corpora/emodb/utt2dur", "emodb_03-a 1.5\nemodb_08-b 2.5\nemodb_09-c 1.0\n")
    assert sizes.audio("emodb") == Amount(3, 5.0)
    lines = ["utterance\tspeaker\tfold_0", "emodb_03-a\temodb_03\ttest", "emodb_08-b\temodb_08\ttrain"]
    write_text(tmp_path / "results/splits/paper/emodb.tsv", "\n".join(lines) + "\n")
    assert sizes.folds("paper", "emodb") == [Fold(train=1, test=1)]


def test_a_damaged_file_counts_as_not_there(tmp_path: Path) -> None:
    write_text(tmp_path / "results/corpora/emodb/root.txt", "results/practice/emodb\n")
    for name in ("corpora/emodb/utt2dur", "splits/paper/emodb.tsv"):
        write_text(tmp_path / "results" / name, "emodb_03-a what\n")
    sizes = Sizes(study_of(), tmp_path)
    assert sizes.audio("emodb").utterances == 110
    assert sizes.folds("paper", "emodb")[0][TEST] == 11


def test_what_was_read_from_another_root_does_not_count(tmp_path: Path) -> None:
    write_text(tmp_path / "results/corpora/emodb/root.txt", "results/practice/emodb\n")
    write_text(tmp_path / "results/corpora/emodb/utt2dur", "emodb_03-a 1.5\n")
    study = study_of(corpora={**DEFAULT["corpora"], "emodb": {**DEFAULT["corpora"]["emodb"], "root": str(tmp_path)}})
    sizes = Sizes(study, tmp_path)
    assert sizes.audio("emodb").utterances == 535
    assert sum(fold[TEST] for fold in sizes.folds("loso", "emodb")) == 408
    assert sizes.folds("paper", "emodb")[0][TEST] == 43


def test_a_split_by_a_file_of_recordings_that_were_not_read_is_guessed(tmp_path: Path) -> None:
    write_text(tmp_path / "split.tsv", "path\tfold_1\n03a01Fa\ttest\n08a01Fa\ttrain\n")
    protocol = {"kind": "file", "files": {"emodb": str(tmp_path / "split.tsv")}}
    sizes = Sizes(study_of(protocols={**DEFAULT["protocols"], "theirs": protocol}), tmp_path)
    assert [sum(fold.values()) for fold in sizes.folds("theirs", "emodb")] == [sizes.audio("emodb").utterances]


def test_a_root_whose_name_ends_in_a_space_was_read(tmp_path: Path) -> None:
    (root := tmp_path / "emodb ").mkdir()
    write_text(tmp_path / "results/corpora/emodb/root.txt", f"{root}\n")
    corpora = {**DEFAULT["corpora"], "emodb": {**DEFAULT["corpora"]["emodb"], "root": str(root)}}
    assert Sizes(study_of(corpora=corpora), tmp_path).was_read("emodb")


# -- text --------------------------------------------------------------------------------------------------------------


def test_what_is_there_is_not_to_do() -> None:
    a, b = job("a", serial=3600.0, to_do=False), job("b", serial=7200.0)
    page = text.describe([a, b], {"spread": [job("c", serial=1800.0)]}, 2, ["What these tables cost"])
    assert "3.00 core-hours, 2.00 of them still to do" in page
    (line,) = (line.split() for line in page.splitlines() if line.startswith("training x"))
    assert line[2:4] == ["2", "1"]
    assert [line.split()[1:4] for line in page.splitlines() if line.startswith("  spread ")] == [["1", "jobs", "0.50"]]
    assert max(map(len, page.splitlines())) <= 120


def test_early_stopping_is_seen_in_the_curves_that_are_there(tmp_path: Path) -> None:
    history = tmp_path / "emodb.history.tsv"
    write_text(history, "fold\tseed\tepoch\tloss\n" + "0\t0\t1\t1.0\n" * 30)
    done = job(str(history), to_do=False, tasks=2, each=10.0, epochs=60)
    assert "took 25% of their epochs" in text.describe([done, job("b", tasks=2, epochs=60)], {}, 2, [])
    assert "of their epochs" not in text.describe([job("b", tasks=2, epochs=60)], {}, 2, [])
    deleted = job(str(tmp_path / "gone.history.tsv"), to_do=False, tasks=2, each=10.0, epochs=60)  # to save room
    assert "took 25% of their epochs" in text.describe([done, deleted, job("b", tasks=2, epochs=60)], {}, 2, [])


def test_a_kernel_matrix_that_does_not_fit_is_named(costs: Costs) -> None:
    def page(study: Study, utterances: int) -> str:
        run = {"protocol": "paper", "system": "is09-svc", "train": "emodb+emovo+masc+savee"}
        work = Prices(study, costs, Same(study, utterances)).of("train_models", run)
        return text.describe([Job("train_models", work)], {}, 2, [])

    assert f"takes {gram_gb(38_400, 384):.1f} GB.\n  `memory_gb` is 8" in page(study_of(), 12_000)
    assert "Memory" not in page(study_of(), 1000)
    assert "To bound it: `memory_gb`" in page(study_of(models={"svc": {"memory_gb": 64.0}}), 12_000)


@pytest.mark.parametrize("name", ["estimate", "study"])
def test_what_a_rule_is_called_is_no_name_of_a_table(name: str) -> None:
    """`rule study` is in workflow/Snakefile and in that of a new study."""
    with pytest.raises(InputError, match=name):
        study_of(tables={name: DEFAULT["tables"]["table2"]})
