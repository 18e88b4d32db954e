"""How large the corpora of a study are: from its cheapest stages, reading and splitting."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xser import paths
from xser.config.study import Run, Study
from xser.data_dir import read_mapping
from xser.splits.split import DEV, TEST, TRAIN, fold_of, read_split
from xser.workflow.plan import Plan


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


@dataclass(frozen=True)
class Sizes:
    """Data directories by corpus, folds by (protocol, corpus)."""

    audio: Mapping[str, Audio]
    folds: Mapping[tuple[str, str], Sequence[Fold]]

    def fold(self, protocol: str, corpora: Iterable[str], number: int) -> Fold:
        """The utterances of a pool in one of its folds."""
        found = [self.folds[protocol, c] for c in corpora]
        here = [folds[fold_of(number, len(folds))] for folds in found]
        return Fold(sum(f.train for f in here), sum(f.dev for f in here), sum(f.test for f in here))


def all_runs(config: Study, tables: Iterable[str]) -> set[Run]:
    """The runs of some tables, and the runs that combining systems combine."""
    return {each for run in config.runs(list(tables)) for each in (run, *config.trainings(run))}


def splits(plan: Plan, tables: Iterable[str]) -> list[tuple[str, str]]:
    """(protocol, corpus) of every split that some tables use."""
    runs = all_runs(plan.config, tables)
    return sorted({(run.protocol, c) for run in runs for c in (*run.train.corpora, run.test)})


def inputs(plan: Plan) -> dict[str, list[str]]:
    """The files that `read` reads: those of all tables."""
    used = splits(plan, plan.config.tables)
    return {
        "durations": sorted({paths.corpus(plan.audio(c), "utt2dur") for _, c in used}),
        "splits": [paths.split(protocol, c) for protocol, c in used],
    }


def read(plan: Plan, root: Path = Path()) -> Sizes:
    """Read the sizes of a study's corpora from the folder that holds `results`."""
    used = splits(plan, plan.config.tables)
    audio, folds = {}, {}
    for name in sorted({plan.audio(c) for _, c in used}):
        durations = read_mapping(root / paths.corpus(name, "utt2dur")).values()
        audio[name] = Audio(len(durations), sum(map(float, durations)))
    for protocol, corpus in used:
        _, _, parts = read_split(str(root / paths.split(protocol, corpus)))
        folds[protocol, corpus] = [fold_of_parts(column) for column in parts]
    return Sizes(audio, folds)


def fold_of_parts(parts: Sequence[str]) -> Fold:
    """Count the parts of one fold."""
    counts = Counter(parts)
    return Fold(counts[TRAIN], counts[DEV], counts[TEST])
