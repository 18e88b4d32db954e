"""Any corpus that a table describes: a CSV or TSV, one line an utterance, columns in any order:

`file` (relative to the root), `speaker`, `emotion`, and optionally `gender`, `language` (ISO 639-3), `text`, `start`
and `end` (seconds, for several utterances in one recording), `arousal`, `valence`, `dominance`. Others are ignored.
"""

import csv
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing, is_plain
from xser.data_dir import Utterance, utterance_ids
from xser.errors import InputError, raise_all

LANGUAGE = ""
AUDIO = ("wav", "flac", "ogg", "mp3", "aif", "aiff", "au")
FILES = tuple(f"**/*.{ending}" for ending in (*AUDIO, "csv", "tsv"))
EMOTIONS: dict[str, str | None] = {}
OPTIONS: dict[str, tuple[Any, Any]] = {"file": ("utterances.csv", None), "language": ("", None)}
SELECT: dict[str, str] = {}
TABLES = ("file",)
RELEASES: dict[int, str] = {}

REQUIRED = ("file", "speaker", "emotion")
OPTIONAL = ("gender", "language", "text", "start", "end", "arousal", "valence", "dominance")
WORDS = ("speaker", "emotion", "text")
NUMBERS = ("start", "end", "arousal", "valence", "dominance")
GENDERS = {"": "", "m": "m", "male": "m", "f": "f", "female": "f", "other": "", "unknown": ""}
Row = Mapping[str, str]


def read(corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
    """Read the table named by option `file`; recordings that it does not name are left out."""
    path = root / options["file"]
    if not path.is_file():
        raise InputError(
            f"corpus {corpus}: there is no table {path}",
            hint=f"set corpora.{corpus}.options.file to a CSV or TSV with columns {', '.join(REQUIRED)}",
        )
    return listing_of(corpus, root, files, read_rows(path), options["language"])


def read_rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Yield (place, row) for each line of a table; a missing column or a line of another length is an error."""
    with open(path, encoding="utf-8-sig", newline="") as source:
        header = source.readline()
        source.seek(0)
        delimiter = max("\t,;", key=header.count)
        reader = csv.reader(source, delimiter=delimiter, strict=True)
        columns = [name.strip().lower() for name in next(reader, [])]
        lines = [(reader.line_num, fields) for fields in reader if any(map(str.strip, fields))]
    known = [c for c in columns if c in (*REQUIRED, *OPTIONAL)]
    problems = [f"there is no column {c}" for c in REQUIRED if c not in columns]
    problems += [f"two columns are named {c}" for c in sorted({c for c in known if known.count(c) > 1})]
    problems += [
        f"line {number}: {len(fields)} fields, the header has {len(columns)}"
        for number, fields in lines
        if len(fields) != len(columns)
    ]
    raise_all(f"{path} cannot be read", problems, f"columns {', '.join(REQUIRED)}; optionally {', '.join(OPTIONAL)}")
    for number, fields in lines:
        yield f"{path.name}, line {number}", dict(zip(columns, map(str.strip, fields), strict=True))


def listing_of(
    corpus: str, root: Path, files: Sequence[str], rows: Iterable[tuple[str, Row]], language: str
) -> Listing:
    """Turn rows (columns as in the module's docstring) into utterances.

    Parameters
    ----------
    corpus, root, files
        As for a reader.
    rows
        (place, for messages; column -> text) of each utterance.
    language
        Where the row has none.

    Raises
    ------
    InputError
        Listing all rows that cannot be used.
    """
    there = set(files)
    listing, problems = Listing(), []
    owners: dict[str, tuple[str, str]] = {}
    for place, row in rows:
        path = _relative(root, row.get("file", ""))
        wrong = list(_row_problems(row, path, there, language))
        if not wrong:
            u = _utterance(corpus, path, row, language)
            for identity, own in ((u.speaker, row["speaker"]), (u.recording, path)):
                first = owners.setdefault(identity, (own, place))
                if first[0] != own:
                    wrong.append(f"{own!r} and {first[0]!r} ({first[1]}) make the same id {identity}; rename one")
            listing.utterances.append(u)
        problems += [f"{place}: {w}" for w in wrong]
    raise_all(f"corpus {corpus}: {len(problems)} entries cannot be used", problems)
    named = {u.path for u in listing.utterances}
    audio = (f for f in files if f.rpartition(".")[2].lower() in AUDIO)
    listing.left_out = [(f, "not in the table") for f in audio if f not in named]
    return listing


def _relative(root: Path, file: str) -> str:
    """The path of a row below the root, where it lies there."""
    path = os.path.relpath(file, root) if os.path.isabs(file) else os.path.normpath(file) if file else ""
    return path.replace(os.sep, "/")


def _row_problems(row: Row, path: str, there: set[str], language: str) -> Iterator[str]:
    yield from (f"{column} is empty" for column in REQUIRED if not row.get(column))
    yield from (f"{c} {row[c]!r} has a line break or control character" for c in WORDS if not is_plain(row.get(c, "")))
    if path and path not in there:
        yield f"there is no audio file {path} below the corpus' root"
    if row.get("gender", "").lower() not in GENDERS:
        yield f"gender {row['gender']!r} is not m, f or empty"
    spoken = row.get("language") or language
    if not re.fullmatch(r"[a-z]{3}", spoken):
        yield f"language {spoken!r} is not an ISO 639-3 code; add a column or set the corpus' `language`"
    numbers = {}
    for column in NUMBERS:
        try:
            numbers[column] = _number(row.get(column, ""))
        except ValueError:
            yield f"{column} {row[column]!r} is not a number"
    start, end = numbers.get("start"), numbers.get("end")
    if (start is None) != (end is None):
        yield "start without end, or end without start"
    elif start is not None and end is not None and not 0 <= start < end:
        yield f"the segment from {start:g} to {end:g} s is empty or begins before 0"


def _number(text: str) -> float | None:
    if not text:
        return None
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _utterance(corpus: str, path: str, row: Row, language: str) -> Utterance:
    numbers = {column: _number(row.get(column, "")) for column in NUMBERS}
    rest = recording = path.rpartition(".")[0]
    for seconds in (numbers["start"], numbers["end"]):
        rest += "" if seconds is None else f"-{round(seconds * 1000):08d}"  # in ms, as Kaldi recipes do
    utterance, speaker = utterance_ids(corpus, row["speaker"], rest)
    whole = utterance_ids(corpus, "recording", recording)[0]
    return Utterance(
        utterance=utterance,
        speaker=speaker,
        recording=utterance if numbers["start"] is None else whole,
        path=path,
        label=row["emotion"],
        language=row.get("language") or language,
        gender=GENDERS[row.get("gender", "").lower()],
        text=row.get("text", ""),
        **numbers,  # type: ignore[arg-type]
    )
