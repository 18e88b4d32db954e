"""The config: what it expands to, and that every mistake is named with its key."""

import contextlib
import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from xser.config import Config
from xser.errors import InputError
from xser.plan import Plan, ordered

REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def raw() -> dict[str, Any]:
    return copy.deepcopy(DEFAULT)


def keys(config: Config, table: str) -> set[str]:
    return {run.key for run in config.runs([table])}


def test_table2_is_each_corpus_by_itself(raw: dict[str, Any]) -> None:
    expected = {
        f"paper/{system}/{corpus}/{corpus}"
        for system in ("mfcc-lstm", "is09-logreg", "is09-svc", "is09-lstm")
        for corpus in ("emodb", "emovo", "savee", "iemocap", "masc")
    }
    assert keys(Config(raw), "table2") == expected


def test_table3_chains_and_tables_share_runs(raw: dict[str, Any]) -> None:
    config = Config(raw)
    assert "paper/is09-lstm-transfer/iemocap-to-savee/savee" in keys(config, "table3")
    assert "paper/is09-lstm/iemocap/iemocap" in keys(config, "table2") & keys(config, "table5")
    both = config.runs(["table2", "table5"])
    assert len(both) == len(set(both)) == len(keys(config, "table2")) + 6


def test_pools_leave_views_and_absent_corpora_out(raw: dict[str, Any]) -> None:
    raw["corpora"]["masc"]["root"] = None
    config = Config(raw)
    assert config.pool == ["emodb", "emovo", "iemocap", "savee"]
    assert config.expand("others", "emodb") == ["emovo", "iemocap", "savee"]
    assert config.expand("others", "iemocap_exc") == ["emodb", "emovo", "savee"]
    dashes = [c for c in config.cells("table2") if c.run is None]
    assert {c.column for c in dashes} == {"masc"}
    assert {c.paper for c in dashes} == {41.64, 49, 58, 50.40}


def test_a_language_family_without_relatives_is_a_dash(raw: dict[str, Any]) -> None:
    config = Config(raw)
    assert config.resolve("family", "masc") is None
    assert config.resolve("family", "emodb").name == "iemocap+savee"  # type: ignore[union-attr]


def test_two_protocols_stand_side_by_side(raw: dict[str, Any]) -> None:
    raw["protocol"] = ["paper", "speakers"]
    cells = Config(raw).cells("table5")
    assert {c.protocol for c in cells if c.run} == {"paper", "speakers"}
    assert len(cells) == 3 * 2 * 4


def test_the_matrix_has_a_row_a_corpus_and_all_others(raw: dict[str, Any]) -> None:
    config = Config(raw)
    assert len(config.rows("matrix")) == 6
    assert "paper/is09-svc/masc/emodb" in keys(config, "matrix")


def test_combined_systems_name_their_parts(raw: dict[str, Any]) -> None:
    config = Config(raw)
    run = next(r for r in config.runs(["related"]) if r.system == "two-pass" and r.test == "emodb")
    parts = config.components(run)
    assert list(parts) == ["language", "cmn", "eng", "ita"]
    assert parts["eng"].train.name == "iemocap+savee"
    assert parts["language"].system == "is09-lstm-language"


def test_parameters_do_not_depend_on_the_order_of_keys(raw: dict[str, Any]) -> None:
    def reverse(value: Any) -> Any:
        return {k: reverse(value[k]) for k in reversed(value)} if isinstance(value, dict) else value

    one, other = Plan(Config(raw)), Plan(Config(reverse(raw)))
    run = next(r for r in one.config.runs(["table4"]) if r.system == "mfcc-lstm-language")
    name = run.train.name
    assert repr(one.train_settings(run.system, name)) == repr(other.train_settings(run.system, name))
    assert repr(one.table_settings("table2")) == repr(other.table_settings("table2"))
    for corpus in one.own_audio():
        assert repr(one.read_settings(corpus)) == repr(other.read_settings(corpus))
        assert repr(one.map_settings(corpus)) == repr(other.map_settings(corpus))


def test_parameters_are_builtins_with_sorted_keys() -> None:
    assert ordered({"b": (1, 2), "a": {"d": None, "c": 1.5}}) == {"a": {"c": 1.5, "d": None}, "b": [1, 2]}
    assert list(ordered({"b": 1, "a": 2})) == ["a", "b"]


def test_only_neural_models_ask_for_a_gpu_and_only_if_told_to(raw: dict[str, Any]) -> None:
    assert Plan(Config(raw)).gpu_resources() == {}
    raw["gpu"] = True
    gres = Plan(Config(raw)).gpu_resources()["gres"]
    assert [gres(SimpleNamespace(system=s)) for s in ("mfcc-lstm", "tripathi", "is09-svc", "is09-logreg")] == [
        "gpu:1", "gpu:1", "", "",
    ]  # fmt: skip


def test_all_mistakes_come_at_once(raw: dict[str, Any]) -> None:
    raw["corpora"]["emodb"]["root"] = "/nowhere/emodb"
    raw["corpora"]["savee"]["root"] = "/nowhere/savee"
    raw["features"]["is09"]["sett"] = "IS09"
    raw["systems"]["is09-svc"]["features"] = "is10"
    with pytest.raises(InputError) as error:
        Config(raw)
    text = str(error.value)
    for part in ("corpora.emodb.root: /nowhere/emodb", "corpora.savee.root: /nowhere/savee", "features.is09", "'is10'"):
        assert part in text


def edit(path: str, value: Any) -> Any:
    """A mutation of the config: set the dotted key to a value."""

    def apply(raw: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        node: Any = raw
        for parent in parents:
            node = node[int(parent) if isinstance(node, list) else parent]
        node[int(last) if isinstance(node, list) else last] = value

    return apply


@pytest.mark.parametrize(
    ("mutation", "named"),
    [
        (edit("emotion", []), "unknown key 'emotion' (did you mean 'emotions'?)"),
        (edit("corpora/emodb/roots", "x"), "unknown key 'roots' (did you mean 'root'?)"),
        (edit("emotions", ["anger"]), "emotions"),
        (edit("emotions", ["anger", "anger"]), "emotions"),
        (edit("seeds", []), "seeds"),
        (edit("seeds", [-1]), "seeds.0"),
        (edit("seeds", "3"), "seeds"),
        (edit("protocol", ["nobody"]), "protocol: 'nobody'"),
        (edit("protocols/speakers/folds", 1), "protocols.speakers.folds"),
        (edit("protocols/speakers/kind", "random"), "protocols.speakers.kind"),
        (edit("on_bad_audio", "ignore"), "on_bad_audio"),
        (edit("shards", 0), "shards"),
        (edit("intervals/confidence", 95), "intervals.confidence"),
        (edit("corpora/Emo-DB", {"root": None}), "corpora"),
        (edit("corpora/all", {"root": None}), "corpora"),
        (edit("corpora/mine", {}), "corpora.mine.root"),
        (edit("corpora/mine", {"root": None}), "there is no reader 'mine'"),
        (edit("corpora/mine", {"root": "practice", "reader": "ravdess"}), "no practice corpus for reader 'ravdess'"),
        (edit("corpora/mine", {"view": "nothere"}), "corpora.mine.view"),
        (edit("corpora/mine", {"view": "emodb", "root": "x"}), "a view takes root"),
        (edit("corpora/emodb/root", ""), "corpora.emodb.root"),
        (edit("corpora/emodb/language", "german"), "corpora.emodb.language"),
        (edit("corpora/emodb/mapping", {"Q": "anger"}), "no label 'Q'"),
        (edit("corpora/emodb/mapping", {"W": 1}), "corpora.emodb.mapping.W"),
        (edit("corpora/emodb/emotions", ["anger", "joy"]), "'joy' is not among"),
        (edit("corpora/iemocap/options", {"exc": "some"}), "exc"),
        (edit("corpora/iemocap/options", {"excited": "drop"}), "excited"),
        (edit("corpora/emodb/paper/test", []), "corpora.emodb.paper.test"),
        (edit("features/x", {}), "features.x"),
        (edit("features/x", {"extractor": "magic"}), "there is no extractor 'magic'"),
        (edit("features/x", {"extractor": "paste", "of": ["mfcc"]}), "features.x"),
        (edit("features/x", {"extractor": "paste", "of": ["mfcc", "nothere"]}), "'nothere'"),
        (edit("features/x", {"extractor": "scp"}), "features.x"),
        (edit("features/x", {"extractor": "scp", "scp": {"emodb": "/nowhere.scp"}}), "there is no file /nowhere.scp"),
        (edit("features/mfcc/num_ceps", "13"), "num_ceps"),
        (edit("models/svc/D", 1), "models.svc: unknown key 'D'"),
        (edit("systems/is09-svc/model", "forest"), "there is no model 'forest'"),
        (edit("systems/is09-svc/parameters", {"c": 1}), "unknown key 'c'"),
        (edit("systems/is09-svc/normalise", "file"), "systems.is09-svc.normalise"),
        (edit("systems/is09-svc/heads", {"emotion": 1.0, "language": 1.0}), "learns one task"),
        (edit("systems/mfcc-lstm/heads", {"language": 1.0}), "emotion is missing"),
        (edit("systems/mfcc-lstm/heads", {"emotion": 1.0, "age": 1.0}), "unknown key 'age'"),
        (edit("systems/vote/emotion_system", "two-pass"), "not a system with a model of its own"),
        (edit("systems/two-pass/language_system", ""), "two_pass needs"),
        (edit("systems/x", {"features": "is09"}), "systems.x"),
        (edit("tables/table2/columns", ["emodb", "nothere"]), "unknown corpus 'nothere'"),
        (edit("tables/table2/rows/0/system", "mfcc-lst"), "(did you mean 'mfcc-lstm'?)"),
        (edit("tables/table2/rows/0/train", "emodb>"), "is not a training set"),
        (edit("tables/table2/rows/0/train", "emo"), "unknown corpus emo"),
        (edit("tables/table2/rows/0/paper", [1, 2]), "paper has 2 values for 5 columns"),
        (edit("tables/table2/rows/0/train", "iemocap_exc>same"), "share speakers"),
        (edit("tables/table2/rows/1/train", "iemocap>same"), "cannot be fine-tuned"),
        (edit("tables/table2/rows/0", {"quoted": True}), "a quoted row needs"),
        (edit("tables/table2/protocols", ["nobody"]), "'nobody' is not one of"),
    ],
)
def test_each_mistake_is_named(raw: dict[str, Any], mutation: Any, named: str) -> None:
    mutation(raw)
    with pytest.raises(InputError) as error:
        Config(raw)
    assert named in str(error.value)
    assert "Traceback" not in str(error.value)


@pytest.mark.parametrize("value", [None, [], "text", 3, True, {"a": {"b": 1}}, [[1]], 1e400])
@pytest.mark.parametrize("key", sorted(DEFAULT))
def test_any_value_anywhere_is_a_clear_error_or_works(raw: dict[str, Any], key: str, value: Any) -> None:
    raw[key] = value
    with contextlib.suppress(InputError):
        Plan(Config(raw))
