"""The few-shot curve: what K labelled utterances an emotion of the tested corpus bring, with foreign ones and without.

Lines: `others + K`, the foreign corpora and the K utterances an emotion pooled; `K alone`, these alone; and, where the
entry names a network in `finetune`, `others > K`, its training on the others, fine-tuned on them. The K are drawn from
the tested corpus' training and development speakers, at random, or by whole speakers (`whole_speakers`: those of one
speaker first, then of the next). Everything is scaled as the system is that learnt from the others alone: the tested
corpus by its own unlabelled utterances where it normalises so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from xser.curves.base import ALL, Answer, Curve, drawn_by, draws_of
from xser.models.base import Examples, Head, check_answers, joined, load_model
from xser.splits.split import DEV, TEST, TRAIN
from xser.training.examples import CorpusData, targets
from xser.training.fit import Stage
from xser.training.store import Store
from xser.workers import in_order

POOLED, ALONE, TUNED = "others + K", "K alone", "others > K"
EMOTION = "emotion"


class FewShot(Curve):
    """A system with a model that needs no development speakers, trained anew for every draw."""

    reference, foreign = POOLED, True
    options: Mapping[str, Any] = {
        "k": [0, 1, 2, 5, 10, 20, 50, ALL], "whole_speakers": False, "finetune": ""
    }  # fmt: skip

    def answers(  # type: ignore[override]
        self,
        stage: Stage,
        data: CorpusData,
        ks: Sequence[int | str],
        draws: int,
        whole_speakers: bool,
        threads: int = 1,
        tuned: tuple[str, Mapping[str, Any]] | None = None,
        **_: Any,
    ) -> Iterator[Answer]:
        """Yield the answers of all trainings.

        `stage` is what the system learns from the others, its heads with the classes of the tested corpus; `tuned` the
        archive of the network that learnt from them, and its parameters in fine-tuning.
        """
        tasks = [(fold, *each) for fold in range(len(data.parts)) for each in draws_of(ks, draws)]

        def make() -> Any:
            prepared = lru_cache(maxsize=1)(lambda fold: _Fold(stage, data, fold, tuned))
            return lambda task: prepared(task[0]).answers(task[1], task[2], whole_speakers)

        workers = 1 if tuned else threads  # a network's weights are held by one process, which must not fork
        for found in in_order(make, tasks, workers, batch=len(draws_of(ks, draws)), forks=True):
            yield from found


class _Fold:
    """A fold of the tested corpus: the foreign examples, and its own utterances, all scaled."""

    def __init__(self, stage: Stage, data: CorpusData, fold: int, tuned: tuple[str, Mapping[str, Any]] | None) -> None:
        self.stage, self.data, self.fold, self.tuned = stage, data, fold, tuned
        scaled = stage.scaled(fold)
        self.others = joined(*stage.given(fold, scaled))
        self.own, self.tested = data.indices(fold, TRAIN, DEV), data.indices(fold, TEST)
        everyone = [*self.own, *self.tested]
        self.inputs = dict(zip(everyone, data.scaled(scaled.scaler, everyone, self.own), strict=True))
        if tuned:
            with Store(tuned[0]) as models:
                self.start, self.kind = models.model(fold, models.seeds[0]), models.kind
                emotion, *others = self.start.heads
                self.tuned_heads = (replace(emotion, classes=stage.heads[0].classes), *others)
                scaler = models.scaler(fold)
            self.network_inputs = dict(zip(everyone, data.scaled(scaler, everyone, self.own), strict=True))

    def answers(self, k: int | str, draw: int, whole_speakers: bool) -> list[Answer]:
        """The answers of all lines for one draw."""
        chosen = drawn(self.data, self.own, k, (draw, self.fold), whole_speakers)
        model, parameters, heads = load_model(self.stage.model), self.stage.parameters, self.stage.heads
        own = _examples(self.data, self.inputs, chosen, heads)
        found = []
        tested = [self.inputs[i] for i in self.tested]
        for line, train in ((POOLED, joined(self.others, own) if chosen else self.others), (ALONE, own)):
            if train.inputs:
                fitted = model.fit(train, None, heads, parameters, draw)
                found.append(self._answer(line, k, draw, len(chosen), fitted.predict(tested)[EMOTION], heads[0]))
        if self.tuned:
            fitted = self.start
            if chosen:
                train = _examples(self.data, self.network_inputs, chosen, self.tuned_heads)
                fitted = self.kind.fit(train, None, self.tuned_heads, self.tuned[1], draw, self.start)
            scores = fitted.predict([self.network_inputs[i] for i in self.tested])[EMOTION]
            found.append(self._answer(TUNED, k, draw, len(chosen), scores, fitted.heads[0]))
        return found

    def _answer(self, line: str, k: int | str, draw: int, used: int, scores: np.ndarray, head: Head) -> Answer:
        check_answers({EMOTION: scores}, [self.data.utterances[i] for i in self.tested], f"'{line}' at K = {k}")
        return Answer(line, str(k), draw, used, self.tested, [head.classes[b] for b in scores.argmax(axis=1)])


def drawn(data: CorpusData, own: Sequence[int], k: int | str, seed: Sequence[Any], whole_speakers: bool) -> list[int]:
    """The first K utterances of each emotion, in an order drawn by a seed; those of a K are among those of a larger."""
    if k == ALL:
        return list(own)
    random = drawn_by(*seed)
    place = {i: n for n, i in enumerate(random.permutation(own).tolist())}
    turn = {s: n for n, s in enumerate(random.permutation(sorted({data.speakers[i] for i in own})).tolist())}
    emotions = data.labels[EMOTION]
    order = sorted(own, key=lambda i: (turn[data.speakers[i]] if whole_speakers else 0, place[i]))
    chosen = []
    for emotion in sorted({emotions[i] for i in own}):
        chosen += [i for i in order if emotions[i] == emotion][: int(k)]
    return sorted(chosen)


def _examples(
    data: CorpusData, inputs: Mapping[int, np.ndarray], chosen: Sequence[int], heads: Sequence[Head]
) -> Examples:
    labels = {head.name: targets(head, [data.labels[head.name][i] for i in chosen]) for head in heads}
    return Examples([inputs[i] for i in chosen], labels, [data.utterances[i] for i in chosen])


CURVE = FewShot()
