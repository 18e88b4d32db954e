"""Subspace alignment (Fernando et al. 2013): the principal axes of the source, turned to those of the target.

    source: (x - mean_S) P_S (P_S^T P_T),   target: (x - mean_T) P_T

P are the first `dims` principal axes of each domain, as columns.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from xser.adaptation.base import Adaptation, Arrays, as_float32, centred, signed
from xser.errors import InputError
from xser.parameters import Parameter, Parameters, integer


class SubspaceAlignment(Adaptation):
    """Both domains in `dims` axes."""

    parameters: ClassVar[Parameters] = {
        "dims": Parameter(60, integer(1), "our assumption. Principal axes; fewer where a domain has fewer")
    }

    def fit(self, source: np.ndarray, target: np.ndarray, parameters: Mapping[str, Any]) -> Arrays:
        """Return the maps (dims, axes) of source and target, and both means (dims,)."""
        if min(len(source), len(target)) < 2:
            raise InputError("subspace: one utterance has no axes", hint="give it more of them: `unlabelled: all`")
        (s, mean_s), (t, mean_t) = centred(source), centred(target)
        axes = min(parameters["dims"], len(s) - 1, len(t) - 1, s.shape[1])
        first, second = _axes(s, axes), _axes(t, axes)
        mapping = first @ (first.T @ second)
        return as_float32(map_source=mapping, map_target=second, mean_source=mean_s, mean_target=mean_t)

    def source(self, x: np.ndarray, fitted: Arrays) -> np.ndarray:
        """Project on the source's axes, and turn these."""
        return (x - fitted["mean_source"]) @ fitted["map_source"]

    def target(self, x: np.ndarray, fitted: Arrays) -> np.ndarray:
        """Project on the target's axes."""
        return (x - fitted["mean_target"]) @ fitted["map_target"]


def _axes(x: np.ndarray, count: int) -> np.ndarray:
    """The first principal axes of centred vectors, (dims, count)."""
    return signed(np.linalg.eigh(x.T @ x)[1][:, ::-1][:, :count])


ADAPTATION = SubspaceAlignment()
