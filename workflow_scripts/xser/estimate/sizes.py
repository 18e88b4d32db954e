"""How large the corpora of a study are: as read and split, or, before that, as their publishers state it."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from xser import paths
from xser.config.study import Study
from xser.data_dir import read_mapping
from xser.errors import InputError
from xser.estimate import releases
from xser.estimate.releases import Audio
from xser.splits.split import DEV, TEST, TRAIN, Item, fold_of, read_split
from xser.workflow.corpora import corpus_files

DAMAGED = (InputError, ValueError, OSError)  # a file counts as not there; the job that needs it names it


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
        self._read, self._split = cache(self._count_read), cache(self._count_split)
        self._release, self._guess = cache(self._find_release), cache(self._make_guess)

    def was_read(self, corpus: str) -> bool:
        """Whether a data directory is there, of the root that the config names now."""
        path = self.root / paths.corpus(corpus, "root.txt")
        return path.is_file() and path.read_text(encoding="utf-8").strip() == str(self.study.corpora[corpus].root)

    def audio(self, corpus: str) -> Audio:
        """The size of the data directory of a corpus, or of the one that it is a view of."""
        corpus = self.study.corpora[corpus].audio
        with suppress(*DAMAGED):
            if self.was_read(corpus):
                return self._read(corpus)
        return self._release(corpus).audio

    def folds(self, protocol: str, corpus: str) -> list[Fold]:
        """The folds of a corpus by a protocol."""
        path = self.root / paths.split(protocol, corpus)
        with suppress(*DAMAGED):
            if path.is_file() and self.was_read(self.study.corpora[corpus].audio):
                return self._split(path)
        return self._guess(protocol, corpus)

    def pool(self, protocol: str, corpora: Iterable[str]) -> list[Fold]:
        """The folds of corpora that are trained on together."""
        found = [self.folds(protocol, c) for c in corpora]
        return [
            sum((folds[fold_of(k, len(folds))] for folds in found), start=Fold(0, 0, 0))
            for k in range(max(map(len, found)))
        ]

    def _count_read(self, corpus: str) -> Audio:
        durations = read_mapping(self.root / paths.corpus(corpus, "utt2dur")).values()
        return Audio(len(durations), sum(map(float, durations)))

    def _count_split(self, path: Path) -> list[Fold]:
        return _count(read_split(str(path))[2])

    def _find_release(self, corpus: str) -> releases.Release:
        entry = self.study.corpora[corpus]
        if entry.practice:
            return releases.of_practice(entry.reader)
        if entry.reader in releases.RELEASES:
            return releases.RELEASES[entry.reader]
        return releases.of_files([os.path.getsize(path) for path in corpus_files(self.study, corpus)])

    def _make_guess(self, protocol: str, corpus: str) -> list[Fold]:
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
