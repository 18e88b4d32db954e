"""Parameters of models are checked when the config is read, each where it stands."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from configs import REPOSITORY

import xser.models
from xser.config.study import Study
from xser.errors import InputError
from xser.models.base import load_model
from xser.parameters import defaults

VALUES = [  # model, parameter, value as written in YAML, what is said
    ("lstm", "learning_rate", "1e-3", "1e-3 is not a number above 0: YAML reads it as text; write 1.0e-3 or 0.001"),
    ("lstm", "learning_rate", "25E-8", "YAML reads it as text; write 2.5e-7 or 0.00000025"),
    ("lstm", "learning_rate", "'0.1'", "write 0.1 without quotes"),
    ("lstm", "learning_rate", "0", "0 is not a number above 0"),
    ("lstm", "epochs", "ten", "ten is not a whole number of at least 1"),
    ("lstm", "epochs", "1e2", "YAML reads it as text; write 100"),
    ("lstm", "epochs", "10.5", "10.5 is not a whole number of at least 1"),
    ("lstm", "batch_size", "true", "true is not a whole number of at least 1"),
    ("lstm", "layers", "128", "128 is not a list; write [128]"),
    ("lstm", "layers", "[]", "the list has 0 values"),
    ("lstm", "layers", "[128, wide]", "wide is not a whole number"),
    ("lstm", "dense", "null", "null is not a list; write [] for none"),
    ("lstm", "dropout", "2", "2 is not a number of at least 0 and below 1"),
    ("lstm", "frames", "0", "0 is not a whole number of at least 1, or null"),
    ("lstm", "patience", "soon", "soon is not a whole number of at least 1, or null"),
    ("lstm", "bidirectional", "1", "1 is not one of false, true"),
    ("lstm", "epoch", "best", "best is not one of dev, last, oracle"),
    ("lstm", "monitor", "f1", "f1 is not one of uar, heads, loss"),
    ("lstm", "optimizer", "adm", "adm is no optimizer that Keras knows"),
    ("lstm", "freeze", "recurrent", "recurrent is not a list; write [recurrent]"),
    ("lstm", "freeze", "[lstm_3]", "lstm_3 is not one of recurrent, dense, heads, emotion, lstm_1, lstm_2"),
    ("tripathi", "frames", "null", "null is not a whole number"),
    ("tripathi", "units", "[128]", "[128] is not a whole number"),
    ("tripathi", "freeze", "[lstm_1]", "lstm_1 is not one of recurrent, dense, heads, emotion, encoder"),
    ("svc", "C", "big", "big is not a number above 0"),
    ("svc", "C", "-1", "-1 is not a number above 0"),
    ("svc", "C", "[0.1, 1e-2]", "1e-2 is not a number above 0: YAML reads it as text; write 1.0e-2 or 0.01"),
    ("svc", "C", "[]", "the list has 0 values"),
    ("svc", "kernel", "gauss", "gauss is not one of rbf, linear, poly"),
    ("svc", "gamma", "big", "big is not a number above 0, and big is not one of scale, auto"),
    ("svc", "class_weight", "{anger: 2}", "is not one of null, balanced"),
    ("svc", "memory_gb", "-1", "-1 is not a number of at least 0"),
    ("logreg", "max_iter", "many", "many is not a whole number of at least 1"),
]
SYSTEMS = {"lstm": "mfcc-lstm", "tripathi": "tripathi", "svc": "is09-svc", "logreg": "is09-logreg"}


@pytest.mark.parametrize(("model", "parameter", "value", "said"), VALUES)
@pytest.mark.parametrize("place", ["models", "parameters", "finetune"])
def test_each_value_of_a_model_is_checked_before_anything_runs(
    raw: dict[str, Any], place: str, model: str, parameter: str, value: str, said: str
) -> None:
    key = f"models.{model}" if place == "models" else f"systems.{SYSTEMS[model]}.{place}"
    entry = raw["models"][model] if place == "models" else raw["systems"][SYSTEMS[model]].setdefault(place, {})
    entry[parameter] = yaml.safe_load(value)
    with pytest.raises(InputError) as error:
        Study(raw)
    (found,) = error.value.offenders
    assert found.startswith(f"{key}.{parameter}: ")
    assert said in found


def test_all_wrong_values_are_named_at_once_each_where_it_stands(raw: dict[str, Any]) -> None:
    raw["models"]["lstm"]["dropout"] = 2
    raw["models"]["svc"] |= {"C": "big", "kernel": "gauss"}
    raw["systems"]["is09-svc"]["parameters"] = {"C": -1}
    raw["systems"]["is09-lstm-transfer"]["finetune"] |= {"freeze": ["dense_2"], "epochs": None, "scaling": "keep"}
    with pytest.raises(InputError) as error:
        Study(raw)
    assert [p.split(":")[0] for p in error.value.offenders] == [
        "models.svc.kernel", "models.svc.C", "models.lstm.dropout", "systems.is09-svc.parameters.C",
        "systems.is09-lstm-transfer.finetune.epochs", "systems.is09-lstm-transfer.finetune.freeze",
    ]  # fmt: skip
    raw["systems"]["is09-lstm-transfer"]["finetune"] = {"scaling": "kept"}
    with pytest.raises(InputError, match=re.escape("systems.is09-lstm-transfer.finetune.scaling")):
        Study(raw)


@pytest.mark.parametrize(
    ("system", "parameters"),
    [
        ("is09-svc", {"C": [0.1, 1, 10.0], "gamma": "auto", "kernel": "linear", "class_weight": "balanced"}),
        ("is09-svc", {"C": 1, "gamma": 1, "degree": 2, "coef0": -1, "memory_gb": 0}),
        ("mfcc-lstm", {"frames": None, "patience": None, "dropout": 0, "optimizer": "SGD", "layers": [1]}),
        ("is09-lstm-transfer", {"dense": [8, 4], "freeze": ["lstm_2", "dense_2", "dense"], "bidirectional": True}),
        ("tripathi", {"freeze": ["encoder", "dense"], "class_weight": "balanced", "learning_rate": 1}),
    ],
)
def test_right_values_reach_the_training_as_they_are(
    raw: dict[str, Any], system: str, parameters: dict[str, Any]
) -> None:
    raw["systems"][system].setdefault("parameters", {}).update(parameters)
    config = Study(raw)
    trained = config.systems[system]
    assert {k: trained.parameters[k] for k in parameters} == parameters
    model = load_model(trained.model)
    assert trained.parameters == {**defaults(model.parameters), **raw["models"][trained.model], **parameters}


def test_every_default_follows_its_rule() -> None:
    for name in ("logreg", "svc", "lstm", "tripathi"):
        load_model(name).complete({})
    with pytest.raises(InputError, match="freeze: 3 is not"):
        load_model("lstm").complete({"freeze": 3})


def test_checking_a_config_imports_no_machine_learning() -> None:
    code = (
        "import sys, yaml; from xser.config.study import Study; Study(yaml.safe_load(open('config.yaml')));"
        "print(sorted({'tensorflow', 'keras', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


LACKING = """from xser.models.base import Model
class Mine(Model):
    parameters = {}
    def load(self, path): ...
MODEL = Mine()
"""


def test_a_model_of_ones_own_that_lacks_a_method_is_told_which(
    raw: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(LACKING)
    monkeypatch.setattr("xser.models.__path__", [*xser.models.__path__, str(tmp_path)])
    raw["systems"]["is09-svc"]["model"] = "mine"
    with pytest.raises(InputError, match=r"model 'mine' cannot be used: .*abstract.* '?fit"):
        Study(raw)
