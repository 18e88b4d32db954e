"""Domain-adversarial training (Ganin et al. 2016; on emotion Abdelwahab & Busso 2018), within a network.

A second head tells source and target apart. Its gradient is turned round before it reaches the layers below, times
`weight`, so that these learn features by which it cannot. Unlabelled utterances of the target are learnt from by that
head alone. Ganin et al. raise `weight` from 0 to 1 during training; here it is constant.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from xser.adaptation.base import Adaptation
from xser.models.base import Examples, Head
from xser.parameters import Parameter, Parameters, number


class Adversarial(Adaptation):
    """A head `domain` behind a gradient reversal."""

    parameters: ClassVar[Parameters] = {
        "weight": Parameter(0.1, number(above=0), "our assumption. Of the reversed gradient")
    }
    in_network = True

    def extend(
        self, train: Examples, heads: Sequence[Head], unlabelled: Sequence[np.ndarray], parameters: Mapping[str, Any]
    ) -> tuple[Examples, Sequence[Head]]:
        """Return the examples of both domains, those of the target without a label, and the heads with `domain`.

        Where there are none of the target (development utterances), the domain is unknown.
        """
        targets = {
            head.name: np.concatenate([y := train.targets[head.name], np.full(len(unlabelled), head.unknown, y.dtype)])
            for head in heads
        }
        source, target = (0, 1) if unlabelled else (-1, -1)
        targets["domain"] = np.repeat([source, target], [len(train.inputs), len(unlabelled)])
        domain = Head("domain", ("source", "target"), 1.0, reverse=parameters["weight"])
        return Examples([*train.inputs, *unlabelled], targets), [*heads, domain]


ADAPTATION = Adversarial()
