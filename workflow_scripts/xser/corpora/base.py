"""What a reader is.

A reader is a module `xser/corpora/{name}.py` with

- `LANGUAGE`: ISO 639-3 code, or "" where the corpus says it itself;
- `FILES`: glob patterns, relative to the root, of all it reads (audio and labels), `**/` for any depth;
- `EMOTIONS`: its labels -> the emotion each stands for, or None for a label of no target emotion; {} where every
  corpus has labels of its own (the config's `mapping` must then name each). A config's `mapping` overrides entries;
  `emotions` of the config drops those the project does not ask for;
- `OPTIONS`: option -> (default, allowed values or None for any text);
- `SELECT`: the options that select utterances by a column of utterances.tsv (see data_dir.Utterance): option -> column.
  Their value is `all`, one allowed value or a list of them; they never reach `read`;
- `RELABEL` (may be absent): the options that change what labels mean: option -> value -> entries that replace those of
  EMOTIONS; they never reach `read` either, so that another meaning costs no reading;
- `RELEASES`: number of audio files of a complete release -> its name;
- `LICENCE` (may be absent): the corpus' licence in a few words, as docs/corpora.md tells it, for the report;
- `TEXT_NOTE` (may be absent): in what its sentence codes (`text`) fall short, where two codes may be one sentence; the
  audit then does not claim that no tested sentence was in training;
- `TABLES` (may be absent): the options that name a further file to read, which may lie outside the root;
- `CHECKSUMS` (may be absent): (release, file beside the module with lines `name sum`): the name without folder and
  ending of each file of that release, and the beginning of its SHA-256;
- `read(corpus, root, files, options) -> Listing`, where `files` are the paths below `root` that match FILES, sorted,
  macOS shadow files (`._*`) and hidden ones taken out, and `options` are those that neither select nor relabel.

A reader yields every utterance, whatever its label: features never depend on what labels mean (`map_emotions.py`).
`read` looks at names and label files only; audio is measured by `inspection.py` for all readers alike.
A reader module imports nothing heavy at its top: the Snakefile imports it.
"""

import importlib
import os
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from xser.data_dir import Utterance, utterance_ids
from xser.errors import InputError

_GLOB = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}


@dataclass
class Listing:
    """What a reader found: utterances, and what it left out as (path, why)."""

    utterances: list[Utterance] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def load_reader(name: str) -> ModuleType:
    """Import the reader module of that name."""
    module: ModuleType | None = None
    try:
        module = importlib.import_module(f"xser.corpora.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"xser.corpora.{name}":
            raise
    if module is None or not hasattr(module, "read"):
        raise InputError(f"there is no reader {name!r} (no workflow_scripts/xser/corpora/{name}.py)")
    return module


def find_files(root: str | Path, patterns: Sequence[str]) -> list[str]:
    """Return the files below `root` that match a pattern, relative, in C order; links to folders are followed.

    A link that leads nowhere is among them, whatever its ending if it has none: it may have been a folder.
    A folder that may not be read is an InputError; a root that is no folder has no files.
    """
    found: list[str] = []
    for folder, folders, names in os.walk(root, followlinks=True, onerror=_unreadable):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and not _loops(folder, f))
        relative = os.path.relpath(folder, root)
        prefix = "" if relative == "." else relative.replace(os.sep, "/") + "/"
        paths = [prefix + n for n in names if not n.startswith(".")]
        found += matching(paths, patterns)
        found += (p for p in paths if "." not in p.rpartition("/")[2] and is_dangling(root, p) and p not in found)
    return sorted(found, key=os.fsencode)


def _unreadable(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise InputError(f"{error.filename} cannot be read: {error.strerror}", hint="mend its permissions") from None


def is_dangling(root: str | Path, path: str) -> bool:
    """Whether a path below the root is a link that leads nowhere, such as a git-annex file that was not fetched."""
    return os.path.islink(full := os.path.join(root, path)) and not os.path.exists(full)


def matching(paths: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Return the paths that match a pattern of FILES."""
    expression = compiled(patterns)
    return [path for path in paths if expression.fullmatch(path)]


def input_files(reader: ModuleType, root: str | Path, options: Mapping[str, Any]) -> list[str]:
    """Return all files that reading a corpus depends on, each with the root before it; links that lead nowhere too."""
    found = [os.path.join(root, path) for path in find_files(root, reader.FILES)]
    further = [os.path.join(root, str(options[o])) for o in getattr(reader, "TABLES", ()) if options.get(o)]
    return found + [path for path in further if path not in found and os.path.isfile(path)]


def compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    """Return the glob patterns of a reader as one expression that relative paths match in full."""
    return re.compile("|".join(map(_translate, patterns)), re.IGNORECASE | re.DOTALL)


def _translate(pattern: str) -> str:
    """Glob to regular expression: `**/` is any number of folders, `*` and `?` stay inside one."""
    return "".join(_GLOB.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*|\?)", pattern))


def _loops(folder: str, name: str) -> bool:
    """Whether a link leads back to a folder above itself, which os.walk would follow for ever."""
    path = os.path.join(folder, name)
    return os.path.islink(path) and Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(path))


def is_plain(text: str) -> bool:
    """Whether text can stand in a line of a UTF-8 file: no control characters, no line breaks of any kind."""
    return not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)


def read_by_name(
    corpus: str,
    files: Sequence[str],
    pattern: re.Pattern[str],
    describe: Callable[[re.Match[str]], Mapping[str, Any]],
    example: str,
) -> Listing:
    """Read a corpus whose file names say everything.

    `pattern` is searched in each relative path. `describe` turns a match into fields of Utterance: it must give
    `speaker` (the corpus' own name), `rest` (the utterance within the speaker), `label`, `language`.
    Files that do not match are an error that lists them all.
    """
    listing, wrong = Listing(), []
    for path in files:
        match = pattern.search(path)
        if not match:
            wrong.append(path)
            continue
        values = dict(describe(match))
        name, speaker = utterance_ids(corpus, values.pop("speaker"), values.pop("rest"))
        listing.utterances.append(Utterance(utterance=name, speaker=speaker, recording=name, path=path, **values))
    if wrong:
        raise InputError(
            f"corpus {corpus}: {len(wrong)} file names do not follow the corpus' pattern (such as {example})",
            wrong,
            "remove or rename them, or point the corpus' root at the folder that its publisher ships",
        )
    return listing
