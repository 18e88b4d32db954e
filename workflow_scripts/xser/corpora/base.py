"""What a reader is: one object `READER` in a module `xser/corpora/{name}.py`, found by the module's name.

Where file names say everything, it is a `names.NameReader`; else a subclass of `Reader` with a `read` of its own. A
reader yields every utterance, whatever its label: features never depend on what labels mean. It looks at names and
label files only; audio is measured by `inspection.py` for all readers alike. A reader's module imports nothing heavy at
its top: the Snakefile imports it.
"""

import os
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xser.additions import load_addition
from xser.data_dir import Utterance
from xser.errors import InputError
from xser.parameters import Parameter, Parameters, either, one_of, one_or_list

Meaning = Mapping[str, str | None]
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
# Folders that file systems and network drives make by themselves: some may not be read, some hold what was deleted.
_SYSTEM = {"lost+found", "System Volume Information", "$RECYCLE.BIN", "#recycle", "@Recycle", "@eaDir", "__MACOSX"}
_GLOB = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}


@dataclass
class Listing:
    """What a reader found: utterances, and what it left out as (path, why)."""

    utterances: list[Utterance] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Reader(ABC):
    """How one corpus is read, and what is known about it."""

    title: str = ""
    """The corpus' name, as papers write it."""
    reference: str = ""
    """Authors and year of the paper that describes it."""
    source: str = ""
    """Where to get it: DOI, link, or whom to ask."""
    licence: str = ""
    """Its licence in a few words."""
    language: str = ""
    """ISO 639-3 code, or "" where the corpus says it itself."""
    files: Sequence[str] = ("**/*.wav", "**/*.flac")
    """Glob patterns, relative to the root, of all it reads (audio and labels); `**/` stands for any depth."""
    emotions: Meaning = field(default_factory=dict)
    """Its labels -> the emotion each stands for, or None for a label of no target emotion. Empty where every copy has
    labels of its own: the config's `mapping` must then name each. A config's `mapping` overrides single entries."""
    options: Parameters = field(default_factory=dict)
    """What the config may set under `options`."""
    select: Mapping[str, str] = field(default_factory=dict)
    """The options that select utterances by a column of utterances.tsv: option -> column. Their value is `all`, one
    value or a list of values; they never reach `read`."""
    relabel: Mapping[str, Mapping[str, Meaning]] = field(default_factory=dict)
    """The options that change what labels mean: option -> value -> entries that replace those of `emotions`. They never
    reach `read`: another meaning costs no reading."""
    also: Sequence[str] = ()
    """Other names of it, and of collections that hold it: what `pretrained_on` of features may call it."""
    audb: str = ""
    """The database of audb that it reads, as `name==version`: what `root: audb` loads."""
    tables: Sequence[str] = ()
    """The options that name a further file to read, which may lie outside the root."""
    releases: Mapping[int, str] = field(default_factory=dict)
    """Number of audio files of a complete release -> its name."""
    speakers: int = 0
    """Number of speakers of a complete release."""
    note: str = ""
    """What else to know of it, in a sentence or two."""
    text_note: str = ""
    """Where two sentence codes (`text`) may be one sentence: why. The audit then does not claim that no tested sentence
    was in training."""
    checksums: tuple[str, str] | None = None
    """(release, file beside the module with lines `name sum [sum]`): the name without folder and ending of each file of
    that release, and the beginning of its SHA-256; a second sum is that of a FLAC file with the same samples."""

    @abstractmethod
    def read(self, corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
        """List the utterances of one copy of a corpus, whose id in the config begins every speaker's id.

        `files` are the paths below `root` that match the reader's `files`, sorted, without hidden ones; `options` those
        that neither select nor relabel. Where names or label files are not as the corpus has them, an InputError lists
        all of it.
        """


def load_reader(name: str) -> Reader:
    """Return the reader of that name."""
    return load_addition("reader", "corpora", name, Reader)  # type: ignore[type-abstract]


def selection(*values: str, note: str) -> Parameter:
    """Return an option that selects utterances: `all`, one of some values or a list of them.

    Examples
    --------
    >>> selection("impro", "script", note="").rule(["script"])
    ''
    """
    return Parameter("all", either(one_of("all"), one_or_list(one_of(*values))), note)


def find_files(root: str | Path, patterns: Sequence[str], once: bool = False) -> list[str]:
    """Return the files below `root` that match a pattern, relative, in C order; links to folders are followed.

    A link that leads nowhere is among them, whatever its ending if it has none: it may have been a folder.
    A folder that may not be read is an InputError; a root that is no folder has no files. With `once`, a folder that
    several links lead to is entered by one of them.
    """
    found: list[str] = []
    for folder, names in walk(root, once):
        relative = os.path.relpath(folder, root)
        prefix = "" if relative == "." else relative.replace(os.sep, "/") + "/"
        paths = [prefix + n for n in names if not n.startswith(".")]
        found += matching(paths, patterns)
        found += (p for p in paths if "." not in p.rpartition("/")[2] and is_dangling(root, p) and p not in found)
    return sorted(found, key=os.fsencode)


def walk(root: str | Path, once: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder with the names in it, but hidden ones and the system's own.

    No link is followed back to where the way to it has come through.
    """
    start = os.path.realpath(root)
    entered = {start}
    ways: dict[str, tuple[str, ...]] = {os.fspath(root): (start,)}  # real paths: those left by a link, and its own
    for folder, folders, names in os.walk(root, followlinks=True, onerror=_unreadable):
        yield folder, names
        way = ways.pop(folder)
        shown = (f for f in folders if not f.startswith(".") and f not in _SYSTEM)
        inside = [(os.path.islink(os.path.join(folder, f)), f) for f in shown]
        folders.clear()
        for is_link, name in sorted(inside):  # folders before links to them
            path = os.path.join(folder, name)
            real = os.path.realpath(path) if is_link else os.path.join(way[-1], name)
            back = is_link and any(Path(passed).is_relative_to(real) for passed in way)
            if not (back or (once and real in entered)):
                folders.append(name)
                entered.add(real)
                ways[path] = (*way, real) if is_link else (*way[:-1], real)


def _unreadable(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise InputError(f"{error.filename} cannot be read: {error.strerror}", hint="correct its permissions") from None


def is_dangling(root: str | Path, path: str) -> bool:
    """Whether a path below the root is a link that leads nowhere, such as a git-annex file that was not fetched."""
    return os.path.islink(full := os.path.join(root, path)) and not os.path.exists(full)


def matching(paths: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Return the paths that match a pattern of a reader's `files`."""
    expression = compiled(patterns)
    return [path for path in paths if expression.fullmatch(path)]


def input_files(reader: Reader, root: str | Path, options: Mapping[str, Any]) -> list[str]:
    """Return all files that reading a corpus depends on, each with the root before it; links that lead nowhere too."""
    found = [os.path.join(root, path) for path in find_files(root, reader.files)]
    further = [os.path.join(root, str(options[o])) for o in reader.tables if options.get(o)]
    return found + [path for path in further if path not in found and os.path.isfile(path)]


def compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    """Return the glob patterns of a reader as one expression that relative paths match in full."""
    return re.compile("|".join(map(_translate, patterns)), re.IGNORECASE | re.DOTALL)


def _translate(pattern: str) -> str:
    """Glob to regular expression: `**/` is any number of folders, `*` and `?` stay inside one."""
    return "".join(_GLOB.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*|\?)", pattern))


def decimal(text: str) -> float:
    """A number from a label file: what `float` reads without underscores, other digits, and beyond a million.

    Examples
    --------
    >>> decimal("-2.5e1")
    -25.0
    """
    if not _NUMBER.fullmatch(text) or abs(value := float(text)) > 1e6:
        raise ValueError(text)
    return value


def is_plain(text: str) -> bool:
    """Whether text can stand in a line of a UTF-8 file: no control characters, no line breaks of any kind."""
    return not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)
