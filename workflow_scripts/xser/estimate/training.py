"""What it costs to train one system on one training set, and to predict with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xser.config.systems import System
from xser.config.trainsets import TrainSet
from xser.estimate.costs import Costs, Network, Shape
from xser.estimate.sizes import Audio, Fold, Sizes
from xser.models import svc
from xser.models.base import develops, load_module
from xser.workflow.plan import Plan

COPIES = 3  # of the features, in a training beside those as read: scaled, laid out, and in TensorFlow


@dataclass(frozen=True)
class Kernel:
    """The kernel matrix of an SVC: utterances, GB that keeping it takes, and how many the config allows."""

    system: str
    utterances: int
    need: float
    limit: float

    @property
    def kept(self) -> bool:
        """Whether it is kept; if not, each class computes its own rows."""
        return self.need <= self.limit


class Training:
    """What training one system on one training set costs, and predicting with it."""

    def __init__(
        self,
        plan: Plan,
        sizes: Sizes,
        costs: Costs,
        protocol: str,
        system: System,
        train: TrainSet,
        shape: Shape | None,
    ) -> None:
        self.costs, self.system, self.train, self.shape = costs, system, train, shape
        config = plan.config
        self.module = load_module(system.model)
        finetune = {k: v for k, v in system.finetune.items() if k != "scaling"} if train.before else {}
        self.parameters = {**self.module.PARAMETERS, **system.parameters, **finetune}
        self.corpora = train.stages[-1]
        self.number = max(len(sizes.folds[protocol, c]) for c in train.corpora)
        self.folds = [sizes.fold(protocol, self.corpora, k) for k in range(self.number)]
        self.seeds = len(config.seeds_of(system.id))
        self.tasks = self.number * self.seeds
        self.threads = plan.training_threads(protocol, system.id, train.name)
        audio = [sizes.audio[plan.audio(c)] for c in self.corpora]
        self.utterances, self.seconds = sum(a.utterances for a in audio), sum(a.seconds for a in audio)
        self.mean = self.seconds / max(self.utterances, 1)
        # A split holds the utterances with an emotion; only they are loaded.
        self.loaded = max((sum(vars(f).values()) for f in self.folds), default=0)
        self.values = self.shape.values(self.loaded, self.loaded * self.mean) if self.shape else 0.0
        self.classes = len(config.emotions)
        self.outputs = self.classes + 5 * (len(system.heads) - 1)

    @property
    def kind(self) -> str:
        """What its jobs import."""
        return "tensorflow" if self.module.EPOCHS else "sklearn"

    @property
    def memory_of_process(self) -> float:
        """GB of a process that has imported it and holds its data once."""
        return self.costs.memory(self.kind) + self.values * 4 / 1e9

    def work(self, tasks: int) -> dict[str, Any]:
        """What a job that does so many of the trainings costs, as fields of Job."""
        threads = min(self.threads, max(tasks, 1))
        process = self.costs.imports(self.kind) + (self.costs.trace(self.system.model) if self.module.EPOCHS else 0.0)
        # In one process the scaling of a fold serves all its seeds; side by side each seed scales for itself.
        scaling = self.costs.scale(self.values) / (self.seeds if threads == 1 else 1)
        costs = [self.one(fold) or 0.0 for fold in self.folds]
        return {
            "serial": self.costs.start() + self.costs.load(self.loaded, self.values),
            "tasks": tasks,
            "each": scaling + sum(costs) / len(costs),
            "threads": threads,
            "process": process,
            "base": 0.1 + self.values * 4 / 1e9,
            "memory": self.memory(),
            "kernel": self.kernel(),
        }

    @property
    def known(self) -> bool:
        """Whether there is a rate for it."""
        return all(self.one(fold) is not None for fold in self.folds)

    def network(self, seconds: float) -> Network:
        """Its network, for utterances of so many seconds."""
        assert self.shape is not None
        return Network.of(self.system.model, self.parameters, self.shape, seconds, self.outputs)

    def one(self, fold: Fold, epochs: int | None = None) -> float | None:
        """CPU seconds of one fold and seed: of so many epochs, at most all."""
        if self.shape is None:
            return None
        if not self.module.EPOCHS:
            n = fold.train + fold.dev
            return self.costs.classifier(self.system.model, self.parameters, n, self.shape.dims, self.classes)
        network = self.network(self.mean)
        # Where the epoch is not chosen on development speakers, they are trained on.
        apart = develops(self.module, self.parameters)
        oracle = fold.test if self.parameters.get("epoch") == "oracle" else 0
        epoch = self.costs.epoch(network, fold.train if apart else fold.train + fold.dev)
        evaluation = self.costs.evaluation(network, fold.dev if apart else oracle)
        if epoch is None or evaluation is None:
            return None
        return self.costs.training() + (epochs or self.parameters["epochs"]) * (epoch + evaluation)

    def memory(self) -> float:
        """GB of one training, beside what the job's processes share."""
        if kernel := self.kernel():
            return kernel.need if kernel.kept else max(kernel.limit, 1.0)
        return self.costs.memory(self.kind) + COPIES * self.values * 4 / 1e9

    def kernel(self) -> Kernel | None:
        """The kernel matrix of its largest fold, if it has one."""
        if self.system.model != "svc" or self.shape is None:
            return None
        n = max(f.train + f.dev for f in self.folds)
        return Kernel(self.system.id, n, svc.gram_gb(n, self.shape.dims), float(self.parameters["memory_gb"]))

    def prediction(self, audio: Audio, tested: Sequence[int]) -> float:
        """CPU seconds of predicting so many utterances of each fold of a corpus."""
        seconds = self.costs.start(self.kind)
        if self.shape is None:
            return seconds
        n = sum(tested)
        seconds += self.costs.load(audio.utterances, self.shape.values(audio.utterances, audio.seconds))
        seconds += self.costs.scale(self.shape.values(n, n * audio.mean)) + self.costs.rows(2 * n * self.seeds)
        if not self.module.EPOCHS:
            trained = sum(f.train + f.dev for f in self.folds) / len(self.folds)
            return seconds + self.costs.classifier_predictions(self.system.model, n, int(trained), self.shape.dims)
        forward = self.costs.evaluation(self.network(audio.mean), n) or 0.0
        models = len(tested) * self.seeds
        return seconds + self.costs.trace(self.system.model) + models * self.costs.load_model() + self.seeds * forward
