"""What a linear model on IS09 listens to: the weight of each low-level descriptor and of each functional.

A feature's importance is the sum over classes of its squared coefficients, the features being standardised; a
group's is the sum over its features, as a share of all. Coefficients of correlated features share their weight, so this
describes a model and does not prove a cause.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xser import paths
from xser.features.archives import read_names
from xser.figures import style
from xser.figures.base import Family, Inputs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xser.config.systems import System
    from xser.config.trainsets import TrainSet
    from xser.figures.view import View

NAME = re.compile(r"^(?P<lld>.+)_sma(?P<delta>_de)?(?P<index>\[\d+\])?_(?P<functional>[^_]+)$")
DESCRIPTORS = {
    "pcm_RMSenergy": "RMS energy",
    "pcm_fftMag_mfcc": "MFCC",
    "pcm_zcr": "zero crossings",
    "voiceProb": "HNR (voicing)",
    "F0": "F0",
}
FUNCTIONALS = {
    "max": "maximum",
    "min": "minimum",
    "range": "range",
    "maxPos": "place of maximum",
    "minPos": "place of minimum",
    "amean": "mean",
    "linregc1": "regression slope",
    "linregc2": "regression offset",
    "linregerrQ": "regression error",
    "stddev": "deviation",
    "skewness": "skewness",
    "kurtosis": "kurtosis",
}
Shares = dict[str, float]


def parse(name: str) -> tuple[str, str]:
    """Split a name of openSMILE into descriptor and functional: `F0_sma_de_amean` is (`Δ F0`, `mean`)."""
    match = NAME.match(name)
    if not match:
        return name, ""
    lld = DESCRIPTORS.get(match["lld"], match["lld"]) + (f" {match['index'][1:-1]}" if match["index"] else "")
    functional = FUNCTIONALS.get(match["functional"], match["functional"])
    return f"{'Δ ' if match['delta'] else ''}{lld}", functional


def shares_of(names: Sequence[str], coefficients: Sequence[np.ndarray]) -> tuple[Shares, Shares]:
    """Return each descriptor's and each functional's share (their sum is 1).

    `coefficients` holds one array (classes, features) a model; the mean over models is taken; 0 where there are none.
    """
    shares = [np.square(c).sum(axis=0) / (np.square(c).sum() or 1) for c in coefficients]
    weights = np.mean(shares or [np.zeros(len(names))], axis=0)
    descriptors: Shares = {}
    functionals: Shares = {}
    for name, weight in zip(names, weights.tolist(), strict=True):
        descriptor, functional = parse(name)
        descriptors[descriptor] = descriptors.get(descriptor, 0.0) + weight
        functionals[functional] = functionals.get(functional, 0.0) + weight
    return descriptors, functionals


def coefficients(models: str) -> list[np.ndarray]:
    """The emotion head's coefficients of each fold (classes, features); a model that saw one class has none."""
    from xser.models.functionals import FittedClassifier
    from xser.training.store import Store

    found = []
    with Store(models) as store:
        for fold in range(store.folds):
            for seed in store.seeds:
                model = store.model(fold, seed)
                if isinstance(model, FittedClassifier) and "coef" in model.arrays["emotion"]:
                    found.append(model.arrays["emotion"]["coef"])
    return found


class Importance(Family):
    """The logistic regressions on IS09 under a protocol."""

    title = "What the linear models listen to"
    sources = paths.models("{protocol}", "*", "*")
    order = 50

    @staticmethod
    def _linear(view: "View") -> "list[tuple[System, TrainSet]]":
        features = view.study.features.values()
        wanted = {f.id for f in features if f.extractor == "opensmile" and f.parameters["set"] == "IS09"}
        return [(s, t) for s, t in view.trainings() if s.model == "logreg" and s.features in wanted]

    def exists(self, view: "View") -> bool:
        return bool(self._linear(view))

    def inputs(self, view: "View") -> dict[str, list[str]]:
        linear, corpora = self._linear(view), view.study.corpora
        return {
            "models": [paths.models(view.protocol, s.id, t.name) for s, t in linear],
            "names": [paths.features(s.features, corpora[t.corpora[0]].audio, "names.txt") for s, t in linear],
        }

    def settings(self, view: "View") -> dict[str, Any]:
        linear = self._linear(view)
        several = len({s.id for s, _ in linear}) > 1
        return {"columns": [f"{s.id}, {view.short(t)}" if several else view.short(t) for s, t in linear]}

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        shares = [
            shares_of(read_names(names), coefficients(models))
            for models, names in zip(inputs["models"], inputs["names"], strict=True)
        ]
        columns, height = settings["columns"], max(map(len, shares[0]))
        figure = style.new_figure(3.6 + 1.1 * len(columns), 1.5 + 0.2 * height)
        left, right = figure.subplots(1, 2)
        _panel(left, "low-level descriptor", columns, [d for d, _ in shares])
        _panel(right, "functional", columns, [f for _, f in shares])
        note = "share of the squared coefficients (%); an even spread would give the value in brackets"
        figure.supxlabel(note, size=7.5)
        return figure


FAMILY = Importance()


def _panel(panel: "Axes", what: str, columns: Sequence[str], shares: Sequence[Mapping[str, float]]) -> None:
    groups = list(shares[0])
    values = np.array([[100 * s[g] for s in shares] for g in groups])
    top = max(float(values.max()), 1e-9)
    style.cells(panel, values, highest=top, gap=0.6)
    for (y, x), value in np.ndenumerate(values):
        ink = style.ink_on(value / top)
        panel.text(x + 0.5, y + 0.5, f"{value:.1f}", ha="center", va="center", size=6.5, color=ink)
    panel.set_xticks(np.arange(len(columns)) + 0.5, columns, rotation=30, ha="right")
    panel.set_yticks(np.arange(len(groups)) + 0.5, groups, size=7)
    panel.set_title(f"{what} ({100 / len(groups):.1f})")
