"""CPU seconds and memory of pieces of work, from rates that `benchmarks/rates.py` measured on some machine.

Seconds are those of one thread. Rates are in seconds a unit: an utterance, a second of audio, a value of a feature, a
pair of utterances, or a term of a network's size.
"""

import json
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
class Layers:
    """A network as its cost sees it.

    `recurrent` holds (inputs, cells, directions) of each LSTM layer, `weights` counts all parameters.
    """

    recurrent: tuple[tuple[int, int, int], ...]
    weights: int

    @classmethod
    def of(cls, parameters: Mapping[str, Any], dims: int, outputs: int) -> "Layers":
        """The layers of model `lstm`, for inputs of `dims` columns and `outputs` units in all heads."""
        directions = 2 if parameters["bidirectional"] else 1
        recurrent, inputs = [], dims
        for cells in parameters["layers"]:
            recurrent.append((inputs, cells, directions))
            inputs = cells * directions
        weights = sum(way * 4 * cells * (given + cells + 1) for given, cells, way in recurrent)
        for units in [*parameters["dense"], outputs]:
            weights += (inputs + 1) * units
            inputs = units
        return cls(tuple(recurrent), weights)


@dataclass(frozen=True)
class Network:
    """A neural model on the utterances of some corpora: `steps` is what each of them has in time."""

    model: str
    layers: Layers
    steps: float
    batch: int

    @classmethod
    def of(cls, model: str, parameters: Mapping[str, Any], shape: Shape, seconds: float, outputs: int) -> "Network":
        """A model with all its parameters, on features of a shape, for utterances of so many seconds on average."""
        dims = shape.dims if shape.frames else shape.dims // int(parameters.get("steps", 1))
        layers = Layers.of(parameters, dims, outputs) if model == "lstm" else Layers((), 0)
        steps = float(parameters.get("steps", 1))
        if shape.frames:  # padded or cut to one length; whole utterances share batches by length
            steps = float(parameters.get("frames") or shape.frames * seconds)
        return cls(model, layers, steps, int(parameters.get("batch_size", 32)))


def terms(layers: Layers, steps: float, utterances: int, batch: int) -> tuple[float, ...]:
    """What the seconds of one epoch are made of, each to be multiplied by its rate.

    Products of matrices (in floating-point operations of a forward pass), elementwise work (in cells), steps of the
    recursion, weights that the optimizer moves, and batches.
    """
    batches = -(-utterances // batch)
    filled = batches * batch
    products = sum(2 * way * 4 * cells * (given + cells) for given, cells, way in layers.recurrent)
    cells = sum(way * cells for _, cells, way in layers.recurrent)
    ways = sum(way for *_, way in layers.recurrent)
    return (
        filled * steps * products,
        filled * steps * cells,
        batches * steps * ways,
        float(batches * layers.weights),
        float(batches),
    )


class Costs:
    """Rates of one machine, applied."""

    def __init__(self, rates: Mapping[str, Any]) -> None:
        self.rates = rates

    @classmethod
    def best(cls, root: Path = Path()) -> "Costs":
        """The rates measured here, if `make rates` has run; the committed ones otherwise."""
        committed, path = json.loads(COMMITTED.read_text(encoding="utf-8")), root / OWN
        if not path.is_file():
            return cls(committed)
        try:
            own = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            own = {}
        if missing := sorted(_keys(committed) - _keys(own)):
            raise InputError(f"{path} lacks rates", missing, "run `make rates` again, or delete the file")
        return cls(own)

    @property
    def machine(self) -> str:
        """Where the rates come from."""
        about = self.rates["machine"]
        return f"{about['processor']}, {about['cores']} cores, {about['date']}"

    def start(self, kind: str = "plain") -> float:
        """A job's start: Snakemake's part, Python, imports of its kind (plain, sklearn, ...)."""
        return float(self.rates["jobs"]["job"] + self.rates["jobs"]["imports"][kind])

    def imports(self, kind: str) -> float:
        """Imports alone."""
        return float(self.rates["jobs"]["imports"][kind])

    def memory(self, kind: str) -> float:
        """GB of a process that has imported what jobs of a kind import."""
        return float(self.rates["jobs"]["memory_gb"][kind])

    def practice(self) -> float:
        """Speaking one practice corpus."""
        return float(self.rates["audio"]["practice"])

    def read(self, utterances: int, seconds: float) -> float:
        """Reading the recordings of a corpus."""
        return _line(self.rates["audio"]["read"], utterances, seconds)

    def rows(self, utterances: float) -> float:
        """Reading or writing tables with a line an utterance."""
        return float(utterances * self.rates["classifiers"]["load"]["utterance"])

    def shape(self, key: str) -> Shape | None:
        """The shape of an extracted feature set, where its rate was measured."""
        rate = self.rates["audio"]["features"].get(key)
        return Shape(rate["dims"], rate["frames"]) if rate else None

    def extraction(self, key: str, utterances: int, seconds: float) -> float | None:
        """Extracting a feature set; None where its rate was not measured."""
        rate = self.rates["audio"]["features"].get(key)
        return _line(rate, utterances, seconds) if rate else None

    def load(self, utterances: float, values: float) -> float:
        """Reading features."""
        return self.rows(utterances) + float(values * self.rates["classifiers"]["load"]["value"])

    def scale(self, values: float) -> float:
        """Fitting and applying the scaling of one fold."""
        return float(values * self.rates["classifiers"]["load"]["scale"])

    def score(self, predictions: int, samples: int) -> float:
        """Scoring so many predictions (utterances x seeds) with so many bootstrap samples."""
        rate = self.rates["classifiers"]["score"]
        return float(rate["run"] * max(samples / 2000, 0.1) + rate["prediction"] * predictions)

    def figure(self) -> float:
        """Drawing one figure."""
        return float(self.rates["classifiers"]["figure"])

    def classifier(self, model: str, parameters: Mapping[str, Any], n: int, dims: int, classes: int) -> float | None:
        """One training of a model without epochs on n vectors; None for a model whose rate was not measured."""
        grid = parameters["C"] if isinstance(parameters.get("C"), Sequence) else [parameters.get("C")]
        times = 1 + (len(grid) if len(grid) > 1 else 0)
        if model == "logreg":
            return float(times * n * dims * self.rates["classifiers"]["logreg"]["value"])
        if model == "svc":
            kept = svc.gram_gb(n, dims) <= parameters["memory_gb"]
            return float(times * n**2 * classes * self.rates["classifiers"]["svc"]["kept" if kept else "not_kept"])
        return None

    def classifier_predictions(self, model: str, n: int, trained: int, dims: int) -> float:
        """Predicting n vectors with a model trained on some number of them."""
        rate = self.rates["classifiers"]["svc"]
        return float(n * trained * rate["support"] * dims * rate["predict"]) if model == "svc" else 0.0

    def epoch(self, network: "Network", n: int) -> float | None:
        """One training epoch over n utterances; None for a model that was not measured."""
        rates = self.rates["networks"]
        if network.model == "tripathi":
            return float(rates["epoch"] + n * network.steps / 100 * rates["tripathi"]["training"])
        if network.model != "lstm":
            return None
        sizes = terms(network.layers, network.steps, n, network.batch)
        return float(rates["epoch"] + _sum(rates["training"], sizes))

    def evaluation(self, network: "Network", n: int) -> float | None:
        """Evaluating a network on n utterances; None for a model that was not measured."""
        rates = self.rates["networks"]
        if network.model == "tripathi":
            return float(n * network.steps / 100 * rates["tripathi"]["evaluation"])
        if network.model != "lstm":
            return None
        products, cells, *_ = terms(network.layers, network.steps, n, 1)
        return _sum(rates["evaluation"], (products, cells, float(n)))

    def training(self) -> float:
        """What one training of a network takes beside its epochs: fresh weights, saving."""
        return float(self.rates["networks"]["task"])

    def trace(self, model: str) -> float:
        """What a process pays once before a network trains and predicts."""
        rates = self.rates["networks"]
        return float(rates["tripathi"]["trace"] if model == "tripathi" else rates["trace"])

    def load_model(self) -> float:
        """Reading one saved network."""
        return float(self.rates["networks"]["load_model"])


def _keys(rates: Any, above: str = "") -> set[str]:
    """The names of all rates; feature sets and packages may differ."""
    if not isinstance(rates, dict) or above in ("audio.features.", "machine.packages."):
        return {above.rstrip(".")}
    return {name for key, value in rates.items() for name in _keys(value, f"{above}{key}.")}


def _line(rate: Mapping[str, float], utterances: float, seconds: float) -> float:
    return utterances * rate["utterance"] + seconds * rate["second"]


def _sum(rates: Sequence[float], sizes: Sequence[float]) -> float:
    return sum(rate * size for rate, size in zip(rates, sizes, strict=True))
