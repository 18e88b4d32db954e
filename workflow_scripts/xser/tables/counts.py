"""How many utterances a run learnt from, on how many its epoch or a parameter was chosen, and what it never learnt."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from xser.data_dir import read_mapping
from xser.files import look_up
from xser.splits.split import TEST, fold_of, read_split

Parts = Mapping[tuple[str, str], Sequence[Counter[tuple[str, str]]]]
"""Of a protocol and a corpus: for each fold, how many utterances have which part and emotion."""


def read_parts(settings: Mapping[str, Any], splits: Sequence[str], labels: Sequence[str]) -> Parts:
    """Count parts and emotions in the split files of `settings["splits"]`; `labels`: utt2emo of each, in that order."""
    counted = {}
    for (protocol, corpus), path, utt2emo in zip(settings["splits"], splits, labels, strict=True):
        names, _, parts = read_split(path)
        emotions = look_up(read_mapping(utt2emo), names, utt2emo)
        counted[protocol, corpus] = [Counter(zip(column, emotions, strict=True)) for column in parts]
    return counted


def counts(run: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    """Return `learnt_from` and `chosen_on` of a run, each a number, or a range over folds and what it combines.

    And `unlearnt`: emotions that a fold tests, and that no training behind it learnt there.
    `run` is an entry of `settings["learning"]`: `protocol`, `test`, and for each training behind it (`trainings`) its
    stages, the last one first, each with `corpora`, the `target` that it adapts to (or empty), and the parts that it
    `learns` from and `chooses` on. All stages count.

    Examples
    --------
    >>> stage = {"corpora": ["a"], "target": "", "learns": ["train"], "chooses": ["dev"]}
    >>> first = Counter({("train", "fear"): 6, ("dev", "fear"): 2, ("test", "fear"): 2})
    >>> second = Counter({("train", "fear"): 5, ("dev", "joy"): 2, ("test", "joy"): 3})
    >>> counts({"protocol": "p", "test": "a", "trainings": [[stage]]}, {("p", "a"): [first, second]})
    {'learnt_from': '5-6', 'chosen_on': '2', 'unlearnt': 'joy in fold 1'}
    """
    protocol = run["protocol"]
    tested = parts[protocol, run["test"]]
    folds = range(len(tested))

    def emotions(stages: Sequence[Mapping[str, Any]], role: str, fold: int) -> Counter[str]:
        found = Counter[str]()
        for k, stage in enumerate(stages):
            # A stage has as many models as the largest corpus, its own or of a stage before, has folds; then they go
            # round, and with them the folds of smaller corpora.
            corpora = (corpus for s in stages[k:] for corpus in (*s["corpora"], s["target"]) if corpus)
            fold = fold_of(fold, max(len(parts[protocol, corpus]) for corpus in corpora))
            for column in (parts[protocol, corpus] for corpus in stage["corpora"]):
                for (part, emotion), n in column[fold_of(fold, len(column))].items():
                    found[emotion] += n * (part in stage[role])
        return found

    def shown(role: str) -> str:
        found = {emotions(stages, role, fold).total() for stages in run["trainings"] for fold in folds}
        return "-".join(map(str, sorted({min(found), max(found)})))

    missed: dict[str, list[int]] = {}
    for fold in folds:
        learnt = sum((emotions(stages, "learns", fold) for stages in run["trainings"]), Counter[str]())
        for emotion in sorted({emotion for part, emotion in tested[fold] if part == TEST and not learnt[emotion]}):
            missed.setdefault(emotion, []).append(fold)
    unlearnt = ", ".join(f"{emotion} in {_folds(where, len(folds))}" for emotion, where in sorted(missed.items()))
    return {"learnt_from": shown("learns"), "chosen_on": shown("chooses"), "unlearnt": unlearnt}


def _folds(found: Sequence[int], all_of: int) -> str:
    """Some folds of all, as a note says it."""
    if len(found) == all_of > 1:
        return "every fold"
    return f"fold{'s' * (len(found) > 1)} {' and '.join(map(str, found))}"
