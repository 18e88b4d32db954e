"""LSTM training against Keras `fit` as a user would write it and against PyTorch.

The work: two LSTM layers of 128 cells, softmax 5, one training epoch (forward, backward, Adam, float32) on synthetic
utterances, in three forms: `padded` (the paper's: 120 frames of 13, cut or zero-padded, the state after the last),
`masked` (the same utterances, 30 to 120 frames, padding skipped) and `whole` (whole utterances of 60 to 800 frames,
masked), and `is09` (one step of 384). The variants take turns, epoch by epoch. One of them is a limit: `products` does
nothing but the matrix products of the same epoch.

    python benchmarks/lstm.py [--quick] [--batch 32 128] [--torch-python PYTHON] [--json FILE]
"""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from measurement import command_line, write_json
from turns import Variant, medians, serve, take_turns

CELLS, CLASSES = 128, 5
FORMS = {"padded": (120, 13), "masked": (120, 13), "whole": (800, 13), "is09": (1, 384)}  # most frames, dimensions
COUNTS = {"padded": 640, "masked": 640, "whole": 256, "is09": 20_480}
KINDS = {
    "xser": "xser, 1 thread",
    "keras": "Keras fit, default threads",
    "keras-1": "Keras fit, 1 thread",
    "torch": "PyTorch, 1 thread",
    "products": "its matrix products alone, 1 thread",
}
Work = Callable[[], None]


def lengths_of(form: str, count: int) -> np.ndarray:
    """Frames of each utterance, (count,)."""
    random = np.random.default_rng(0)
    if form == "whole":  # 2.5 s at the median, as in EMO-DB
        return np.clip(random.lognormal(np.log(250), 0.4, count).astype(int), 60, 800)
    return random.integers(30, 121, count) if form != "is09" else np.ones(count, int)


def data(form: str, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs (count, frames, dims) with zeros after each length, lengths (count,) and labels (count,)."""
    frames, dims = FORMS[form]
    lengths, random = lengths_of(form, count), np.random.default_rng(1)
    frames = min(frames, int(lengths.max()))
    x = random.normal(size=(count, frames, dims)).astype(np.float32)
    x[np.arange(frames) >= lengths[:, None]] = 0.0
    return x, lengths, random.integers(0, CLASSES, count)


def xser_epoch(form: str, count: int, batch: int) -> Work:
    """One epoch with this project's loop."""
    from xser.models import lstm
    from xser.models.base import Head
    from xser.models.network import tensors_of
    from xser.models.sequences import batches, pack
    from xser.parameters import defaults

    x, lengths, y = data(form, count)
    masked = form in ("masked", "whole")
    frames, dims = None if masked else x.shape[1], x.shape[2]
    network = lstm.MODEL.network(frames, dims, [Head("emotion", tuple("abcde"))], defaults(lstm.MODEL.parameters))
    network.fast.set_weights(network.initial_weights(0))
    packed = pack([a[:n] for a, n in zip(x, lengths, strict=True)], frames, dims)
    trainer, tensors = network.trainer("adam", batch, []), tensors_of(packed)
    random = np.random.default_rng(0)
    labels = {"emotion": y.astype(np.int32)}, {"emotion": np.ones(count, np.float32)}
    return lambda: (
        float(trainer.epoch(tensors, *labels, *batches(packed.lengths, batch, random, by_length=masked))) and None
    )


def keras_epoch(form: str, count: int, batch: int, threads: int | None) -> Work:
    """One epoch with stock Keras."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import tensorflow as tf

    if threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    x, _, y = data(form, count)
    layers = [keras.layers.Masking()] if form in ("masked", "whole") else []
    layers += [keras.layers.LSTM(CELLS, return_sequences=True), keras.layers.LSTM(CELLS)]
    model = keras.Sequential([keras.Input(x.shape[1:]), *layers, keras.layers.Dense(CLASSES, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return lambda: model.fit(x, y, batch_size=batch, verbose=0) and None


def torch_epoch(form: str, count: int, batch: int) -> Work:
    """One epoch with PyTorch.

    Masked forms take the state after each utterance's last frame; packed sequences were five times slower than that.
    """
    import torch

    torch.set_num_threads(1)
    x, lengths, y = (torch.from_numpy(a) for a in data(form, count))
    lstm, dense = torch.nn.LSTM(x.shape[2], CELLS, 2, batch_first=True), torch.nn.Linear(CELLS, CLASSES)
    optimizer = torch.optim.Adam([*lstm.parameters(), *dense.parameters()])
    criterion = torch.nn.CrossEntropyLoss()

    def state(rows: "torch.Tensor") -> "torch.Tensor":
        outputs = lstm(x[rows])[0]
        return outputs[torch.arange(len(rows)), lengths[rows] - 1] if form in ("masked", "whole") else outputs[:, -1]

    def epoch() -> None:
        for rows in torch.randperm(count).split(batch):
            optimizer.zero_grad(set_to_none=True)
            criterion(dense(state(rows)), y[rows]).backward()
            optimizer.step()

    return epoch


def products(form: str, count: int, batch: int) -> Work:
    """The matrix products of an epoch in numpy: each step's gates, their gradient, and the gradient of the weights.

    A step's products have `batch` rows, so they run below the speed of large ones. Masked forms: frames that are there.
    """
    from threadpoolctl import threadpool_limits

    frames, dims = FORMS[form]
    lengths = np.sort(lengths_of(form, count)) if form in ("masked", "whole") else np.full(count, frames)
    steps = [int(lengths[i : i + batch].max()) for i in range(0, count, batch)]
    random = np.random.default_rng(0)

    def made(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype(np.float32)

    most = max(steps) * batch
    gates, states = made(most, 4 * CELLS), made(most, CELLS)
    layers = [
        (made(most, width), made(width, 4 * CELLS), made(CELLS, 4 * CELLS), layer)
        for layer, width in enumerate((dims, CELLS))
    ]

    def epoch() -> None:
        with threadpool_limits(1):
            for number in steps:
                rows = slice(number * batch)
                for inputs, kernel, recurrent, layer in layers:
                    inputs[rows] @ kernel
                    for _ in range(number):
                        states[:batch] @ recurrent
                        gates[:batch] @ recurrent.T
                    inputs[rows].T @ gates[rows]
                    states[rows].T @ gates[rows]
                    if layer:
                        gates[rows] @ kernel.T

    return epoch


def epoch_of(name: str, form: str, count: int, batch: int) -> Work:
    """One training epoch by one implementation."""
    if name.startswith("keras"):
        return keras_epoch(form, count, batch, 1 if name == "keras-1" else None)
    return {"xser": xser_epoch, "torch": torch_epoch, "products": products}[name](form, count, batch)


def measure(form: str, batch: int, count: int, rounds: int, torch_python: str) -> list[dict[str, Any]]:
    """CPU and wall milliseconds for one utterance, by implementation."""
    variants = [
        Variant(name, (name, form, str(count), str(batch)), torch_python if name == "torch" else sys.executable)
        for name in KINDS
    ]
    numbers = []
    for kind, took in take_turns(__file__, variants, rounds).items():
        turn = medians(took)
        each = {"cpu_ms": turn.cpu / count * 1000, "wall_ms": turn.wall / count * 1000}
        numbers.append({"form": form, "batch": batch, "kind": kind, **each})
        print(numbers[-1], flush=True)
    return numbers


def main() -> None:
    """Measure every form and batch size; print and write the numbers."""
    parser = command_line(__doc__, "fewer utterances and rounds", worker=4)
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--form", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("--torch-python", default=sys.executable, help="a Python that has PyTorch and numpy")
    options = parser.parse_args()
    if options.worker:
        kind, form, count, batch = options.worker
        serve(epoch_of(kind, form, int(count), int(batch)))
        return
    numbers = []
    for form in options.form:
        for batch in options.batch:
            count, rounds = (COUNTS[form] // 2, 2) if options.quick else (COUNTS[form], 5)
            numbers += measure(form, batch, count, rounds, options.torch_python)
    if options.json:
        ask = [options.torch_python, "-c", "import torch; print(torch.__version__)"]
        torch = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()
        write_json(options.json, {"lstm": numbers, "rounds": 2 if options.quick else 5, "torch": torch})


if __name__ == "__main__":
    main()
