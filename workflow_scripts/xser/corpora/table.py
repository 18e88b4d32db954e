"""Any corpus that a table describes: a CSV or TSV, one line an utterance, columns in any order:

`file` (relative to the root), `speaker`, `emotion`, and optionally `gender`, `language` (ISO 639-3), `text`,
`dialogue`, `start` and `end` (seconds, for several utterances in one recording), `arousal`, `valence`, `dominance`.
Others are ignored.
"""

import csv
import io
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing, Reader, decimal, is_plain
from xser.data_dir import Utterance, speaker_id, utterance_ids, without_invisible
from xser.errors import InputError, raise_all
from xser.parameters import Parameter, one_of, text

AUDIO = ("wav", "flac", "ogg", "mp3", "aif", "aiff", "au")
REQUIRED = ("file", "speaker", "emotion")
OPTIONAL = ("gender", "language", "text", "dialogue", "start", "end", "arousal", "valence", "dominance")
WORDS = ("speaker", "emotion", "text", "dialogue")
NUMBERS = ("start", "end", "arousal", "valence", "dominance")
GENDERS = {"": "", "m": "m", "male": "m", "f": "f", "female": "f", "other": "", "unknown": ""}
DISTINCT = Parameter(
    False,
    one_of(False, True),
    "true where speakers whose names differ in capitals, separators or zeros only are people apart",
)
Row = Mapping[str, str]


class TableReader(Reader):
    """Any corpus that a table describes."""

    def read(self, corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
        """Read the table named by option `file`; recordings that it does not name are left out."""
        path = root / options["file"]
        if not path.is_file():
            raise InputError(
                f"corpus {corpus}: there is no table {path}",
                hint=f"set corpora.{corpus}.options.file to a CSV or TSV with columns {', '.join(REQUIRED)}",
            )
        return listing_of(corpus, root, files, read_rows(path), options)


def read_rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Yield (place, row) for each line of a table; a missing column or a line of another length is an error."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not in UTF-8: {error}", hint="save it as UTF-8 (in Excel: CSV UTF-8)") from None
    source = io.StringIO(text, newline="")
    delimiter = max("\t,;", key=source.readline().count)
    source.seek(0)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    records = _records(path, reader)
    columns = [name.strip().lower() for name in next(records, (1, []))[1]]
    lines = [(number, fields) for number, fields in records if any(map(str.strip, fields))]
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


def _records(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of each record of a csv.reader, and the line in which it begins."""
    while True:
        number = reader.line_num + 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(
                f"{path}, line {number}: what begins here cannot be read: {error}",
                hint='close every quote that is opened, and write a quote within quotes as ""',
            ) from None


def listing_of(
    corpus: str, root: Path, files: Sequence[str], rows: Iterable[tuple[str, Row]], options: Mapping[str, Any]
) -> Listing:
    """Turn rows into utterances; an InputError lists all that cannot be used.

    Each row is (place, for messages; column -> text), with the columns of the module's docstring. Option `language`
    stands in where it has none; with `distinct_speakers` names that look like one speaker's are not refused.
    """
    find, there, language = finder(root, files), set(files), options["language"]
    other_case = {_composed(f).casefold(): f for f in files}
    listing, problems, silent = Listing(), [], []
    owners: dict[str, tuple[str, str]] = {}
    uttered: dict[tuple[str, str], str] = {}
    genders: dict[str, tuple[str, str]] = {}
    people: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for place, row in rows:
        path = find(row.get("file", ""))
        wrong = list(_row_problems(row, language))
        if path and path not in there:
            similar = other_case.get(_composed(path).casefold())
            wrong.append(
                f"there is no audio file {path} below the corpus' root"
                + (f", but {similar}: write it as it is, capitals and small letters are different" if similar else "")
            )
        if name := without_invisible(row.get("speaker", "")):
            people[_alike(name)].setdefault(speaker_id(corpus, name), [name]).append(place)
        if not (row.get("language") or language):
            silent.append(place)
        elif not wrong:
            u = _utterance(corpus, path, row, language)
            for identity, own in ((u.speaker, _composed(row["speaker"])), (u.recording, path)):
                first = owners.setdefault(identity, (own, place))
                if first[0] != own:
                    wrong.append(f"{own!r} and {first[0]!r} ({first[1]}) make the same id {identity}; rename one")
            if before := uttered.get((u.utterance, path)):
                wrong.append(f"the same utterance as {before}, to the millisecond; leave one out")
            uttered[u.utterance, path] = place
            if u.gender and (known := genders.setdefault(u.speaker, (u.gender, place)))[0] != u.gender:
                wrong.append(f"speaker {row['speaker']} is {u.gender} here and {known[0]} in {known[1]}")
            listing.utterances.append(u)
        problems += [f"{place}: {w}" for w in wrong]
    if silent:
        problems.append(
            f"{len(silent)} entries have no language, the first is {silent[0]}: set `language` (ISO 639-3) of the "
            "corpus in config.yaml, or add a column"
        )
    hint = "correct the table; its files count from the root"
    if not options["distinct_speakers"] and (doubtful := [p for p in people.values() if len(p) > 1]):
        problems += [f"one speaker in several spellings? {'; '.join(map(_spelling, p.values()))}" for p in doubtful]
        hint += (
            f". One speaker needs one spelling; if all of these are people apart, set corpora.{corpus}.options."
            "distinct_speakers: true"
        )
    raise_all(f"corpus {corpus}: its table cannot be used", problems, hint)
    listing.utterances = [replace(u, gender=genders.get(u.speaker, ("",))[0]) for u in listing.utterances]
    named = {u.path for u in listing.utterances}
    audio = (f for f in files if f.rpartition(".")[2].lower() in AUDIO)
    listing.left_out = [(f, "not in the table") for f in audio if f not in named]
    return listing


def _alike(speaker: str) -> str:
    """What the spellings of one name have in common, without capitals, separators and zeros before a number.

    Separators between two digits stay: 1-11 and 11-1 are names apart.

    Examples
    --------
    >>> len({_alike(name) for name in ("S 1", "s01", "S_1", "s.1")}), len({_alike(name) for name in ("1-11", "11_1")})
    (1, 2)
    """
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", speaker).casefold())
    name = re.sub(r"(?<!\d)_|_(?!\d)", "", re.sub(r"[\s_.-]+", "_", name)) or name
    return re.sub(r"(?<!\d)0+(?=\d)", "", name)


def _spelling(said: Sequence[str]) -> str:
    """How a speaker is written, and where: a name and its places."""
    name, first, *more = said
    return f"{name!r} in {first}" + (f" and {len(more)} more" if more else "")


def finder(root: Path, files: Sequence[str]) -> Callable[[str], str]:
    """Return what gives, for a name in a table, the file below the root that it means.

    That is the file of this very name, or of this name with `\\` for `/`, or with its accents in another Unicode form
    (macOS and Linux write them differently). A name that means no file comes back relative to the root.
    """
    known = {_composed(f): f for f in files} | {f: f for f in files}

    def find(name: str) -> str:
        written, slashed = _relative(root, name), _relative(root, name.replace("\\", "/"))
        spellings = (written, _composed(written), slashed, _composed(slashed))
        return next((known[s] for s in spellings if s in known), slashed)

    return find


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _relative(root: Path, file: str) -> str:
    """The path of a row below the root, where it lies there."""
    return os.path.relpath(file, root) if os.path.isabs(file) else os.path.normpath(file) if file else ""


def _row_problems(row: Row, language: str) -> Iterator[str]:
    yield from (f"{column} is empty" for column in REQUIRED if not without_invisible(row.get(column, "")))
    yield from (f"{c} {row[c]!r} has a line break or control character" for c in WORDS if not is_plain(row.get(c, "")))
    if row.get("gender", "").lower() not in GENDERS:
        yield f"gender {row['gender']!r} is not m, f or empty"
    spoken = row.get("language") or language
    if spoken and not re.fullmatch(r"[a-z]{3}", spoken):
        yield f"language {spoken!r} is not an ISO 639-3 code"
    numbers = {}
    for column in NUMBERS:
        try:
            numbers[column] = _number(row.get(column, ""))
        except ValueError:
            yield f"{column} {row[column]!r} is not a number of up to a million"
    start, end = numbers.get("start"), numbers.get("end")
    if (start is None) != (end is None):
        yield "start without end, or end without start"
    elif start is not None and end is not None and not 0 <= start < end:
        yield f"the segment from {start:g} to {end:g} s is empty or begins before 0"


def _number(text: str) -> float | None:
    return decimal(text) if text else None


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
        label=_composed(row["emotion"]),
        language=row.get("language") or language,
        gender=GENDERS[row.get("gender", "").lower()],
        text=row.get("text", ""),
        dialogue=row.get("dialogue", ""),
        **numbers,  # type: ignore[arg-type]
    )


READER = TableReader(
    title="a table of your own",
    files=tuple(f"**/*.{ending}" for ending in AUDIO),  # the table itself is one of `tables`: no other CSV is read
    options={
        "file": Parameter("utterances.csv", text, "the table, below the root or an absolute path"),
        "language": Parameter("", text, "where the table has no column for it"),
        "distinct_speakers": DISTINCT,
    },
    tables=("file",),
)
