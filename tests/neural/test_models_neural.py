"""The neural models: against stock Keras, repeatable, and able to learn."""

import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import recall_score

from xser.audit.frozen import moved
from xser.errors import InputError
from xser.models.base import Examples, Head
from xser.models.lstm import MODEL as lstm
from xser.models.network import network_for
from xser.models.neural import GROUPS, OPTIMIZERS
from xser.models.sequences import batches, pack, weighted_labels
from xser.models.tensorflow_setup import keras, tf
from xser.models.training_loop import mean_loss
from xser.models.tripathi import MODEL as tripathi
from xser.parameters import defaults

EMOTION = Head("emotion", ("anger", "fear", "neutral"))
GENDER = Head("gender", ("female", "male"), 0.5)
AROUSAL = Head("arousal", (), 0.25)
HEADS = (EMOTION, GENDER, AROUSAL)
SMALL: dict[str, Any] = {"layers": [8, 8], "frames": 30, "epochs": 3}


def speech(count: int, seed: int, dims: int = 5, shortest: int = 5, longest: int = 60) -> Examples:
    """Noise of random lengths; the emotion shows in the first three dimensions; some other labels are unknown."""
    random = np.random.default_rng(seed)
    y = np.arange(count) % 3
    inputs = [random.normal(size=(random.integers(shortest, longest + 1), dims)).astype(np.float32) for _ in y]
    for x, label in zip(inputs, y, strict=True):
        x[:, label] += 1.0
    arousal = np.where(random.random(count) < 0.3, np.nan, y + 2.0)
    return Examples(inputs, {"emotion": y, "gender": random.integers(-1, 2, count), "arousal": arousal})


def functionals(count: int, seed: int) -> Examples:
    """One vector of 12 an utterance."""
    frames = speech(count, seed, 12, 4, 4)
    return Examples([x.mean(axis=0) for x in frames.inputs], frames.targets)


def padded(inputs: list[np.ndarray], frames: int | None) -> np.ndarray:
    """What a user of a saved model gives Keras: (utterances, frames, dims), cut or zero-padded."""
    out = np.zeros((len(inputs), frames or max(map(len, inputs)), inputs[0].shape[1]), np.float32)
    for row, x in zip(out, inputs, strict=True):
        row[: len(x)] = x[: len(row)]
    return out


def stock_gradients(model: keras.Model, x: np.ndarray, labels: dict[str, Any], weights: dict[str, Any]) -> list[Any]:
    """Differentiate the loss through stock Keras."""
    with tf.GradientTape() as tape:
        out, total = model(x, training=True), 0.0
        for head in HEADS:
            y, w, z = labels[head.name], weights[head.name], out[head.name]
            each = keras.losses.sparse_categorical_crossentropy(y, z) if head.classes else tf.square(z[:, 0] - y)
            total += head.weight * tf.reduce_sum(each * w) / np.count_nonzero(w)
    return tape.gradient(total, [v.value for v in model.trainable_variables])


CASES = {
    "one chunk and a rest": (lstm, {"layers": [16, 8], "frames": 50}),
    "whole chunks": (lstm, {"layers": [8], "frames": 80, "dense": [6]}),
    "less than a chunk": (lstm, {"layers": [8, 8], "frames": 7}),
    "masked": (lstm, {"layers": [16, 8], "frames": None}),
    "bidirectional": (lstm, {"layers": [8, 8], "frames": 45, "bidirectional": True}),
    "bidirectional, masked": (lstm, {"layers": [8, 8], "frames": None, "bidirectional": True}),
    "tripathi": (tripathi, {"units": 8, "dense": 16, "frames": 45}),
}


@pytest.mark.parametrize("case", CASES)
def test_every_gradient_is_stock_keras(case: str) -> None:
    module, settings = CASES[case]
    parameters = {**defaults(module.parameters), **settings}
    examples = speech(12, 1, shortest=1, longest=97)
    network = module.network(parameters["frames"], 5, HEADS, parameters)
    weights = [
        w + np.random.default_rng(0).normal(size=w.shape, scale=0.1).astype(np.float32)
        for w in network.initial_weights(0)
    ]
    network.fast.set_weights(weights)
    network.stock.set_weights(weights)
    x = padded(examples.inputs, parameters["frames"])
    labels = {"emotion": np.arange(12, dtype=np.int32) % 3, "gender": np.arange(12, dtype=np.int32) % 2}
    labels["arousal"] = np.linspace(1, 5, 12, dtype=np.float32)
    counted = {
        name: (np.arange(12) % step > 0).astype(np.float32) for name, step in zip(labels, (4, 3, 2), strict=True)
    }
    compute = tf.function(network.trainer("adam", 12, ()).gradients, autograph=False)
    tensors = ({k: tf.constant(v) for k, v in part.items()} for part in (labels, counted))
    _, ours = compute(tf.constant(x), *tensors)
    theirs = stock_gradients(network.stock, x, labels, counted)
    for variable, a, b in zip(network.stock.trainable_variables, ours, theirs, strict=True):
        scale = np.abs(b).max()
        assert scale > 0, variable.path
        assert np.abs(a - b).max() < 1e-4 * scale, variable.path


@pytest.mark.parametrize("case", CASES)
def test_a_saved_model_loads_with_stock_keras(case: str, tmp_path: Path) -> None:
    module, settings = CASES[case]
    train = speech(24, 1)
    train.inputs[0][3] = 0.0  # a frame of silence is not padding
    model = module.fit(train, None, HEADS, {**settings, "epochs": 2}, 0)
    model.save(tmp_path / "m.keras")
    stock = keras.models.load_model(tmp_path / "m.keras")
    frames = {**defaults(module.parameters), **settings}["frames"]
    silence = padded(train.inputs, frames)
    silence[0, 3, 0] = 1e-30 if frames is None else 0.0
    theirs = stock.predict_on_batch(silence)
    ours = model.predict(train.inputs)
    again = module.load(tmp_path / "m.keras").predict(train.inputs)
    for head in HEADS:
        np.testing.assert_allclose(ours[head.name], theirs[head.name].reshape(ours[head.name].shape), atol=1e-5)
        np.testing.assert_allclose(ours[head.name], again[head.name], atol=2e-6)
    assert not [layer for layer in stock.layers if not type(layer).__module__.startswith("keras.")]


def test_keras_is_imported_without_what_training_does_not_use() -> None:
    spared = ("matplotlib", "pandas", "sklearn")
    program = (
        "import gc, importlib, sys\n"
        "from xser.models import training_loop\n"
        f"loaded = [name for name in {spared} if name in sys.modules]\n"
        "assert not loaded and gc.isenabled(), loaded\n"
        f"[importlib.import_module(name) for name in {spared}]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_initialisation_is_that_of_keras() -> None:
    network = lstm.network(30, 5, HEADS, {**defaults(lstm.parameters), "layers": [16]})
    kernel, recurrent, bias = network.layer_weights(network.initial_weights(3))["lstm_1"]
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(16), atol=1e-5)
    np.testing.assert_array_equal(bias, np.repeat([0, 1, 0, 0], 16))
    limit = np.sqrt(6 / (5 + 64))
    assert 0.9 * limit < np.abs(kernel).max() <= limit


@pytest.mark.parametrize("frames", [30, None])
def test_a_seed_repeats_to_the_bit_whatever_ran_before(frames: int | None, tmp_path: Path) -> None:
    train, dev = speech(50, 1), speech(20, 2)
    parameters = {**SMALL, "layers": [8], "frames": frames, "dropout": 0.3, "dense": [4]}
    first = lstm.fit(train, dev, HEADS, parameters, 0)
    other = lstm.fit(speech(37, 5), dev, HEADS, {**parameters, "learning_rate": 0.01}, 1)
    second = lstm.fit(train, dev, HEADS, parameters, 0)
    assert all(map(np.array_equal, first.weights, second.weights))
    assert not all(map(np.array_equal, first.weights, other.weights))
    assert [e["loss"] for e in first.history] == [e["loss"] for e in second.history]
    first.save(tmp_path / "a.keras")
    if frames is None:
        time.sleep(2.1)  # a zip counts in two seconds
    second.save(tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()


def test_another_fold_traces_nothing() -> None:
    lstm.fit(speech(50, 1), speech(20, 2), HEADS, SMALL, 0)
    network = lstm.network(30, 5, HEADS, {**defaults(lstm.parameters), **SMALL})
    trainer = network.trainer("adam", 32, [])
    lstm.fit(speech(77, 3), speech(33, 4), HEADS, {**SMALL, "epochs": 1, "learning_rate": 0.1}, 1)
    assert network is lstm.network(30, 5, HEADS, {**defaults(lstm.parameters), **SMALL})
    assert trainer is network.trainer("adam", 32, [])
    assert trainer.epoch.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("frames", [30, None])
def test_it_learns_every_head(frames: int | None) -> None:
    train, dev, test = speech(200, 1), speech(60, 2), speech(60, 3)
    for part in (train, dev, test):
        part.targets["gender"] = np.where(part.targets["gender"] < 0, -1, part.targets["emotion"] > 0)
    model = lstm.fit(
        train, dev, HEADS, {**SMALL, "frames": frames, "epochs": 12, "learning_rate": 0.01, "patience": None}, 0
    )
    assert len(model.history) == 12
    assert model.history[-1]["loss"] < 0.5 * model.history[0]["loss"]
    p = model.predict(test.inputs)
    np.testing.assert_allclose(p["emotion"].sum(axis=1), 1)
    assert np.mean(p["emotion"].argmax(axis=1) == test.targets["emotion"]) > 0.7
    assert np.mean(p["gender"].argmax(axis=1) == (test.targets["emotion"] > 0)) > 0.7
    known = np.isfinite(test.targets["arousal"])
    assert np.corrcoef(p["arousal"][known], test.targets["arousal"][known])[0, 1] > 0.6


@pytest.mark.parametrize("steps", [1, 3])
def test_functionals_enter_in_steps(steps: int, tmp_path: Path) -> None:
    train, test = functionals(120, 1), functionals(60, 2)
    model = lstm.fit(train, None, (EMOTION,), {**SMALL, "steps": steps, "epochs": 20, "learning_rate": 0.01}, 0)
    p = model.predict(test.inputs)["emotion"]
    assert np.mean(p.argmax(axis=1) == test.targets["emotion"]) > 0.6
    model.save(tmp_path / "m.keras")
    stock = keras.models.load_model(tmp_path / "m.keras")
    x = np.stack(test.inputs).reshape(60, steps, 12 // steps)
    np.testing.assert_allclose(stock.predict_on_batch(x)["emotion"], p, atol=1e-5)


def test_unknown_labels_teach_nothing() -> None:
    train = speech(40, 1)
    hidden = Examples(train.inputs, {**train.targets, "gender": np.full(40, -1), "arousal": np.full(40, np.nan)})
    parameters = {**SMALL, "epochs": 2}
    model = lstm.fit(hidden, hidden, HEADS, parameters, 0)
    fresh = model.network.layer_weights(model.network.initial_weights(0))
    after = model.network.layer_weights(model.weights)
    for name in ("gender", "arousal"):
        assert all(map(np.array_equal, fresh[name], after[name]))
    assert not np.array_equal(fresh["emotion"][0], after["emotion"][0])
    assert np.isfinite(model.history[-1]["dev_loss"])


def test_the_loss_reported_for_development_speakers_is_the_loss_trained_on() -> None:
    train = speech(32, 1)
    model = lstm.fit(train, train, HEADS, {**SMALL, "learning_rate": 1e-30, "epochs": 1}, 0)
    assert model.history[0]["dev_loss"] == pytest.approx(model.history[0]["loss"], rel=1e-5)
    known = {"emotion": (np.array([0, 1]), np.array([1.0, 0.0]))}
    assert mean_loss([EMOTION], {"emotion": np.log([[0.5, 0.3, 0.2]] * 2)}, known) == pytest.approx(np.log(2))


def test_balanced_classes_weigh_the_same() -> None:
    values = np.array([0, 0, 0, 2, -1, 0])
    labels, weights = weighted_labels(EMOTION, values, balanced=True)
    np.testing.assert_allclose(weights, [0.625, 0.625, 0.625, 2.5, 0, 0.625])
    np.testing.assert_array_equal(labels, [0, 0, 0, 2, 0, 0])
    np.testing.assert_array_equal(weighted_labels(EMOTION, values, balanced=False)[1], [1, 1, 1, 1, 0, 1])
    train = speech(40, 1)
    train.targets["emotion"][:30] = 0
    losses = [
        lstm.fit(train, None, (EMOTION,), {**SMALL, "epochs": 2, "class_weight": w}, 0).history
        for w in (None, "balanced")
    ]
    assert losses[0][-1]["loss"] != losses[1][-1]["loss"]


def test_the_epoch_is_the_best_on_development_speakers() -> None:
    train, dev = speech(60, 1), speech(30, 2)
    parameters = {**SMALL, "epochs": 40, "patience": 2, "learning_rate": 0.02}
    model = lstm.fit(train, dev, (EMOTION,), parameters, 0)
    scores = [(e["dev_uar"], -e["dev_loss"]) for e in model.history]
    best = scores.index(max(scores))
    assert len(scores) < 40
    assert len(scores) - 1 - best == 2
    shorter = lstm.fit(train, dev, (EMOTION,), {**parameters, "epochs": best + 1, "epoch": "last"}, 0)
    assert all(map(np.array_equal, model.weights, shorter.weights))


def test_every_head_has_its_learning_curve_and_all_of_them_may_choose_the_epoch() -> None:
    train, dev = speech(60, 1), speech(30, 2)
    parameters = {**SMALL, "epochs": 12, "patience": None, "learning_rate": 0.02}
    chosen = {m: lstm.fit(train, dev, HEADS, {**parameters, "monitor": m}, 0) for m in ("uar", "heads", "loss")}
    history = chosen["heads"].history
    last = lstm.fit(train, dev, HEADS, {**parameters, "epoch": "last"}, 0)
    known = dev.targets["gender"] >= 0
    answers = last.predict(dev.inputs)["gender"].argmax(axis=1)[known]
    assert history[-1]["dev_uar_gender"] == pytest.approx(
        recall_score(dev.targets["gender"][known], answers, average="macro")
    )
    assert "dev_uar_arousal" not in history[-1]
    means = [(e["dev_uar"] + e["dev_uar_gender"], -e["dev_loss"]) for e in history]
    assert chosen["heads"].chosen == means.index(max(means)) + 1
    assert chosen["loss"].chosen == 1 + int(np.argmin([e["dev_loss"] for e in history]))
    assert len({model.chosen for model in chosen.values()}) > 1


def test_a_refit_is_the_training_on_both_parts_for_the_chosen_number_of_epochs() -> None:
    train, dev = speech(60, 1), speech(30, 2)
    parameters = {**SMALL, "epochs": 12, "patience": 2, "learning_rate": 0.02, "dropout": 0.2}
    chosen = lstm.fit(train, dev, (EMOTION,), parameters, 0)
    refit = lstm.fit(train, dev, (EMOTION,), {**parameters, "refit": True}, 0)
    assert (refit.chosen, len(refit.history)) == (chosen.chosen, len(chosen.history))
    targets = {"emotion": np.concatenate([train.targets["emotion"], dev.targets["emotion"]])}
    both = Examples([*train.inputs, *dev.inputs], targets)
    last = lstm.fit(both, None, (EMOTION,), {**parameters, "epochs": chosen.chosen}, 0)
    assert all(map(np.array_equal, refit.weights, last.weights))
    assert not all(map(np.array_equal, refit.weights, chosen.weights))


def test_the_oracle_epoch_is_the_best_on_the_test_set() -> None:
    train, dev, test = speech(60, 1), speech(30, 2), speech(30, 3)
    parameters = {"units": 4, "dense": 8, "frames": 20, "batch_size": 20, "epochs": 6, "patience": 1, "epoch": "oracle"}
    model = tripathi.fit(train, dev, (EMOTION,), parameters, 0, oracle=test)
    watched = [e["oracle_accuracy"] for e in model.history]
    assert len(watched) == 6
    p = model.predict(test.inputs)["emotion"].argmax(axis=1)
    assert np.mean(p == test.targets["emotion"]) == pytest.approx(max(watched))
    with pytest.raises(InputError, match="oracle"):
        tripathi.fit(train, dev, (EMOTION,), parameters, 0)


def test_fine_tuning_freezes_layers_and_replaces_a_head_of_other_classes(tmp_path: Path) -> None:
    parameters = {**SMALL, "dense": [6], "freeze": ["recurrent"], "learning_rate": 0.01}
    lstm.fit(speech(60, 1), None, HEADS, parameters, 0).save(tmp_path / "start.keras")
    start = lstm.load(tmp_path / "start.keras").trainable()
    heads = (Head("emotion", EMOTION.classes), Head("gender", ("female", "male", "other")))
    tuned = lstm.fit(speech(40, 2), speech(20, 3), heads, parameters, 0, start=start)
    before, after = start.network.layer_weights(start.weights), tuned.network.layer_weights(tuned.weights)
    for name in ("lstm_1", "lstm_2"):
        assert all(map(np.array_equal, before[name], after[name]))
    for name in ("dense_1", "emotion"):
        assert not np.array_equal(before[name][0], after[name][0])
    still = lstm.fit(speech(40, 2), None, heads, {**parameters, "learning_rate": 1e-30}, 0, start=start)
    carried = still.network.layer_weights(still.weights)
    assert all(np.array_equal(before[n][0], carried[n][0]) for n in ("lstm_1", "lstm_2", "dense_1", "emotion"))
    assert carried["gender"][0].shape == (6, 3)
    dense_only = lstm.fit(
        speech(40, 2), None, heads, {**parameters, "freeze": ["recurrent", "emotion"]}, 0, start=start
    )
    literal = dense_only.network.layer_weights(dense_only.weights)
    assert all(map(np.array_equal, before["emotion"], literal["emotion"]))
    assert not np.array_equal(before["dense_1"][0], literal["dense_1"][0])
    with pytest.raises(InputError, match="lacks"):  # a head of other classes is a fresh one
        lstm.fit(speech(40, 2), None, heads, {**parameters, "freeze": ["heads"]}, 0, start=start)


def test_a_group_of_layers_comes_before_a_layer_of_its_name(tmp_path: Path) -> None:
    """Tripathi's network has a layer `dense`, and two more that are dense; the audit sees what moved."""
    parameters = {"units": 4, "dense": 8, "frames": 20, "epochs": 2, "epoch": "last", "learning_rate": 0.01}
    start, tuned, free = (tmp_path / f"{name}.keras" for name in ("start", "tuned", "free"))
    tripathi.fit(speech(20, 1), None, (EMOTION,), parameters, 0).save(start)
    for path, freeze in ((tuned, ["dense", "recurrent"]), (free, [])):
        given = {**parameters, "freeze": freeze}
        tripathi.fit(speech(20, 2), None, (EMOTION,), given, 0, start=tripathi.load(start).trainable()).save(path)
    named, heads = ["dense", "recurrent", "attention_query"], ["emotion"]
    assert moved(start.read_bytes(), tuned.read_bytes(), named, heads) == []
    assert moved(start.read_bytes(), tuned.read_bytes(), ["heads"], heads) == heads
    dense = {"attention_query", "attention_key", "dense"}
    assert {*moved(start.read_bytes(), free.read_bytes(), named, heads)} == {*dense, "encoder", "decoder"}


def test_what_cannot_be_fine_tuned_is_said() -> None:
    start = lstm.fit(speech(20, 1), None, (EMOTION,), SMALL, 0)
    with pytest.raises(InputError, match="another input"):
        lstm.fit(functionals(20, 1), None, (EMOTION,), SMALL, 0, start=start)
    with pytest.raises(InputError, match="lstm is not one of recurrent"):
        lstm.fit(speech(20, 1), None, (EMOTION,), {**SMALL, "freeze": ["lstm"]}, 0, start=start)
    with pytest.raises(InputError, match="lacks"):
        lstm.fit(speech(20, 1), None, (EMOTION,), {**SMALL, "layers": [8, 9], "freeze": ["lstm_2"]}, 0, start=start)


def test_bad_parameters_and_inputs_are_input_errors(tmp_path: Path) -> None:
    train = speech(20, 1)
    with pytest.raises(InputError, match="steps"):
        lstm.fit(functionals(10, 1), None, (EMOTION,), {**SMALL, "steps": 5}, 0)
    with pytest.raises(InputError, match="frames"):
        tripathi.fit(train, None, (EMOTION,), {"frames": None}, 0)
    with pytest.raises(InputError, match="diverged"):
        lstm.fit(Examples([x * np.float32("inf") for x in train.inputs], train.targets), None, (EMOTION,), SMALL, 0)
    model = lstm.fit(train, None, (EMOTION,), {**SMALL, "epochs": 1}, 0)
    with pytest.raises(InputError, match="was given"):
        model.predict(functionals(3, 1).inputs)
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("metadata.json", "{}")
    with pytest.raises(InputError, match="not a model"):
        lstm.load(tmp_path / "m.keras")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_trains_and_keeps_nothing_of_the_training_before(optimizer: str) -> None:
    """Neither steps nor weights (schedulefreeadamw begins with a copy of them) of another seed of the same process."""
    parameters = {**SMALL, "layers": [6], "frames": 10, "optimizer": optimizer, "learning_rate": 0.001, "epochs": 2}
    found = []
    for before in ([], [1]):
        network_for.cache_clear()
        *_, fitted = [lstm.fit(speech(20, 1), None, (EMOTION,), parameters, seed) for seed in (*before, 0)]
        found.append(fitted.weights)
    assert np.isfinite(fitted.history[-1]["loss"])
    assert all(map(np.array_equal, *found))


@pytest.mark.parametrize(
    ("module", "parameters"),
    [
        (lstm, {**SMALL, "layers": [4, 4, 4], "dense": [5, 5], "dropout": 0.1, "bidirectional": True, "epochs": 1}),
        (tripathi, {"units": 4, "dense": 8, "frames": 20, "epochs": 1}),
    ],
)
def test_the_layers_that_may_be_frozen_are_those_of_the_network(module: Any, parameters: dict[str, Any]) -> None:
    model = module.fit(speech(20, 1), None, (EMOTION,), parameters, 0)
    layers = set(model.network.layer_weights(model.weights)) - {"emotion"}
    settings = {**defaults(module.parameters), **parameters}
    module.check({**settings, "freeze": sorted({*layers, *GROUPS})})
    with pytest.raises(InputError) as error:
        module.check({**settings, "freeze": ["nothing"]})
    known = error.value.offenders[0].split("is not one of ")[1].split(", ")
    assert set(known) == {*layers, *GROUPS}


def test_sequences_are_laid_out_without_padding() -> None:
    data = pack([np.ones((3, 2)), np.zeros((5, 2)), np.full((2, 2), 7.0)], 4, 2)
    assert data.frames.shape == (1 + 3 + 4 + 2, 2)
    np.testing.assert_array_equal(data.lengths, [3, 4, 2])
    np.testing.assert_array_equal(data.frames[data.offsets[2] :], 7.0)
    assert not data.frames[0].any()
    assert pack([np.zeros((5, 2))], None, 2).frames[1:].any(axis=1).all()


@pytest.mark.parametrize("by_length", [False, True])
def test_batches_hold_every_utterance_once(by_length: bool) -> None:
    lengths = np.random.default_rng(0).integers(1, 500, 70)
    rows, real = batches(lengths, 16, np.random.default_rng(1), by_length)
    assert rows.shape == real.shape == (5, 16)
    assert sorted(rows[real > 0]) == list(range(70))
    spread = np.mean([np.ptp(lengths[r]) for r in rows])
    assert (spread < 250) == by_length
    other, _ = batches(lengths, 16, np.random.default_rng(2), by_length)
    assert not np.array_equal(rows, other)
