"""Any database in audEERING's format: `db.yaml`, its tables as CSV or Parquet, and media files below the same folder.

Option `table` names the table with the emotions, or several that are read as one (those of a database's own split),
`emotion` and `speaker` the columns. The speaker may stand in the same table or in others that name the same files;
gender and language are taken from columns of that name or from what the scheme of the speakers tells of them.
"""

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from xser import yaml_file
from xser.corpora import table as rows
from xser.corpora.base import Listing, Reader
from xser.errors import InputError, raise_all
from xser.parameters import Parameter, one_or_list, text

_FILE_NAME = re.compile(r"[^/\\\0]+\Z")
Entry = tuple[str, rows.Row]  # place, for messages, and columns
SCALES = ("arousal", "valence", "dominance")
FURTHER = {  # column of the reader `table` -> column of the database
    "gender": "gender",
    "language": "language",
    "text": "transcription",
    **{scale: scale for scale in SCALES},
}


class Audformat(Reader):
    """A database in audEERING's format."""

    def read(self, corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
        """Read the table or tables; files without a row, and rows without emotion or speaker, are left out."""
        if not (root / "db.yaml").is_file():
            hint = "point the root at an audformat database"
            raise InputError(f"corpus {corpus}: there is no {root}/db.yaml", hint=hint)
        entries, language = _load(corpus, root, files, options)
        whole = [(place, row) for place, row in entries if row["emotion"] and row["speaker"]]
        lacking = {
            r["file"]: "no speaker in a table" if r["emotion"] else "no emotion in the table" for _, r in entries
        }
        listing = rows.listing_of(corpus, root, files, whole, {**options, "language": language})
        listing.left_out = [(f, lacking.get(f, why)) for f, why in listing.left_out]
        return listing


def _load(corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> tuple[list[Entry], str]:
    """Return what `_entries` finds, with nothing in the database able to run code.

    audformat lets a header's tags do so, and loads pickles that lie beside the tables, as audb leaves them. Here it
    sees a folder with a header of plain values and links to the tables that are not pickles.
    """
    tables = [f for f in files if f.endswith((".csv", ".parquet"))]
    readable = {f.rpartition(".")[0] for f in tables}
    raise_all(
        f"corpus {corpus}: tables that are pickles only; loading one may run anything, so this project does not",
        (path.name for path in sorted(root.glob("db.*.pkl")) if path.stem not in readable),
        "save the database again with storage_format csv or parquet",
    )
    header = plain_header(f"corpus {corpus}", root / "db.yaml")
    with tempfile.TemporaryDirectory() as safe:
        (Path(safe) / "db.yaml").write_text(yaml.safe_dump(header, sort_keys=False), encoding="utf-8")
        for name in tables:
            os.symlink((root / name).absolute(), Path(safe) / name)
        try:
            return _entries(corpus, root, Path(safe), files, options)
        except InputError:
            raise
        except Exception as error:  # whatever pandas, pyarrow and audformat raise on a broken database
            why = f"{type(error).__name__}: {error}".replace(str(Path(safe).resolve()), str(root))
            raise InputError(
                f"corpus {corpus}: the audformat database in {root} cannot be read: {why}",
                hint="check that audformat.Database.load(root, load_data=True) reads it",
            ) from None


def plain_header(what: str, path: Path) -> Any:
    """Return a database's header as plain values; its tables are files beside it and nowhere else."""
    header = yaml_file.load(path, f"{what}: the header of its database")
    kinds = [header.get(kind) for kind in ("tables", "misc_tables")] if isinstance(header, dict) else []
    raise_all(
        f"{what}: {path} names tables that would lie in other folders",
        (
            repr(name)
            for tables in kinds
            if isinstance(tables, dict)
            for name in tables
            if not _FILE_NAME.match(str(name))
        ),
        "a table's name is part of a file's name",
    )
    return header


def _entries(
    corpus: str, root: Path, tables: Path, files: Sequence[str], options: Mapping[str, Any]
) -> tuple[list[Entry], str]:
    """Return (place, row) with the columns of the reader `table`, and the database's language if it has just one.

    The database's header and tables are read from the folder `tables`.
    """
    import audformat

    database, find = audformat.Database.load(str(tables)), rows.finder(root, files)
    names = _tables(corpus, database, options)
    entries: list[Entry] = []
    there = set(files)
    for name, index in ((n, database[n].index) for n in names):
        columns = {"emotion": database[name][options["emotion"]].get().to_numpy()}
        columns["speaker"] = _values(database, name, options["speaker"], index)
        if columns["speaker"] is None:
            raise InputError(
                f"corpus {corpus}: no table has a column {options['speaker']!r} for the files of table {name}",
                hint=f"set corpora.{corpus}.options.speaker to the column that names the speaker",
            )
        for ours, theirs in FURTHER.items():
            values = _values(database, name, theirs, index)
            columns[ours] = _values(database, name, options["speaker"], index, theirs) if values is None else values
        for number, key in enumerate(index):
            row = {ours: _text(values[number]) for ours, values in columns.items() if values is not None}
            if row.get("language"):
                row["language"] = audformat.utils.map_language(row["language"])
            file, start, end = key if audformat.is_segmented_index(index) else (key, None, None)
            path = find(file)
            segment = _segment(root / path if path in there else None, start, end)
            entries.append((f"table {name}, {file}", {**row, "file": path, **segment}))
    languages = [str(language) for language in database.languages]
    return entries, str(options["language"]) or (languages[0] if len(languages) == 1 else "")


def _tables(corpus: str, database: Any, options: Mapping[str, Any]) -> list[str]:
    """The tables that option `table` names, or the only one that has the emotions."""
    fitting = [t for t in database.tables if options["emotion"] in database[t].columns]
    wanted = options["table"] or (fitting if len(fitting) == 1 else "")
    names = [wanted] if isinstance(wanted, str) else list(dict.fromkeys(wanted))
    if wrong := [name for name in names if name not in fitting]:
        what = f"{', '.join(map(repr, wrong))} is not one" if options["table"] else "there is not just one table"
        raise InputError(
            f"corpus {corpus}: {what} with a column {options['emotion']!r} in db.yaml; tables and their columns are:",
            [f"{t}: {', '.join(database[t].columns)}" for t in database.tables],
            f"set corpora.{corpus}.options.table, to a list where several belong together, and .emotion",
        )
    return names


def _values(database: Any, first: str, column: str, index: Any, mapped: str = "") -> Any:
    """Return a column's values for the entries of `index`, from the first table that has them; None if no table does.

    A filewise table answers for all segments of its files. With `mapped`, the answer is what the column's scheme has
    for each value, such as a speaker's gender. What one table lacks is looked for in the next; but one scale of
    arousal, valence or dominance is not filled up with another.
    """
    import numpy as np
    import pandas as pd

    found = None
    for name in [first, *(t for t in database.tables if t != first)]:
        if column not in database[name].columns:
            continue
        source = database[name][column]
        if mapped and mapped not in _of_labels(database, source):
            continue
        values = source.get(map=mapped) if mapped else source.get()
        if values.index.nlevels not in (1, index.nlevels):
            continue
        keys = index if values.index.nlevels == index.nlevels else index.get_level_values("file")
        own = values.astype(object).reindex(keys).to_numpy()
        found = own if found is None else np.where(pd.isna(found), own, found)
        if column in SCALES:
            break
    return found


def _of_labels(database: Any, column: Any) -> set[str]:
    """What the labels of a column's scheme have beyond their name."""
    labels = column.scheme.labels if column.scheme_id else None
    if isinstance(labels, str):  # a misc table
        return set(database[labels].columns)
    entries = labels.values() if isinstance(labels, dict) else ()
    return {key for entry in entries if isinstance(entry, dict) for key in entry}


def _text(value: Any) -> str:
    """A table's value as text in one line; missing ones are empty."""
    import pandas as pd

    return "" if pd.isna(value) else " ".join(str(value).split())


def _segment(path: Path | None, start: Any, end: Any) -> dict[str, str]:
    """Start and end in seconds; a segment without an end lasts to the end of its file."""
    import pandas as pd
    import soundfile

    if pd.isna(start) or (start == pd.Timedelta(0) and pd.isna(end)) or not path:
        return {}
    if pd.isna(end):
        try:
            return {"start": str(start.total_seconds()), "end": str(soundfile.info(path).duration)}
        except (soundfile.SoundFileError, RuntimeError):
            return {}  # inspection tells what is wrong with the file
    return {"start": str(start.total_seconds()), "end": str(end.total_seconds())}


READER = Audformat(
    title="a database in audEERING's format",
    files=(*(f"**/*.{ending}" for ending in rows.AUDIO), "db.yaml", "db.*.csv", "db.*.parquet"),
    options={
        "table": Parameter(
            "", one_or_list(text), "the table with the emotions, or a list; the only one that has them where empty"
        ),
        "emotion": Parameter("emotion", text, "the column of the emotions"),
        "speaker": Parameter("speaker", text, "the column of the speakers, in any table of the same files"),
        "language": Parameter("", text, "where the database does not tell it"),
        "distinct_speakers": rows.DISTINCT,
    },
)
