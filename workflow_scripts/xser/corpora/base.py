"""What a reader is.

A reader is a module `xser/corpora/{name}.py` with

- `LANGUAGE`: ISO 639-3 code, or "" where the corpus says it itself;
- `FILES`: glob patterns, relative to the root, of all it reads (audio and labels), `**` for any depth;
- `EMOTIONS`: its labels -> the emotion each stands for, or None for a label of no target emotion. A config's `mapping`
  overrides entries; `emotions` of the config drops those the project does not ask for;
- `OPTIONS`: option -> (default, allowed values or None). An option named in `SELECT` selects utterances by a column
  and never reaches `read`;
- `SELECT`: option -> column of utterances.tsv (see data_dir.Utterance), values to keep as `all` or a list;
- `RELEASES`: number of audio files of a complete release -> its name;
- `read(corpus, root, files, options) -> Listing`, where `files` are the paths below `root` that match FILES, sorted,
  macOS shadow files (`._*`) and hidden ones taken out.

`read` looks at names and label files only; audio is measured by `inspect.py` for all readers alike.
A reader module imports nothing heavy at its top: the Snakefile imports it.
"""

import fnmatch
import importlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from xser.data_dir import Utterance, utterance_ids
from xser.errors import InputError


@dataclass
class Listing:
    """What a reader found: utterances, and what it left out as (path, why)."""

    utterances: list[Utterance] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def load_reader(name: str) -> ModuleType:
    """Import the reader module of that name."""
    try:
        return importlib.import_module(f"xser.corpora.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"xser.corpora.{name}":
            raise
        raise InputError(f"there is no reader {name!r} (no workflow_scripts/xser/corpora/{name}.py)") from None


def find_files(root: str | Path, patterns: Sequence[str]) -> list[str]:
    """Return the files below `root` that match a pattern, relative, in C order; links to folders are followed."""
    expression = re.compile("|".join(_translate(p) for p in patterns), re.IGNORECASE)
    found = []
    for folder, folders, names in os.walk(root, followlinks=True):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        relative = os.path.relpath(folder, root)
        prefix = "" if relative == "." else relative.replace(os.sep, "/") + "/"
        found += [prefix + n for n in names if not n.startswith(".") and expression.fullmatch(prefix + n)]
    return sorted(found, key=str.encode)


def _translate(pattern: str) -> str:
    """Glob to regular expression: `**/` is any number of folders, `*` stays inside one."""
    parts = []
    for part in pattern.split("**/"):
        piece = fnmatch.translate(part)[4:-3]  # strip (?s: and )\Z
        parts.append(piece.replace(".*", "[^/]*"))
    return "(?:.*/)?".join(parts)


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
        utterance, speaker = utterance_ids(corpus, values.pop("speaker"), values.pop("rest"))
        listing.utterances.append(Utterance(utterance=utterance, speaker=speaker, recording=utterance, path=path, **values))
    if wrong:
        raise InputError(
            f"corpus {corpus}: {len(wrong)} file names do not follow the corpus' pattern (such as {example})",
            wrong,
            "remove or rename them, or point the corpus' root at the folder that its publisher ships",
        )
    return listing
