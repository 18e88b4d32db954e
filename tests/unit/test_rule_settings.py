"""What rules are given: parameters that depend on nothing else, and which runs may be asked for by path."""

import importlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from xser import paths
from xser.config.study import Study
from xser.config.trainsets import TrainSet
from xser.errors import InputError
from xser.features.base import load_extractor
from xser.models.functionals import Classifier
from xser.parameters import Parameter, Parameters, integer, one_or_list
from xser.workflow import audit, corpora, features, training


def test_only_neural_models_ask_for_a_gpu_and_only_if_the_config_says_so(raw: dict[str, Any]) -> None:
    assert training.training_gpu(Study(raw)) == {}
    raw["gpu"] = True
    gres = training.training_gpu(Study(raw))["gres"]
    assert [gres(SimpleNamespace(system=s)) for s in ("mfcc-lstm", "tripathi", "is09-svc", "is09-logreg")] == [
        "gpu:1", "gpu:1", "", "",
    ]  # fmt: skip


def test_what_reading_a_corpus_lets_through_every_feature_set_can_take(raw: dict[str, Any]) -> None:
    before = corpora.read_settings(Study(raw), "emodb")
    for extractor in ("kaldi_mfcc", "kaldi_pitch", "opensmile", "short_term"):
        assert before["min_samples"] >= load_extractor(extractor).min_samples
    raw.pop("curves", None)  # which name other systems
    raw["features"] = {"is09": raw["features"]["is09"]}
    raw["systems"] = {"is09-svc": raw["systems"]["is09-svc"]}
    raw["curves"] = {}
    raw["tables"] = {"one": {"columns": ["emodb"], "rows": [{"system": "is09-svc", "train": "same"}]}}
    few = corpora.read_settings(Study(raw), "emodb")
    assert few == before, "a further feature set must not have a corpus read again"


def test_an_extractor_of_ones_own_may_need_longer_utterances(
    raw: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Study(raw)
    monkeypatch.setattr(load_extractor("short_term"), "min_samples", 16_000)
    assert corpora.read_settings(study, "emodb")["min_samples"] == 16_000


def test_a_set_with_longer_windows_needs_longer_utterances(raw: dict[str, Any]) -> None:
    raw["features"]["long"] = {"extractor": "short_term", "window": 1.5}
    assert corpora.read_settings(Study(raw), "emodb")["min_samples"] == 24_000


def test_archives_of_imported_features_are_inputs_where_they_are_there(raw: dict[str, Any], tmp_path: Path) -> None:
    for name in ("a.ark", "b{c}.ark"):
        (tmp_path / name).touch()
    lines = [f"u {tmp_path}/a.ark:2", "v a.ark:9", "w gone.ark:2", "x b{c}.ark:2"]
    for name, text in (("good", "\n".join(lines)), ("bad", "u cat x |")):
        (tmp_path / f"{name}.scp").write_text(text)
    scp = {"emodb": str(tmp_path / "good.scp"), "savee": str(tmp_path / "bad.scp")}
    raw["features"]["own"] = {"extractor": "scp", "scp": scp}
    study = Study(raw)
    assert features.imported(study, "own", "emodb") == [str(tmp_path / "a.ark")]
    assert features.imported(study, "own", "savee") == []


@pytest.mark.parametrize(
    ("system", "train", "test", "named"),
    [
        (
            "is09-svc",
            "iemocap",
            "iemocap_exc",
            "is09-svc/iemocap/iemocap_exc: a corpus and a view of it share speakers",
        ),
        ("is09-svc", "iemocap-to-emodb", "emodb", "cannot be fine-tuned (iemocap-to-emodb)"),
        ("vote", "emodb+iemocap_exc", "iemocap", "is09-svc/iemocap_exc/iemocap: a corpus and a view"),
        ("two-pass", "savee-to-emodb", "emodb", "combines others and cannot be fine-tuned"),
    ],
)
def test_a_run_that_no_table_may_have_is_refused_as_a_path(
    raw: dict[str, Any], system: str, train: str, test: str, named: str
) -> None:
    study = Study(raw)
    for _ in range(2):  # a refusal is not forgotten
        with pytest.raises(InputError) as error:
            training.run_of(study, "paper", system, train, test)
        assert f"paper/{system}/{train}/{test} cannot be run" in str(error.value)
        assert named in str(error.value)
        for ending in (".tsv", ".details.tsv"):
            path = f"results/scores/paper/{system}/{train}/{test}{ending}"
            with pytest.raises(InputError, match=re.escape(f"{path} is asked for.")):
                training.check_path(study, path)


@pytest.mark.parametrize(("system", "train"), [("is09-lstm", "iemocap+iemocap_exc"), ("is09-svc", "emodb-to-savee")])
def test_a_training_that_no_table_may_have_is_refused_as_a_path(raw: dict[str, Any], system: str, train: str) -> None:
    study = Study(raw)
    for _ in range(2):
        with pytest.raises(InputError, match=f"{system} cannot be trained on {train.replace('+', '.')}"):
            training.train_inputs(study, "paper", system, train)
    path = f"results/models/paper/{system}/{train}.zip"
    with pytest.raises(InputError, match=re.escape(f"{path} is asked for. {system} cannot be trained")):
        training.check_path(study, path)


@pytest.mark.parametrize(
    "path",
    [
        *("table2", "all", "results/audit.md", "results/tables/table2.tsv", "results/models/paper/vote/emodb.zip"),
        *("results/scores/paper/is09-svc/emodb/nobody.tsv", "results/models/paper/nothing/emodb.zip"),
        *(
            "results/scores/paper/vote/emodb+savee/savee.tsv",
            "results/models/paper/mfcc-lstm/emodb-to-savee.history.tsv",
        ),
    ],
)
def test_other_targets_are_left_to_snakemake(raw: dict[str, Any], path: str) -> None:
    training.check_path(Study(raw), path)


def test_a_run_is_checked_once(raw: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Snakemake asks several times a job, for thousands of jobs."""
    study, checked = Study(raw), []
    monkeypatch.setattr(study, "training_problems", lambda *asked: checked.append(asked) or [])
    for _ in range(3):
        training.run_of(study, "paper", "is09-svc", "emodb", "emodb")  # of table2, checked with the config
        training.run_of(study, "paper", "egemaps-svc", "emodb", "savee")  # of no table
        training.train_inputs(study, "paper", "egemaps-svc", "emodb")
    assert [asked[0] for asked in checked] == ["egemaps-svc", "egemaps-svc"]
    assert training.run_of(study, "paper", "is09-svc", "emodb", "emodb") in study.runs()


def test_a_path_can_name_all_corpora_however_many_they_are(raw: dict[str, Any], tmp_path: Path) -> None:
    """As `xser predict --train all` does, also where no table pools them: the name of a long pool is a digest."""
    own = {"reader": "table", "root": str(tmp_path), "mapping": {"x": "anger"}, "paper": {"test": 1}}
    raw["corpora"] |= {f"corpus_number_{i}": own for i in range(8)}
    raw["tables"], raw["curves"] = {"table2": raw["tables"]["table2"]}, {}
    study = Study(raw)
    everything = tuple(study.pool)
    for train in (TrainSet((everything,)), TrainSet((everything, ("emodb",)))):
        assert "13_corpora_" in train.name
        assert training.trainset(study, train.name) == train
    training.check_path(study, paths.models("paper", "is09-svc", TrainSet((everything,)).name, "card.json"))


def test_the_audit_knows_on_whom_any_parameter_is_chosen(raw: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    class Nearest(Classifier):
        parameters: ClassVar[Parameters] = {"k": Parameter(5, one_or_list(integer(1)))}
        choice = "k"

        def fit_one(self, x: Any, y: Any, parameters: Any) -> Any: ...

        def decide(self, x: Any, fitted: Any, parameters: Any) -> Any: ...

    def load(name: str) -> Any:
        return SimpleNamespace(MODEL=Nearest()) if name == "xser.models.nearest" else importlib.import_module(name)

    monkeypatch.setattr("xser.additions.importlib", SimpleNamespace(import_module=load))
    raw["tables"], raw["curves"] = {"table2": raw["tables"]["table2"]}, {}
    for k, chosen_on in (([1, 3], ["dev"]), ([3], []), (3, [])):
        raw["systems"]["x"] = {"features": "is09", "model": "nearest", "parameters": {"k": k}}
        counted = audit._counted(Study(raw), "x", TrainSet((("emodb",),)))
        assert counted == {"learns": ["train", "dev"], "chooses": chosen_on}
