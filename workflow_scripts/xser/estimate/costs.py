"""CPU seconds of pieces of work, from rates that `benchmarks/rates.py` measured on some machine.

Seconds are those of one thread. Rates are in seconds a unit: an utterance, a second of audio, a value of a feature, a
pair of utterances, or a term of a network's size. What has no rate of its own counts as the dearest of its kind.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xser import paths
from xser.config.entries import FeatureSet
from xser.errors import InputError
from xser.models import svc

COMMITTED = Path(__file__).with_name("rates.json")
OWN = paths.RATES


def feature_key(feature: FeatureSet) -> str:
    """The name of a feature set's rate: its extractor, and what of its parameters changes the work."""
    chosen = [str(feature.parameters[key]) for key in ("set", "level", "backend") if key in feature.parameters]
    return " ".join([feature.extractor, *chosen])


@dataclass(frozen=True)
class Shape:
    """A feature set: columns, and frames a second (0: one vector an utterance)."""

    dims: int
    frames: float

    def values(self, utterances: float, seconds: float) -> float:
        """How many numbers so many utterances of so many seconds in all have."""
        return self.dims * (self.frames * seconds if self.frames else utterances)


@dataclass(frozen=True)
class NetworkSize:
    """A network on some utterances, as its cost sees it.

    `recurrent` holds (inputs, cells, directions) of each LSTM layer (none: another kind of network), `weights` counts
    all parameters, `steps` is what an utterance has in time.
    """

    recurrent: tuple[tuple[int, int, int], ...]
    weights: int
    steps: float
    batch: int

    @classmethod
    def of(cls, parameters: Mapping[str, Any], shape: Shape, seconds: float, outputs: int) -> "NetworkSize":
        """A model with all its parameters, `outputs` units in all heads, for utterances of `seconds` on average."""
        steps = parameters.get("steps", 1)
        recurrent, weights, inputs = [], 0, shape.dims // steps
        if "layers" in parameters:
            directions = 2 if parameters["bidirectional"] else 1
            for cells in parameters["layers"]:
                recurrent.append((inputs, cells, directions))
                weights += directions * 4 * cells * (inputs + cells + 1)
                inputs = cells * directions
            for units in [*parameters["dense"], outputs]:
                weights += (inputs + 1) * units
                inputs = units
        if shape.frames:  # padded or cut to one length; whole utterances share batches by length
            steps = parameters.get("frames") or shape.frames * seconds
        return cls(tuple(recurrent), weights, float(steps), parameters["batch_size"])

    def terms(self, utterances: int, batch: int | None = None) -> tuple[float, ...]:
        """What the seconds of one epoch are made of, each to be multiplied by its rate.

        Products of matrices (in floating-point operations of a forward pass), elementwise work (in cells), steps of the
        recursion, weights that the optimizer moves, and batches.
        """
        batch = batch or self.batch
        batches = -(-utterances // batch)
        steps = batches * batch * self.steps
        return (
            steps * sum(2 * way * 4 * cells * (given + cells) for given, cells, way in self.recurrent),
            steps * sum(way * cells for _, cells, way in self.recurrent),
            batches * self.steps * sum(way for *_, way in self.recurrent),
            float(batches * self.weights),
            float(batches),
        )


class Costs:
    """Rates of one machine, applied."""

    def __init__(self, rates: Mapping[str, Any]) -> None:
        self.rates = rates
        self.jobs, self.audio, self.classifiers, self.networks = (
            rates[group] for group in ("jobs", "audio", "classifiers", "networks")
        )

    @classmethod
    def best(cls, root: Path = Path()) -> "Costs":
        """The rates measured here, if `make rates` has run; the committed ones otherwise."""
        committed, path = json.loads(COMMITTED.read_text(encoding="utf-8")), root / OWN
        if not path.is_file():
            return cls(committed)
        try:
            own = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError):
            own = {}
        if missing := sorted(_keys(committed) - _keys(own)):
            raise InputError(f"{path} lacks rates", missing, "run `make rates` again, or delete the file")
        if not all(_is_rate(own[group]) for group in committed if group != "machine"):
            raise InputError(f"{path} has rates that are no numbers", hint="run `make rates` again, or delete the file")
        return cls(own)

    def start(self, kind: str = "plain") -> float:
        """A job's start: Snakemake's part, Python, imports of its kind (plain, sklearn, ...)."""
        return float(self.jobs["job"] + self.jobs["imports"][kind])

    def load(self, utterances: float, values: float = 0.0) -> float:
        """Reading or writing tables with a line an utterance, and features."""
        return float(utterances * self.classifiers["load"]["utterance"] + values * self.classifiers["load"]["value"])

    def scale(self, values: float) -> float:
        """Fitting and applying the scaling of one fold."""
        return float(values * self.classifiers["load"]["scale"])

    def feature(self, key: str) -> Mapping[str, float]:
        """The rate of a feature set: seconds an utterance and a second of audio, columns, frames a second."""
        rates: Mapping[str, Mapping[str, float]] = self.audio["features"]
        return rates.get(key) or max(rates.values(), key=lambda rate: rate["second"])

    def classifier(self, model: str, parameters: Mapping[str, Any], n: int, dims: int, classes: int) -> float:
        """One training of a model without epochs on n vectors."""
        grid = parameters.get("C")
        times = 1 + (len(grid) if isinstance(grid, Sequence) and len(grid) > 1 else 0)
        if model == "logreg":
            return float(times * n * dims * self.classifiers["logreg"]["value"])
        fits = model == "svc" and svc.gram_gb(n, dims) <= parameters["memory_gb"]
        return float(times * n**2 * classes * self.classifiers["svc"]["kept" if fits else "not_kept"])

    def epoch(self, network: NetworkSize, n: int) -> float:
        """One training epoch over n utterances."""
        if not network.recurrent:
            return float(self.networks["epoch"] + n * network.steps / 100 * self.networks["tripathi"]["training"])
        return float(self.networks["epoch"] + _sum(self.networks["training"], network.terms(n)))

    def evaluation(self, network: NetworkSize, n: int) -> float:
        """Evaluating a network on n utterances."""
        if not network.recurrent:
            return float(n * network.steps / 100 * self.networks["tripathi"]["evaluation"])
        products, cells, *_ = network.terms(n, batch=1)
        return _sum(self.networks["evaluation"], (products, cells, float(n)))

    def trace(self, network: NetworkSize) -> float:
        """What a process pays once before a network trains and predicts."""
        return float((self.networks if network.recurrent else self.networks["tripathi"])["trace"])


def linear(rate: Mapping[str, float], utterances: float, seconds: float) -> float:
    """Seconds of work that grows with utterances and seconds of audio."""
    return utterances * rate["utterance"] + seconds * rate["second"]


def _keys(rates: Any, above: str = "") -> set[str]:
    """The names of all rates; feature sets and packages may differ."""
    if not isinstance(rates, dict) or above in ("audio.features.", "machine.packages."):
        return {above.rstrip(".")}
    return {name for key, value in rates.items() for name in _keys(value, f"{above}{key}.")}


def _is_rate(value: Any) -> bool:
    """Whether all that stands in a value are numbers from 0."""
    if isinstance(value, dict | list):
        return all(map(_is_rate, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int | float) and 0 <= value < math.inf


def _sum(rates: Sequence[float], sizes: Sequence[float]) -> float:
    return sum(rate * size for rate, size in zip(rates, sizes, strict=True))
