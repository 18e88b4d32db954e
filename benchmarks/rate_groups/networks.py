"""Rates of the networks."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rate_groups.common import CLASSES, DIMS, cpu, fit

# (name, LSTM cells a layer, frames, dims, batch size, utterances)
NETWORKS = [
    ("the paper's", [128, 128], 120, 13, 32, 256),
    ("batch 128", [128, 128], 120, 13, 128, 256),
    ("small", [32, 32], 120, 13, 32, 256),
    ("wide, short", [256], 40, 34, 32, 256),
    ("IS09", [128, 128], 1, 384, 32, 2048),
    ("IS09, small", [16], 1, 384, 32, 2048),
]


def epochs_of(
    model: Any, parameters: Mapping[str, Any], frames: int | None, shape: tuple[int, int], count: int
) -> tuple[float, float, float, float]:
    """CPU seconds of the first training epoch, of a later one, of the first evaluation and of a later one."""
    from xser.models.base import Head
    from xser.models.network import tensors_of
    from xser.models.sequences import batches, pack

    settings, random = model.complete(parameters), np.random.default_rng(0)
    network = model.network(frames, shape[1], [Head("emotion", tuple("abcde"))], settings)
    network.fast.set_weights(network.initial_weights(0))
    data = pack(list(random.normal(size=(count, *shape)).astype(np.float32)), frames, shape[1])
    trainer, tensors = network.trainer(settings["optimizer"], settings["batch_size"], []), tensors_of(data)
    trainer.reset(settings["learning_rate"])
    known = {"emotion": random.integers(0, 5, count).astype(np.int32)}, {"emotion": np.ones(count, np.float32)}

    def epoch() -> None:
        order = batches(data.lengths, settings["batch_size"], random, by_length=frames is None)
        float(trainer.epoch(tensors, *known, *order))

    found = []
    for work in (epoch, lambda: network.logits(data)):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
        seconds = []
        for _ in range(3):
            started = time.process_time()
            work()
            seconds.append(time.process_time() - started)
        found.append(float(np.median(seconds)))
    return found[0], found[1], found[2], found[3]


def measure() -> dict[str, Any]:
    """LSTMs: seconds for each term of `NetworkSize.terms`, for any epoch and any training; Tripathi's."""
    from xser.estimate.costs import NetworkSize, Shape
    from xser.models import lstm, tripathi

    training, evaluation, first = [], [], []
    for _, layers, frames, dims, batch, count in NETWORKS:
        given = {"layers": layers, "batch_size": batch, "frames": frames}
        network = NetworkSize.of(lstm.MODEL.complete(given), Shape(dims, 100.0), 1.0, CLASSES)
        begin, epoch, begin_evaluation, evaluate = epochs_of(lstm.MODEL, given, frames, (frames, dims), count)
        training.append((network.terms(count), epoch))
        products, cells, *_ = network.terms(count, batch=1)
        evaluation.append(((products, cells, float(count)), evaluate))
        first.append(begin - epoch + begin_evaluation - evaluate)
    started = time.process_time()
    _, epoch, _, evaluate = epochs_of(tripathi.MODEL, {}, 100, (100, 34), 200)
    whole = time.process_time() - started
    return {
        "training": fit(*zip(*training, strict=True)),
        "evaluation": fit(*zip(*evaluation, strict=True)),
        "trace": float(np.median(first)),
        **measure_overheads(),
        "tripathi": {"training": epoch / 200, "evaluation": evaluate / 200, "trace": whole - 4 * (epoch + evaluate)},
    }


def measure_overheads() -> dict[str, float]:
    """What a training and an epoch take beside their utterances, and loading a saved model."""
    from xser.models import lstm
    from xser.models.base import Examples, Head

    random, head = np.random.default_rng(0), [Head("emotion", tuple("abcde"))]
    few = Examples(list(random.normal(size=(32, DIMS)).astype(np.float32)), {"emotion": np.arange(32) % 5})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"

        def train(epochs: int) -> float:
            started = time.process_time()
            lstm.MODEL.fit(few, few, head, {"epochs": epochs, "patience": None}, 0).save(path)
            return time.process_time() - started

        train(1)
        short, long = (float(np.median([train(epochs) for _ in range(3)])) for epochs in (1, 21))
        epoch = (long - short) / 20
        return {"epoch": epoch, "task": short - epoch, "load_model": cpu(lambda: lstm.MODEL.load(path), 0.1)}
