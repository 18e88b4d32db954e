"""The tiny language of training sets: `emodb`, `all`, `others`, `family`, `same`, `a+b`, `a>b`.

`+` pools corpora, `>` trains on the left and fine-tunes on the right. A word depends on the tested corpus (`same`,
`others`, `family`) or on the config (`all`); what it stands for is resolved to plain corpus ids before it becomes a
path, so that two tables that mean the same run share it.
"""

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

WORDS = ("same", "all", "others", "family")
CHAIN = "-to-"  # `>` would be a redirection in a shell
LONGEST = 100  # characters of a file name's part; longer pools are named by a digest
_EXPRESSION = re.compile(r"[a-z0-9_]+([+>][a-z0-9_]+)*")


@dataclass(frozen=True, order=True)
class TrainSet:
    """Corpora to train on, stage after stage; within a stage they are pooled."""

    stages: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """The training set as part of a path, such as `emodb+savee` or `iemocap-to-emodb`."""
        return CHAIN.join(_stage_name(stage) for stage in self.stages)

    @property
    def corpora(self) -> list[str]:
        """All corpora of all stages, sorted."""
        return sorted({c for stage in self.stages for c in stage})

    @property
    def before(self) -> "TrainSet | None":
        """The training set whose models this one starts from; None for a single stage."""
        return TrainSet(self.stages[:-1]) if len(self.stages) > 1 else None

    @property
    def chain(self) -> "list[TrainSet]":
        """The training set and all before it, the last stage's first."""
        return [self, *(self.before.chain if self.before else [])]


def _stage_name(stage: tuple[str, ...]) -> str:
    name = "+".join(stage)
    if len(name) <= LONGEST:
        return name
    return f"{len(stage)}_corpora_{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def check(expression: str, corpora: Collection[str]) -> str | None:
    """Return what is wrong with an expression, or None."""
    if not _EXPRESSION.fullmatch(expression):
        return f"{expression!r} is not a training set: write corpus ids or {', '.join(WORDS)}, joined by + or >"
    unknown = [word for word in re.split(r"[+>]", expression) if word not in WORDS and word not in corpora]
    return f"{expression!r}: unknown corpus {', '.join(unknown)}" if unknown else None


def resolve(expression: str, expand: Callable[[str], Collection[str]]) -> TrainSet | None:
    """Turn an expression into a TrainSet.

    Parameters
    ----------
    expression
        A checked expression.
    expand
        Word or corpus id -> the corpora it stands for; an empty answer makes the whole set None (a dash in a table).
    """
    stages = []
    for stage in expression.split(">"):
        parts = [expand(word) for word in stage.split("+")]
        if not all(parts):
            return None
        stages.append(tuple(sorted({c for part in parts for c in part})))
    return TrainSet(tuple(stages))
