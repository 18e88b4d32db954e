"""What a config expands to: corpora, tables, runs, and what of them is no plain held-out result."""

import copy
from pathlib import Path
from typing import Any

import pytest
from configs import edit

from xser.config.study import Run, Study
from xser.config.trainsets import WORDS
from xser.corpora import labels
from xser.corpora.base import load_reader
from xser.errors import InputError
from xser.workflow import audit, corpora, results
from xser.workflow.training import check_path, trainset


@pytest.mark.parametrize("entry", [{"options": {"language": "deu"}}, {"language": "deu"}])
def test_a_language_may_stand_among_the_options(raw: dict[str, Any], tmp_path: Path, entry: dict[str, Any]) -> None:
    raw["corpora"]["own"] = {"reader": "table", "root": str(tmp_path), "mapping": {"x": "anger"}, **entry}
    raw["corpora"]["own"]["paper"] = {"test": 1}
    own = Study(raw).corpora["own"]
    assert own.language == own.options["language"] == "deu"


def test_a_mapping_may_name_emotions_that_are_not_asked_for(raw: dict[str, Any]) -> None:
    raw["corpora"]["emodb"]["mapping"] = {"W": "disgust"}
    assert Study(raw).corpora["emodb"].mapping["W"] == "disgust"
    for corpus in Study(raw).corpora.values():
        reader = load_reader(corpus.reader)
        meant = {e for options in reader.relabel.values() for o in options.values() for e in o.values()}
        assert {*reader.emotions.values(), *meant} <= {*labels.EMOTIONS, None}


def test_an_empty_label_is_none(raw: dict[str, Any]) -> None:
    raw["tables"]["matrix"]["rows"][0]["label"] = raw["tables"]["table2"]["rows"][0]["label"] = ""
    tables = Study(raw).tables
    assert tables["table2"].rows[0].label == "mfcc-lstm, trained on same"
    assert [row.label for row in tables["matrix"].rows][::5] == ["EMO-DB", "all others"]


def test_a_matrix_of_two_corpora_has_no_row_that_repeats_the_others(raw: dict[str, Any]) -> None:
    """All others are the other corpus: as a row they would be ranked as a third system."""
    for corpus in ("savee", "iemocap", "masc"):
        raw["corpora"][corpus]["root"] = None
    assert [row.label for row in Study(raw).tables["matrix"].rows] == ["EMO-DB", "EMOVO"]
    raw["tables"]["matrix"]["columns"] = ["emodb"]
    assert [row.label for row in Study(raw).tables["matrix"].rows] == ["EMO-DB", "all others"]
    raw["corpora"]["savee"]["root"] = "practice"
    raw["tables"]["matrix"]["columns"] = ["emodb", "emovo"]
    assert [row.label for row in Study(raw).tables["matrix"].rows] == ["EMO-DB", "EMOVO", "all others"]


def keys(config: Study, table: str) -> set[str]:
    return {run.key for run in config.runs([table])}


def test_table2_is_each_corpus_by_itself(raw: dict[str, Any]) -> None:
    expected = {
        f"paper/{system}/{corpus}/{corpus}"
        for system in ("mfcc-lstm", "is09-logreg", "is09-svc", "is09-lstm")
        for corpus in ("emodb", "emovo", "savee", "iemocap", "masc")
    }
    assert keys(Study(raw), "table2") == expected


TRANSFER = {"is09-lstm-transfer": ["recurrent", "emotion"], "is09-lstm-transfer-softmax": ["recurrent"]}


def test_table3_chains_and_tables_share_runs(raw: dict[str, Any]) -> None:
    config = Study(raw)
    assert "paper/is09-lstm-transfer/iemocap-to-savee/savee" in keys(config, "table3")
    frozen = {s: config.stage_parameters(s, config.resolve("iemocap>same", "savee"))["freeze"] for s in TRANSFER}
    assert frozen == TRANSFER
    assert "paper/is09-lstm/iemocap/iemocap" in keys(config, "table2") & keys(config, "table5")
    both = config.runs(["table2", "table5"])
    assert len(both) == len(set(both)) == len(keys(config, "table2")) + 6


def test_pools_leave_views_and_absent_corpora_out(raw: dict[str, Any]) -> None:
    raw["corpora"]["masc"]["root"] = None
    config = Study(raw)
    assert config.pool == ["emodb", "emovo", "iemocap", "savee"]
    assert list(WORDS["others"].corpora(config.corpora, "emodb")) == ["emovo", "iemocap", "savee"]
    assert list(WORDS["others"].corpora(config.corpora, "iemocap_exc")) == ["emodb", "emovo", "savee"]
    assert config.tables["table2"].columns == ("emodb", "emovo", "savee", "iemocap")
    assert all(c.run for c in config.cells("table2"))


def test_a_long_pool_is_known_whoever_names_it(raw: dict[str, Any], tmp_path: Path) -> None:
    """Its name in paths is a digest: of a curve, or of `all`, which `xser predict` asks for."""
    entry = {"root": str(tmp_path), "reader": "table", "mapping": {}, "language": "eng"}
    raw["corpora"] = {f"corpus_number_{i:02}": entry for i in range(9)}
    rows = [{"system": "is09-svc", "train": "same"}]
    raw |= {"protocol": ["speakers"], "tables": {"t": {"columns": ["corpus_number_00"], "rows": rows}}}
    study = Study(raw)
    everything = study.resolve("all", "corpus_number_00")
    assert everything
    for train in (study.curve_run("few-shot", "corpus_number_00").train, everything):
        assert "_corpora_" in train.name
        assert trainset(study, train.name) == train


def test_a_language_family_without_relatives_is_a_dash(raw: dict[str, Any]) -> None:
    config = Study(raw)
    assert config.resolve("family", "masc") is None
    assert config.resolve("family", "emodb").name == "iemocap+savee"  # type: ignore[union-attr]


def test_corpora_of_several_languages_and_of_none_that_the_config_tells(raw: dict[str, Any], tmp_path: Path) -> None:
    """ESD has two languages; a table may have a column for them, of which nothing is known before it is read."""
    raw["corpora"] = {"esd": {"root": str(tmp_path), "paper": {"test": 1}}, "emodb": raw["corpora"]["emodb"]}
    rows = [{"label": "x", "system": "two-pass", "train": "all"}]
    raw |= {"tables": {"t": {"columns": ["emodb"], "rows": rows}}, "curves": {}}
    study = Study(copy.deepcopy(raw))
    (run,) = study.runs()
    assert {k: part.train.name for k, part in study.components(run).items()} == {
        "language": "emodb+esd", "cmn": "esd", "deu": "emodb", "eng": "esd",
    }  # fmt: skip
    assert corpora.description(study, "esd")["language"] == "Mandarin, English"
    identifies = Run(run.protocol, "is09-lstm-language", run.train, "emodb")
    learnt = {
        "learnt_splits": [f"results/splits/{run.protocol}/{c}.tsv" for c in ("emodb", "esd")],
        "learnt_utterances": [f"results/corpora/{c}/utterances.tsv" for c in ("emodb", "esd")],
    }
    assert results.head_inputs(study, identifies) == learnt
    assert results.head_inputs(study, run) == learnt, "chance of two passes is that of the first"
    assert results.head_inputs(study, Run(run.protocol, "is09-svc", run.train, "emodb")) == {}
    for name in ("calls", "talks"):
        raw["corpora"][name] = {"reader": "table", "root": str(tmp_path), "mapping": {}, "paper": {"test": 1}}
    with pytest.raises(InputError, match=r"corpora.calls.language is missing: system 'two-pass' chooses a model by"):
        Study(copy.deepcopy(raw))
    rows[0]["system"] = "is09-svc"
    assert Study(copy.deepcopy(raw)).resolve("family", "calls") is None, "nobody knows that both speak one language"
    raw["corpora"]["emodb"]["language"] = "nld"
    with pytest.raises(InputError, match=r"corpora.emodb.language: the corpus is in deu"):
        Study(raw)


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


@pytest.mark.parametrize("key", ["models", "languages", "intervals", "gpu", "on_bad_audio"])
def test_what_has_a_default_may_be_left_out(raw: dict[str, Any], key: str) -> None:
    del raw[key]
    study = Study(raw)
    for run in study.runs():
        results.score_settings(study, run)
    assert study.corpora["emodb"].family == ("deu" if key == "languages" else "Germanic")


def oracles(raw: dict[str, Any], table: str) -> dict[str, str]:
    config = Study(raw)
    return {run.key: why for run in config.runs([table]) if (why := config.oracle(run))}


def test_the_default_config_has_one_oracle_row(raw: dict[str, Any]) -> None:
    assert {key for t in raw["tables"] for key in oracles(raw, t)} == {"paper/tripathi-oracle/iemocap_exc/iemocap_exc"}
    rows = results.table_settings(Study(raw), "tripathi")["rows"]
    assert [row["system"] for row in rows if row["paper_oracle"]] == ["tripathi-oracle"]


def test_an_oracle_epoch_is_found_in_the_models_defaults(raw: dict[str, Any]) -> None:
    raw["models"]["lstm"]["epoch"] = "oracle"
    assert len(oracles(raw, "table2")) == 10
    # chosen on IEMOCAP's test speakers, which the other columns do not test
    assert set(oracles(raw, "table5")) == {"paper/is09-lstm/iemocap/iemocap"}
    study = Study(raw)
    run = next(r for r in study.runs(["table2"]) if r.system == "mfcc-lstm")
    assert results.score_settings(study, run)["oracle"] == "the epoch was chosen on the test set (mfcc-lstm)"


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


def adapting(raw: dict[str, Any], **adapt: Any) -> Study:
    raw["systems"]["is09-svc"]["adapt"] = {"method": "coral", **adapt}
    return Study(raw)


def test_what_adapts_is_trained_for_each_tested_corpus(raw: dict[str, Any]) -> None:
    study = adapting(raw)
    keys = {run.key for run in study.runs(["matrix"]) if run.test == "savee"}
    assert "paper/is09-svc/emodb-for-savee/savee" in keys
    assert "paper/is09-svc/emodb+emovo+iemocap+masc-for-savee/savee" in keys
    (vote,) = (run for run in study.runs(["related"]) if run.system == "vote" and run.test == "savee")
    assert vote.train.name == "emodb+emovo+iemocap+masc"
    assert {r.train.name for r in study.trainings(vote)} == {
        f"{c}-for-savee" for c in ("emodb", "emovo", "iemocap", "masc")
    }


@pytest.mark.parametrize(
    ("unlabelled", "who"),
    [("untested", "its non-test speakers"), ("tested", "the tested utterances themselves"), ("all", "all its utter")],
)
def test_what_an_adaptation_uses_is_said(raw: dict[str, Any], unlabelled: str, who: str) -> None:
    study = adapting(raw, unlabelled=unlabelled)
    for run in study.runs(["matrix", "related"]):
        if run.system in ("is09-svc", "vote"):
            assert f"adapted to unlabelled utterances of the tested corpus ({who}" in study.transductive(run)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("models/paper/is09-svc/emodb.zip", "with -for-corpus at its end"),
        ("predictions/paper/is09-svc/emodb-for-savee/emovo.tsv", "with -for-emovo at its end"),
        ("models/paper/is09-logreg/emodb-for-savee.zip", "with no -for- at its end"),
        ("scores/paper/vote/emodb-for-savee/savee.tsv", "they adapt, it does not"),
    ],
)
def test_paths_of_adapted_trainings_name_the_tested_corpus(raw: dict[str, Any], path: str, why: str) -> None:
    study = adapting(raw)
    check_path(study, "results/predictions/paper/is09-svc/emodb-for-savee/savee.tsv")
    with pytest.raises(InputError, match=why):
        check_path(study, f"results/{path}")


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


def test_the_path_of_an_scp_may_start_at_home(
    raw: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x.scp").write_text("a b:1\n")
    raw["features"]["x"] = {"extractor": "scp", "scp": {"emodb": "~/x.scp"}}
    assert Study(raw).features["x"].scp == {"emodb": f"{tmp_path}/x.scp"}


def test_a_root_may_name_an_environment_variable(
    raw: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "savee").mkdir()
    monkeypatch.setenv("SPEECH", str(tmp_path))
    raw["corpora"]["savee"]["root"] = "$SPEECH/savee"
    assert Study(raw).corpora["savee"].root == f"{tmp_path}/savee"
    monkeypatch.delenv("SPEECH")
    with pytest.raises(InputError, match=r"corpora\.savee\.root: \$SPEECH/savee is not a folder"):
        Study(raw)


def test_a_view_cannot_be_read_otherwise_than_its_corpus(raw: dict[str, Any], tmp_path: Path) -> None:
    entry = {"reader": "table", "mapping": {"x": "anger"}, "language": "nld", "paper": {"test": ["s"]}}
    raw["corpora"]["calls"] = {"root": str(tmp_path), **entry}
    raw["corpora"]["calls_again"] = {"view": "calls", "options": {"file": "other.csv"}}
    with pytest.raises(InputError, match=r"corpora\.calls_again\.options: file: a view has what its corpus read"):
        Study(raw)
    raw["corpora"]["calls_again"] = {"view": "calls", "mapping": {"x": "fear"}}
    assert Study(raw).corpora["calls_again"].mapping == {"x": "fear"}
    raw["features"]["own"] = {"extractor": "scp", "scp": {"calls": __file__, "calls_again": __file__}}
    with pytest.raises(InputError, match=r"features\.own\.scp\.calls_again: a view has the features of its corpus"):
        Study(raw)


def with_features(raw: dict[str, Any], tmp_path: Path, **declared: Any) -> Study:
    """IS09 pasted to vectors from outside, of which `declared` says where they come from, as the system `outside`."""
    (tmp_path / "x.scp").write_text("a b:1\n")
    raw["corpora"]["berlin"] = {"view": "emodb", "title": "Berlin, 4 classes", "emotions": ["anger", "sadness"]}
    scp = dict.fromkeys(("emodb", "savee"), str(tmp_path / "x.scp"))
    raw["features"]["vectors"] = {"extractor": "scp", "scp": scp, **declared}
    raw["features"]["both"] = {"extractor": "paste", "of": ["is09", "vectors"]}
    raw["systems"]["outside"] = {"features": "both", "model": "svc"}
    rows = [{"system": "outside", "train": "same"}, {"system": "ssl-svc", "train": "same"}]
    raw["tables"]["new"] = {
        "caption": "c",
        "columns": ["emodb", "savee"],
        "rows": [*rows, {"system": "is09-svc", "train": "same"}],
    }
    return Study(raw)


def marks_of(study: Study, column: str) -> dict[tuple[str, str], str]:
    """(system, tested corpus) -> reason, as scores and the audit get it."""
    found = {}
    for run in study.runs(["new"]):
        reason = results.score_settings(study, run)[column]
        assert reason == audit._run(study, run)[column]
        found |= {(run.system, run.test): reason} if reason else {}
    return found


def test_features_from_outside_are_marked_unless_they_say_what_they_learnt_from(
    raw: dict[str, Any], tmp_path: Path
) -> None:
    pretrained = {("ssl-svc", corpus): "ssl" for corpus in ("emodb", "savee")}
    study = with_features(raw, tmp_path)
    assert marks_of(study, "undeclared") == pretrained | {("outside", c): "vectors" for c in ("emodb", "savee")}
    assert not marks_of(study, "seen")
    for nothing in ([], ["Libri-Light", "VoxPopuli"]):
        study = with_features(raw, tmp_path, pretrained_on=nothing)
        assert marks_of(study, "undeclared") == pretrained
        assert not marks_of(study, "seen")
        said = {study.declared(run) for run in study.runs(["new"]) if run.system == "outside"}
        assert said == {f"vectors: {', '.join(nothing) or 'nothing'}"}


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("EMO-DB", {"emodb"}), ("EmoDB", {"emodb"}), ("Emo DB 2.0", {"emodb"}), ("berlin", {"emodb"}),
        ("Berlin Database of Emotional Speech", {"emodb"}), ("savee", {"savee"}), ("EmoBox", {"emodb", "savee"}),
        ("EmoDBX", set()), ("LibriSpeech", set()), ("MSP-Podcast", set()),
    ],
)  # fmt: skip
def test_features_that_learnt_from_the_tested_corpus_are_marked(
    raw: dict[str, Any], tmp_path: Path, name: str, seen: set[str]
) -> None:
    """By its id or title, that of a view of it, other names of it, or a collection that holds it."""
    study = with_features(raw, tmp_path, pretrained_on=["MELD", name])
    assert marks_of(study, "seen") == {("outside", corpus): f"vectors ({name})" for corpus in seen}


def test_a_combined_system_has_the_marks_of_what_it_combines(raw: dict[str, Any]) -> None:
    raw["systems"]["voted"] = {"combine": "vote", "emotion_system": "ssl-svc"}
    raw["tables"]["new"] = {"caption": "c", "columns": ["emodb"], "rows": [{"system": "voted", "train": "others"}]}
    assert marks_of(Study(raw), "undeclared") == {("voted", "emodb"): "ssl"}


def test_a_declaration_does_not_reach_the_extractor(raw: dict[str, Any]) -> None:
    """So that to declare it extracts nothing again."""
    before = Study(raw).features["ssl"].parameters
    raw["features"]["ssl"]["pretrained_on"] = ["Libri-Light"]
    assert Study(raw).features["ssl"].parameters == before
