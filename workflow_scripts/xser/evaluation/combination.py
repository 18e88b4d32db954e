"""Systems made of other systems' predictions.

`vote`: one emotion model a corpus, each with one vote (Albornoz & Milone 2017). `two_pass`: the language of each
utterance is identified first, then that language's emotion model decides (Heracleous & Yoneyama 2019).
`select_language`: the language most often identified in the tested utterances chooses one emotion model for all of them
(after Sagha et al. 2016).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from xser.combinations import COMBINATIONS
from xser.errors import InputError
from xser.evaluation.predictions import Block, Predictions

TIE = 1e-3  # weight of the mean probability beside the votes: it only breaks ties


def combine(how: str, parts: Mapping[str, Predictions], emotions: Sequence[str]) -> tuple[list[str], list[Block]]:
    """Combine the predictions of several runs on the same test utterances, by `vote`, `two_pass` or `select_language`.

    For the latter two, the component `language` is the run that identifies it, and every other one is named by the
    language of its emotion model. Returns classes (in the order of `emotions`) and blocks, as `predictions.write` takes
    them; a component without randomness (one seed) stands in every seed.
    """
    _check(parts)
    way = COMBINATIONS[how]
    models = {name: part for name, part in parts.items() if name != "language"}
    classes = [e for e in emotions if any(e in part.classes for part in models.values())]
    seeds = max((part.seeds for part in parts.values()), key=len)
    some = next(iter(parts.values()))
    blocks = []
    for index, seed in enumerate(seeds):
        scores = {name: _scores(part, index, classes) for name, part in models.items()}
        heads: dict[str, tuple[Sequence[str], Sequence[str]]] = {}
        if not way.by_language:
            combined = _vote(list(scores.values()))
        else:
            truth, predicted = parts["language"].heads["language"]
            identified = predicted[min(index, len(predicted) - 1)]
            if way.over_corpus:
                identified = _most_common(identified, some.folds)
            if unknown := sorted({*identified.tolist()} - {*models}):
                raise InputError(
                    f"utterances are taken for {', '.join(unknown)}, of which there is no emotion model",
                    hint="`language` of a corpus in the config must be that of its utterances, which card.md tells",
                )
            combined = np.stack([scores[language][i] for i, language in enumerate(identified)])
            heads = {"language": (truth.tolist(), identified.tolist())}
        blocks += _by_fold(some, seed, combined, heads)
    return classes, blocks


def _check(parts: Mapping[str, Predictions]) -> None:
    (first, some), *others = parts.items()
    for name, part in others:
        if not np.array_equal(part.utterances, some.utterances):
            raise InputError(f"the predictions of {first} and {name} are not of the same utterances")
    if len({part.seeds for part in parts.values() if len(part.seeds) > 1}) > 1:
        raise InputError("the predictions to be combined have different seeds")


def _scores(part: Predictions, index: int, classes: Sequence[str]) -> np.ndarray:
    """Probabilities of one seed over all classes, shape (utterances, classes); 0 for those the part does not know."""
    assert part.probabilities is not None
    own = part.probabilities[min(index, len(part.seeds) - 1)]
    result = np.zeros((len(own), len(classes)))
    result[:, [classes.index(c) for c in part.classes]] = own
    return result


def _vote(scores: Sequence[np.ndarray]) -> np.ndarray:
    votes = sum(np.eye(s.shape[1])[s.argmax(axis=1)] for s in scores)
    return np.asarray((votes + TIE * sum(scores)) / (len(scores) * (1 + TIE)))


def _most_common(languages: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The most frequent language of each fold's utterances, for each of them; the first in order if two are."""
    result = languages.copy()
    for fold in np.unique(folds):
        counts = Counter(languages[folds == fold].tolist())
        result[folds == fold] = min(counts, key=lambda name: (-counts[name], name))
    return result


def _by_fold(
    some: Predictions, seed: int, scores: np.ndarray, heads: Mapping[str, tuple[Sequence[str], Sequence[str]]]
) -> list[Block]:
    blocks = []
    for fold in np.unique(some.folds).tolist():
        chosen = np.flatnonzero(some.folds == fold).tolist()
        blocks.append(
            Block(
                fold=fold,
                seed=seed,
                utterances=some.utterances[chosen].tolist(),
                speakers=some.speakers[chosen].tolist(),
                truth=some.truth[chosen].tolist(),
                probabilities=scores[chosen],
                heads={h: ([t[i] for i in chosen], [p[i] for i in chosen]) for h, (t, p) in heads.items()},
            )
        )
    return blocks
