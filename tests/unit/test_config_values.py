"""Values that a schema lets through too easily, and that any config is refused by clear errors or can be planned."""

import copy
import datetime
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from configs import DEFAULT, edit
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from xser.config import file as config_file
from xser.config.study import Study
from xser.errors import InputError
from xser.estimate.costs import Costs
from xser.estimate.prices import Prices
from xser.estimate.sizes import Sizes
from xser.workflow import audit, corpora, features, results, training
from xser.workflow.report import Report

EXAMPLES = int(os.environ.get("XSER_EXAMPLES", "400"))  # of each property; thousands find more, in minutes


@pytest.mark.fault(
    "config",
    "values that a schema takes too lightly: 2.0 for 2, true for 1, nan, 10**30, an id that ends in a line break",
    "the key and what may stand there",
    "stops before anything runs",
)
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("shards", 2.0, "shards: 2.0 is not of type 'integer'"),
        ("shards", True, "shards: True is not of type 'integer'"),
        ("training_parts", 2.0, "training_parts: 2.0 is not of type 'integer'"),
        ("seeds", [0.0], "seeds, value 1: 0.0 is not of type 'integer'"),
        ("seeds", [10**30], "seeds, value 1: a whole number of 100 bits is not a number that can be used"),
        ("seeds", [2**32], "seeds, value 1: 4294967296 is greater than the maximum of 4294967295"),
        ("seeds", [1 << 40_000], "seeds, value 1: a whole number of 40001 bits is not a number that can be used"),
        ("intervals/confidence", float("nan"), "intervals.confidence: nan is not a number that can be used"),
        ("intervals/samples", 10**9, "intervals.samples: 1000000000 is greater than the maximum"),
        (
            "tables/table2/rows/0/paper",
            [1000, 1, 1, 1, 1],
            "row 1.paper, value 1: 1000 is greater than the maximum of 100",
        ),
        ("tables/table2/rows/0/paper", [float("inf")] * 5, "row 1.paper, value 1: inf is not a number"),
        ("models/lstm/learning_rate", float("nan"), "models.lstm.learning_rate: nan is not a number"),
        ("corpora/mine\n", {"root": None, "reader": "emodb"}, r"corpora: 'mine\n' does not match"),
        ("systems/mine\n", {"features": "is09", "model": "svc"}, r"systems: 'mine\n' does not match"),
        ("emotions", ["anger\n", "fear"], r"emotions, value 1: 'anger\n' has a line break"),
        (
            "protocols/" + "x" * 300,
            {"kind": "paper"},
            "is too long; give a name of small letters, digits and",
        ),
        ("corpora/emodb/root", "x" * 5000, "corpora.emodb.root: 'xxxx"),
        ("corpora/emodb/root", "x" * 900, "is not a folder; give the folder where the corpus lies"),
        ("corpora/emodb/root", "a\0b", r"corpora.emodb.root: 'a\x00b' has a line break or control character"),
        ("corpora/emodb/root", "~nobody-here/x", "~nobody-here/x is not a folder"),
        ("corpora/emodb/mapping", {1: "anger"}, "corpora.emodb.mapping: the key 1 is not text; write it in quotes"),
        ("corpora/7", {"root": None, "reader": "emodb"}, "corpora: '7' does not match"),
        ("tables/table2/caption", datetime.date(2020, 1, 1), "is a date; if it is text, write it in quotes"),
        ("corpora/family", {"root": None, "reader": "emodb"}, "'family' is a word of training sets"),
        ("corpora/each", {"root": None, "reader": "emodb"}, "'each' is a word of training sets"),
        ("protocols/paper", {"kind": "paper", "folds": 5}, "protocols.paper.folds: kind 'paper' has no such key"),
        ("tables/table2/rows/0/train", ">".join(["emodb"] * 40), "is longer than a name of a file may be"),
        ("tables/matrix/rows/0/paper", [1.0], "paper has 1 values for 5 columns"),
    ],
)
def test_values_that_would_fail_late_are_named(raw: dict[str, Any], key: str, value: Any, said: str) -> None:
    edit(key, value)(raw)
    with pytest.raises(InputError) as error:
        Study(raw)
    assert any(said in offender for offender in error.value.offenders), error.value.offenders
    assert len(str(error.value)) < 5000


@pytest.mark.fault(
    "config",
    "values nested a hundred deep, or a few that stand for millions, from wherever Snakemake reads them",
    "where they are, and the bound",
    "stops within a second",
)
@pytest.mark.timeout(20)
def test_what_is_nested_or_shared_without_end_is_refused(raw: dict[str, Any]) -> None:
    deep: Any = "x"
    for _ in range(100):
        deep = [deep]
    wide: Any = {"x": "x"}
    for _ in range(9):
        wide = {str(i): wide for i in range(9)}
    circle: list[Any] = []
    circle.append(circle)
    for value, said in (
        (deep, "nested too deep"),
        (wide, "more than 100,000 values in all"),
        (circle, "nested too deep"),
    ):
        with pytest.raises(InputError, match=f"models.lstm.*: {said}"):
            Study({**raw, "models": {"lstm": {"layers": value}}})


@pytest.mark.fault(
    "config",
    "a config that asks Snakemake to run code in it (`__use_yte__`), a study in a folder with { or } in its path",
    "the file or folder and what to do",
    "stops before Snakemake reads the config",
)
def test_code_in_a_config_and_braces_in_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("__use_yte__: true\n__definitions__: [import os]\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        config_file.check_all([tmp_path / "my.yaml"], [tmp_path, tmp_path / "a{b}", tmp_path / "a{b}"])
    braces, code = error.value.offenders
    assert f"the folder {tmp_path}/a{{b}} has {{ or }} in it" in braces
    assert f"{tmp_path}/my.yaml: __use_yte__ runs code" in code


def test_a_study_of_practice_corpora_only_takes_fewer_seeds(raw: dict[str, Any]) -> None:
    raw |= {"seeds": [7, 8, 9], "practice_seeds": 2}
    assert Study(raw).seeds == (7, 8)
    raw["corpora"]["emodb"]["root"] = os.getcwd()
    assert Study(raw).seeds == (7, 8, 9), "one corpus is real"
    raw["corpora"]["emodb"]["root"] = "practice"
    del raw["practice_seeds"]
    assert Study(raw).seeds == (7, 8, 9)


def test_folds_have_one_default(raw: dict[str, Any]) -> None:
    """Without `folds` five folds are made, and five folds with five seeds are worth sixteen threads."""
    raw["protocols"]["speakers"] = {"kind": "speakers"}
    raw["protocol"] = ["speakers"]
    for corpus in raw["corpora"].values():
        corpus["root"] = None if "view" not in corpus else corpus.pop("root", None)
    raw["corpora"]["emodb"]["root"] = os.getcwd()
    for name in [c for c in raw["corpora"] if "view" in raw["corpora"][c]]:
        raw["corpora"].pop(name)
    raw["tables"] = {"one": {"columns": ["emodb"], "rows": [{"system": "mfcc-lstm", "train": "same"}]}}
    study = Study(raw)
    assert training.split_settings(study, "speakers", "emodb")["protocol"]["folds"] == 5
    assert training.threads(study, "speakers", "mfcc-lstm", "emodb") == 16
    assert training.threads(study, "paper", "mfcc-lstm", "emodb") == 5


def test_results_that_cannot_be_folders_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, path in enumerate(("results", "results/corpora", "results/corpora/own")):
        for kind in ("file", "link"):
            (tmp_path / f"{kind}{number}" / path).parent.mkdir(parents=True)
            monkeypatch.chdir(tmp_path / f"{kind}{number}")
            corpora.check_results()
            if kind == "file":
                Path(path).touch()
            else:
                Path(path).symlink_to("/nowhere")
            with pytest.raises(InputError, match=f"{path} is not a folder"):
                corpora.check_results()
    monkeypatch.chdir(tmp_path)
    for name in ("corpora/own/utt2emo", "tables/table2.md", "audit.md", "README", "lost+found"):  # none of a folder's
        Path("results", name).parent.mkdir(parents=True, exist_ok=True)
        Path("results", name).touch()
    corpora.check_results()


# -- any config at all -------------------------------------------------------------------------------------------------


def everything(study: Study) -> None:
    """Ask for what the rules of all tables are given."""
    report = Report(study)
    corpora.check_files(study)
    for corpus in study.corpora.values():
        if corpus.root is not None:
            corpora.corpus_files(study, corpus.audio)
            corpora.read_settings(study, corpus.audio)
            corpora.map_settings(study, corpus.id)
    for name in study.features:
        if study.features[name].computed:
            features.extractor_code(study, name)
    for table in study.tables:
        results.table_settings(study, table)
        results.compare_settings(study, table)
        audit.inputs(study, study.runs([table]))
        audit.settings(study, study.runs([table]))
        for run in study.runs([table]):
            results.score_settings(study, run)
            training.split_settings(study, run.protocol, run.test)
            for part in study.trainings(run):
                training.predict_inputs(study, training.run_of(study, *part.ids))
                for stage in part.train.chain:
                    training.train_inputs(study, part.protocol, part.system, stage.name)
                    training.train_settings(study, part.system, stage.name)
                    assert training.threads(study, part.protocol, part.system, stage.name) >= 1
                    assert max(map(len, f"{part.key}.history.tsv".split("/"))) < 256
    audit.page_settings(study)
    report.summary_settings()
    asked_for(study)


def asked_for(study: Study) -> None:
    """Memory and time of every job, before anything was read."""
    prices = Prices(study, Costs.best(), Sizes(study))
    jobs: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    for run in study.runs():
        ids = dict(zip(("protocol", "system", "train", "test"), run.ids, strict=True))
        jobs.add(("score_predictions", tuple(ids.items())))
        if study.systems[run.system].combine:
            jobs.add(("combine_predictions", tuple(ids.items())))
        for part in study.trainings(run):
            ids = dict(zip(("protocol", "system", "train", "test"), part.ids, strict=True))
            jobs.add(("predict_emotions", tuple(ids.items())))
            jobs.add(("train_models", tuple({k: v for k, v in ids.items() if k != "test"}.items())))
    jobs |= {(rule, (("table", t),)) for t in study.tables for rule in ("compare_systems", "audit_runs")}
    for rule, wildcards in jobs:
        for request in prices.requests().values():
            assert request(dict(wildcards), rule, threads=4, attempt=1) > 0


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values of a config."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


PLACES = sorted(places(DEFAULT), key=str)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        [0, 1, 2, 2.0, -1, 1e308, 2**64, 10**30, "", " ", "x\n", "x" * 300, "all", "same", "each", "practice"]
    ),
    st.sampled_from(
        ["emodb>same", "practice", "a+b", "../x", "~", "{x}", "loso", "null", "1e-3", datetime.date(2020, 1, 1)]
    ),
    st.sampled_from([str(key) for path in PLACES for key in path]),
)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3),
    st.dictionaries(SCALARS.filter(lambda v: v == v), SCALARS, max_size=3),
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2)),
)


def attempt(function: Callable[..., Any], *given: Any) -> tuple[Any, Any]:
    """Return what a function gives, or the InputError that it raises."""
    try:
        return function(*given), None
    except InputError as error:
        return None, error


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    """The repository's config with one to three values changed, removed, added or taken from another place."""
    raw = copy.deepcopy(DEFAULT)
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(PLACES))
        node: Any = raw
        try:
            for key in above:
                node = node[key]
            node[last]
            change = draw(st.sampled_from(["set", "set", "remove", "copy", "rename", "add"]))
            if change == "set":
                node[last] = draw(VALUES)
            elif change == "remove":
                del node[last]
            elif change == "copy":
                *others, key = draw(st.sampled_from(PLACES))
                other: Any = DEFAULT
                for step in others:
                    other = other[step]
                node[last] = copy.deepcopy(other[key])
            elif change == "rename" and isinstance(node, dict):
                node[draw(SCALARS.filter(lambda v: v == v))] = node.pop(last)
            elif isinstance(node, dict):
                node[draw(st.sampled_from([str(p[-1]) for p in PLACES]))] = draw(VALUES)
            else:
                node.append(draw(VALUES))
        except (KeyError, IndexError, TypeError):  # an earlier change has taken the place away
            continue
    return raw


@pytest.mark.fault(
    "config",
    "one to three values of config.yaml changed at random, by the thousand (XSER_EXAMPLES)",
    "each key that cannot be used, or nothing",
    "stops with a clear error, or can be planned for all tables",
)
@settings(deadline=None, max_examples=EXAMPLES)
@given(raw=configs())
def test_any_config_is_refused_by_a_clear_error_or_can_be_planned(raw: dict[str, Any]) -> None:
    corpora = raw.get("corpora")
    for corpus in corpora.values() if isinstance(corpora, dict) else ():
        root = corpus.get("root") if isinstance(corpus, dict) else None
        assume(not (isinstance(root, str) and "\0" not in root and os.path.isdir(os.path.expanduser(root))))  # large
    study, error = attempt(Study, raw)
    if study:
        everything(study)
        return
    assert error.offenders
    assert all(": " in offender for offender in error.offenders)
    assert len(str(error)) < 50_000


@settings(deadline=None, max_examples=EXAMPLES)
@given(text=st.one_of(st.text(max_size=60), st.text(alphabet="ab&*:-[]{}<>,!?|\n 01\"'", max_size=80)))
def test_any_text_is_read_or_refused_with_the_file_named(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    value, error = attempt(config_file.load, path)
    if error:
        assert all(str(path) in offender for offender in error.offenders)
    else:
        plain = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        assert repr(value) == repr(plain)
