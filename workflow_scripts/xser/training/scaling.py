"""Standardising features with statistics that no test speaker has touched.

`global`: mean and deviation over all training utterances. `corpus`: the same, corpus by corpus; a tested corpus that
was not trained on is scaled by its own unlabelled non-test utterances. `speaker`: each speaker by own unlabelled
statistics, test speakers included, hence transductive. `none`: as they are.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xser.models import arrays

MODES = ("global", "corpus", "speaker", "none")
# At or below it a column is constant. In IS09 F0_sma_de_amean is often nothing but rounding (deviation up to 1e-7 in
# a speaker, 0.1 where it is not), which scaling would blow up to the size of a real column. The threshold is absolute,
# although the energy of quiet recordings falls below it: pcm_RMSenergy_sma_de_amean and _linregc1 (RAVDESS: 2e-7; 10 dB
# quieter: 7e-8) are then as small as that rounding, and as large beside their own values, so that no rule that looks at
# one column can tell the two apart. These two columns of 384 are then as good as left out.
TINY = 1e-7


@dataclass
class Scaler:
    """Mean and scale by group (one group, a corpus or a speaker)."""

    mode: str
    means: dict[str, np.ndarray]
    scales: dict[str, np.ndarray]

    def transform(self, inputs: Sequence[np.ndarray], groups: Sequence[str]) -> list[np.ndarray]:
        """Scale each input, `(dims,)` or `(frames, dims)`, by the statistics of its group; the result is float32."""
        if self.mode == "none":
            return [np.asarray(x, dtype=np.float32) for x in inputs]
        return [((x - self.means[g]) / self.scales[g]).astype(np.float32) for x, g in zip(inputs, groups, strict=True)]

    def over(self, others: "Scaler") -> "Scaler":
        """Return the groups of both, these where both have one."""
        return Scaler(self.mode, {**others.means, **self.means}, {**others.scales, **self.scales})

    def to_bytes(self) -> bytes:
        """Serialise without pickle; the same scaler gives the same bytes."""
        names = sorted(self.means)
        stats = [arrays.dump(np.stack([self.means[name], self.scales[name]])) for name in names]
        return b"".join([arrays.dump(np.array([self.mode, *names])), *stats])

    @classmethod
    def from_bytes(cls, data: bytes) -> "Scaler":
        """Read what `to_bytes` wrote."""
        source = io.BytesIO(data)
        mode, *names = map(str, arrays.load(source))
        stats = {name: arrays.load(source) for name in names}
        if mode not in MODES or any(s.ndim != 2 or len(s) != 2 or s.dtype.kind != "f" for s in stats.values()):
            raise ValueError("other arrays")
        return cls(mode, {n: s[0] for n, s in stats.items()}, {n: s[1] for n, s in stats.items()})


def fit(mode: str, inputs: Sequence[np.ndarray], groups: Sequence[str]) -> Scaler:
    """Fit a scaler on inputs of shape `(dims,)` or `(frames, dims)`; within TINY columns keep their scale."""
    if mode == "none":
        return Scaler(mode, {}, {})
    means, scales = {}, {}
    for group in sorted(set(groups)):
        members = [np.atleast_2d(x) for x, g in zip(inputs, groups, strict=True) if g == group]
        count = sum(len(x) for x in members)
        mean = np.asarray(sum(x.sum(axis=0, dtype=np.float64) for x in members) / count)
        variance = sum(np.square(x - mean).sum(axis=0) for x in members) / count
        deviation = np.sqrt(variance)
        means[group] = mean
        scales[group] = np.where(deviation > TINY * np.maximum(1.0, np.abs(mean)), deviation, 1.0)
    return Scaler(mode, means, scales)
