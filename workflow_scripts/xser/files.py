"""Files that appear whole or not at all, and tables as plain TSV."""

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from xser.errors import InputError, raise_all

Value = TypeVar("Value")
AGAIN = "delete it and run again"  # said of results, never of a file that a user has given
DAMAGED = f"the file is damaged or of another version: {AGAIN}"
_TEMPORARY = re.compile(r"\.(.+)\.[a-z0-9_]{8}(\.[^.]+|)")


def filled(path: str) -> str:
    """Return a path that a user gives with `~` and `$VARIABLES` filled in."""
    return os.path.expanduser(os.path.expandvars(path))


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if the block succeeds, remove it if not."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)  # mkstemp makes files private; results are ordinary files
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def unfinished(folder: str | Path) -> list[Path]:
    """The temporary files of `atomic` below a folder: a job writes them now, or was killed (kill -9) as it did."""
    return [
        Path(parent, name)
        for parent, _, names in os.walk(folder, followlinks=True)
        for name in names
        if (found := _TEMPORARY.fullmatch(name)) and Path(found[1]).suffix == found[2]
    ]


@contextmanager
def decoding(place: str | Path, what: str, hint: str = AGAIN) -> Iterator[None]:
    """Turn whatever damaged bytes make a library raise into one InputError that names their place."""
    try:
        yield
    except (InputError, FileNotFoundError, PermissionError):
        raise
    except Exception as error:
        reason = str(error).strip() or type(error).__name__
        raise InputError(f"{place} is damaged: not {what} ({reason})", hint=hint) from None


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def read_text(path: str | Path, given: bool = False) -> str:
    """Read UTF-8 text; other bytes, and NUL, are an InputError that names file and line.

    A file that a user has `given` may begin with a byte order mark, as Windows and Excel write it.
    """
    data = Path(path).read_bytes()
    try:
        text, wrong = data.decode("utf-8-sig" if given else "utf-8"), data.find(b"\0")
    except UnicodeDecodeError as error:
        text, wrong = "", error.start
    if wrong >= 0:
        line = data.count(b"\n", 0, wrong) + 1
        what = "not UTF-8 text" if data[wrong] else "a NUL byte"
        raise InputError(f"{path}, line {line}: {what}", hint="save it as UTF-8" if given else DAMAGED)
    return text


def read_lines(path: str | Path) -> tuple[list[str], list[list[str]], list[int]]:
    """Read a TSV: its header, its lines and the number of each line, whatever they mean."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""), delimiter="\t", strict=True)
    lines: list[list[str]] = []
    numbers: list[int] = []
    try:
        header = next(reader, [])
        for cells in reader:
            if len(cells) != len(header):
                raise InputError(
                    f"{path}, line {reader.line_num}: expected {len(header)} tab-separated fields, found {len(cells)}",
                    hint=DAMAGED,
                )
            lines.append(cells)
            numbers.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}", hint=DAMAGED) from None
    return header, lines, numbers


def look_up(found: Mapping[str, Value], names: Iterable[str], path: str | Path) -> list[Value]:
    """What a file says of each name; names that it lacks are an InputError that lists them."""
    names = list(names)
    raise_all(f"{path} lacks names that other files have", (n for n in names if n not in found), DAMAGED)
    return [found[name] for name in names]


def read_tsv(path: str | Path, *columns: str) -> list[dict[str, str]]:
    """Read a TSV that has at least these columns as a list of dicts of strings."""
    header, lines, _ = read_lines(path)
    if missing := [name for name in columns if name not in header]:
        raise InputError(f"{path}, line 1: there is no column {', '.join(missing)}", hint=DAMAGED)
    return [dict(zip(header, cells, strict=True)) for cells in lines]
