"""How large the corpora of a study are: as read and split, or, before that, as their publishers state it."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xser import paths
from xser.config.study import Study
from xser.data_dir import read_mapping
from xser.errors import InputError
from xser.estimate import releases
from xser.splits.split import DEV, TEST, TRAIN, Item, fold_of, read_split
from xser.workflow.corpora import corpus_files

SPEECH = 32_000  # bytes a second, where only a file's size is known: 16 kHz, 16 bits


@dataclass(frozen=True)
class Audio:
    """One data directory: all its utterances, whatever their label, and their seconds."""

    utterances: int
    seconds: float

    @property
    def mean(self) -> float:
        """Seconds of an utterance."""
        return self.seconds / max(self.utterances, 1)


@dataclass(frozen=True)
class Fold:
    """Utterances of each part of a fold."""

    train: int
    dev: int
    test: int

    def __add__(self, other: "Fold") -> "Fold":
        return Fold(self.train + other.train, self.dev + other.dev, self.test + other.test)


class Sizes:
    """Sizes of a study's corpora; `root` is the folder that holds `results`.

    What has been read and split is counted once; the rest is looked for again with every call, because a run makes it.
    """

    def __init__(self, study: Study, root: Path = Path()) -> None:
        self.study, self.root = study, root
        self._audio: dict[str, Audio] = {}
        self._folds: dict[tuple[str, str], list[Fold]] = {}
        self._releases: dict[str, releases.Release] = {}
        self._guessed: dict[tuple[str, str], list[Fold]] = {}

    def was_read(self, corpus: str) -> bool:
        """Whether a data directory is there, of the root that the config names now."""
        path = self.root / paths.corpus(corpus, "root.txt")
        return path.is_file() and path.read_text(encoding="utf-8").strip() == str(self.study.corpora[corpus].root)

    def audio(self, corpus: str) -> Audio:
        """The size of the data directory of a corpus, or of the one that it is a view of."""
        corpus = self.study.corpora[corpus].audio
        if corpus not in self._audio:
            if not self.was_read(corpus):
                release = self._release(corpus)
                return Audio(release.recordings, release.recordings * release.seconds)
            durations = read_mapping(self.root / paths.corpus(corpus, "utt2dur")).values()
            self._audio[corpus] = Audio(len(durations), sum(map(float, durations)))
        return self._audio[corpus]

    def folds(self, protocol: str, corpus: str) -> Sequence[Fold]:
        """The folds of a corpus by a protocol."""
        key = protocol, corpus
        if key in self._folds:
            return self._folds[key]
        path = self.root / paths.split(protocol, corpus)
        if path.is_file() and self.was_read(self.study.corpora[corpus].audio):
            self._folds[key] = _count(read_split(str(path))[2])
            return self._folds[key]
        if key not in self._guessed:
            self._guessed[key] = self._guess(protocol, corpus)
        return self._guessed[key]

    def pool(self, protocol: str, corpora: Iterable[str]) -> list[Fold]:
        """The folds of corpora that are trained on together."""
        found = [self.folds(protocol, c) for c in corpora]
        return [
            sum((folds[fold_of(k, len(folds))] for folds in found), start=Fold(0, 0, 0))
            for k in range(max(map(len, found)))
        ]

    def _release(self, corpus: str) -> releases.Release:
        if corpus not in self._releases:
            entry = self.study.corpora[corpus]
            if entry.practice:
                self._releases[corpus] = releases.of_practice(entry.reader)
            elif entry.reader in releases.RELEASES:
                self._releases[corpus] = releases.RELEASES[entry.reader]
            else:
                sizes = [os.path.getsize(path) / SPEECH for path in corpus_files(self.study, corpus)]
                self._releases[corpus] = releases.of_files(len(sizes), sum(sizes) / max(len(sizes), 1))
        return self._releases[corpus]

    def _guess(self, protocol: str, corpus: str) -> list[Fold]:
        entry = self.study.corpora[corpus]
        items = [
            Item(f"{s}-{i}", f"{entry.audio}_{s}", gender, "", f"{s}-{i}")
            for (s, gender), count in self._release(entry.audio).speakers.items()
            for i in range(count)
        ]
        try:
            split = self.study.protocols[protocol].split(items, entry.audio, entry.test, entry.dev)
        except InputError:  # speakers of other names
            n = len(items)
            return [Fold(n * 8 // 10, n // 10, n // 10)]
        return _count(split.parts)


def _count(parts: Sequence[Sequence[str]]) -> list[Fold]:
    """The sizes of folds, each of which holds the part of every utterance."""
    counts = [Counter(column) for column in parts]
    return [Fold(c[TRAIN], c[DEV], c[TEST]) for c in counts]
