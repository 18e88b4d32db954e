"""Proof that a classifier learnt from certain utterances and no others, without training it again.

Both classifiers solve a convex problem, so that whether a model is the solution for given utterances can be seen from
the model: its gradient is zero (logistic regression), or it meets the Karush-Kuhn-Tucker conditions (SVC, whose support
vectors must also be among the utterances). One matrix product a model; its own code for training is not called.
Logistic regression that stops before the solution (at `max_iter`, or on features that are not scaled) is fitted once
more, with scikit-learn alone: it must fit its utterances as well. Of parameters not known here nothing is said.
"""

import io
from collections.abc import Callable, Mapping
from typing import Any
from warnings import catch_warnings

import numpy as np

Arrays = Mapping[str, np.ndarray]
GRADIENT = 1e-3  # largest component of the mean loss' gradient; scikit-learn's lbfgs stops at 1e-4
LOSS = 0.01  # by which share the loss of a fit that stopped early may be above that of another; processors differ
MARGIN = 5e-3  # of the decision value; libsvm stops where conditions are met within 1e-3
ROUNDING = 2.0**-24  # of a value of the kernel, which libsvm keeps in float32; it counts where features are not scaled
KNOWN = {  # parameters under which a model solves the problem below
    "logreg": {"C", "class_weight", "max_iter"},
    "svc": {"kernel", "C", "gamma", "degree", "coef0", "class_weight", "memory_gb"},
}
NEAR = 1e-5  # of the largest value of a support vector
BLOCK = 1024  # utterances whose kernel is computed at once


def wrong(
    kind: str,
    model: bytes,
    x: np.ndarray,
    y: Mapping[str, np.ndarray],
    parameters: Mapping[str, Any],
    weights: np.ndarray | None = None,
    scaled: bool = True,
) -> str:
    """Say why a saved classifier (`logreg` or `svc`, the bytes of its `.npz`) is not the solution; empty if it is.

    It should have learnt from `x`, scaled, (utterances, dims) float32, and `y`, for each head, in their order, the
    class of each utterance, -1 where it is unknown. `weights` (utterances,): how much each counts; None: all the same.
    `scaled`: whether features were scaled.
    """
    each = np.ones(len(x)) if weights is None else weights.astype(np.float64)
    if parameters.keys() - KNOWN[kind]:
        return ""
    with np.load(io.BytesIO(model), allow_pickle=False) as file:
        stored = {name: file[name] for name in file.files}
    for index, (head, target) in enumerate(y.items()):
        known = (target >= 0) & (each > 0)
        present, classes = np.unique(target[known], return_inverse=True)
        arrays = {name.partition(".")[2]: a for name, a in stored.items() if name.startswith(f"{index}.")}
        if not np.array_equal(arrays.get("present", ()), present):
            return f"its classes of {head} are not those of the training utterances"
        allowed = parameters["C"] if isinstance(parameters["C"], list | tuple) else [parameters["C"]]
        if float(arrays["C"]) not in map(float, allowed):
            return f"its C is {float(arrays['C'])}"
        given = x[known].astype(np.float64), classes, each[known]
        if len(present) > 1 and (why := KINDS[kind](arrays, *given, parameters, scaled)):
            return f"{head}: {why}"
    return ""


def _logistic(
    arrays: Arrays, x: np.ndarray, y: np.ndarray, each: np.ndarray, parameters: Mapping[str, Any], scaled: bool
) -> str:
    count = np.bincount(y, weights=each)  # scikit-learn balances classes by what they weigh
    balanced = parameters["class_weight"] == "balanced"
    weights = each * (each.sum() / (len(count) * count) if balanced else np.ones(len(count)))[y]
    if len(count) == 2 and (arrays["coef"][0].any() or arrays["intercept"][0]):
        return "its first class of two has coefficients"
    if not (scaled and arrays["converged"]):
        return _stopped(arrays, x, y, each, weights, parameters)
    shares = _shares(x, arrays["coef"], arrays["intercept"])
    shares[np.arange(len(y)), y] -= 1
    shares *= weights[:, None] / weights.sum()
    slopes = shares.T @ x + arrays["coef"] / (float(arrays["C"]) * weights.sum())
    free = slice(len(count) == 2, None)  # of two classes only the second has coefficients
    steepest = max(np.abs(slopes[free]).max(), np.abs(shares.sum(axis=0)[free]).max())
    return f"its gradient on the training utterances is {steepest:.2g}, not 0" if steepest > GRADIENT else ""


def _stopped(
    arrays: Arrays, x: np.ndarray, y: np.ndarray, each: np.ndarray, weights: np.ndarray, parameters: Mapping[str, Any]
) -> str:
    """Say whether a fit that ended before the solution is worse than another to the same utterances."""
    from sklearn.linear_model import LogisticRegression

    given = {key: parameters[key] for key in ("class_weight", "max_iter")}
    with catch_warnings(action="ignore"):  # that it does not converge
        again = LogisticRegression(C=float(arrays["C"]), **given).fit(x, y, sample_weight=each)
    if not arrays["converged"] and again.n_iter_.max() < parameters["max_iter"]:
        return "it says that it stopped at max_iter, where training does not"

    def loss(coef: np.ndarray, intercept: np.ndarray) -> float:
        if len(coef) == 1:
            coef, intercept = np.vstack([0 * coef, coef]), np.append(0, intercept)
        right = np.log(np.maximum(_shares(x, coef, intercept)[np.arange(len(y)), y], 1e-300))
        return float(np.square(coef).sum() / 2 - float(arrays["C"]) * (weights * right).sum())

    found, wanted = loss(arrays["coef"], arrays["intercept"]), loss(again.coef_, again.intercept_)
    worse = not found <= wanted * (1 + LOSS) + 1e-6
    return f"its loss on the training utterances is {found:.6g}, training gives {wanted:.6g}" if worse else ""


def _shares(x: np.ndarray, coef: np.ndarray, intercept: np.ndarray) -> np.ndarray:
    """Probabilities (utterances, classes)."""
    logits = x @ coef.T + intercept
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _support(
    arrays: Arrays, x: np.ndarray, y: np.ndarray, each: np.ndarray, parameters: Mapping[str, Any], scaled: bool
) -> str:
    places: dict[bytes, list[int]] = {}
    for i, row in enumerate(x.astype(np.float32)):
        places.setdefault(row.tobytes(), []).append(i)
    dual, support = arrays["dual"], arrays["support"]
    rows = []
    for k, vector in enumerate(support):
        if not (found := places.get(vector.tobytes()) or places.get(_nearest(vector, x), [])):
            return f"support vector {k} is none of the training utterances"
        signs = [sum(np.sign(dual[:, k]) * _sides(y[i], len(dual)) < 0) for i in found]
        rows.append(found.pop(int(np.argmin(signs))))
    if not np.isclose(float(arrays["gamma"]), wanted := _gamma(x, parameters["gamma"]), rtol=1e-5):
        return f"its gamma is {float(arrays['gamma']):.6g}, that of the training utterances is {wanted:.6g}"
    values, rounded = np.empty((2, len(x), len(dual)))
    for begin in range(0, len(x), BLOCK):
        kernel = _kernel(x[begin : begin + BLOCK], support.astype(np.float64), wanted, parameters)
        values[begin : begin + BLOCK] = kernel @ dual.T + arrays["intercept"]
        rounded[begin : begin + BLOCK] = ROUNDING * (np.abs(kernel) @ np.abs(dual).T)
    for problem, alphas in enumerate(dual):
        side = np.array([_sides(label, len(dual))[problem] for label in y])
        amount = np.zeros(len(x))
        np.add.at(amount, rows, alphas * side[rows])
        count = {s: np.count_nonzero(side == s) for s in (-1, 1)}
        balanced = parameters["class_weight"] == "balanced"
        most = np.array([len(x) / (2 * count[s]) if balanced else 1.0 for s in side.tolist()])
        most *= float(arrays["C"]) * each
        over = 1e-6 * most
        margin, near = side * values[:, problem], MARGIN + rounded[:, problem]
        unmet = (amount < -over) | (amount > most + over)
        unmet |= (amount < most - over) & (margin < 1 - near)  # could weigh more
        unmet |= (amount > over) & (margin > 1 + near)  # weighs, and need not
        if unmet.any() or abs(alphas.sum()) > 1e-6 * most.sum():
            return f"it is not the solution for the training utterances ({np.count_nonzero(unmet)} do not fit)"
    return ""


def _nearest(vector: np.ndarray, x: np.ndarray) -> bytes:
    """The bytes of the row of x that a vector is, but for rounding: what is adapted rounds as the processor does."""
    apart = np.abs(x - vector).max(axis=1)
    best = int(apart.argmin())
    return x[best].astype(np.float32).tobytes() if apart[best] <= NEAR * np.abs(vector).max() else b""


def _sides(label: int, problems: int) -> np.ndarray:
    """On which side (1, -1) of each binary problem a class is; of two classes there is one problem, for the second."""
    return np.where(np.arange(problems) == label, 1, -1) if problems > 1 else np.array([1 if label else -1])


def _gamma(x: np.ndarray, gamma: float | str) -> float:
    if isinstance(gamma, str):
        spread = float(np.square(x - x.mean()).mean()) if gamma == "scale" else 1.0
        return 1.0 / (x.shape[1] * spread) if spread else 1.0
    return float(gamma)


def _kernel(x: np.ndarray, y: np.ndarray, gamma: float, parameters: Mapping[str, Any]) -> np.ndarray:
    product = x @ y.T
    if parameters["kernel"] == "linear":
        return product
    if parameters["kernel"] == "poly":
        powers: np.ndarray = (gamma * product + parameters["coef0"]) ** parameters["degree"]
        return powers
    apart = np.square(x).sum(axis=1)[:, None] + np.square(y).sum(axis=1)[None, :] - 2 * product
    return np.exp(-gamma * np.maximum(apart, 0))


KINDS: dict[str, Callable[[Arrays, np.ndarray, np.ndarray, np.ndarray, Mapping[str, Any], bool], str]] = {
    "logreg": _logistic,
    "svc": _support,
}
