"""The audit of a card: its calibration follows from development speakers that its models have not learnt from.

Which utterances these are, that no stage before has learnt from them, what the models say of them, the temperature
(where the slope of the likelihood is zero) and the errors are worked out here anew. A classifier that has learnt from
them is fitted without them by the software itself.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from xser.audit.checks import Audit
from xser.audit.learning import LearningAudit
from xser.audit.predicted import PredictionAudit
from xser.audit.scaling import scalers
from xser.files import decoding, read_text, read_tsv
from xser.models.base import Examples, load_model

BINS = 15
SMALLEST = 5e-7  # of a probability: files have six decimals
INVERSE = 1 / 50, 1 / 0.02  # of a temperature, its smallest and largest
LOSS = 1e-5  # by which the likelihood under a temperature may differ from the largest
DRAWS, SCATTER = 1000, 0.15  # truths drawn for a perfect model, and by which share other draws may differ
COUNTS = ("utterances", "speakers", "tested")
ERRORS = ("before", "after", "perfect", "perfect_high")


class CardAudit:
    """The card of one training; the runs of the audit are this training's, one for each corpus that it learnt from."""

    def __init__(self, audit: Audit, learning: LearningAudit, answers: PredictionAudit) -> None:
        (self.ids,) = {(run["protocol"], run["system"], run["train"]) for run in audit.settings["runs"]}
        self.audit, self.learning, self.answers = audit, learning, answers

    def check(self, path: str | Path) -> list[str]:
        """Say in what the calibration of a card is not what it should be."""
        with decoding(path, "the card of a training"):
            card = json.loads(read_text(path))
            temperature = None if card["temperature"] is None else float(card["temperature"])
            said = {} if temperature is None else {key: float(card["calibration"][key]) for key in (*COUNTS, *ERRORS)}
        wanted = self._wanted()
        if not wanted:
            return [] if temperature is None else [f"{path}: temperature is {temperature}, where none can be fitted"]
        if temperature is None:
            return [f"{path}: there is no temperature, where {wanted['temperature']:.4f} fits"]
        if known := list(self._known()):
            utterance, stage = known[0]
            return [f"{path}: models have learnt from {len(known)} utterances, such as {utterance} in {stage}"]
        problems = [f"{key} is {said[key]:g}, not {wanted[key]}" for key in COUNTS if said[key] != wanted[key]]
        p, truth = wanted["development"]
        if not loss(p, truth, temperature) <= loss(p, truth, wanted["temperature"]) + LOSS:
            problems.append(f"temperature is {temperature}, not {wanted['temperature']:.4f}")
        n = wanted["tested"]
        for key in ERRORS:
            # Some utterances near the edge of a bin may be counted on its other side.
            near = 4 / n if key in ("before", "after") else 1 / n + SCATTER * wanted[key]
            if not abs(said[key] - wanted[key]) <= near + 1e-3:
                problems.append(f"the calibration error `{key}` is {said[key]}, not {wanted[key]:.4f}")
        return [f"{path}: {problem}" for problem in problems]

    def _known(self) -> Iterator[tuple[str, str]]:
        """Development utterances of a fold that a stage before has learnt from, and that stage."""
        protocol, system, train = self.ids
        trainsets, counted = self.audit.settings["trainsets"], self.audit.settings["counted"]
        for fold in range(self.audit.manifest(*self.ids)["folds"]):
            own = [self.audit.corpus(protocol, corpus) for corpus in trainsets[train]["corpora"]]
            develop = {s.utterance for corpus in own for s in corpus.of(fold, "dev")}
            for stage in self.audit.chain(train)[1:]:
                fold %= self.audit.manifest(protocol, system, stage)["folds"]
                parts = counted[f"{system}/{stage}"]["learns"]
                for corpus in trainsets[stage]["corpora"]:
                    learnt = self.audit.corpus(protocol, corpus).of(fold, *parts)
                    yield from ((s.utterance, stage) for s in learnt if s.utterance in develop)

    def _wanted(self) -> dict[str, Any]:
        """What a card should say, and the probabilities and classes behind it; empty where none can be calibrated."""
        protocol, _, train = self.ids
        corpora = [self.audit.corpus(protocol, c) for c in self.audit.settings["trainsets"][train]["corpora"]]
        speakers = {s.utterance: s.speaker for corpus in corpora for s in corpus.spoken}
        with threadpool_limits(1):
            found = self._developing()
        if not found:
            return {}
        names = [name for each, _, _ in found for name in each]
        truth, p = np.concatenate([y for _, y, _ in found]), np.concatenate([p for _, _, p in found])
        who = np.array([speakers[name] for name in names])
        before, after, right = [], [], []
        for run in self.audit.settings["runs"]:
            for shares, answer, tested in self._tested(run["test"]):
                others = ~np.isin(who, tested)
                if others.any():
                    cooled = shares ** (1 / fitted(p[others], truth[others]))
                    before.append(shares)
                    after.append(cooled / cooled.sum(axis=1, keepdims=True))
                    right.append(answer)
        if not right:
            return {}
        answers, last = np.concatenate(right), np.concatenate(after).max(axis=1)
        random = np.random.default_rng(1)
        perfect = [error(last, random.random(len(last)) < last) for _ in range(DRAWS)]
        return {
            "development": (p, truth),
            "temperature": fitted(p, truth),
            **{"utterances": len(set(names)), "speakers": len(set(who.tolist())), "tested": len(answers)},
            "before": error(np.concatenate(before).max(axis=1), answers),
            "after": error(last, answers),
            **{"perfect": float(np.mean(perfect)), "perfect_high": float(np.quantile(perfect, 0.975))},
        }

    def _developing(self) -> list[tuple[list[str], np.ndarray, np.ndarray]]:
        """Development utterances of each fold, their class, and what models say that have not learnt from them.

        Empty where there are no such utterances, or no such models.
        """
        manifest = self.audit.manifest(*self.ids)
        kind, head = load_model(manifest["model"]), manifest["heads"][0]["name"]
        found = []
        for fold, scaler in enumerate(scalers(self.audit, *self.ids)):
            learnt, develop = ([*self.learning.given_as(*self.ids, fold, role, scaler)] for role in ("train", "dev"))
            if not develop:
                continue
            classes = [np.array([target[head] for _, target, _ in each]) for each in (learnt, develop)]
            train = Examples([x for _, _, x in learnt], {head: classes[0]})
            votes = []
            for seed in manifest["seeds"]:
                model = kind.without_dev(self.answers.load(*self.ids, fold, seed), train, seed)
                if model is None:
                    return []
                votes.append(model.predict([x for _, _, x in develop])[head])
            found.append(([name for name, _, _ in develop], classes[1], np.mean(votes, axis=0)))
        return found

    def _tested(self, test: str) -> Iterator[tuple[np.ndarray, np.ndarray, Sequence[str]]]:
        """Of each fold that is tested: probabilities, seeds together, whether they are right, and the speakers."""
        classes = self.audit.manifest(*self.ids)["heads"][0]["classes"]
        folds: dict[str, dict[str, list[dict[str, str]]]] = {}
        for row in read_tsv(self.answers.path(*self.ids, test)):
            folds.setdefault(row["fold"], {}).setdefault(row["utterance"], []).append(row)
        for utterances in folds.values():
            first = [rows[0] for rows in utterances.values()]
            shares = np.array(
                [np.mean([[float(row[f"p_{c}"]) for c in classes] for row in rows], 0) for rows in utterances.values()]
            )
            right = np.array([classes[k] == row["truth"] for k, row in zip(shares.argmax(1), first, strict=True)])
            yield shares, right, sorted({row["speaker"] for row in first})


def loss(p: np.ndarray, truth: np.ndarray, temperature: float) -> float:
    """Return the mean negative log-likelihood of probabilities (n, classes) at a temperature."""
    logits = np.log(np.maximum(p, SMALLEST)) / temperature
    top = logits.max(axis=1, keepdims=True)
    total = top[:, 0] + np.log(np.exp(logits - top).sum(axis=1))
    return float((total - logits[np.arange(len(truth)), truth]).mean())


def fitted(p: np.ndarray, truth: np.ndarray) -> float:
    """Return the temperature of the largest likelihood, by halving: its slope over 1 / temperature only grows.

    Examples
    --------
    >>> p = np.array([[0.8, 0.2]] * 10)
    >>> round(fitted(p, np.array([0] * 8 + [1] * 2)), 3), round(fitted(p, np.array([0] * 6 + [1] * 4)), 3)
    (1.0, 3.419)
    """
    logits = np.log(np.maximum(p, SMALLEST))
    right = logits[np.arange(len(truth)), truth].mean()
    low, high = INVERSE
    for _ in range(50):
        middle = (low * high) ** 0.5
        shares = np.exp(middle * (logits - logits.max(axis=1, keepdims=True)))
        expected = ((shares * logits).sum(axis=1) / shares.sum(axis=1)).mean()
        low, high = (middle, high) if expected < right else (low, middle)
    return 1 / middle


def error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Return the expected calibration error over BINS bins, which hold their upper edges."""
    edges = np.arange(BINS + 1) / BINS
    inside = [(confidence > a) & (confidence <= b) for a, b in pairwise(edges)]
    return float(sum(abs((right[i].astype(float) - confidence[i]).sum()) for i in inside) / len(confidence))
