"""The record of what a training learnt from: digests that its archive bears, and that the audit makes anew.

A digest is the SHA-256 over utterances in the order in which they were given: for each a line of JSON (its name, what
was to be learnt of it, type and shape of its array), then the bytes of its array.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from xser.models.base import Examples

Triple = tuple[str, Any, np.ndarray]
"""An utterance, what was to be learnt of it (or, for scaling, its group), and its array."""


def digest(triples: Iterable[Triple]) -> str:
    """Return the digest of some utterances; empty where there are none."""
    total, empty = hashlib.sha256(), True
    for name, target, array in triples:
        total.update(f"{json.dumps([name, target, array.dtype.str, array.shape])}\n".encode())
        total.update(np.ascontiguousarray(array).data)
        empty = False
    return "" if empty else total.hexdigest()


def of_examples(examples: Examples | None) -> str:
    """Return the digest of what is given to a model's `fit`."""
    if examples is None:
        return ""
    targets = ({head: y[i].item() for head, y in examples.targets.items()} for i in range(len(examples.inputs)))
    return digest(zip(examples.utterances, targets, examples.inputs, strict=True))
