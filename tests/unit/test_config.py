"""Every mistake in a config is named with its key, all at once."""

from pathlib import Path
from typing import Any

import pytest
from configs import edit

from xser.config.study import Study
from xser.errors import InputError
from xser.workflow import training


def test_held_out_speakers_are_asked_for_where_a_paper_run_needs_them(raw: dict[str, Any], tmp_path: Path) -> None:
    raw["corpora"]["own"] = {"reader": "table", "root": str(tmp_path), "language": "deu", "mapping": {"x": "anger"}}
    with pytest.raises(InputError) as error:
        Study(raw, "config.yaml with my.yaml")
    assert error.value.what == "config.yaml with my.yaml cannot be used"
    assert [o.partition(" ")[0] for o in error.value.offenders] == ["corpora.own.paper.test"]  # once, not for each run
    raw["protocol"] = ["speakers"]
    for table in raw["tables"].values():
        table.pop("protocols", None)
    study = Study(raw)
    with pytest.raises(InputError, match=r"corpora\.own\.paper\.test is missing"):
        training.check_path(study, "results/scores/paper/is09-svc/emodb/own.tsv")
    raw["corpora"]["own"]["root"] = None
    with pytest.raises(InputError, match=r"corpora\.own\.root is null"):
        training.check_path(Study(raw), "results/scores/speakers/is09-svc/own/emodb.tsv")
    raw["protocol"] = ["paper"]
    Study(raw)


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
        (edit("practice_seeds", 0), "practice_seeds"),
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
        (edit("features/x", {"extractor": "paste", "of": [["mfcc"], None]}), "features.x.of, value 2: None"),
        (edit("features/x", {"extractor": "paste", "of": ["mfcc", "pitch"], "shift": 1}), "unknown key 'shift'"),
        (edit("features/x", {"extractor": "paste", "of": ["mfcc", "pitch"], False: 1}), "the key False is not text"),
        (edit("features/x", {"extractor": "../x"}), "features.x.extractor: '../x'"),
        (edit("features/x", {"extractor": "scp", "scp": {"emodb": None}}), "features.x.scp.emodb: None"),
        (edit("features/x", {"extractor": "scp", "scp": {}}), "the path of a Kaldi scp for each corpus"),
        (edit("features/is09/pretrained_on", []), "features.is09: features by opensmile: wrong parameters"),
        (edit("features/mfcc-pitch/pretrained_on", []), "features.mfcc-pitch: unknown key 'pretrained_on'"),
        (edit("features/ssl/pretrained_on", "emodb"), "features.ssl.pretrained_on: 'emodb' is not of type 'array'"),
        (edit("features/ssl/pretrained_on", ["-"]), "features.ssl.pretrained_on, value 1"),
        (edit("features/x", {"extractor": "scp", "scp": {"emodb": "~/no.scp"}}), f"no file {Path.home()}/no.scp"),
        (edit("features/x", {"extractor": "scp", "scp": {"emodb": "$HOME/no.scp"}}), f"no file {Path.home()}/no.scp"),
        (edit("models/svc/D", 1), "models.svc: unknown key 'D'"),
        (edit("models/svm", {"C": 1}), "models.svm: there is no model 'svm'"),
        (edit("systems/is09-svc/model", "base"), "systems.is09-svc.model: there is no model 'base'"),
        (edit("systems/is09-svc/model", "forest"), "there is no model 'forest'"),
        (edit("systems/is09-svc/parameters", {"c": 1}), "unknown key 'c'"),
        (edit("systems/is09-svc/normalise", "file"), "systems.is09-svc.normalise"),
        (edit("systems/is09-svc/heads", {"emotion": 1.0, "language": 1.0}), "learns one task"),
        (edit("systems/is09-svc/adapt", "coral"), "systems.is09-svc.adapt"),
        (edit("systems/is09-svc/adapt", {"method": "corral"}), "adapt.method: there is no adaptation 'corral'"),
        (edit("systems/is09-svc/adapt", {"method": "base"}), "adapt.method: there is no adaptation 'base'"),
        (edit("systems/is09-svc/adapt", {"method": "speaker"}), "adapt.method: write `normalise: speaker`"),
        (edit("systems/is09-svc/adapt", {"method": "coral", "rigde": 1}), "adapt: unknown key 'rigde' (did you mean"),
        (edit("systems/is09-svc/adapt", {"method": "coral", "ridge": 0}), "adapt.ridge: 0 is not a number above 0"),
        (edit("systems/is09-svc/adapt", {"method": "tca", "unlabelled": "test"}), "systems.is09-svc.adapt.unlabelled"),
        (edit("systems/is09-svc/adapt", {"unlabelled": "tested"}), "neither a method nor `normalise: corpus` uses"),
        (edit("systems/is09-svc/adapt", {"method": "adversarial"}), "works within a network, which model 'svc' is not"),
        (edit("systems/is09-svc/features", "mfcc"), "takes one vector an utterance, and features mfcc give frames"),
        (edit("systems/is09-svc/features", "mfcc-pitch"), "and features mfcc, pitch give frames"),
        (edit("systems/mfcc-lstm/adapt", {"method": "coral"}), "coral adapts one vector an utterance, and"),
        (edit("systems/is09-lstm-transfer/adapt", {"method": "coral"}), "what adapts to a corpus cannot be fine-tuned"),
        (edit("systems/mfcc-lstm/heads", {"language": 1.0}), "emotion is missing"),
        (edit("systems/mfcc-lstm/heads", {"emotion": 1.0, "age": 1.0}), "unknown key 'age'"),
        (edit("systems/vote/emotion_system", "two-pass"), "not a system with a model of its own"),
        (edit("systems/two-pass/language_system", ""), "two_pass needs"),
        (edit("systems/two-pass/language_system", "is09-lstm"), "language head, such as `heads: {emotion: 1.0, lang"),
        (edit("systems/select-language/language_system", "mfcc-lstm-corpus"), "'mfcc-lstm-corpus' has none"),
        (edit("systems/is09-lstm-language/heads/language", 0), "'is09-lstm-language' has none"),
        (edit("systems/x", {"features": "is09"}), "systems.x"),
        (edit("systems/is09-svc/title", "SVC"), "unknown key 'title'"),  # which nothing would show
        (edit("systems/is09-svc/emotion_system", "is09-logreg"), "systems.is09-svc: unknown key 'emotion_system'"),
        (edit("systems/vote/normalise", "corpus"), "systems.vote: unknown key 'normalise'"),
        (edit("systems/vote/language_system", "is09-lstm-language"), "systems.vote: unknown key 'language_system'"),
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
        (edit("tables/adaptation/baseline", "is09-scv"), "baseline: no row has the system 'is09-scv' (did you mean"),
        (edit("tables/adaptation/rows/1/train", "all"), "'is09-svc' has no row with the training set of 'corpora norm"),
        (edit("tables/table2/rows/0/paper_oracle", 1), "tables.table2, row 1.paper_oracle: 1 is"),
        (
            edit("tables/table2/rows", [{"system": s, "train": "same", "reference": True} for s in ("vote", "svc")]),
            "tables.table2: rows 1 and 2 are both `reference`; a table has one",
        ),
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


@pytest.mark.parametrize(
    ("train", "parameters", "finetune", "refused"),
    [
        ("all>same", {}, {}, False),
        ("all>same", {"refit": True}, {}, True),
        ("all>same", {"refit": True}, {"epoch": "last"}, False),
        ("all>same", {}, {"refit": True}, False),
        ("all>same", {"epoch": "last"}, {}, False),
        ("all>same", {"epoch": "oracle"}, {"epoch": "dev"}, True),
        ("others>same", {"refit": True}, {}, False),
        ("savee>all>savee", {}, {"epoch": "last"}, False),
        ("savee>all>emovo", {"epoch": "last"}, {"epoch": "dev"}, True),
    ],
)
def test_no_epoch_is_chosen_on_speakers_that_a_stage_before_has_learnt_from(
    raw: dict[str, Any], train: str, parameters: dict[str, Any], finetune: dict[str, Any], refused: bool
) -> None:
    raw["systems"]["x"] = {"features": "is09", "model": "lstm", "parameters": parameters, "finetune": finetune}
    raw["tables"]["x"] = {"caption": "X", "columns": ["savee"], "rows": [{"system": "x", "train": train}]}
    if not refused:
        Study(raw)
        return
    with pytest.raises(InputError, match="development speakers of savee") as error:
        Study(raw)
    assert "that a stage before has learnt from" in str(error.value)
