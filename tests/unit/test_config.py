"""The config: what it expands to, and that every mistake is named with its key."""

import contextlib
import copy
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

import xser.models
from xser.config.study import Study
from xser.config.trainsets import WORDS
from xser.corpora import labels
from xser.corpora.base import load_reader
from xser.errors import InputError
from xser.features.base import load_extractor
from xser.models.base import load_model
from xser.parameters import defaults
from xser.workflow.plan import Plan, ordered

REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def raw() -> dict[str, Any]:
    return copy.deepcopy(DEFAULT)


@pytest.mark.parametrize("entry", [{"options": {"language": "deu"}}, {"language": "deu"}])
def test_a_language_may_stand_among_the_options(raw: dict[str, Any], tmp_path: Path, entry: dict[str, Any]) -> None:
    raw["corpora"]["own"] = {"reader": "table", "root": str(tmp_path), "mapping": {"x": "anger"}, **entry}
    raw["corpora"]["own"]["paper"] = {"test": 1}
    own = Study(raw).corpora["own"]
    assert own.language == own.options["language"] == "deu"


def test_held_out_speakers_are_asked_for_where_a_paper_run_needs_them(raw: dict[str, Any], tmp_path: Path) -> None:
    raw["corpora"]["own"] = {"reader": "table", "root": str(tmp_path), "language": "deu", "mapping": {"x": "anger"}}
    with pytest.raises(InputError) as error:
        Study(raw, "config.yaml with my.yaml")
    assert error.value.what == "config.yaml with my.yaml cannot be used"
    assert [o.partition(" ")[0] for o in error.value.offenders] == ["corpora.own.paper.test"]  # once, not for each run
    raw["protocol"] = ["speakers"]
    for table in raw["tables"].values():
        table.pop("protocols", None)
    plan = Plan(Study(raw))
    with pytest.raises(InputError, match=r"corpora\.own\.paper\.test is missing"):
        plan.check_path("results/scores/paper/is09-svc/emodb/own.tsv")
    raw["corpora"]["own"]["root"] = None
    with pytest.raises(InputError, match=r"corpora\.own\.root is null"):
        Plan(Study(raw)).check_path("results/scores/speakers/is09-svc/own/emodb.tsv")
    raw["protocol"] = ["paper"]
    Study(raw)


def test_a_mapping_may_name_emotions_that_are_not_asked_for(raw: dict[str, Any]) -> None:
    raw["corpora"]["emodb"]["mapping"] = {"W": "disgust"}
    assert Study(raw).corpora["emodb"].mapping["W"] == "disgust"
    for corpus in Study(raw).corpora.values():
        reader = load_reader(corpus.reader)
        meant = {e for options in reader.relabel.values() for o in options.values() for e in o.values()}
        assert {*reader.emotions.values(), *meant} <= {*labels.EMOTIONS, None}


def keys(config: Study, table: str) -> set[str]:
    return {run.key for run in config.runs([table])}


def test_table2_is_each_corpus_by_itself(raw: dict[str, Any]) -> None:
    expected = {
        f"paper/{system}/{corpus}/{corpus}"
        for system in ("mfcc-lstm", "is09-logreg", "is09-svc", "is09-lstm")
        for corpus in ("emodb", "emovo", "savee", "iemocap", "masc")
    }
    assert keys(Study(raw), "table2") == expected


def test_table3_chains_and_tables_share_runs(raw: dict[str, Any]) -> None:
    config = Study(raw)
    assert "paper/is09-lstm-transfer/iemocap-to-savee/savee" in keys(config, "table3")
    assert "paper/is09-lstm/iemocap/iemocap" in keys(config, "table2") & keys(config, "table5")
    both = config.runs(["table2", "table5"])
    assert len(both) == len(set(both)) == len(keys(config, "table2")) + 6


def test_pools_leave_views_and_absent_corpora_out(raw: dict[str, Any]) -> None:
    raw["corpora"]["masc"]["root"] = None
    config = Study(raw)
    assert config.pool == ["emodb", "emovo", "iemocap", "savee"]
    assert list(WORDS["others"].corpora(config.corpora, "emodb")) == ["emovo", "iemocap", "savee"]
    assert list(WORDS["others"].corpora(config.corpora, "iemocap_exc")) == ["emodb", "emovo", "savee"]
    dashes = [c for c in config.cells("table2") if c.run is None]
    assert {c.column for c in dashes} == {"masc"}
    assert {c.paper for c in dashes} == {41.64, 49, 58, 50.40}


def test_a_language_family_without_relatives_is_a_dash(raw: dict[str, Any]) -> None:
    config = Study(raw)
    assert config.resolve("family", "masc") is None
    assert config.resolve("family", "emodb").name == "iemocap+savee"  # type: ignore[union-attr]


def test_two_protocols_stand_side_by_side(raw: dict[str, Any]) -> None:
    raw["protocol"] = ["paper", "speakers"]
    cells = Study(raw).cells("table5")
    assert {c.protocol for c in cells if c.run} == {"paper", "speakers"}
    assert len(cells) == 3 * 2 * 4


def test_the_matrix_has_a_row_a_corpus_and_all_others(raw: dict[str, Any]) -> None:
    config = Study(raw)
    assert len(config.tables["matrix"].rows) == 6
    assert "paper/is09-svc/masc/emodb" in keys(config, "matrix")


def test_combined_systems_name_their_parts(raw: dict[str, Any]) -> None:
    config = Study(raw)
    run = next(r for r in config.runs(["related"]) if r.system == "two-pass" and r.test == "emodb")
    parts = config.components(run)
    assert list(parts) == ["language", "cmn", "eng", "ita"]
    assert parts["eng"].train.name == "iemocap+savee"
    assert parts["language"].system == "is09-lstm-language"


def test_parameters_do_not_depend_on_the_order_of_keys(raw: dict[str, Any]) -> None:
    def reverse(value: Any) -> Any:
        return {k: reverse(value[k]) for k in reversed(value)} if isinstance(value, dict) else value

    one, other = Plan(Study(raw)), Plan(Study(reverse(raw)))
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
    assert Plan(Study(raw)).gpu_resources() == {}
    raw["gpu"] = True
    gres = Plan(Study(raw)).gpu_resources()["gres"]
    assert [gres(SimpleNamespace(system=s)) for s in ("mfcc-lstm", "tripathi", "is09-svc", "is09-logreg")] == [
        "gpu:1", "gpu:1", "", "",
    ]  # fmt: skip


def test_all_mistakes_come_at_once(raw: dict[str, Any]) -> None:
    raw["corpora"]["emodb"]["root"] = "/nowhere/emodb"
    raw["corpora"]["savee"]["root"] = "/nowhere/savee"
    raw["features"]["is09"]["sett"] = "IS09"
    raw["systems"]["is09-svc"]["features"] = "is10"
    with pytest.raises(InputError) as error:
        Study(raw)
    text = str(error.value)
    for part in ("corpora.emodb.root: /nowhere/emodb", "corpora.savee.root: /nowhere/savee", "features.is09", "'is10'"):
        assert part in text


def test_what_reading_a_corpus_lets_through_every_feature_set_can_take(raw: dict[str, Any]) -> None:
    before = Plan(Study(raw)).read_settings("emodb")
    for extractor in ("kaldi_mfcc", "kaldi_pitch", "opensmile", "short_term"):
        assert before["min_samples"] >= load_extractor(extractor).min_samples
    raw["features"] = {"is09": raw["features"]["is09"]}
    raw["systems"] = {"is09-svc": raw["systems"]["is09-svc"]}
    raw["tables"] = {"one": {"columns": ["emodb"], "rows": [{"system": "is09-svc", "train": "same"}]}}
    few = Plan(Study(raw)).read_settings("emodb")
    assert few == before, "a further feature set must not have a corpus read again"


def test_an_extractor_of_ones_own_may_need_longer_utterances(
    raw: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(Study(raw))
    monkeypatch.setattr(load_extractor("short_term"), "min_samples", 16_000)
    assert plan.read_settings("emodb")["min_samples"] == 16_000


@pytest.mark.parametrize("key", ["models", "languages", "intervals", "gpu", "on_bad_audio"])
def test_what_has_a_default_may_be_left_out(raw: dict[str, Any], key: str) -> None:
    del raw[key]
    plan = Plan(Study(raw))
    for run in plan.config.runs():
        plan.score_settings(run)
    assert plan.config.corpora["emodb"].family == ("deu" if key == "languages" else "Germanic")


# -- what is not a plain held-out result ---------------------------------------------------------------------------


def oracles(raw: dict[str, Any], table: str) -> dict[str, str]:
    config = Study(raw)
    return {run.key: why for run in config.runs([table]) if (why := config.oracle(run))}


def test_the_default_config_has_one_oracle_row(raw: dict[str, Any]) -> None:
    assert {key for t in raw["tables"] for key in oracles(raw, t)} == {"paper/tripathi-oracle/iemocap_exc/iemocap_exc"}
    rows = Plan(Study(raw)).table_settings("tripathi")["rows"]
    assert [row["system"] for row in rows if row["paper_oracle"]] == ["tripathi-oracle"]


def test_an_oracle_epoch_is_found_in_the_models_defaults(raw: dict[str, Any]) -> None:
    raw["models"]["lstm"]["epoch"] = "oracle"
    assert len(oracles(raw, "table2")) == 10
    # chosen on IEMOCAP's test speakers, which the other columns do not test
    assert set(oracles(raw, "table5")) == {"paper/is09-lstm/iemocap/iemocap"}
    plan = Plan(Study(raw))
    run = next(r for r in plan.config.runs(["table2"]) if r.system == "mfcc-lstm")
    assert plan.score_settings(run)["oracle"] == "the epoch was chosen on the test set (mfcc-lstm)"


def test_an_oracle_epoch_is_found_in_fine_tuning(raw: dict[str, Any]) -> None:
    raw["systems"]["is09-lstm-transfer"]["finetune"]["epoch"] = "oracle"
    corpora = ("emodb", "emovo", "savee")
    assert set(oracles(raw, "table3")) == {f"paper/is09-lstm-transfer/iemocap-to-{c}/{c}" for c in corpora}
    raw["tables"]["table3"]["rows"][1]["train"] = "same>iemocap"  # chosen on IEMOCAP
    assert not oracles(raw, "table3")


def test_an_oracle_epoch_is_found_in_an_earlier_stage(raw: dict[str, Any]) -> None:
    raw["systems"]["is09-lstm-transfer"]["parameters"]["epoch"] = "oracle"
    raw["systems"]["is09-lstm-transfer"]["finetune"]["epoch"] = "dev"
    assert not oracles(raw, "table3")
    raw["tables"]["table3"]["rows"][1]["train"] = "same>iemocap"
    assert len(oracles(raw, "table3")) == 3


def test_an_oracle_epoch_is_found_in_what_is_combined(raw: dict[str, Any]) -> None:
    raw["systems"]["is09-lstm-language"]["parameters"] = {"epoch": "oracle"}
    for row in raw["tables"]["related"]["rows"][2:4]:
        row["train"] = "all"
    found = oracles(raw, "related")
    assert {key.split("/")[1] for key in found} == {"select-language", "two-pass"}
    assert set(found.values()) == {"the epoch was chosen on the test set (is09-lstm-language)"}


SPEAKER = "each speaker normalised by own unlabelled statistics, test speakers included"
CORPUS = "normalised by unlabelled statistics of the tested corpus (its non-test speakers)"
SELECTED = "the language is chosen over all tested utterances, unlabelled"


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, {"two-pass": "", "vote": "", "select-language": SELECTED}),
        (
            {"is09-lstm-language/normalise": "speaker"},
            {"two-pass": SPEAKER, "vote": "", "select-language": f"{SPEAKER}; {SELECTED}"},
        ),
        (
            {"is09-svc/normalise": "corpus", "is09-lstm-language/normalise": "speaker"},
            {"two-pass": f"{SPEAKER}; {CORPUS}", "vote": CORPUS, "select-language": f"{SPEAKER}; {CORPUS}; {SELECTED}"},
        ),
    ],
)
@pytest.mark.parametrize("train", ["others", "all"])  # each component is trained on a part, most without the tested
def test_combined_systems_are_transductive_if_a_part_is(
    raw: dict[str, Any], train: str, changes: dict[str, str], reasons: dict[str, str]
) -> None:
    for key, value in changes.items():
        edit(f"systems/{key}", value)(raw)
    for row in raw["tables"]["related"]["rows"][2:]:
        row["train"] = train
    config = Study(raw)
    found = {run.system: config.transductive(run) for run in config.runs(["related"]) if run.system in reasons}
    assert found == reasons


# -- what may be asked for by path ---------------------------------------------------------------------------------


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
    plan = Plan(Study(raw))
    for _ in range(2):  # a refusal is not forgotten
        with pytest.raises(InputError) as error:
            plan.run("paper", system, train, test)
        assert f"paper/{system}/{train}/{test} cannot be run" in str(error.value)
        assert named in str(error.value)
        for ending in (".tsv", ".details.tsv"):
            path = f"results/scores/paper/{system}/{train}/{test}{ending}"
            with pytest.raises(InputError, match=re.escape(f"{path} is asked for.")):
                plan.check_path(path)
    if system == "is09-svc":
        with pytest.raises(InputError):
            plan.predict_inputs("paper", system, train, test)


@pytest.mark.parametrize(("system", "train"), [("is09-lstm", "iemocap+iemocap_exc"), ("is09-svc", "emodb-to-savee")])
def test_a_training_that_no_table_may_have_is_refused_as_a_path(raw: dict[str, Any], system: str, train: str) -> None:
    plan = Plan(Study(raw))
    for _ in range(2):
        with pytest.raises(InputError, match=f"{system} cannot be trained on {train.replace('+', '.')}"):
            plan.train_inputs("paper", system, train)
    path = f"results/models/paper/{system}/{train}.zip"
    with pytest.raises(InputError, match=re.escape(f"{path} is asked for. {system} cannot be trained")):
        plan.check_path(path)


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
    Plan(Study(raw)).check_path(path)


def test_a_run_is_checked_once(raw: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Snakemake asks several times a job, for thousands of jobs."""
    plan, checked = Plan(Study(raw)), []
    monkeypatch.setattr(plan.config, "training_problems", lambda *asked: checked.append(asked) or [])
    for _ in range(3):
        plan.run("paper", "is09-svc", "emodb", "emodb")  # of table2, checked with the config
        plan.run("paper", "egemaps-svc", "emodb", "savee")  # of no table
        plan.train_inputs("paper", "egemaps-svc", "emodb")
    assert [asked[0] for asked in checked] == ["egemaps-svc", "egemaps-svc"]
    assert plan.run("paper", "is09-svc", "emodb", "emodb") in plan.config.runs()


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
        (edit("seeds", [-1]), "seeds, value 1: -1 is less"),
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
        (edit("features/x", {"extractor": "paste", "of": 3}), "features.x.of: 3 is not of type 'array'; give a list"),
        (edit("features/x", {"extractor": "paste", "of": "mfcc"}), "features.x.of: 'mfcc' is not of type 'array'"),
        (edit("features/x", {"extractor": "paste", "of": [["mfcc"], None]}), "features.x.of, value 2: None"),
        (edit("features/x", {"extractor": "paste", "of": ["mfcc", "pitch"], "shift": 1}), "unknown key 'shift'"),
        (edit("features/x", {"extractor": "paste", "of": ["mfcc", "pitch"], False: 1}), "unknown key False"),
        (edit("features/x", {"extractor": "../x"}), "features.x.extractor: '../x'"),
        (edit("features/x", {"extractor": "scp", "scp": {"emodb": None}}), "features.x.scp.emodb: None"),
        (edit("features/x", {"extractor": "scp", "scp": {}}), "the path of a Kaldi scp for each corpus"),
        (edit("features/x", {"extractor": "scp", "scp": {"emodb": "~/no.scp"}}), f"no file {Path.home()}/no.scp"),
        (edit("models/svc/D", 1), "models.svc: unknown key 'D'"),
        (edit("models/svm", {"C": 1}), "models.svm: there is no model 'svm'"),
        (edit("models/base", {}), "models.base: there is no model 'base'"),
        (edit("systems/is09-svc/model", "base"), "systems.is09-svc.model: there is no model 'base'"),
        (edit("systems/is09-svc/model", "arrays"), "systems.is09-svc.model: there is no model 'arrays'"),
        (edit("systems/is09-svc/model", "forest"), "there is no model 'forest'"),
        (edit("systems/is09-svc/parameters", {"c": 1}), "unknown key 'c'"),
        (edit("systems/is09-svc/normalise", "file"), "systems.is09-svc.normalise"),
        (edit("systems/is09-svc/heads", {"emotion": 1.0, "language": 1.0}), "learns one task"),
        (edit("systems/mfcc-lstm/heads", {"language": 1.0}), "emotion is missing"),
        (edit("systems/mfcc-lstm/heads", {"emotion": 1.0, "age": 1.0}), "unknown key 'age'"),
        (edit("systems/vote/emotion_system", "two-pass"), "not a system with a model of its own"),
        (edit("systems/two-pass/language_system", ""), "two_pass needs"),
        (edit("systems/two-pass/language_system", "is09-lstm"), "language head, such as `heads: {emotion: 1.0, lang"),
        (edit("systems/select-language/language_system", "mfcc-lstm-corpus"), "'mfcc-lstm-corpus' has none"),
        (edit("systems/is09-lstm-language/heads/language", 0), "'is09-lstm-language' has none"),
        (edit("systems/x", {"features": "is09"}), "systems.x"),
        (edit("tables/table2/columns", ["emodb", "nothere"]), "unknown corpus 'nothere'"),
        (edit("tables/table2/rows/0/system", "mfcc-lst"), "(did you mean 'mfcc-lstm'?)"),
        (edit("tables/table2/rows/0/train", "emodb>"), "is not a training set"),
        (edit("tables/table2/rows/0/train", "emo"), "unknown corpus emo"),
        (edit("tables/table2/rows/0/paper", [1, 2]), "paper has 2 values for 5 columns; write null"),
        (edit("tables/table2/rows/0/train", "iemocap_exc>same"), "share speakers"),
        (edit("tables/table2/rows/1/train", "iemocap>same"), "cannot be fine-tuned"),
        (edit("tables/table2/rows/0", {"published": True}), "a published row needs"),
        (edit("tables/table2/protocols", ["nobody"]), "'nobody' is not one of"),
        (edit("tables/table2/rows/2/label", "MFCC + LSTM"), "row 1 and row 3 are both called 'MFCC + LSTM'; give each"),
        (edit("tables/table5/rows/1/label", "Parry et al. 2019 (four classes)"), "row 1 and row 2 are both called"),
        (edit("tables/matrix/rows", [{"system": "is09-svc", "train": "same"}] * 2), "'is09-svc, trained on same'"),
        (edit("tables/matrix/rows", [{"system": s, "train": "each"} for s in ("is09-svc", "vote")]), "'EMO-DB'"),
        (
            edit("corpora/savee/title", "EMO-DB"),
            "row 1 (trained on emodb) and row 1 (trained on savee) are both called 'EMO-DB'; give the corpora",
        ),
        (edit("tables/table2/rows/0/paper_oracle", 1), "tables.table2, row 1.paper_oracle: 1 is"),
        (
            edit("corpora/emodb/paper", {}),
            "corpora.emodb.paper.test is missing: protocol 'paper' needs held-out speakers",
        ),
        (
            edit("corpora/emodb/paper/test", [3]),
            "emodb.paper.test: [3] cannot be used; give the held-out speakers, each in",
        ),
        (edit("corpora/emodb/paper/test", "03"), "emodb.paper.test: '03' cannot be used; give the held-out speakers"),
        (
            edit("corpora/emodb/paper/dev", [8]),
            "emodb.paper.dev, value 1: 8 is not of type 'string'; give the speaker in",
        ),
        (
            edit("tables/table2/columns", "emodb"),
            "tables.table2.columns: 'emodb' cannot be used; give a list of different",
        ),
        (edit("systems/x", {"combine": "vote"}), "cannot be used; give `features` and `model`, or `combine` and"),
        (
            edit("corpora/emodb/mapping", {"W": "angry"}),
            "W stands for 'angry', no known emotion (did you mean 'anger'?)",
        ),
        (edit("corpora/emodb/root", "/nowhere/{a}"), "corpora.emodb: /nowhere/{a} has { or } in it"),
        (edit("features/x", {"extractor": "scp", "scp": {"emodb": "{a}.scp"}}), "{a}.scp has { or } in it"),
    ],
)
def test_each_mistake_is_named(raw: dict[str, Any], mutation: Any, named: str) -> None:
    mutation(raw)
    with pytest.raises(InputError) as error:
        Study(raw)
    assert named in str(error.value)
    assert "Traceback" not in str(error.value)


# -- values of models' parameters --------------------------------------------------------------------------------------

VALUES = [  # model, parameter, value as written in YAML, what is said
    ("lstm", "learning_rate", "1e-3", "1e-3 is not a number above 0: YAML reads it as text; write 1.0e-3 or 0.001"),
    ("lstm", "learning_rate", "25E-8", "YAML reads it as text; write 2.5e-7 or 0.00000025"),
    ("lstm", "learning_rate", "'0.1'", "write 0.1 without quotes"),
    ("lstm", "learning_rate", "0", "0 is not a number above 0"),
    ("lstm", "learning_rate", ".nan", "nan is not a number above 0"),
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
    ("lstm", "monitor", "f1", "f1 is not one of uar, loss"),
    ("lstm", "optimizer", "adm", "adm is no optimizer that Keras knows"),
    ("lstm", "freeze", "recurrent", "recurrent is not a list; write [recurrent]"),
    ("lstm", "freeze", "[lstm_3]", "lstm_3 is not one of recurrent, dense, lstm_1, lstm_2"),
    ("tripathi", "frames", "null", "null is not a whole number"),
    ("tripathi", "units", "[128]", "[128] is not a whole number"),
    ("tripathi", "freeze", "[lstm_1]", "lstm_1 is not one of recurrent, dense, encoder"),
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
    with pytest.raises(InputError, match=r"model 'mine' cannot be used: .*abstract.* fit"):
        Study(raw)


def test_the_path_of_an_scp_may_start_at_home(
    raw: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x.scp").write_text("a b:1\n")
    raw["features"]["x"] = {"extractor": "scp", "scp": {"emodb": "~/x.scp"}}
    assert Study(raw).features["x"].scp == {"emodb": f"{tmp_path}/x.scp"}


@pytest.mark.parametrize("key", sorted(DEFAULT))
def test_any_key_left_out_is_a_clear_error_or_works(raw: dict[str, Any], key: str) -> None:
    del raw[key]
    with contextlib.suppress(InputError):
        Plan(Study(raw))


@pytest.mark.parametrize("value", [None, [], "text", 3, True, {"a": {"b": 1}}, [[1]], 1e400])
@pytest.mark.parametrize("key", sorted(DEFAULT))
def test_any_value_anywhere_is_a_clear_error_or_works(raw: dict[str, Any], key: str, value: Any) -> None:
    raw[key] = value
    with contextlib.suppress(InputError):
        Plan(Study(raw))
