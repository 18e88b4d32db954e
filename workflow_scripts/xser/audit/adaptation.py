"""The audit of adaptation: what a method learnt must be what it learns of the utterances that it should have seen.

Which utterances these are, and how they are scaled, is worked out here anew; the method itself is that of the software.
Methods within a network are believed: their unlabelled utterances have a digest only (see learning.py).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from xser.adaptation.base import Adaptation, Arrays, load_adaptation
from xser.audit.checks import Audit
from xser.audit.given import Given
from xser.files import decoding
from xser.models import arrays
from xser.training.scaling import Scaler

STORED = Scaler("none", {}, {})
TOLERANCE = 1e-3  # of an array's largest value: other processors round eigenvectors differently
SMALL = 1e-4  # beside vectors of deviation 1


class AdaptationAudit:
    """The adaptations of an audit; `settings["manifests"]` says which archives have one, and to which corpus."""

    def __init__(self, audit: Audit, given: Given) -> None:
        self.audit, self.given = audit, given

    def entry(self, system: str, train: str) -> dict[str, Any]:
        """What the config says of the adaptation of a training; empty if it has none."""
        return dict(self.audit.settings["manifests"].get(f"{system}/{train}", {}).get("adapt", {}))

    def unlabelled(
        self, protocol: str, system: str, train: str, fold: int, scaler: Scaler | None = None
    ) -> Iterator[tuple[str, str, np.ndarray]]:
        """Yield the utterances of the tested corpus that should have been used, without a label, and their arrays.

        These are scaled as a method saw them, or as they are stored, where no `scaler` is given.
        """
        if entry := self.entry(system, train):
            features, parts = (self.audit.settings["systems"][system][key] for key in ("features", "unlabelled"))
            target = entry["target"]
            split = self.audit.corpus(protocol, target)
            own = scaler and self.given.for_test(scaler, system, protocol, target, fold % len(split.parts))
            for s, x in self.given.scaled(features, target, split.of(fold, *parts), own or STORED):
                yield s.utterance, "", x

    def fitted(self, protocol: str, system: str, train: str, fold: int) -> tuple[Adaptation | None, Arrays]:
        """Return the method of a training and what its archive says that it learnt in a fold."""
        if not (entry := self.entry(system, train)):
            return None, {}
        method, name = load_adaptation(entry["method"]), f"fold{fold}/adaptation.npy"
        with self.audit.open(protocol, system, train) as archive, decoding(archive.path, archive.what):
            return method, {} if method.in_network else arrays.from_bytes(archive.read(name))

    def wrong(
        self,
        protocol: str,
        system: str,
        train: str,
        fold: int,
        scaler: Scaler,
        source: Sequence[np.ndarray],
    ) -> str:
        """Say why what was learnt in a fold is not what follows from a source and the target; empty if it is."""
        method, found = self.fitted(protocol, system, train, fold)
        if method is None or method.in_network:
            return ""
        target = [x for _, _, x in self.unlabelled(protocol, system, train, fold, scaler)]
        wanted = method.fit(np.stack(source), np.stack(target), self.entry(system, train)["parameters"])
        names = sorted({*wanted, *found})  # an array too many may weigh utterances, too
        differ = [name for name in names if name not in wanted or not near(found.get(name), wanted[name])]
        return f"its adaptation by {method.name} has other {', '.join(differ)}" if differ else ""

    def how(self, protocol: str, system: str, train: str) -> str:
        """Say how many utterances of which corpus an adaptation saw."""
        if not (entry := self.entry(system, train)):
            return ""
        split, parts = (
            self.audit.corpus(protocol, entry["target"]),
            self.audit.settings["systems"][system]["unlabelled"],
        )
        counts = [len(split.of(fold, *parts)) for fold in range(len(split.parts))]
        tested = sum(len(split.of(fold, "test")) for fold in range(len(split.parts)) if "test" in parts)
        number = str(min(counts)) if min(counts) == max(counts) else f"{min(counts)}-{max(counts)}"
        return (
            f"adapted by {entry['method']} to {number} unlabelled utterances of {entry['target']}, "
            f"{f'{tested} tested ones among them, over folds' if tested else 'none of them tested'}"
        )


def near(found: np.ndarray | None, wanted: np.ndarray) -> bool:
    """Whether an array that was learnt is the wanted one; means of standardised columns are all rounding.

    Examples
    --------
    >>> near(np.array([1e-8, -2e-8]), np.array([-1e-8, 1e-8])), near(np.array([0.5]), np.array([0.51]))
    (True, False)
    """
    if found is None or found.shape != wanted.shape:
        return False
    return bool(np.allclose(found, wanted, rtol=0, atol=TOLERANCE * max(float(np.abs(wanted).max(initial=0)), SMALL)))
