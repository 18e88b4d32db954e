"""How large the corpora of a study are: as read and split, or, before that, as their publishers state it."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from xser import paths
from xser.config.study import Study
from xser.corpora import practice
from xser.data_dir import read_mapping
from xser.errors import InputError
from xser.splits.split import DEV, TEST, TRAIN, Item, fold_of, read_split
from xser.workflow.corpora import files_below

DAMAGED = (InputError, ValueError, OSError)  # a file counts as not there; the job that needs it names it
Fold = Counter[str]  # part -> utterances


@dataclass(frozen=True)
class Amount:
    """One data directory: all its utterances, whatever their label, and their seconds."""

    utterances: int
    seconds: float

    @property
    def mean(self) -> float:
        """Seconds of an utterance."""
        return self.seconds / max(self.utterances, 1)


@dataclass(frozen=True)
class Release:
    """Recordings, their mean seconds (rounded), and the utterances of the five emotions by (speaker, gender)."""

    recordings: int
    seconds: float
    speakers: Mapping[tuple[str, str], int]


_EMODB = {"03": 43, "08": 48, "09": 31, "10": 29, "11": 45, "12": 28, "13": 43, "14": 53, "15": 42, "16": 46}
_EMODB_WOMEN = ("08", "09", "13", "14", "16")
_IEMOCAP = {  # with fear: 4 of each speaker
    **{"01F": 532, "01M": 561, "02F": 485, "02M": 546, "03F": 526},
    **{"03M": 633, "04F": 532, "04M": 507, "05F": 594, "05M": 655},
}
_MASC = {(f"{k:03}", "f" if k <= 23 else "m"): 377 for k in range(1, 69)}
RELEASES = {
    "emodb": Release(535, 2.8, {(s, "f" if s in _EMODB_WOMEN else "m"): n for s, n in _EMODB.items()}),
    "savee": Release(480, 3.8, {(s, "m"): 90 for s in ("DC", "JE", "JK", "KL")}),
    "emovo": Release(588, 3.1, {(s, s[0]): 70 for s in ("f1", "f2", "f3", "m1", "m2", "m3")}),
    "iemocap": Release(10_039, 4.5, {(f"Ses{s}", s[-1].lower()): n for s, n in _IEMOCAP.items()}),
    "masc": Release(25_636, 2.0, _MASC),  # seconds: our guess
    "cremad": Release(7442, 2.5, {(f"{k}", "m"): 68 for k in range(1001, 1092)}),
    "ravdess": Release(1440, 3.7, {(f"{k:02}", "mf"[k % 2 == 0]): 36 for k in range(1, 25)}),
}


class Sizes:
    """Sizes of a study's corpora; `root` is the folder that holds `results`.

    What has been read and split is counted once; the rest is looked for again with every call, because a run makes it.
    """

    def __init__(self, study: Study, root: Path = Path()) -> None:
        self.study, self.root = study, root
        self._read, self._split = cache(_count_read), cache(lambda path: list(map(Fold, read_split(str(path))[2])))
        self._release, self._guess = cache(self._find_release), cache(self._make_guess)

    def was_read(self, corpus: str) -> bool:
        """Whether a data directory is there, of the root that the config names now."""
        path = self.root / paths.corpus(corpus, "root.txt")
        found = path.read_text(encoding="utf-8", errors="replace").rstrip("\n") if path.is_file() else None
        return found == str(self.study.corpora[corpus].root)

    def audio(self, corpus: str) -> Amount:
        """The size of the data directory of a corpus, or of the one that it is a view of."""
        corpus = self.study.corpora[corpus].audio
        with suppress(*DAMAGED):
            if self.was_read(corpus):
                return self._read(self.root / paths.corpus(corpus, "utt2dur"))
        release = self._release(corpus)
        return Amount(release.recordings, release.recordings * release.seconds)

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
        count = max(map(len, found))
        return [sum((folds[fold_of(k, len(folds))] for folds in found), start=Fold()) for k in range(count)]

    def _find_release(self, corpus: str) -> Release:
        entry = self.study.corpora[corpus]
        if entry.practice:
            turns = practice.LAYOUTS[entry.reader].turns()
            return Release(len(turns), 2.0, Counter(sorted((t.speaker, t.gender) for t in turns)))
        if entry.reader in RELEASES:
            return RELEASES[entry.reader]
        sizes = [os.path.getsize(path) for path in files_below(self.study, corpus)]
        number = max(len(sizes), 1)  # 16 kHz, 16 bits, ten speakers
        speakers = {(f"{k}", "m"): -(-number // 10) for k in range(10)}
        return Release(len(sizes), sum(sizes) / 32_000 / number, speakers)

    def _make_guess(self, protocol: str, corpus: str) -> list[Fold]:
        entry = self.study.corpora[corpus]
        items = [
            Item(f"{s}-{i}", f"{entry.audio}_{s}", gender, "", f"{s}-{i}", path=f"{s}-{i}")
            for (s, gender), count in self._release(entry.audio).speakers.items()
            for i in range(count)
        ]
        try:
            split = self.study.protocols[protocol].split(items, entry.audio, entry.test, entry.dev)
        except InputError:  # speakers of other names, or a split by a file that names recordings
            n = len(items)
            return [Fold({TRAIN: n * 8 // 10, DEV: n // 10, TEST: n // 10})]
        return list(map(Fold, split.parts))


def _count_read(utt2dur: Path) -> Amount:
    durations = read_mapping(utt2dur).values()
    return Amount(len(durations), sum(map(float, durations)))
