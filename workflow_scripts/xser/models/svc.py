"""One-vs-rest support vector classifier on functionals, all its binary problems on one shared Gram matrix.

The labels are those of scikit-learn's `OneVsRestClassifier(SVC(...))`: the class with the largest decision value. The
kernel is computed once instead of once a class. Where that matrix would not fit into `memory_gb`, each class computes
its own kernel (slow, small).

Probabilities are the softmax of the decision values: they order the classes as the decision does, uncalibrated.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from xser.job import log
from xser.models.functionals import Arrays, Classifier
from xser.models.quick_import import quick_import
from xser.parameters import Parameter, Parameters, either, integer, number, one_of, one_or_list

CACHE_MB = 200  # libsvm's cache of kernel rows beside a kept Gram matrix
BASE_GB = 0.5  # the process, scikit-learn and the temporary blocks
BLOCK = 1024  # utterances that are predicted at once


def kernel_matrix(x: np.ndarray, y: np.ndarray, kernel: Mapping[str, Any]) -> np.ndarray:
    """Return k(x, y), of shape (n, m), for x (n, dims) and y (m, dims), float64.

    As scikit-learn's pairwise_kernels, which takes a second to import: predicting does without.
    """
    products = x @ y.T
    if kernel["kernel"] == "linear":
        return products
    if kernel["kernel"] == "poly":
        return (kernel["gamma"] * products + kernel["coef0"]) ** kernel["degree"]
    products *= -2
    products += np.einsum("ij,ij->i", x, x)[:, None]
    products += np.einsum("ij,ij->i", y, y)
    if x is y:
        np.fill_diagonal(products, 0)
    np.maximum(products, 0, out=products)
    return np.exp(np.multiply(products, -kernel["gamma"], out=products), out=products)


def gamma_of(x: np.ndarray, gamma: float | str) -> float:
    """Return scikit-learn's gamma: "scale" is 1 / (dims x variance of x), "auto" is 1 / dims."""
    if gamma == "scale":
        variance = float(x.var(dtype=np.float64))
        return 1.0 / (x.shape[1] * variance) if variance else 1.0
    return 1.0 / x.shape[1] if gamma == "auto" else float(gamma)


def gram_gb(rows: int, dims: int) -> float:
    """Return what training on a kept Gram matrix takes, in gigabytes."""
    return (rows * rows * 8 + rows * dims * 12 + CACHE_MB * 2**20 + BLOCK * rows * 8) / 1e9 + BASE_GB


class SupportVectorClassifier(Classifier):
    """One-vs-rest SVC: the union of its support vectors, and each class's dual coefficients on it; no seed."""

    title = "support vector classification"
    references = ("pedregosa2011",)
    parameters: ClassVar[Parameters] = {
        "kernel": Parameter("rbf", one_of("rbf", "linear", "poly"), "our assumption. `rbf`, `linear`, `poly`"),
        "C": Parameter(1.0, one_or_list(number(above=0)), "our assumption. A list: as for `logreg`"),
        "gamma": Parameter(
            "scale",
            either(number(above=0), one_of("scale", "auto")),
            "our assumption. `scale` = 1 / (features x variance), `auto` = 1 / features, or a number",
        ),
        "degree": Parameter(3, integer(1), "of `poly`"),
        "coef0": Parameter(0.0, number(), "of `poly`"),
        "class_weight": Parameter(
            None,
            one_of(None, "balanced"),
            "our assumption. `balanced`: in each binary problem, class and rest weigh the same",
        ),
        "memory_gb": Parameter(
            8.0,
            number(least=0),
            "of one training. n utterances take about n² x 8 bytes (24,900: 5 GB). Above the limit each class computes "
            "its own kernel: about as slow as plain scikit-learn, little memory. Folds that train side by side each "
            "take their own",
        ),
    }
    choice = "C"
    weighs = True

    def fit_one(
        self, x: np.ndarray, y: np.ndarray, parameters: Mapping[str, Any], weights: np.ndarray | None = None
    ) -> Arrays:
        """Return `support` (m, dims) float32, `dual` (problems, m), `intercept` (problems,) and `gamma`.

        There is one problem a class, or a single one (second class against first) where there are two classes. An
        utterance's weight multiplies its C.
        """
        with quick_import("pandas"):
            from sklearn.svm import SVC

        kernel = _kernel(parameters, gamma_of(x, parameters["gamma"]))
        data = x.astype(np.float64)
        options: dict[str, Any] = {key: parameters[key] for key in ("C", "class_weight")} | {"cache_size": CACHE_MB}
        need, limit = gram_gb(*x.shape), parameters["memory_gb"]
        if need <= limit:
            # In float64: what remains between these decision values and scikit-learn's is within libsvm's tolerance.
            data = kernel_matrix(data, data, kernel)
            options["kernel"] = "precomputed"
        else:
            log.warning("svc: a Gram matrix of %d utterances takes %.1f GB, memory_gb is %g: slow", len(x), need, limit)
            room = (limit - BASE_GB) * 1000 - x.size * 16 / 1e6
            options |= kernel | {"cache_size": max(CACHE_MB, min(room, 4000))}
        classes = range(int(y.max()) + 1)
        dual = np.zeros((len(classes) if len(classes) > 2 else 1, len(x)))
        intercept = np.zeros(len(dual))
        for row, positive in enumerate(classes if len(classes) > 2 else [1]):
            estimator = SVC(**options).fit(data, (y == positive).astype(np.int64), sample_weight=weights)
            dual[row, estimator.support_] = estimator.dual_coef_[0]
            intercept[row] = estimator.intercept_[0]
        used = dual.any(axis=0)
        return {"support": x[used], "dual": dual[:, used], "intercept": intercept, "gamma": np.array(kernel["gamma"])}

    def decide(self, x: np.ndarray, fitted: Arrays, parameters: Mapping[str, Any]) -> np.ndarray:
        """Return the signed decision values (utterances, classes)."""
        out = np.empty((len(x), len(fitted["dual"])))
        kernel = _kernel(parameters, float(fitted["gamma"]))
        x, support = x.astype(np.float64), fitted["support"].astype(np.float64)
        for begin in range(0, len(x), BLOCK):
            rows = slice(begin, begin + BLOCK)
            out[rows] = kernel_matrix(x[rows], support, kernel) @ fitted["dual"].T + fitted["intercept"]
        return np.hstack([-out, out]) if out.shape[1] == 1 else out


def _kernel(parameters: Mapping[str, Any], gamma: float) -> dict[str, Any]:
    kernel, degree, coef0 = (parameters[key] for key in ("kernel", "degree", "coef0"))
    return {"kernel": kernel, "gamma": gamma, "degree": int(degree), "coef0": float(coef0)}


MODEL = SupportVectorClassifier()
