"""How many utterances a run learnt from, and how many its epoch or a parameter was chosen on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from xser.splits.split import fold_of, read_split

Parts = Mapping[tuple[str, str], Sequence[Counter[str]]]
"""Of a protocol and a corpus: for each fold, how many utterances have which part."""


def read_parts(settings: Mapping[str, Any], splits: Sequence[str]) -> Parts:
    """Count the parts of the split files of `settings["splits"]`, in their order."""
    return {
        (protocol, corpus): [Counter(column) for column in read_split(path)[2]]
        for (protocol, corpus), path in zip(settings["splits"], splits, strict=True)
    }


def counts(run: Mapping[str, Any], parts: Parts) -> dict[str, str]:
    """Return `learnt_from` and `chosen_on` of a run, each a number, or a range over folds and what it combines.

    `run` is an entry of `settings["learning"]`: `protocol`, `test`, and for each training behind it (`trainings`) its
    stages, each with `corpora` and the parts that it `learns` from and `chooses` on. All stages count.

    Examples
    --------
    >>> stage = {"corpora": ["a"], "learns": ["train"], "chooses": ["dev"]}
    >>> parts = {("p", "a"): [Counter(train=6, dev=2, test=2), Counter(train=5, dev=2, test=3)]}
    >>> counts({"protocol": "p", "test": "a", "trainings": [[stage]]}, parts)
    {'learnt_from': '5-6', 'chosen_on': '2'}
    """
    folds = range(len(parts[run["protocol"], run["test"]]))

    def total(stages: Sequence[Mapping[str, Any]], role: str, fold: int) -> int:
        columns = ((s[role], parts[run["protocol"], corpus]) for s in stages for corpus in s["corpora"])
        return sum(column[fold_of(fold, len(column))][part] for wanted, column in columns for part in wanted)

    def shown(role: str) -> str:
        found = {total(stages, role, fold) for stages in run["trainings"] for fold in folds}
        return "-".join(map(str, sorted({min(found), max(found)})))

    return {"learnt_from": shown("learns"), "chosen_on": shown("chooses")}
