"""Domain-adversarial training: the reversed gradient, and what it does to the features."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xser.adaptation.base import load_adaptation
from xser.models.base import Examples, Head
from xser.models.lstm import MODEL as lstm
from xser.models.network import Network
from xser.models.sequences import weighted_labels
from xser.models.tensorflow_setup import tf

EMOTION = Head("emotion", ("anger", "fear"))
SMALL: dict[str, Any] = {"layers": [8], "dense": [6], "epochs": 30, "learning_rate": 0.01, "epoch": "last"}


def domains() -> tuple[Examples, list[np.ndarray]]:
    """The emotion shows in one dimension, the domain in another, and the source has an easier emotion in a third."""
    random = np.random.default_rng(0)
    y = np.arange(200) % 2
    source, target = (random.normal(size=(200, 4)).astype(np.float32) for _ in range(2))
    source[:, 0] += 2 * y
    source[:, 1] += 3
    target[:, 0] += 2 * y
    return Examples(list(source), {"emotion": y}), list(target)


def adapted(weight: float) -> tuple[Examples, list[Head]]:
    train, unlabelled = domains()
    both, heads = load_adaptation("adversarial").extend(train, [EMOTION], unlabelled, {"weight": weight})
    return both, list(heads)


def test_the_target_has_a_domain_and_no_emotion() -> None:
    both, heads = adapted(0.5)
    assert [(h.name, h.reverse) for h in heads] == [("emotion", 0.0), ("domain", 0.5)]
    assert both.targets["emotion"].tolist() == [*([0, 1] * 100), *([-1] * 200)]
    assert both.targets["domain"].tolist() == [0] * 200 + [1] * 200


@pytest.mark.parametrize("weight", [0.25, 1.0])
def test_below_the_head_the_gradient_of_the_domain_is_turned_round(weight: float) -> None:
    both, heads = adapted(weight)
    found = {}
    for name, used in (("adversarial", heads), ("plain", [heads[0], Head("domain", heads[1].classes)])):
        network: Network = lstm.network(1, 4, used, lstm.complete(SMALL))
        network.fast.set_weights(network.initial_weights(0))
        with tf.GradientTape() as tape:
            z = network.fast(np.stack(both.inputs)[:, None], training=True)["domain"]
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=both.targets["domain"], logits=z)
            )
        variables = network.fast.trainable_variables
        found[name] = {
            v.path: g for v, g in zip(variables, tape.gradient(loss, [v.value for v in variables]), strict=True)
        }
    assert found["plain"].keys() == found["adversarial"].keys()
    for path, gradient in found["plain"].items():
        other = found["adversarial"][path]
        if path.startswith("emotion"):
            assert gradient is None
            assert other is None
        else:
            turned = 1.0 if path.startswith("domain") else -weight
            np.testing.assert_allclose(other, turned * gradient, rtol=1e-4, atol=1e-7)


def test_the_head_cannot_tell_the_domains_and_the_file_is_stock_keras(tmp_path: Path) -> None:
    def right(weight: float) -> float:
        both, heads = adapted(weight)
        model = lstm.fit(both, None, heads, SMALL, 0)
        model.save(tmp_path / "m.keras")
        again = lstm.load(tmp_path / "m.keras").predict(both.inputs)
        for name, p in model.predict(both.inputs).items():
            np.testing.assert_allclose(again[name], p, atol=1e-6)
        assert np.mean(again["emotion"][:200].argmax(axis=1) == both.targets["emotion"][:200]) > 0.75
        return float(np.mean(again["domain"].argmax(axis=1) == both.targets["domain"]))

    plain = right(1e-6)
    assert plain > 0.85
    assert right(3.0) < plain - 0.05


def test_utterances_that_weigh_nothing_teach_nothing() -> None:
    train, _ = domains()
    losses = []
    for least in (0.0, 1e-12):  # the mean is over all whose label is known
        train.weights = np.repeat([2.0, least], 100)
        losses.append(lstm.fit(train, None, [EMOTION], {**SMALL, "epochs": 2}, 0).history[-1]["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    train.weights = np.repeat([2.0, 0.0], 100)
    half = Examples(train.inputs[:100], {"emotion": train.targets["emotion"][:100]})
    labels, weights = weighted_labels(EMOTION, half.targets["emotion"], balanced=False)
    assert weights.tolist() == [1] * len(labels)
    p = lstm.fit(train, None, [EMOTION], {**SMALL, "batch_size": 200}, 0).predict(train.inputs)["emotion"]
    train.inputs[100:] = [50 * x for x in train.inputs[100:]]
    train.targets["emotion"][100:] = 1
    q = lstm.fit(train, None, [EMOTION], {**SMALL, "batch_size": 200}, 0).predict(train.inputs)["emotion"]
    np.testing.assert_allclose(p[:100], q[:100], atol=1e-3)


def test_a_refit_weighs_as_the_training_before_it() -> None:
    """Development utterances, which the method has not weighed, count 1 each."""
    train, _ = domains()
    train.weights = np.repeat([2.0, 0.0], 100)
    dev = Examples(train.inputs[:20], {"emotion": train.targets["emotion"][:20]})
    settings = {**SMALL, "batch_size": 220, "epochs": 8, "epoch": "dev", "refit": True}
    found = []
    for scale in (1, 50):
        inputs = [*train.inputs[:100], *(scale * x for x in train.inputs[100:])]
        y = {"emotion": np.where(np.arange(200) < 100, train.targets["emotion"], scale > 1)}
        fitted = lstm.fit(Examples(inputs, y, weights=train.weights), dev, [EMOTION], settings, 0)
        found.append(fitted.predict(train.inputs[:100])["emotion"])
    np.testing.assert_allclose(*found, atol=1e-3)
