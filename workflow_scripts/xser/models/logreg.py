"""Logistic regression (scikit-learn, L2, lbfgs) on functionals, one classifier a head."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xser import parameters as checks
from xser.models.base import Examples, Head, Model
from xser.models.functionals import Arrays, PerHead, check_task, grid_of

PARAMETERS: dict[str, Any] = {
    "C": 0.01,  # our assumption; inverse strength of L2; a list: chosen by UAR on development speakers
    "class_weight": None,  # our assumption; "balanced" weighs classes by inverse frequency
    "max_iter": 2000,  # our assumption
}
SEEDED = False
EPOCHS = False
SUFFIX = ".npz"

RULES: dict[str, checks.Rule] = {
    "C": checks.one_or_list(checks.number(above=0)),
    "class_weight": checks.one_of(None, "balanced"),
    "max_iter": checks.integer(1),
}


class LogisticRegression(PerHead):
    """Multinomial logistic regression; its softmax is a probability."""

    name = "logreg"

    @classmethod
    def fit_one(cls, x: np.ndarray, y: np.ndarray, c: float, parameters: Mapping[str, Any]) -> Arrays:
        """Return `coef` (classes, dims) and `intercept` (classes,)."""
        from sklearn.linear_model import LogisticRegression as Estimator

        estimator = Estimator(C=c, class_weight=parameters["class_weight"], max_iter=parameters["max_iter"])
        estimator.fit(x.astype(np.float64), y)
        coef, intercept = estimator.coef_, estimator.intercept_
        if len(coef) == 1:  # two classes: scikit-learn keeps the second's log-odds only
            coef, intercept = np.vstack([0 * coef, coef]), np.append(0 * intercept, intercept)
        return {"coef": coef, "intercept": intercept}

    @classmethod
    def decide(cls, x: np.ndarray, fitted: Arrays, parameters: Mapping[str, Any]) -> np.ndarray:
        """Return the logits (utterances, classes)."""
        return x.astype(np.float64) @ fitted["coef"].T + fitted["intercept"]


def check(parameters: Mapping[str, Any]) -> None:
    """Raise InputError for values that cannot be trained with."""
    checks.refuse("logreg", checks.problems(RULES, parameters))


def fit(
    train: Examples,
    dev: Examples | None,
    heads: Sequence[Head],
    parameters: Mapping[str, Any],
    seed: int,
    start: Model | None = None,
) -> LogisticRegression:
    """Fit on training and development utterances; `seed` changes nothing (lbfgs is not random)."""
    settings = {**PARAMETERS, **parameters}
    check(settings)
    check_task("logreg", heads, start, grid_of(settings["C"]), dev)
    return LogisticRegression.fit(train, dev, heads, settings)


def load(path: Path) -> LogisticRegression:
    """Read a saved model."""
    return LogisticRegression.load(path)
