"""Who is held out: the protocols that make a split of one corpus, and the check that nobody leaked.

A kind of protocol is one class below and its entry in schemas/config.schema.json; nothing else asks for kinds.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from math import isfinite, isinf
from pathlib import Path
from typing import Any, ClassVar, Literal

from xser.data_dir import speaker_id
from xser.errors import InputError, raise_all
from xser.files import filled
from xser.splits.from_file import SplitTable
from xser.splits.shared import CROSSTALK, together
from xser.splits.split import DEV, OUT, TEST, TRAIN, Item, Split


@dataclass(frozen=True)
class Protocol(ABC):
    """A protocol; its fields are the keys that its entry in the config may have, with their defaults."""

    kind: ClassVar[str]
    """What the entry's `kind` says."""
    paper_speakers: ClassVar[bool] = False
    """Whether it holds out the speakers of each corpus' `paper.test`, so that results compare with the paper's."""
    tests_everyone: ClassVar[bool] = False
    """Whether every speaker is tested once."""
    may_share: ClassVar[bool] = False
    """Whether training may have tested speakers, sentences or recordings; they are then counted, and results marked."""

    @property
    def most_folds(self) -> int | None:
        """The largest number of folds that it can have; None: as many as the corpus has speakers."""
        return 1

    @property
    def separates_texts(self) -> bool:
        """Whether no tested sentence is trained on, in corpora that know their sentences."""
        return False

    @abstractmethod
    def describe(self) -> str:
        """Say who is tested, as the subject and verb of a sentence."""

    def file_of(self, corpus: str) -> str | None:
        """The file that names who of a corpus is tested, where the protocol has one."""
        return None

    def problem(self, corpus: str) -> str:
        """Say what the protocol lacks to split a corpus; empty if nothing."""
        return ""

    def warnings(self, items: Sequence[Item], corpus: str) -> list[str]:
        """Say what a corpus cannot have of what is asked for; `items` are all its utterances, of any emotion."""
        return []

    @abstractmethod
    def _split(self, items: Sequence[Item], corpus: str, test: Any, dev: Any) -> Split:
        """Return a split that `split` checks."""

    def split(self, items: Sequence[Item], corpus: str, test: Any = None, dev: Any = None) -> Split:
        """Split one corpus, checked for leaks.

        Parameters
        ----------
        items
            Its utterances.
        corpus
            Prefix of the speaker ids: the corpus whose audio this is.
        test, dev
            The corpus' `paper.test` and `paper.dev`; only protocols with `paper_speakers` read them.

        Examples
        --------
        >>> items = [Item(f"c_{s}-1", f"c_{s}", "f", "", sound=s) for s in ("ann", "bea", "cyn")]
        >>> PaperSpeakers().split(items, "c", test=["cyn"]).parts
        [['dev', 'train', 'test']]
        """
        if not items:
            raise InputError(
                f"corpus {corpus}: no utterance has an emotion of the config", hint="see its card.md for the labels"
            )
        split = self._split(items, corpus, test, dev)
        check_split(split, corpus, self.may_share)
        return split

    def settings(self) -> dict[str, Any]:
        """Return the protocol as an entry of the config, all defaults filled in."""
        return {"kind": self.kind, **asdict(self)}


def read_protocol(entry: Mapping[str, Any]) -> Protocol:
    """Return the protocol of an entry of the config.

    Examples
    --------
    >>> read_protocol({"kind": "speakers"}).settings()
    {'kind': 'speakers', 'folds': 5, 'text': 'any', 'text_folds': 2}
    """
    kind = {each.kind: each for each in Protocol.__subclasses__()}[entry["kind"]]
    known = [f.name for f in fields(kind)]
    given = {key: value for key, value in entry.items() if key != "kind"}
    wrong = [f"{key}: kind {kind.kind!r} has no such key" for key in given if key not in known]
    raise_all("the protocol cannot be used", wrong)
    return kind(**given)


@dataclass(frozen=True)
class PaperSpeakers(Protocol):
    """One fold: the speakers that each corpus' `paper.test` names (or the last ones, if it is a number) are tested.

    Development speakers are those of `paper.dev`, or as many as are tested, next after them in order (our assumption).
    Names are the corpus' own or those of the ids.
    """

    kind = "paper"
    paper_speakers = True

    def describe(self) -> str:
        return "fixed speakers of each corpus are tested"

    def _split(self, items: Sequence[Item], corpus: str, test: Any, dev: Any) -> Split:
        speakers = sorted({x.speaker for x in items}, key=str.encode)
        if test is None:
            raise InputError(
                f"corpora.{corpus}.paper.test is missing: the protocol needs the held-out speakers",
                hint=f"name some of {_names(speakers, corpus)}, or give a number of speakers",
            )
        held_out = speakers[-test:] if isinstance(test, int) else [speaker_id(corpus, s) for s in test]
        develop = [speaker_id(corpus, s) for s in dev] if dev else _next_speakers(speakers, held_out)
        problems = [f"speaker {_name(s, corpus)!r} does not exist" for s in [*held_out, *develop] if s not in speakers]
        both = sorted(set(held_out) & set(develop))
        problems += [f"speaker {_name(s, corpus)!r} is in both test and dev" for s in both]
        if not set(speakers) - set(held_out):
            problems.append("every speaker is held out; nobody is left to train on")
        raise_all(f"corpora.{corpus}.paper cannot be used", problems, f"the speakers are {_names(speakers, corpus)}")
        return Split(items, [_parts(items, set(held_out), set(develop))])


@dataclass(frozen=True)
class SpeakerFolds(Protocol):
    """Speaker-disjoint folds in which every speaker is tested once.

    Speakers are dealt to folds in turn, women and men apart, so that folds are alike. Development speakers are those
    of the next fold, or of two folds a fifth of the other; where one speaker is left to train on, a fifth of each of
    that speaker's emotions. With `text="disjoint"` each fold also tests one group of sentences and trains on the
    others. An utterance without a sentence code (IEMOCAP's improvisations) is tested with one of the groups and always
    trained on; a corpus without any codes is split by speaker alone.
    """

    folds: int | Literal["loso"] = 5
    text: str = "any"
    text_folds: int = 2
    kind = "speakers"
    tests_everyone = True

    @property
    def most_folds(self) -> int | None:
        """The folds that are asked for, each once for each group of sentences."""
        groups = self.text_folds if self.separates_texts else 1
        return self.folds * groups if isinstance(self.folds, int) else None

    @property
    def separates_texts(self) -> bool:
        return self.text == "disjoint"

    def describe(self) -> str:
        rest = ", or one a speaker where a corpus has fewer" if isinstance(self.folds, int) else ""
        rest += "; no tested sentence is trained on, where a corpus tells its sentences" if self.separates_texts else ""
        return f"every speaker is tested once, in speaker-disjoint folds (folds: {self.folds}{rest})"

    def warnings(self, items: Sequence[Item], corpus: str) -> list[str]:
        """Say that there are more folds than speakers."""
        speakers = len({x.speaker for x in items if x.emotion})
        if isinstance(self.folds, int) and self.folds > speakers:
            return [f"{self.folds} folds are asked for, of {speakers} speakers: each is tested alone"]
        return []

    def _split(self, items: Sequence[Item], corpus: str, test: Any, dev: Any) -> Split:
        genders = {x.speaker: x.gender for x in items}
        speakers = sorted(genders, key=lambda s: (genders[s], s.encode()))
        if len(speakers) < 2:
            raise InputError(f"corpus {corpus}: folds of speakers need two speakers at least, found {len(speakers)}")
        number = min(self.folds, len(speakers)) if isinstance(self.folds, int) else len(speakers)
        groups = [set(speakers[k::number]) for k in range(number)]
        sentences = sorted({x.text for x in items if x.text})
        free = sorted((x.utterance for x in items if not x.text), key=str.encode)
        texts = [{*sentences[k :: self.text_folds], *free[k :: self.text_folds]} for k in range(self.text_folds)]
        if not self.separates_texts or not sentences or not all(texts):
            texts = [set()]
        parts = []
        for k, group in enumerate(groups):
            few = max(1, (len(speakers) - len(group)) // 5)
            develop = groups[(k + 1) % number] if number > 2 else set(_next_speakers(speakers, sorted(group))[:few])
            parts += [_parts(items, group, develop, tested) for tested in texts]
        return Split(items, parts)


@dataclass(frozen=True)
class SplitFile(Protocol):
    """The split that a file says, such as a benchmark's: one file a corpus (see from_file.py).

    Where a fold has no development part, it is a fifth of the training part: of its speakers, if they are not tested,
    else of the utterances of each emotion.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    kind = "file"
    may_share = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", {corpus: filled(path) for corpus, path in self.files.items()})

    @property
    def most_folds(self) -> int | None:
        """Not known before the files are read."""
        return None

    def describe(self) -> str:
        return "those that a given file names are tested; what training shares with them is counted"

    def file_of(self, corpus: str) -> str | None:
        return self.files.get(corpus)

    def problem(self, corpus: str) -> str:
        path = self.files.get(corpus)
        if path is None:
            return f".files has no split of corpus {corpus}"
        return "" if Path(path).is_file() else f".files.{corpus}: there is no file {path}"

    def warnings(self, items: Sequence[Item], corpus: str) -> list[str]:
        """List what the file and the corpus do not both have."""
        return SplitTable.read(self.files[corpus]).unmatched(items)

    def _split(self, items: Sequence[Item], corpus: str, test: Any, dev: Any) -> Split:
        if problem := self.problem(corpus):
            raise InputError(f"the protocol cannot be used: {problem}")
        parts = SplitTable.read(self.files[corpus]).parts(items)
        for column in parts:
            if DEV not in column:
                _develop(items, column)
        return Split(items, parts)


def _develop(items: Sequence[Item], parts: list[str]) -> None:
    """Set a fifth of a fold's training part aside for development, in place."""
    left = [i for i, part in enumerate(parts) if part == TRAIN]
    speakers = sorted({items[i].speaker for i in left}, key=str.encode)
    tested = {x.speaker for x, part in zip(items, parts, strict=True) if part == TEST}
    if len(speakers) > 1 and not tested & set(speakers):
        chosen = set(speakers[:: max(2, min(5, len(speakers)))])
        found = [i for i in left if items[i].speaker in chosen]
    else:
        found = [left[k] for k in _fifth([items[i] for i in left])]
    for i in found:
        parts[i] = DEV


def _next_speakers(speakers: Sequence[str], held_out: Sequence[str]) -> list[str]:
    """As many speakers as are held out, next after them, leaving at least one to train on."""
    known = [speakers.index(s) for s in held_out if s in speakers]
    last = max(known, default=-1)
    rest = [s for s in [*speakers[last + 1 :], *speakers[: last + 1]] if s not in held_out]
    return rest[: min(len(held_out), len(rest) - 1)]


def _parts(items: Sequence[Item], test: set[str], dev: set[str], tested_texts: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    parts = []
    for x in items:
        if x.speaker in test:
            parts.append(TEST if not tested_texts or (x.text or x.utterance) in tested_texts else OUT)
        elif x.text in tested_texts:
            parts.append(OUT)
        else:
            parts.append(DEV if x.speaker in dev else TRAIN)
    if not dev:
        # One speaker is left: a fifth of the utterances is for development, since no other speaker is.
        left = [i for i, part in enumerate(parts) if part == TRAIN]
        for k in _fifth([items[i] for i in left]):
            parts[left[k]] = DEV
    return parts


def _fifth(items: Sequence[Item]) -> list[int]:
    """Positions of about a fifth of the utterances of each emotion, at least one of those that have two.

    Sentences stay whole where half to twice as many can be had so; two sentences cannot, and are cut.
    """
    total = Counter(x.emotion for x in items)
    goal = {e: max(1.0, n / 5) if n > 1 else 0.0 for e, n in total.items()}
    chosen: list[int] = []
    for whole in (True, False):
        groups: dict[str, list[int]] = {}
        for i, x in enumerate(items):
            groups.setdefault(x.text if whole and x.text else x.utterance, []).append(i)
        names = sorted(groups, key=str.encode)
        chosen, taken = [], Counter[str]()
        for name in (name for first in range(5) for name in names[first::5]):
            more = Counter(items[i].emotion for i in groups[name])
            if sum(abs(taken[e] + n - goal[e]) - abs(taken[e] - goal[e]) for e, n in more.items()) < 0:
                taken += more
                chosen += groups[name]
        if all(goal[e] / 2 <= taken[e] <= min(2 * goal[e], n - 1) for e, n in total.items()):
            break
    return chosen


def check_split(split: Split, corpus: str, may_share: bool = False) -> None:
    """Raise an InputError if a fold leaks (unless it may) or lacks a part, naming every offender."""
    problems: list[str] = []
    for fold, parts in enumerate(split.parts):
        counts = Counter(parts)
        problems += [f"fold {fold}: no {part} utterances" for part in (TRAIN, TEST) if not counts[part]]
        tested = {x.speaker for x, part in zip(split.items, parts, strict=True) if part == TEST and not may_share}
        problems += [
            f"fold {fold}: speaker {x.speaker} is in {part} ({x.utterance}) and in test"
            for x, part in zip(split.items, parts, strict=True)
            if part in (TRAIN, DEV) and x.speaker in tested
        ]
    leaks = [] if may_share else [t for t in together(split) if t.leaks]
    for t in leaks:
        how = "are the same audio" if isinf(t.seconds) else f"share {t.seconds:.3f} s of {t.seen.path}"
        problems.append(f"fold {t.fold}: {t.seen.utterance} ({t.part}) and {t.tested.utterance} (test) {how}")
    hint = "remove the copies from the corpus (card.md lists identical audio), or name other held-out speakers"
    if any(isfinite(t.seconds) for t in leaks):
        hint += f". Segments may share up to {CROSSTALK} s: end one where the next starts, or leave one out"
    raise_all(f"corpus {corpus}: training and test overlap or are empty", sorted(set(problems)), hint)


def _name(speaker: str, corpus: str) -> str:
    return speaker.removeprefix(f"{corpus}_")


def _names(speakers: Sequence[str], corpus: str) -> str:
    return ", ".join(_name(s, corpus) for s in speakers)
