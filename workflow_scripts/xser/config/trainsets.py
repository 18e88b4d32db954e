"""The tiny language of training sets: `emodb`, `all`, `others`, `family`, `same`, `a+b`, `a>b`.

`+` pools corpora, `>` trains on the left and fine-tunes on the right. What a word stands for (WORDS) is resolved to
plain corpus ids before it becomes a path, so that two tables that mean the same run share it.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from xser.config.entries import Corpus

Corpora = Mapping[str, Corpus]
CHAIN = "-to-"  # `>` would be a redirection in a shell
FOR = "-for-"
LONGEST = 100  # characters of a pool's name; longer ones are named by a digest
LONGEST_CHAIN = 200  # characters of a name; file systems know no names of more than 255
_EXPRESSION = re.compile(r"[a-z0-9_]+([+>][a-z0-9_]+)*")


@dataclass(frozen=True, order=True)
class TrainSet:
    """Corpora to train on, stage after stage; within a stage they are pooled.

    `target` is the corpus whose unlabelled utterances the training adapts to, if it does.

    Examples
    --------
    >>> chain = TrainSet((("iemocap",), ("emodb", "savee")))
    >>> chain.name
    'iemocap-to-emodb+savee'
    >>> chain.before.name
    'iemocap'
    >>> TrainSet((("emodb", "savee"),), target="emovo").name
    'emodb+savee-for-emovo'
    """

    stages: tuple[tuple[str, ...], ...]
    target: str = ""

    @property
    def name(self) -> str:
        """The training set as part of a path, such as `emodb+savee` or `iemocap-to-emodb`."""
        return CHAIN.join(_stage_name(stage) for stage in self.stages) + (f"{FOR}{self.target}" if self.target else "")

    @property
    def corpora(self) -> list[str]:
        """All corpora of all stages, sorted; they have labels."""
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


def pool(corpora: Corpora) -> list[str]:
    """The corpora with a root, views left out, sorted."""
    return sorted(c.id for c in corpora.values() if c.root is not None and not c.view)


def _others(corpora: Corpora, test: str) -> list[str]:
    return [c for c in pool(corpora) if c != corpora[test].audio]


def _family(corpora: Corpora, test: str) -> list[str]:
    own = corpora[test].family  # empty where the config tells no language: such corpora are no relatives
    return [c for c in _others(corpora, test) if own and corpora[c].family == own]


@dataclass(frozen=True)
class Word:
    """What a word stands for, given all corpora and the tested one; and whether it depends on the tested one."""

    corpora: Callable[[Corpora, str], Collection[str]]
    needs_test: bool = True


WORDS = {
    "same": Word(lambda corpora, test: [test]),
    "all": Word(lambda corpora, test: pool(corpora), needs_test=False),
    "others": Word(_others),
    "family": Word(_family),
}


def problem(expression: str, corpora: Collection[str]) -> str | None:
    """Return what is wrong with an expression, or None."""
    if not _EXPRESSION.fullmatch(expression):
        return f"{expression!r} is not a training set: write corpus ids or {', '.join(WORDS)}, joined by + or >"
    unknown = [word for word in words(expression) if word not in WORDS and word not in corpora]
    return f"{expression!r}: unknown corpus {', '.join(unknown)}" if unknown else None


def words(expression: str) -> list[str]:
    """The words and corpus ids of an expression."""
    return re.split(r"[+>]", expression)


def words_of_test(expression: str) -> list[str]:
    """The words of an expression that stand for nothing without a tested corpus."""
    return [word for word in words(expression) if word in WORDS and WORDS[word].needs_test]


def resolve(expression: str, corpora: Corpora, test: str) -> TrainSet | None:
    """Turn a checked expression into a TrainSet; None (a dash in a table) where a corpus it needs is not there."""
    if corpora[test].root is None:
        return None

    def expand(word: str) -> Collection[str]:
        if word in WORDS:
            return WORDS[word].corpora(corpora, test)
        return [word] if corpora[word].root is not None else []

    stages = []
    for stage in expression.split(">"):
        parts = [expand(word) for word in stage.split("+")]
        if not all(parts):
            return None
        stages.append(tuple(sorted({c for part in parts for c in part})))
    return TrainSet(tuple(stages))
