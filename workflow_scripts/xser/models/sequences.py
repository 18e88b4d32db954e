"""Utterances as sequences of frames in one array, and the batches that training and prediction take from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xser.errors import InputError
from xser.models.base import Head

TINY = 1e-30  # changes no sum; a frame of zeros in a masked sequence would pass for padding, and this does not
JITTER = 0.1  # of the lengths when batches are sorted, so that batches differ from epoch to epoch


@dataclass
class Sequences:
    """Frames of all utterances, one after another.

    `frames` (1 + all frames, dims) float32 starts with a row of zeros, which padding points at; utterance i has
    `lengths[i]` frames from row `offsets[i]`.
    """

    frames: np.ndarray
    offsets: np.ndarray
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.lengths)


def shape_of(inputs: Sequence[np.ndarray], frames: int | None, steps: int) -> tuple[int | None, int]:
    """Return the (frames, dims) that a model of these inputs has; frames is None for whole, masked utterances."""
    kinds = {x.ndim for x in inputs}
    dims = {x.shape[-1] for x in inputs}
    if len(dims) != 1 or len(kinds) != 1:
        raise InputError(f"utterances differ in their number of features ({sorted(dims)}) or of axes ({sorted(kinds)})")
    (size,) = dims
    if kinds == {2}:
        return frames, size
    if size % steps:
        raise InputError(f"{size} functionals cannot enter in {steps} steps", hint=f"choose `steps` that divide {size}")
    return steps, size // steps


def pack(inputs: Sequence[np.ndarray], frames: int | None, dims: int) -> Sequences:
    """Lay out utterances (frames, dims), or (steps x dims,) functionals, cut to at most `frames`."""
    cut = [np.asarray(x, np.float32).reshape(-1, dims)[:frames] for x in inputs]
    if any(len(x) == 0 for x in cut):
        raise InputError("an utterance without frames cannot be learnt from")
    rows = np.concatenate([np.zeros((1, dims), np.float32), *cut])
    if frames is None:
        rows[1:, 0][~rows[1:].any(axis=1)] = TINY
    lengths = np.array([len(x) for x in cut], np.int32)
    return Sequences(rows, (1 + np.concatenate([[0], np.cumsum(lengths)[:-1]])).astype(np.int32), lengths)


def given(inputs: Sequence[np.ndarray], frames: int | None, dims: int, steps: int) -> Sequences:
    """Lay out what a network of `frames` and `dims` is asked for; an InputError for utterances of another shape."""
    if others := {shape_of([x], frames, steps) for x in inputs} - {(frames, dims)}:
        raise InputError(f"a model of {(frames, dims)} (frames, features) was given {others.pop()}")
    return pack(inputs, frames, dims)


def batches(
    lengths: np.ndarray, size: int, random: np.random.Generator, by_length: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (batches, size) of all utterances in random order, and 1 where they count, 0 where they fill up.

    Batches have one size, so that training is compiled for one; the last is filled up with its own first utterance, at
    weight 0. With `by_length`, utterances of about the same length share a batch, so that little is padding; the
    batches themselves still come in random order.
    """
    count = len(lengths)
    order = random.permutation(count)
    if by_length:
        order = np.argsort(lengths * random.uniform(1 - JITTER, 1 + JITTER, count), kind="stable")
    filled = np.full(-(-count // size) * size, order[(count - 1) // size * size], np.int32)
    filled[:count] = order
    rows, real = filled.reshape(-1, size), (np.arange(len(filled)) < count).astype(np.float32).reshape(-1, size)
    if by_length:
        shuffled = random.permutation(len(rows))
        rows, real = rows[shuffled], real[shuffled]
    return rows, real


def in_order_of_length(lengths: np.ndarray, size: int) -> list[np.ndarray]:
    """Return batches for prediction: positions, longest utterances together."""
    return np.split(np.argsort(lengths, kind="stable").astype(np.int32), np.arange(size, len(lengths), size))


def weighted_labels(head: Head, values: np.ndarray, balanced: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels of a head and the weight of each utterance in its loss, 0 where the label is unknown.

    With `balanced`, a class weighs utterances / (classes x utterances of the class), over the classes that occur.
    """
    known = values >= 0 if head.classes else np.isfinite(values)
    weights = known.astype(np.float32)
    labels: np.ndarray = np.where(known, values, 0).astype(np.int32 if head.classes else np.float32)
    if balanced and head.classes and known.any():
        counts = np.bincount(labels[known], minlength=len(head.classes))
        weights[known] *= known.sum() / (np.count_nonzero(counts) * counts[labels[known]])
    return labels, weights
