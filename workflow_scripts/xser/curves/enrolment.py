"""The enrolment curve: what K unlabelled utterances of a tested speaker bring, apart from those that are tested.

A product, or a study in the field, has a few utterances of a speaker before it judges the next. A system that
normalises by speaker is asked with statistics of K utterances of each tested speaker. In each draw the speaker's
utterances fall into two halves at random; K of one half (the first K: draws are nested) normalise the other half, and
the reverse, so that all are tested and none by itself. A speaker with fewer than K in a half is normalised by all of
it; `all` is that half.

From few utterances a mean is uncertain and a deviation more so. So those of the tested corpus' other, not tested
speakers count as `prior` further utterances (of the mean a maximum-a-posteriori estimate; Gauvain and Lee 1994; the
deviation is that within speakers, without the distance of the two means, which they add). K = 0 is these alone. A
second line has `prior` 0: the mean of the K utterances alone, with the others' deviation where K is 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from xser.curves.base import ALL, Answer, Curve, drawn_by, draws_of
from xser.errors import InputError
from xser.models.base import check_answers
from xser.splits.split import DEV, TEST, TRAIN
from xser.training.examples import CorpusData
from xser.training.scaling import TINY
from xser.training.store import Store

ALONE = "own utterances alone"


class Enrolment(Curve):
    """A system that is trained already, asked about speakers of whom it has K unlabelled utterances."""

    needs_archive = True
    normalise = ("speaker",)
    takes_frames = False
    options: Mapping[str, Any] = {"k": [0, 1, 2, 5, 10, 20, ALL], "prior": 5}

    def answers(  # type: ignore[override]
        self, archive: str, data: CorpusData, ks: Sequence[int | str], draws: int, prior: float, **_: Any
    ) -> Iterator[Answer]:
        """Yield the answers of the models in an archive, each fold by its own; the first seed's."""
        with Store(archive) as models:
            emotions = models.heads[0].classes
            for fold in range(len(data.parts)):
                model = models.model(fold, models.seeds[0])
                first = _Prior.of(data, fold)
                for k, draw in draws_of(ks, draws):
                    halves = list(_halves(data, data.indices(fold, TEST), draw))
                    places = [i for _, tested in halves for i in tested]
                    used = [len(_first(enrolled, k)) for enrolled, _ in halves]
                    for line, weight in ((f"with the others as {prior:g}", prior), (ALONE, 0.0)):
                        if line == ALONE and k == 0:
                            continue
                        inputs = [x for e, t in halves for x in first.scaled(data, _first(e, k), t, weight)]
                        scores = model.predict(inputs)
                        check_answers(scores, [data.utterances[i] for i in places], f"of fold {fold}")
                        best = scores["emotion"].argmax(axis=1)
                        yield Answer(line, str(k), draw, float(np.mean(used)), places, [emotions[b] for b in best])


def _first(enrolled: Sequence[int], k: int | str) -> Sequence[int]:
    return enrolled if k == ALL else enrolled[: int(k)]


def _halves(data: CorpusData, places: Sequence[int], draw: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield (enrolled, tested) of each speaker, each half once in either part; a single utterance has none enrolled."""
    speakers: dict[str, list[int]] = {}
    for i in places:
        speakers.setdefault(data.speakers[i], []).append(i)
    for speaker, own in sorted(speakers.items()):
        order = drawn_by(draw, speaker).permutation(own).tolist()
        one, other = order[::2], order[1::2]
        yield other, one
        if other:
            yield one, other


class _Prior:
    """Mean of the other speakers' means, and deviation within them, of a tested corpus; both (dims,)."""

    def __init__(self, mean: np.ndarray, variance: np.ndarray) -> None:
        self.mean, self.variance = mean, variance

    @classmethod
    def of(cls, data: CorpusData, fold: int) -> "_Prior":
        """Those of the speakers who train and develop in a fold: without their labels."""
        groups: dict[str, list[np.ndarray]] = {}
        if any(x.ndim != 1 for x in data.inputs):
            raise InputError("enrolment needs one vector an utterance, and was given frames", hint="use is09")
        for i in data.indices(fold, TRAIN, DEV):
            groups.setdefault(data.speakers[i], []).append(data.inputs[i].astype(np.float64))
        means, variances = zip(*((np.mean(x, axis=0), np.var(x, axis=0)) for x in groups.values()), strict=True)
        return cls(np.mean(means, axis=0), np.mean(variances, axis=0))

    def scaled(
        self, data: CorpusData, enrolled: Sequence[int], tested: Sequence[int], weight: float
    ) -> list[np.ndarray]:
        """Scale tested utterances by the enrolled ones, beside which this counts as `weight` utterances."""
        if not enrolled:
            mean, variance = self.mean, self.variance
        else:
            x = np.stack([data.inputs[i] for i in enrolled]).astype(np.float64)
            total = len(x) + weight
            mean = (x.sum(axis=0) + weight * self.mean) / total
            variance = self.variance
            if total >= 2:
                spread = np.square(x - x.mean(axis=0)).sum(axis=0)
                variance = (spread + weight * self.variance) / (total if weight else len(x))
        deviation = np.sqrt(variance)
        scale = np.where(deviation > TINY * np.maximum(1.0, np.abs(mean)), deviation, 1.0)
        return [((data.inputs[i] - mean) / scale).astype(np.float32) for i in tested]


CURVE = Enrolment()
