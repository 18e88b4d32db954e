"""What an extractor is: one object `EXTRACTOR`, an instance of `Extractor`, in a module `xser/features/{name}.py`.

`paste` and `scp` of the config are no extractors: they make features from archives (see paste.py and imported.py).
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from xser.additions import Addition, load_addition
from xser.errors import raise_all
from xser.parameters import problems

Compute = Callable[[np.ndarray], np.ndarray]
ComputeMany = Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]


class Extractor(Addition):
    """One way from audio to features.

    Attributes
    ----------
    min_samples
        The shortest utterance it can take with its default parameters, in samples at 16 kHz.
    environment
        The file of envs/ with what it imports.
    gpu
        Whether a GPU makes it faster: with the config's `gpu: true` its jobs ask SLURM for one.
    memory_gb
        What a job needs beside the utterances.
    pretrained
        Whether it rests on what was learnt elsewhere: the config's `pretrained_on` then says from what.

    The Snakefile imports its module and calls `complete`: what is heavy is imported in `names` and `make` only.

    Examples
    --------
    >>> mfcc = load_extractor("kaldi_mfcc")
    >>> parameters = mfcc.complete({"num_ceps": 3})
    >>> mfcc.names(parameters)
    ['mfcc_0', 'mfcc_1', 'mfcc_2']
    >>> mfcc.make(parameters)(np.zeros(800, np.float32)).shape
    (3, 3)
    """

    min_samples = 3_200  # what is left when a corpus is read
    environment = "features"
    gpu = False
    memory_gb = 0.1
    pretrained = False

    @abstractmethod
    def names(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return what each column of its result is called, for parameters that `complete` returned."""

    @abstractmethod
    def make(self, parameters: Mapping[str, Any]) -> Compute:
        """Return the function that turns one utterance into features, for parameters that `complete` returned.

        It takes what `audio.load` returns, float32 of shape `(samples,)`, 16 kHz mono in [-1, 1 - 2^-15], and returns
        float32 of shape `(dims,)` (functionals: one vector an utterance) or `(frames, dims)`. It keeps no memory from
        one utterance to the next, so that neither order nor the number of cores changes a value. Each worker makes its
        own; it may be called in one thread only.
        """

    def make_many(self, parameters: Mapping[str, Any]) -> ComputeMany | None:
        """Return a function of several utterances, if it is faster on this machine; one process then does all.

        It takes and returns what that of `make` does, for each of a list of utterances.
        """
        return None

    def shortest(self, parameters: Mapping[str, Any]) -> int:
        """Return the shortest utterance that it can take with these (complete) parameters, in samples at 16 kHz."""
        return self.min_samples

    def gives_frames(self, parameters: Mapping[str, Any]) -> bool:
        """Whether an utterance becomes a matrix of frames, and not one vector."""
        return True

    def files(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return files that it reads: when one changes, the features are computed again."""
        return []

    def conflicts(self, parameters: Mapping[str, Any]) -> list[str]:
        """Return why parameters that are right each by itself cannot work together."""
        return []

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Raise one InputError for all that is wrong with parameters, unknown names included."""
        wrong = [f"{key}: not a parameter of {self.name}" for key in sorted(set(parameters) - set(self.parameters))]
        wrong += [f"{key}: {why}" for key, why in problems(self.parameters, parameters).items()]
        raise_all(
            f"features by {self.name}: wrong parameters",
            wrong or self.conflicts(parameters),
            f"it takes {', '.join(sorted(self.parameters))}; docs/features.md explains them",
        )

    def complete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the defaults under the given parameters, checked; whole numbers for floats become floats."""
        return {
            key: float(value) if isinstance(self.parameters[key].default, float) else value
            for key, value in super().complete(given).items()
        }


def load_extractor(name: str) -> Extractor:
    """Return the extractor of a name; an InputError if there is none, or if its class lacks a method."""
    return load_addition("extractor", "features", name, Extractor)  # type: ignore[type-abstract]
