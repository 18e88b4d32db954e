"""One-vs-rest support vector classifier on functionals, all its binary problems on one shared Gram matrix.

The labels are those of scikit-learn's `OneVsRestClassifier(SVC(...))`: the class with the largest decision value. The
kernel is computed once instead of once a class, by blocks of rows. Where that matrix would not fit into `memory_gb`,
each class computes its own kernel (slow, small).

Probabilities are the softmax of the decision values: they order the classes as the decision does, uncalibrated.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xser import parameters as checks
from xser.job import log
from xser.models.base import Examples, Head, Model
from xser.models.functionals import Arrays, PerHead, check_task, grid_of

PARAMETERS: dict[str, Any] = {
    "kernel": "rbf",  # our assumption; rbf, linear or poly
    "C": 1.0,  # our assumption; a list: chosen by UAR on development speakers
    "gamma": "scale",  # our assumption; 1 / (dims x variance), "auto" = 1 / dims, or a number
    "degree": 3,  # of poly
    "coef0": 0.0,  # of poly
    "class_weight": None,  # our assumption; "balanced" weighs a class and its rest by inverse frequency
    "memory_gb": 8.0,  # of one training; above it the Gram matrix is not kept
}
SEEDED = False
EPOCHS = False
SUFFIX = ".npz"

RULES: dict[str, checks.Rule] = {
    "kernel": checks.one_of("rbf", "linear", "poly"),
    "C": checks.one_or_list(checks.number(above=0)),
    "gamma": checks.either(checks.number(above=0), checks.one_of("scale", "auto")),
    "degree": checks.integer(1),
    "coef0": checks.number(),
    "class_weight": checks.one_of(None, "balanced"),
    "memory_gb": checks.number(least=0),
}
CACHE_MB = 200  # libsvm's cache of kernel rows beside a kept Gram matrix
BASE_GB = 0.5  # the process, scikit-learn and the temporary blocks
BLOCK = 1024  # rows of a product


def kernel_block(x: np.ndarray, y: np.ndarray, kernel: str, gamma: float, degree: int, coef0: float) -> np.ndarray:
    """Return k(x, y), of shape (n, m), for x (n, dims) and y (m, dims), float64."""
    block = x @ y.T
    if kernel == "rbf":
        block *= 2.0 * gamma
        block -= gamma * np.einsum("ij,ij->i", x, x)[:, None]
        block -= gamma * np.einsum("ij,ij->i", y, y)
        np.minimum(block, 0.0, out=block)  # rounding can make a distance to itself negative
        np.exp(block, out=block)
    elif kernel == "poly":
        block = (gamma * block + coef0) ** degree
    return block


def gram(x: np.ndarray, **kernel: Any) -> np.ndarray:
    """Return the kernel matrix (n, n) of x (n, dims), float64; one half is computed, the other mirrors it.

    Products are float64 too: half a matrix of them costs what a whole one of float32 does, and what then remains
    between these decision values and scikit-learn's is within libsvm's own tolerance (1e-3), mostly rounding.
    """
    x = x.astype(np.float64)
    out = np.empty((len(x), len(x)))
    for begin in range(0, len(x), BLOCK):
        rows = slice(begin, begin + BLOCK)
        block = kernel_block(x[rows], x[begin:], **kernel)
        out[rows, begin:] = block
        out[begin:, rows] = block.T
    return out


def gamma_of(x: np.ndarray, gamma: float | str) -> float:
    """Return scikit-learn's gamma: "scale" is 1 / (dims x variance of x), "auto" is 1 / dims."""
    if gamma == "scale":
        variance = float(x.var(dtype=np.float64))
        return 1.0 / (x.shape[1] * variance) if variance else 1.0
    return 1.0 / x.shape[1] if gamma == "auto" else float(gamma)


def gram_gb(rows: int, dims: int) -> float:
    """Return what training on a kept Gram matrix takes, in gigabytes."""
    return (rows * rows * 8 + rows * dims * 12 + CACHE_MB * 2**20 + BLOCK * rows * 8) / 1e9 + BASE_GB


class SupportVectorClassifier(PerHead):
    """One-vs-rest SVC: the union of its support vectors, and each class's dual coefficients on it."""

    name = "svc"

    @classmethod
    def fit_one(cls, x: np.ndarray, y: np.ndarray, c: float, parameters: Mapping[str, Any]) -> Arrays:
        """Return `support` (m, dims) float32, `dual` (problems, m), `intercept` (problems,) and `gamma`.

        There is one problem a class, or a single one (second class against first) where there are two classes.
        """
        from sklearn.svm import SVC

        kernel = _kernel(parameters, gamma_of(x, parameters["gamma"]))
        shared = gram_gb(*x.shape) <= parameters["memory_gb"]
        options: dict[str, Any] = {"C": c, "class_weight": parameters["class_weight"], "cache_size": CACHE_MB}
        if shared:
            data = gram(x, **kernel)
            options["kernel"] = "precomputed"
        else:
            need, limit = gram_gb(*x.shape), parameters["memory_gb"]
            log.warning("svc: a Gram matrix of %d utterances takes %.1f GB, memory_gb is %g: slow", len(x), need, limit)
            data = x.astype(np.float64)
            room = (parameters["memory_gb"] - BASE_GB) * 1000 - x.size * 16 / 1e6
            options |= kernel | {"cache_size": max(CACHE_MB, min(room, 4000))}
        classes = range(int(y.max()) + 1)
        dual = np.zeros((len(classes) if len(classes) > 2 else 1, len(x)))
        intercept = np.zeros(len(dual))
        for row, positive in enumerate(classes if len(classes) > 2 else [1]):
            estimator = SVC(**options).fit(data, (y == positive).astype(np.int64))
            dual[row, estimator.support_] = estimator.dual_coef_[0]
            intercept[row] = estimator.intercept_[0]
        used = dual.any(axis=0)
        return {"support": x[used], "dual": dual[:, used], "intercept": intercept, "gamma": np.array(kernel["gamma"])}

    @classmethod
    def decide(cls, x: np.ndarray, fitted: Arrays, parameters: Mapping[str, Any]) -> np.ndarray:
        """Return the signed decision values (utterances, classes)."""
        out = np.empty((len(x), len(fitted["dual"])))
        kernel = _kernel(parameters, float(fitted["gamma"]))
        x, support = x.astype(np.float64), fitted["support"].astype(np.float64)
        for begin in range(0, len(x), BLOCK):
            rows = slice(begin, begin + BLOCK)
            out[rows] = kernel_block(x[rows], support, **kernel) @ fitted["dual"].T + fitted["intercept"]
        return np.hstack([-out, out]) if out.shape[1] == 1 else out


def _kernel(parameters: Mapping[str, Any], gamma: float) -> dict[str, Any]:
    kernel, degree, coef0 = (parameters[key] for key in ("kernel", "degree", "coef0"))
    return {"kernel": kernel, "gamma": gamma, "degree": int(degree), "coef0": float(coef0)}


def check(parameters: Mapping[str, Any]) -> None:
    """Raise InputError for values that cannot be trained with."""
    checks.refuse("svc", checks.problems(RULES, parameters))


def fit(
    train: Examples,
    dev: Examples | None,
    heads: Sequence[Head],
    parameters: Mapping[str, Any],
    seed: int,
    start: Model | None = None,
) -> SupportVectorClassifier:
    """Fit on training and development utterances; `seed` changes nothing."""
    settings = {**PARAMETERS, **parameters}
    check(settings)
    check_task("svc", heads, start, grid_of(settings["C"]), dev)
    return SupportVectorClassifier.fit(train, dev, heads, settings)


def load(path: Path) -> SupportVectorClassifier:
    """Read a saved model."""
    return SupportVectorClassifier.load(path)
