"""The job that calibrates a training: whom it looks at, and what its card says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import exported
import numpy as np
import pytest
from tiny_corpus import PARTS, TRAINING, corpus

import calibrate_model
import predict_emotions
import train_models
from xser.errors import InputError
from xser.evaluation import predictions
from xser.evaluation.score import SCORE
from xser.models import logreg
from xser.models.base import Examples
from xser.models.functionals import softmax
from xser.recognition import calibration, development
from xser.recognition import model_card as cards
from xser.training import examples, store

SETTINGS = {
    "corpora": [{**exported.CORPUS, "id": "c"}], "feature_set": "is09", "features": [["opensmile", {"set": "IS09"}]],
    "protocol": "paper", "system": "sys", "train": "c",
}  # fmt: skip


def trained(root: Path, parts: dict[str, str] = PARTS, **changes: Any) -> tuple[list[list[str]], Path]:
    """The files of a tiny corpus, and the archive of a training on it."""
    files, archive = corpus(root, "c", 1.0, parts), root / "m.zip"
    train_models.main(*files, None, str(archive), str(root / "h.tsv"), {**TRAINING, **changes})
    return files, archive


def calibrated(root: Path, files: list[list[str]], archive: Path) -> cards.Card:
    """The card of a training, read."""
    predict_emotions.main(*(file for (file,) in files), str(archive), str(root / "p.tsv"), "c")
    line = {"test": "c", "n": 8, "speakers": 1, "uar": 0.5, "uar_low": 0.4, "uar_high": 0.6, "chance": 0.5}
    SCORE.write_records(root / "s.tsv", [{**line, "seeds": 1, "practice": False}])
    tested = [str(root / "p.tsv")], [str(root / "s.tsv")]
    calibrate_model.main(*files, str(archive), *tested, str(root / "c.json"), SETTINGS)
    return cards.read(root / "c.json")


def test_a_card_has_the_calibration_and_the_scores(tmp_path: Path) -> None:
    card = calibrated(tmp_path, *trained(tmp_path))
    assert card.temperature is not None
    assert card.calibration["utterances"] == 8
    assert card.calibration["speakers"] == 1
    assert card.calibration["tested"] == 8
    assert 0 < card.calibration["perfect"] < card.calibration["perfect_high"]
    assert (card.scores[0]["test"], card.scores[0]["uar"], card.scores[0]["who"]) == ("c", 0.5, "held-out")
    assert (card.model, card.normalise) == ("logreg", "global")
    again = (tmp_path / "c.json").read_bytes()
    calibrated(tmp_path, *trained(tmp_path))
    assert (tmp_path / "c.json").read_bytes() == again


def test_a_classifier_that_learnt_from_development_speakers_is_fitted_without_them(tmp_path: Path) -> None:
    """Its probabilities of them are those of the same classifier on training speakers alone, with the chosen C."""
    files, archive = trained(tmp_path, parameters={"C": [0.001, 0.5]})
    data = examples.load("c", *(file for (file,) in files))
    with store.Store(archive) as models:
        found = development.predict(models, [data])
        chosen = float(models.model(0, 0).arrays["emotion"]["C"])  # type: ignore[attr-defined]
        scaled = models.scaler(0).transform(data.inputs, ["all"] * len(data.inputs))
        heads = models.heads
    assert found is not None
    train, dev = (examples.gather([data], [scaled], heads, 0, part) for part in ("train", "dev"))
    alone = logreg.MODEL.fit(train, None, heads, {"C": chosen}, 0)
    targets = {"emotion": np.concatenate([part.targets["emotion"] for part in (train, dev)])}
    both = logreg.MODEL.fit(Examples([*train.inputs, *dev.inputs], targets), None, heads, {"C": chosen}, 0)
    np.testing.assert_allclose(found.probabilities, alone.predict(dev.inputs)["emotion"])
    assert not np.allclose(found.probabilities, both.predict(dev.inputs)["emotion"], atol=1e-3)
    assert np.array_equal(found.truth, dev.targets["emotion"])


def test_without_development_speakers_nothing_is_calibrated(tmp_path: Path) -> None:
    card = calibrated(tmp_path, *trained(tmp_path, {"A": "train", "B": "train", "D": "test"}))
    assert card.temperature is None
    assert "no development speakers" in cards.calibration_text(card)


def test_a_system_that_needs_other_recordings_has_no_card(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="normalises by speaker"):
        calibrated(tmp_path, *trained(tmp_path, normalise="speaker"))
    assert not (tmp_path / "c.json").exists()


def planted(temperatures: Sequence[float], count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities, truths and speakers: speaker k's truths are drawn at the k-th temperature."""
    random = np.random.default_rng(0)
    p = softmax(2 * random.normal(size=(len(temperatures) * count, 4)))
    speakers = np.repeat([f"c_{k}" for k in range(len(temperatures))], count)
    right = np.concatenate(
        [calibration.tempered(own, t) for own, t in zip(np.split(p, len(temperatures)), temperatures, strict=True)]
    )
    return p, (right.cumsum(axis=1) > random.random((len(p), 1))).argmax(axis=1), speakers


def test_a_fold_is_calibrated_without_its_own_speakers(tmp_path: Path) -> None:
    """Each speaker is tested in one fold and develops in another; the third has another temperature than the others."""
    p, truth, speakers = planted([1.0, 1.0, 4.0], 3000)
    names = np.array([f"c_{k}-{i:04}" for k in range(3) for i in range(3000)])
    found = development.Development(p, truth, speakers, names)
    classes = list("abcd")
    blocks = [
        predictions.Block(k, 0, names[rows].tolist(), [f"c_{k}"] * 3000, [classes[y] for y in truth[rows]], p[rows])
        for k, rows in enumerate(np.split(np.arange(9000), 3))
    ]
    predictions.write(path := tmp_path / "p.tsv", "c", classes, blocks)
    tested = predictions.read(path, probabilities=True)
    before, after = found.cross_fitted(tested)
    own = tested.speakers == "c_2"
    others = calibration.tempered(before[own], found.temperature(without=["c_2"]))  # type: ignore[arg-type]
    np.testing.assert_allclose(after[own], others)
    pooled = found.temperature()
    assert pooled is not None
    said = development.measured_calibration(found, [str(path)], classes)
    in_sample = calibration.calibration_error(calibration.tempered(before, pooled), truth)
    assert said["after"] > in_sample + 0.05
    assert said["after"] == pytest.approx(calibration.calibration_error(after, truth), abs=1e-6)
    assert (said["tested"], said["utterances"], said["speakers"]) == (9000, 9000, 3)
    twice = development.Development(np.tile(p, (2, 1)), *(np.tile(part, 2) for part in (truth, speakers, names)))
    assert development.measured_calibration(twice, [str(path)], classes)["utterances"] == 9000, "as in a pool"


def test_where_nobody_else_develops_nothing_is_claimed(tmp_path: Path) -> None:
    """As in a split of others, which tests the speakers that develop."""
    parts = {"A": "train", "B": "train", "D": "test"}
    files, archive = trained(tmp_path, parts | {"C": "dev"})
    split = Path(files[3][0])
    split.write_text(split.read_text().replace("c_C\tdev", "c_D\tdev"))
    utterances = Path(files[1][0])
    utterances.write_text(utterances.read_text().replace("\tc_C\t", "\tc_D\t"))
    card = calibrated(tmp_path, files, archive)
    assert (card.temperature, card.calibration) == (None, {})
