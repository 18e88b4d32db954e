"""LSTM training against Keras `fit` as a user would write it and against PyTorch: CPU seconds for 1,000 utterances.

The work: (120, 13) in, two LSTM layers of 128 cells, softmax 5, one training epoch (forward, backward, Adam, float32)
on synthetic utterances of 30 to 120 frames. Each variant is a process of its own that keeps its model; the variants
take turns, epoch by epoch, so that all meet the same load. Printed are medians over the rounds.

    python benchmarks/bench_lstm.py [--quick] [--batch 32 128] [--torch-python PYTHON]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

FRAMES, DIMS, CELLS, CLASSES = 120, 13, 128, 5
BASELINES = {"padded": "keras", "masked": "keras-masked"}


@dataclass(frozen=True)
class Variant:
    """One implementation; `kind` says what it may be compared with."""

    name: str
    kind: str
    threads: str
    what: str


VARIANTS = [
    Variant("xser", "padded", "1", "xser, zero-padded to 120 frames"),
    Variant("keras", "padded", "default", "Keras fit, zero-padded"),
    Variant("keras-1", "padded", "1", "Keras fit, zero-padded"),
    Variant("torch", "padded", "1", "PyTorch nn.LSTM, zero-padded"),
    Variant("xser-masked", "masked", "1", "xser, masked, batches by length"),
    Variant("keras-masked", "masked", "default", "Keras fit, Masking"),
    Variant("keras-masked-1", "masked", "1", "Keras fit, Masking"),
    Variant("torch-packed", "masked", "1", "PyTorch, packed sequences"),
]


def data(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return inputs (count, 120, 13) with zeros after each length, lengths (count,) and labels (count,)."""
    random = np.random.default_rng(0)
    lengths = random.integers(30, FRAMES + 1, count)
    x = random.normal(size=(count, FRAMES, DIMS)).astype(np.float32)
    x[np.arange(FRAMES) >= lengths[:, None]] = 0.0
    return x, lengths, random.integers(0, CLASSES, count)


def xser_epoch(masked: bool, count: int, batch: int) -> Callable[[], None]:
    """Return a function that trains one epoch with this project's loop."""
    from xser.models import lstm
    from xser.models.base import Head
    from xser.models.network import tensors_of
    from xser.models.sequences import batches, pack

    x, lengths, y = data(count)
    frames = None if masked else FRAMES
    network = lstm.architecture().network(frames, DIMS, [Head("emotion", tuple("abcde"))], lstm.PARAMETERS)
    network.fast.set_weights(network.initial_weights(0))
    packed = pack([a[:n] for a, n in zip(x, lengths, strict=True)], frames, DIMS)
    trainer, tensors = network.trainer("adam", batch, []), tensors_of(packed)
    random = np.random.default_rng(0)
    labels = {"emotion": y.astype(np.int32)}, {"emotion": np.ones(count, np.float32)}

    def epoch() -> None:
        float(trainer.epoch(tensors, *labels, *batches(packed.lengths, batch, random, by_length=masked)))

    return epoch


def keras_epoch(masked: bool, threads: str, count: int, batch: int) -> Callable[[], None]:
    """Return a function that trains one epoch with stock Keras."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import tensorflow as tf

    if threads == "1":
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    x, _, y = data(count)
    layers = [keras.layers.Masking()] if masked else []
    layers += [keras.layers.LSTM(CELLS, return_sequences=True), keras.layers.LSTM(CELLS)]
    model = keras.Sequential([keras.Input((FRAMES, DIMS)), *layers, keras.layers.Dense(CLASSES, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return lambda: model.fit(x, y, batch_size=batch, verbose=0) and None


def torch_epoch(packed: bool, count: int, batch: int) -> Callable[[], None]:
    """Return a function that trains one epoch with PyTorch, one thread."""
    import torch

    torch.set_num_threads(1)
    x, lengths, y = (torch.from_numpy(a) for a in data(count))
    lstm, dense = torch.nn.LSTM(DIMS, CELLS, 2, batch_first=True), torch.nn.Linear(CELLS, CLASSES)
    optimizer = torch.optim.Adam([*lstm.parameters(), *dense.parameters()])
    criterion = torch.nn.CrossEntropyLoss()

    def state(rows: "torch.Tensor") -> "torch.Tensor":
        if not packed:
            return lstm(x[rows])[0][:, -1]
        return lstm(torch.nn.utils.rnn.pack_padded_sequence(x[rows], lengths[rows], True, enforce_sorted=False))[1][0][
            -1
        ]

    def epoch() -> None:
        for rows in torch.randperm(count).split(batch):
            optimizer.zero_grad(set_to_none=True)
            criterion(dense(state(rows)), y[rows]).backward()
            optimizer.step()

    return epoch


def work(name: str, threads: str, count: int, batch: int) -> None:
    """Train an epoch for every line on standard input; answer with its CPU and wall seconds."""
    family, masked = name.split("-")[0], "masked" in name or "packed" in name
    if family == "xser":
        epoch = xser_epoch(masked, count, batch)
    elif family == "keras":
        epoch = keras_epoch(masked, threads, count, batch)
    else:
        epoch = torch_epoch(masked, count, batch)
    epoch()
    print("ready", flush=True)
    for _ in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        epoch()
        print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall]), flush=True)


def start(variant: Variant, python: str, count: int, batch: int) -> subprocess.Popen[str] | None:
    """Start a variant's process and wait until its first epoch is done; None where it cannot run."""
    arguments = [python, __file__, "--worker", variant.name, variant.threads, str(count), str(batch)]
    process = subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    if process.stdout.readline().strip() == "ready":
        return process
    print(f"skipped {variant.name}: {'PyTorch is not installed' if 'torch' in variant.name else 'it failed'}")
    return None


def measure(
    count: int, batch: int, rounds: int, torch_python: str
) -> Iterator[tuple[Variant, list[tuple[float, float]]]]:
    """Yield each variant with its (CPU, wall) seconds of every round."""
    processes: dict[Variant, tuple[subprocess.Popen[str], list[tuple[float, float]]]] = {}
    for variant in VARIANTS:
        process = start(variant, torch_python if "torch" in variant.name else sys.executable, count, batch)
        if process:
            processes[variant] = process, []
    for _ in range(rounds):
        for process, seconds in processes.values():
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            seconds.append(json.loads(process.stdout.readline()))
    for variant, (process, seconds) in processes.items():
        process.communicate()
        yield variant, seconds


def main() -> None:
    """Print a table for each batch size."""
    parser = argparse.ArgumentParser(description="Compare LSTM training with Keras and PyTorch.")
    parser.add_argument("--quick", action="store_true", help="fewer utterances and rounds")
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--torch-python", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        name, threads, count, batch = options.worker
        work(name, threads, int(count), int(batch))
        return
    count, rounds = (256, 3) if options.quick else (640, 5)
    for batch in options.batch:
        results = dict(measure(count, batch, rounds, options.torch_python))
        cpu = {v.name: statistics.median(c for c, _ in s) * 1000 / count for v, s in results.items()}
        print(f"\nbatch {batch}: {count} utterances, median of {rounds} rounds; seconds for 1,000 utterances")
        print("| variant | threads | CPU s | wall s | CPU s, Keras fit (default) / this |\n|---|---|---|---|---|")
        for variant, seconds in results.items():
            wall = statistics.median(w for _, w in seconds) * 1000 / count
            ratio = cpu[BASELINES[variant.kind]] / cpu[variant.name]
            print(f"| {variant.what} | {variant.threads} | {cpu[variant.name]:.2f} | {wall:.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
