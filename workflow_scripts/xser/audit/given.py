"""What models were given, put together anew from splits, labels and features: arrays, scaled, and their targets.

Formats are read with the readers of the software; how utterances are chosen, scaled and labelled is written here a
second time.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from xser.audit.checks import Audit
from xser.audit.scaling import FLAT_SCALE, Moments
from xser.audit.spoken import Spoken
from xser.features import archives
from xser.files import look_up, read_tsv
from xser.training.scaling import Scaler

VALUES = ("arousal", "valence", "dominance")


class Given:
    """Arrays, scalings and labels behind the models of an audit; features of one kind are in memory at a time."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.rows = cache(self._rows)
        self._features, self._arrays = "", dict[str, dict[str, np.ndarray]]()

    def arrays(self, features: str, corpus: str) -> dict[str, np.ndarray]:
        """Return the features of a corpus by utterance."""
        audio = self.audit.settings["corpora"][corpus]
        if features != self._features:
            self._features, self._arrays = features, {}
        if audio not in self._arrays:
            self._arrays[audio] = archives.read(self.audit.results / "features" / features / f"{audio}.scp")
        return self._arrays[audio]

    def _rows(self, audio: str) -> dict[str, dict[str, str]]:
        found = read_tsv(self.audit.results / "corpora" / audio / "utterances.tsv")
        return {row["utterance"]: row for row in found}

    def label(self, head: str, corpus: str, utterance: str) -> str:
        """Return what an utterance is for a head; empty where the corpus does not say."""
        if head in ("emotion", "corpus"):
            return corpus if head == "corpus" else self.audit.emotions(corpus)[utterance]
        return self.rows(self.audit.settings["corpora"][corpus])[utterance][head]

    def target(self, head: Mapping[str, Any], corpus: str, utterance: str) -> float | int:
        """Return what an utterance is for a head of an archive: the index of a class, -1 if unknown, or a value."""
        label = self.label(head["name"], corpus, utterance)
        if head["classes"]:
            return head["classes"].index(label) if label in head["classes"] else -1
        return float(np.float32(label or "nan"))

    def scaled(
        self, features: str, corpus: str, spoken: Sequence[Spoken], scaler: Scaler
    ) -> Iterator[tuple[Spoken, np.ndarray]]:
        """Yield utterances with their array as models get it, float32."""
        scp = self.audit.results / "features" / features / f"{self.audit.settings['corpora'][corpus]}.scp"
        arrays = look_up(self.arrays(features, corpus), (s.utterance for s in spoken), scp)
        for s, x in zip(spoken, arrays, strict=True):
            name = group(scaler.mode, corpus, s)
            if scaler.mode != "none":
                (mean,), (scale,) = (look_up(v, [name], "a scaling") for v in (scaler.means, scaler.scales))
                x = (x - mean) / scale
            yield s, np.ascontiguousarray(x, dtype=np.float32)

    def for_test(self, scaler: Scaler, system: str, protocol: str, corpus: str, fold: int) -> Scaler:
        """Return the scaling of a tested corpus: that of the archive, or of own utterances that it cannot know.

        By speaker these are all of the speaker, by corpus those of a corpus unknown to it that the config says may be
        used without their labels: by default those that are not tested.
        """
        features, parts = (self.audit.settings["systems"][system][key] for key in ("features", "unlabelled"))
        split = self.audit.corpus(protocol, corpus)
        if scaler.mode == "speaker":
            own: Sequence[Spoken] = split.spoken
        elif scaler.mode == "corpus" and corpus not in scaler.means:
            own = split.of(fold, *parts)
        else:
            return scaler
        arrays, found = self.arrays(features, corpus), dict[str, Moments]()
        for s in own:
            name, one = group(scaler.mode, corpus, s), Moments.of(arrays[s.utterance])
            found[name] = found[name] + one if name in found else one
        scales = {}
        for name, m in found.items():
            deviation = np.sqrt(m.squares / m.count)
            scales[name] = np.where(deviation > FLAT_SCALE * np.maximum(1, np.abs(m.mean)), deviation, 1.0)
        return Scaler(scaler.mode, {name: m.mean for name, m in found.items()}, scales)


def group(mode: str, corpus: str, spoken: Spoken) -> str:
    """Return whose statistics scale an utterance."""
    return {"corpus": corpus, "speaker": spoken.speaker}.get(mode, "all")
