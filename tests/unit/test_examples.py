"""Tasks of a training: what has no label is not learnt, and prediction knows a class from a value."""

import logging
from pathlib import Path

import numpy as np
import pytest

from xser.evaluation import predictions, testing
from xser.models.base import Head
from xser.training import examples, scaling
from xser.training.examples import CorpusData

EMOTIONS = ("anger", "sadness")


def corpus(**labels: list[str]) -> CorpusData:
    """Four utterances of four speakers in two folds; the last two are never in training together."""
    known = {"emotion": ["anger", "sadness", "anger", "sadness"], **{v: [""] * 4 for v in examples.VALUES}}
    parts = [["train", "train", "test", "dev"], ["test", "train", "train", "dev"]]
    return CorpusData("one", list("abcd"), list("ABCD"), [np.zeros(2, np.float32)] * 4, {**known, **labels}, parts)


def test_heads_without_training_labels_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    data = corpus(
        gender=[""] * 4,  # no label at all
        naturalness=["", "", "", "acted"],  # none that is learnt from
        language=["deu", "", "", ""],  # none in the second fold
        corpus=["one"] * 4,
        arousal=["", "0.5", "", ""],
    )
    weights = dict.fromkeys(("emotion", "gender", "naturalness", "language", "corpus", "arousal", "valence"), 1.0)
    with caplog.at_level(logging.WARNING):
        heads = examples.heads_of(weights, EMOTIONS, [data])
    assert [(h.name, bool(h.classes)) for h in heads] == [("emotion", True), ("corpus", True), ("arousal", False)]
    for name in ("gender", "naturalness", "language", "valence"):
        assert f"head {name} is left out" in caplog.text


def test_a_second_corpus_may_bring_the_labels() -> None:
    other = corpus(gender=["f", "m", "f", "m"])
    heads = examples.heads_of({"emotion": 1.0, "gender": 1.0}, EMOTIONS, [corpus(gender=[""] * 4), other])
    assert heads[1] == Head("gender", ("f", "m"), 1.0)


class Models:
    """An archive of one model that knows two further tasks."""

    folds, seeds, adaptation = 1, (0,), None
    heads = (Head("emotion", EMOTIONS), Head("gender", ("1", "2")), Head("arousal"))

    def scaler(self, fold: int) -> scaling.Scaler:
        return scaling.Scaler("none", {}, {})

    def model(self, fold: int, seed: int) -> "Models":
        return self

    def predict(self, inputs: list[np.ndarray]) -> dict[str, np.ndarray]:
        n = len(inputs)
        return {"emotion": np.tile([0.3, 0.7], (n, 1)), "gender": np.tile([0.9, 0.1], (n, 1)), "arousal": np.ones(n)}


def test_predictions_name_values_apart_from_classes(tmp_path: Path) -> None:
    data = corpus(gender=["1", "2", "1", ""], arousal=["0.5", "", "0.25", ""])
    blocks = list(testing.predict(Models(), data))  # type: ignore[arg-type]
    predictions.write(tmp_path / "p.tsv", "one", EMOTIONS, blocks)
    p = predictions.read(tmp_path / "p.tsv")
    assert {h: (t.tolist(), s.tolist()) for h, (t, s) in p.heads.items()} == {"gender": (["1", "1"], [["1", "1"]])}
    assert {h: (t.tolist(), s.tolist()) for h, (t, s) in p.values.items()} == {
        "arousal": (["0.5", "0.25"], [["1.000000", "1.000000"]])
    }
