"""The LSTM through the rule that trains it: whom it learns from if its epoch is not chosen on development speakers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_corpus import PARTS, TRAINING, corpus

import predict_emotions
import train_models
from xser.evaluation import predictions
from xser.files import read_tsv
from xser.models import lstm
from xser.parameters import defaults
from xser.recognition import development
from xser.training import examples, store

SMALL = {**defaults(lstm.MODEL.parameters), "layers": [6], "epochs": 3, "patience": 1}


def train(root: Path, name: str, files: list[list[str]], start: str = "", **parameters: Any) -> tuple[Path, set[str]]:
    """The archive of models, and what its learning curve measured."""
    settings = {
        **{**TRAINING, "corpora": [name], "model": "lstm", "normalise": "corpus", "scaling": "keep", "train": name},
        "parameters": {**SMALL, **parameters},
    }
    out, history = root / f"{name}-{len(list(root.iterdir()))}.zip", root / "history.tsv"
    train_models.main(*files, start or None, str(out), str(history), settings)
    return out, set(read_tsv(history)[0])


@pytest.mark.parametrize("epoch", ["last", "oracle"])
def test_without_a_choice_on_development_speakers_they_are_trained_on(tmp_path: Path, epoch: str) -> None:
    """The same weights as where these speakers are named training speakers; no early stopping, nothing to watch."""
    held = corpus(tmp_path, "held", 1.0, PARTS)
    both = corpus(tmp_path / "again", "held", 1.0, {**PARTS, "C": "train"})
    models, watched = train(tmp_path, "held", held, epoch=epoch)
    assert not {"dev_loss", "dev_uar"} & watched
    expected, _ = train(tmp_path, "held", both, epoch=epoch)
    chosen, _ = train(tmp_path, "held", held)
    with store.Store(models) as a, store.Store(expected) as b, store.Store(chosen) as c:
        assert a.read("fold0/scaler.npy") == b.read("fold0/scaler.npy") != c.read("fold0/scaler.npy")
        weights = [m.model(0, 0).trainable().weights for m in (a, b, c)]  # type: ignore[attr-defined]
    assert all(map(np.array_equal, weights[0], weights[1]))
    assert not all(map(np.array_equal, weights[0], weights[2]))


def test_fine_tuning_on_a_corpus_that_is_normalised_by_itself(tmp_path: Path) -> None:
    first, _ = train(tmp_path, "one", corpus(tmp_path, "one", 1.0, PARTS))
    second, watched = train(tmp_path, "two", corpus(tmp_path, "two", 50.0, PARTS), str(first), epoch="last")
    assert "dev_loss" not in watched
    with store.Store(first) as a, store.Store(second) as b:
        before, after = a.scaler(0), b.scaler(0)
    assert sorted(after.means) == ["one", "two"]
    np.testing.assert_array_equal(after.means["one"], before.means["one"])
    assert np.all(after.scales["two"] > 10 * after.scales["one"])


def test_a_head_without_labels_is_not_trained_and_the_manifest_tells_class_from_value(tmp_path: Path) -> None:
    """Nobody's gender and arousal are known: the two heads are left out, that of the corpus is a class."""
    files = corpus(tmp_path, "held", 1.0, PARTS)
    heads = [["emotion", 1.0], ["arousal", 1.0], ["corpus", 1.0], ["gender", 1.0]]
    settings = {**TRAINING, "corpora": ["held"], "model": "lstm", "parameters": SMALL, "heads": heads, "train": "held"}
    out, answered = tmp_path / "m.zip", tmp_path / "p.tsv"
    train_models.main(*files, None, str(out), str(tmp_path / "h.tsv"), settings)
    with store.Store(out) as models:
        assert {h["name"]: bool(h["classes"]) for h in models.manifest["heads"]} == {"emotion": True, "corpus": True}
    predict_emotions.main(*(path for (path,) in files), str(out), str(answered), "held")
    p = predictions.read(answered)
    assert (list(p.heads), list(p.values)) == (["corpus"], [])
    assert set(p.heads["corpus"][1].ravel()) == {"held"}


@pytest.mark.parametrize(("parameters", "apart"), [({}, True), ({"refit": True}, False), ({"epoch": "last"}, False)])
def test_only_networks_that_have_not_learnt_from_development_speakers_calibrate(
    tmp_path: Path, parameters: dict[str, Any], apart: bool
) -> None:
    files = corpus(tmp_path, "held", 1.0, PARTS)
    archive, _ = train(tmp_path, "held", files, **parameters)
    data = examples.load("held", *(path for (path,) in files))
    with store.Store(archive) as models:
        found = development.predict(models, [data])
        if not apart:
            assert found is None
            return
        dev = data.indices(0, "dev")
        inputs = models.scaler(0).transform([data.inputs[i] for i in dev], ["held"] * len(dev))
        expected = models.model(0, 0).predict(inputs)["emotion"]
    assert found is not None
    np.testing.assert_allclose(found.probabilities, expected)
