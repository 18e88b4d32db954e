"""The audit of scaling: a fold's scaler must be that of its training utterances, computed again from the features.

Sums are taken once a corpus, protocol and fold, apart for training and development, and joined (Chan, Golub & LeVeque
1983); no scaler is fitted with the code that fits them in training.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

import numpy as np

from xser.audit.checks import SEEN, Audit
from xser.features import archives
from xser.files import decoding
from xser.training.scaling import Scaler

TOLERANCE = 1e-6  # of a column's deviation; one utterance too many in a thousand moves some column far more
FLAT_SCALE = 1e-7  # of a column's mean, or of 1: at or below it scaling leaves a column alone
FLAT = 1e-6  # of a column's mean: below it a deviation is rounding noise, and scaling may leave such columns alone
Key = tuple[str, str, int, str]  # protocol, corpus, fold, part (or speaker)
NAMED = {"none": "none", "speaker": "each speaker by own statistics (transductive)"}  # whatever the utterances


@dataclass(frozen=True)
class Moments:
    """How many rows (utterances or frames), their mean, and the sum of squared deviations from it, both (dims,)."""

    count: float
    mean: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, array: np.ndarray) -> "Moments":
        """Those of one utterance, (dims,) or (frames, dims)."""
        rows = np.atleast_2d(array).astype(np.float64)
        mean = rows.mean(axis=0)
        return cls(len(rows), mean, np.square(rows - mean).sum(axis=0))

    def __add__(self, other: "Moments") -> "Moments":
        if not self.count or not other.count:
            return self if self.count else other
        count, apart = self.count + other.count, other.mean - self.mean
        squares = self.squares + other.squares + apart**2 * (self.count * other.count / count)
        return Moments(count, self.mean + apart * (other.count / count), squares)


def moments(utterances: Iterable[tuple[str, np.ndarray]], sets: Mapping[Key, Iterable[str]]) -> dict[Key, Moments]:
    """Moments of several sets of utterances, in one pass over all utterances."""
    member: dict[str, list[Key]] = {}
    for key, names in sets.items():
        for name in names:
            member.setdefault(name, []).append(key)
    found = dict.fromkeys(sets, Moments(0, np.zeros(0), np.zeros(0)))
    for name, array in utterances:
        if name in member:
            one = Moments.of(array)
            for key in member[name]:
                found[key] += one
    return found


class ScalingAudit:
    """The scalers of all archives of an audit."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self._of_audio = cache(self._moments_of_audio)
        self._of_speakers = cache(self._moments_of_speakers)

    def _moments_of_audio(self, features: str, audio: str) -> dict[Key, Moments]:
        """Moments of the training and development utterances of each fold, for all splits of one data directory."""
        corpora = self.audit.settings["corpora"]
        splits = {
            pair: self.audit.corpus(*pair) for pair in sorted(self.audit.trained_on()) if corpora[pair[1]] == audio
        }
        sets = {
            (protocol, corpus, fold, part): [s.utterance for s in split.of(fold, part)]
            for (protocol, corpus), split in splits.items()
            for fold in range(len(split.parts))
            for part in SEEN
        }
        return moments(archives.stream(self.audit.results / "features" / features / f"{audio}.scp"), sets)

    def _moments_of_speakers(self, features: str, protocol: str, corpus: str) -> dict[str, Moments]:
        """Moments of all utterances of each speaker of a corpus."""
        sets: dict[Key, list[str]] = {}
        for s in self.audit.corpus(protocol, corpus).spoken:
            sets.setdefault((protocol, corpus, 0, s.speaker), []).append(s.utterance)
        scp = self.audit.results / "features" / features / f"{self.audit.settings['corpora'][corpus]}.scp"
        return {speaker: m for (*_, speaker), m in moments(archives.stream(scp), sets).items()}

    def _expected(
        self, features: str, protocol: str, corpora: Sequence[str], fold: int, parts: Sequence[str]
    ) -> Moments:
        found = []
        for corpus in corpora:
            folds = len(self.audit.corpus(protocol, corpus).parts)
            of = self._of_audio(features, self.audit.settings["corpora"][corpus])
            found += [of[protocol, corpus, fold % folds, part] for part in parts]
        return reduce(lambda a, b: a + b, found)

    def check(self, protocol: str, system: str, train: str) -> tuple[str, list[str]]:
        """How one training scaled its features, and what is wrong with that."""
        entry, trainset = self.audit.settings["systems"][system], self.audit.settings["trainsets"][train]
        before = trainset["before"] if entry["scaling"] == "keep" else None
        first = scalers(self.audit, protocol, system, before) if before else [Scaler(entry["normalise"], {}, {})]
        matches = [
            self._match(scaler, first[k % len(first)], entry, protocol, trainset["corpora"], k)
            for k, scaler in enumerate(scalers(self.audit, protocol, system, train))
        ]
        differ = [k for k, found in enumerate(matches) if found is None]
        parts = " or ".join(sorted({m for m in matches if m}))
        fitted = f"fitted on {parts} utterances" if parts else ""
        how = NAMED.get(entry["normalise"]) or ", others ".join(
            text for text in (f"kept from {before}" if before else "", fitted) if text
        )
        path = self.audit.archive(protocol, system, train)
        return how, [f"{path}, fold {k}: its scaler is not that of the fold's training utterances" for k in differ]

    def _match(
        self, scaler: Scaler, kept: Scaler, entry: Mapping[str, Any], protocol: str, corpora: Sequence[str], fold: int
    ) -> str | None:
        """The parts whose statistics a scaler has: training alone, or training and development; None if neither.

        Groups (corpora, speakers, or all as one) that `kept` knows must have its statistics; "" if these are all, and
        where each speaker has own ones.
        """
        features, mode, own = entry["features"], entry["normalise"], dict[str, Moments]()
        for corpus in corpora if mode == "speaker" else ():
            own |= self._of_speakers(features, protocol, corpus)
        names = {"none": (), "speaker": own, "corpus": corpora}.get(mode)
        groups = {"all": list(corpora)} if names is None else {g: [g] for g in names}
        if scaler.mode != mode or set(scaler.means) != set(groups) | set(kept.means):
            return None
        for statistics, before in ((scaler.means, kept.means), (scaler.scales, kept.scales)):
            if not all(np.array_equal(statistics[g], values) for g, values in before.items()):
                return None
        groups = {g: c for g, c in groups.items() if g not in kept.means}
        if own or not groups:
            return "" if all(same(scaler.means[g], scaler.scales[g], own[g]) for g in groups) else None
        for name, parts in (("training", SEEN[:1]), ("training and development", SEEN)):
            expected = {g: self._expected(features, protocol, c, fold, parts) for g, c in groups.items()}
            if all(same(scaler.means[g], scaler.scales[g], expected[g]) for g in groups):
                return name
        return None


def scalers(audit: Audit, protocol: str, system: str, train: str) -> list[Scaler]:
    """Return the scaling of each fold of an archive."""
    folds = audit.manifest(protocol, system, train)["folds"]
    with audit.open(protocol, system, train) as archive, decoding(archive.path, archive.what):
        return [Scaler.from_bytes(archive.read(f"fold{k}/scaler.npy")) for k in range(folds)]


def same(mean: np.ndarray, scale: np.ndarray, expected: Moments) -> bool:
    """Whether a mean and a scale, both (dims,), are those of the expected rows."""
    if not expected.count or mean.shape != expected.mean.shape:
        return False
    deviation = np.sqrt(np.maximum(expected.squares, 0) / expected.count)
    size = np.maximum(1.0, np.abs(expected.mean))
    flat = deviation <= FLAT * size
    means = np.abs(mean - expected.mean) <= TOLERANCE * deviation + np.where(flat, FLAT, 1e-12) * size
    scales = (np.abs(scale - deviation) <= TOLERANCE * deviation) | (flat & (scale == 1))
    return bool(np.all(means) and np.all(scales))
