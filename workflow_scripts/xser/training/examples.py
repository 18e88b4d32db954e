"""One corpus as models see it: inputs, labels of every task, and the part of each utterance in each fold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xser.data_dir import read_mapping, read_utterances
from xser.features import archives
from xser.files import look_up
from xser.job import log
from xser.models.base import Examples, Head
from xser.splits.split import TRAIN, fold_of, read_split
from xser.training import scaling
from xser.training.scaling import Scaler

VALUES = ("arousal", "valence", "dominance")


@dataclass
class CorpusData:
    """All utterances of one corpus that have an emotion, in the order of its split."""

    corpus: str
    utterances: list[str]
    speakers: list[str]
    inputs: list[np.ndarray]
    labels: dict[str, list[str]]
    parts: list[list[str]]

    def indices(self, fold: int, *parts: str) -> list[int]:
        """Positions of the utterances that are in one of `parts` in a fold of a pool."""
        column = self.parts[fold_of(fold, len(self.parts))]
        return [i for i, part in enumerate(column) if part in parts]

    def groups(self, mode: str) -> list[str]:
        """The group of each utterance under a mode of normalisation."""
        by_mode = {"corpus": [self.corpus] * len(self.utterances), "speaker": self.speakers}
        return by_mode.get(mode, ["all"] * len(self.utterances))

    def scaled(self, scaler: Scaler, chosen: Sequence[int], unlabelled: Sequence[int]) -> list[np.ndarray]:
        """Scale some utterances as a model saw those that it learnt from.

        A corpus or speakers that it has no statistics of get their own: by speaker those of all the speaker's
        utterances, by corpus those of the `unlabelled` ones.
        """
        groups = self.groups(scaler.mode)
        if scaler.mode == "speaker" or (scaler.mode == "corpus" and self.corpus not in scaler.means):
            own = range(len(groups)) if scaler.mode == "speaker" else unlabelled
            scaler = scaling.fit(scaler.mode, [self.inputs[i] for i in own], [groups[i] for i in own])
        return scaler.transform([self.inputs[i] for i in chosen], [groups[i] for i in chosen])


def load_unlabelled(corpus: str, scp: str, split: str) -> CorpusData:
    """Read one corpus without its labels; every utterance of the split must have features."""
    names, speakers, parts = read_split(split)
    return CorpusData(corpus, names, speakers, look_up(archives.read(scp), names, scp), {}, parts)


def load(corpus: str, scp: str, utterances: str, utt2emo: str, split: str) -> CorpusData:
    """Read one corpus; every utterance of the split must have features."""
    data = load_unlabelled(corpus, scp, split)
    names = data.utterances
    rows = {u.utterance: u for u in read_utterances(utterances)}
    emotions = read_mapping(utt2emo)
    known = look_up(rows, names, utterances)
    data.labels = {
        "emotion": look_up(emotions, names, utt2emo),
        "corpus": [corpus] * len(names),
        "language": [u.language for u in known],
        "gender": [u.gender for u in known],
        "naturalness": [u.naturalness for u in known],
        **{head: ["" if (value := getattr(u, head)) is None else repr(value) for u in known] for head in VALUES},
    }
    return data


def heads_of(weights: dict[str, float], emotions: Sequence[str], corpora: Sequence[CorpusData]) -> tuple[Head, ...]:
    """The tasks of a training: classes are those that occur, emotions in the config's order.

    A further task that no training utterance of some fold has a label for cannot be learnt and is left out.
    """
    heads = []
    for name, weight in weights.items():
        if name != "emotion" and not _labelled(name, corpora):
            log.warning("head %s is left out: the training utterances have no label for it", name)
            continue
        if name in VALUES:
            heads.append(Head(name, (), weight))
            continue
        present = {label for data in corpora for label in data.labels[name] if label}
        classes = [e for e in emotions if e in present] if name == "emotion" else sorted(present)
        heads.append(Head(name, tuple(classes), weight))
    return tuple(heads)


def _labelled(head: str, corpora: Sequence[CorpusData]) -> bool:
    """Whether every fold has training utterances whose label is known."""
    folds = max(len(data.parts) for data in corpora)
    return all(any(data.labels[head][i] for data in corpora for i in data.indices(f, TRAIN)) for f in range(folds))


def targets(head: Head, labels: Sequence[str]) -> np.ndarray:
    """Labels as class indices (-1: unknown) or values (NaN: unknown), shape (utterances,)."""
    if head.classes:
        index = {label: i for i, label in enumerate(head.classes)}
        return np.array([index.get(label, -1) for label in labels], dtype=np.int64)
    return np.array([float(label) if label else np.nan for label in labels], dtype=np.float32)


def gather(
    corpora: Sequence[CorpusData], scaled: Sequence[Sequence[np.ndarray]], heads: Sequence[Head], fold: int, *parts: str
) -> Examples:
    """The utterances of all corpora that are in one of `parts` in a fold, as examples."""
    inputs: list[np.ndarray] = []
    utterances: list[str] = []
    labels: dict[str, list[str]] = {head.name: [] for head in heads}
    for data, values in zip(corpora, scaled, strict=True):
        chosen = data.indices(fold, *parts)
        inputs += [values[i] for i in chosen]
        utterances += [data.utterances[i] for i in chosen]
        for name in labels:
            labels[name] += [data.labels[name][i] for i in chosen]
    return Examples(inputs, {head.name: targets(head, labels[head.name]) for head in heads}, utterances)
