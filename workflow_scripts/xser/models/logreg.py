"""Logistic regression (scikit-learn, L2, lbfgs) on functionals, one classifier a head."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from xser.models.functionals import Arrays, Classifier
from xser.models.quick_import import quick_import
from xser.parameters import Parameter, Parameters, integer, number, one_of, one_or_list


class LogisticRegression(Classifier):
    """Multinomial logistic regression; its softmax is a probability. No seed: lbfgs is not random."""

    title = "logistic regression"
    references = ("pedregosa2011",)
    parameters: ClassVar[Parameters] = {
        "C": Parameter(
            0.01,
            one_or_list(number(above=0)),
            "our assumption. Inverse strength of the penalty. A list, `[0.001, 0.01, 0.1]`: the value with the best "
            "UAR on development speakers is chosen (ties: the smallest), then refitted on training and development "
            "together",
        ),
        "class_weight": Parameter(
            None, one_of(None, "balanced"), "our assumption. `balanced`: classes weigh by inverse frequency"
        ),
        "max_iter": Parameter(2000, integer(1), "our assumption"),
    }
    choice = "C"
    weighs = True

    def fit_one(
        self, x: np.ndarray, y: np.ndarray, parameters: Mapping[str, Any], weights: np.ndarray | None = None
    ) -> Arrays:
        """Return `coef` (classes, dims), `intercept` (classes,), and whether lbfgs `converged` before `max_iter`."""
        with quick_import("pandas"):
            from sklearn.linear_model import LogisticRegression as Estimator

        estimator = Estimator(**{name: parameters[name] for name in self.parameters})
        estimator.fit(x.astype(np.float64), y, sample_weight=weights)
        coef, intercept = estimator.coef_, estimator.intercept_
        if len(coef) == 1:  # two classes: scikit-learn keeps the second's log-odds only
            coef, intercept = np.vstack([0 * coef, coef]), np.append(0 * intercept, intercept)
        converged = np.array(estimator.n_iter_.max() < parameters["max_iter"])
        return {"coef": coef, "intercept": intercept, "converged": converged}

    def decide(self, x: np.ndarray, fitted: Arrays, parameters: Mapping[str, Any]) -> np.ndarray:
        """Return the logits (utterances, classes)."""
        return x.astype(np.float64) @ fitted["coef"].T + fitted["intercept"]


MODEL = LogisticRegression()
