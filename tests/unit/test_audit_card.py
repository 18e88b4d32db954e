"""The audit of a card: a right calibration passes, and what is changed in it is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import exported
import numpy as np
import pytest
from audited_tree import SETTINGS, run_of
from tiny_corpus import EMOTIONS, TRAINING, write_corpus

import calibrate_model
import predict_emotions
import train_models
from xser.audit.card import CardAudit
from xser.audit.checks import Audit, SplitCorpus
from xser.audit.given import Given
from xser.audit.learning import LearningAudit
from xser.audit.predicted import PredictionAudit
from xser.audit.spoken import Sound, Spoken
from xser.evaluation.score import SCORE
from xser.models.base import load_model
from xser.parameters import defaults

PARTS = {"A": "train", "B": "train", "C": "dev", "D": "test"}
CARD = {
    "corpora": [{**exported.CORPUS, "id": "c"}], "feature_set": "is09", "features": [["opensmile", {"set": "IS09"}]],
    "protocol": "paper", "system": "sys", "train": "c",
}  # fmt: skip


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results with a classifier of overlapping emotions, its predictions and its card."""
    root = tmp_path_factory.mktemp("results")
    random = np.random.default_rng(0)
    spoken = [(f"c_{s}-{e[0]}{n:02}", f"c_{s}", e) for s in PARTS for e in EMOTIONS for n in range(50)]
    values = {u: random.normal(size=4) + 0.7 * (e == "anger") for u, _, e in spoken}
    files = [[str(f)] for f in write_corpus(root, "c", spoken, values, {f"c_{s}": p for s, p in PARTS.items()})]
    ids = "paper/sys/c"
    archive = str(root / "models" / f"{ids}.zip")
    train_models.main(*files, None, archive, str(root / "h.tsv"), {**TRAINING, "parameters": {"C": [0.01, 1.0]}})
    tested = str(root / "predictions" / ids / "c.tsv")
    predict_emotions.main(*(file for (file,) in files), archive, tested, "c")
    line = {"test": "c", "n": 8, "speakers": 1, "uar": 0.5, "uar_low": 0.4, "uar_high": 0.6, "chance": 0.5}
    SCORE.write_records(root / "s.tsv", [{**line, "seeds": 1, "practice": False}])
    calibrate_model.main(*files, archive, [tested], [str(root / "s.tsv")], str(root / "card.json"), CARD)
    return root


def card_audit(audit: Audit) -> CardAudit:
    return CardAudit(audit, LearningAudit(audit, given := Given(audit)), PredictionAudit(audit, given))


def problems(root: Path, card: Path) -> list[str]:
    parameters = {**defaults(load_model("logreg").parameters), "C": [0.01, 1.0]}
    given = {"train": ["train"], "dev": ["dev"], "oracle": [], "scaling": ["train", "dev"], "parameters": parameters}
    settings = {
        **SETTINGS,
        **{"corpora": {"c": "c"}, "runs": [run_of("c", "c", seeds=[0])], "learning": {"sys/c": given}},
        "counted": {"sys/c": {"learns": ["train", "dev"], "chooses": ["dev"]}},
        "systems": {"sys": {"features": "f", "normalise": "global", "scaling": "refit", "unlabelled": ["train"]}},
        "trainsets": {"c": {"before": None, "corpora": ["c"]}},
    }
    audit = Audit(root, settings)
    return card_audit(audit).check(card)


def test_a_right_card_passes(calibrated: Path) -> None:
    assert problems(calibrated, calibrated / "card.json") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda card: card.update(temperature=1.3 * card["temperature"]), "temperature is"),
        (lambda card: card.update(temperature=card["temperature"] / 1.3), "temperature is"),
        (lambda card: card.update(temperature=None, calibration={}), "there is no temperature, where"),
        (lambda card: card["calibration"].update(utterances=200), "utterances is 200, not 100"),
        (lambda card: card["calibration"].update(speakers=2), "speakers is 2, not 1"),
        (lambda card: card["calibration"].update(tested=99), "tested is 99, not 100"),
        (lambda card: card["calibration"].update(before=0.5), "the calibration error `before` is 0.5, not"),
        (lambda card: card["calibration"].update(after=0.3), "the calibration error `after` is 0.3, not"),
        (lambda card: card["calibration"].update(perfect=0.2), "the calibration error `perfect` is 0.2, not"),
        (lambda card: card["calibration"].update(perfect_high=0.3), "the calibration error `perfect_high` is 0.3"),
    ],
)
def test_what_is_changed_is_named(
    calibrated: Path, tmp_path: Path, change: Callable[[dict[str, Any]], Any], said: str
) -> None:
    card = json.loads((calibrated / "card.json").read_text(encoding="utf-8"))
    change(card)
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    (found,) = problems(calibrated, tmp_path / "card.json")
    assert found.startswith(f"{tmp_path / 'card.json'}: {said}")


def test_development_speakers_of_whom_a_stage_before_has_learnt_are_found(tmp_path: Path) -> None:
    columns = [["train", "dev", "test"], ["dev", "test", "train"]]
    split = SplitCorpus([Spoken(u, "s", Sound(u, 0, 1), "", "") for u in "abc"], list("xyz"), columns)
    settings = {
        **SETTINGS,
        "runs": [run_of("c-to-c", "c", seeds=[0])],
        "counted": {"sys/c": {"learns": ["train", "dev"], "chooses": []}},
        "trainsets": {"c": {"before": None, "corpora": ["c"]}, "c-to-c": {"before": "c", "corpora": ["c"]}},
    }
    audit = Audit(tmp_path, settings)
    audit.corpus = lambda protocol, corpus: split  # type: ignore[assignment]
    audit.manifest = lambda protocol, system, train: {"folds": 2}  # type: ignore[assignment]
    assert list(card_audit(audit)._known()) == [("b", "c"), ("a", "c")]
