"""Kaldi archives: one ark, its scp index, and the names of the columns beside them.

An entry is a float32 vector (functionals) or a float32 matrix (frames x dims). The scp names the ark as the path was
given (relative to the project's root in a run), as `path:offset`.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import kaldiio
import numpy as np

from xser.errors import InputError, raise_all
from xser.files import AGAIN, DAMAGED, atomic, decoding, read_text

_SPAN = r"[0-9]{1,9}:[0-9]{1,9}"
_ENTRY = re.compile(rf"(\S+)\s+([^|\0]+):([0-9]{{1,18}})(?:\[(:|{_SPAN})?(?:,(:|{_SPAN})?)?\])?")
REPLACE = "write the archive anew, or copy it again from where it was made"
Span = tuple[int, int] | None
"""The first and the last row or column that is meant, both counted in; None for all."""


@dataclass(frozen=True)
class Entry:
    """One line of a scp: where an array begins, and which rows and columns of it are meant."""

    utterance: str
    ark: str
    offset: int
    rows: Span = None
    columns: Span = None

    @property
    def place(self) -> str:
        """The archive and the offset, as in the scp."""
        return f"{self.ark}:{self.offset}"


@contextmanager
def writing(
    ark: str | Path, scp: str | Path, names: str | Path, columns: Sequence[str]
) -> Iterator[Callable[[str, np.ndarray], None]]:
    """Yield a function (utterance, array) that appends to a new archive.

    All three files appear when the block succeeds, the scp last, and none does when it fails. The utterances must come
    in C order, which is what Kaldi's tools expect and what makes shards and whole archives agree.
    """
    last = b""
    with _files(ark, scp, names) as (ark_file, scp_file, names_file):
        names_file.write("".join(f"{c}\n" for c in columns).encode())

        def write(utterance: str, array: np.ndarray) -> None:
            nonlocal last
            key = utterance.encode()
            if key <= last:
                raise ValueError(f"{utterance} comes after {last.decode()}: not in C order")
            last = key
            offset = ark_file.tell() + len(key) + 1
            kaldiio.save_ark(ark_file, {utterance: np.ascontiguousarray(array, dtype=np.float32)})
            scp_file.write(f"{utterance} {ark}:{offset}\n".encode())

        yield write


@contextmanager
def _files(ark: str | Path, scp: str | Path, names: str | Path) -> Iterator[tuple[BinaryIO, BinaryIO, BinaryIO]]:
    with ExitStack() as stack:  # left in reverse: the files are closed, then ark, names and scp are renamed
        paths = [stack.enter_context(atomic(path)) for path in (scp, names, ark)]
        scp_file, names_file, ark_file = [stack.enter_context(open(path, "wb")) for path in paths]
        yield ark_file, scp_file, names_file


def entries(scp: str | Path, given: bool = False) -> list[Entry]:
    """Return the entry of each line; lines of another form are an InputError that lists them all.

    A line is `utterance path:offset`, apart by spaces or tabs; a range of rows, or of rows and columns, may follow, as
    Kaldi's scripts write them: `[0:9]` are the first ten rows (elements of a vector), `[:,0:2]` the first three
    columns. Shell pipes are refused, because reading data must not run commands. An archive that a user has `given` is
    theirs: no error advises to delete it.
    """
    found, wrong = [], []
    for number, line in enumerate(read_text(scp, given).splitlines(), start=1):
        if place := _ENTRY.fullmatch(line.strip()):
            found.append(Entry(place[1], place[2], int(place[3]), _span(place[4]), _span(place[5])))
        else:
            wrong.append(f"line {number}: {line.strip()[:200]!r}")
    raise_all(
        f"{scp}: lines that are not `utterance path:offset`", wrong, "write it with kaldiio or Kaldi's copy-feats"
    )
    return found


def _span(text: str | None) -> Span:
    first, _, last = (text or ":").partition(":")
    return (int(first), int(last)) if last else None


def located(ark: str, scp: str | Path) -> str:
    """Where an archive lies: where the scp says, or else beside the scp."""
    return ark if os.path.exists(ark) else os.path.join(os.path.dirname(scp), ark)


@contextmanager
def arks_of(scp: str | Path, given: bool = False) -> Iterator[Callable[[Entry], np.ndarray]]:
    """Yield a function entry -> array that opens each ark once."""
    opened: dict[str, BinaryIO] = {}
    with ExitStack() as stack:

        def array_at(entry: Entry) -> np.ndarray:
            if (path := entry.ark) not in opened:
                opened[path] = stack.enter_context(_opened(located(path, scp), scp))
            place = f"{scp}: {entry.place}"
            array = _read_entry(opened[path], entry.offset, place, REPLACE if given else AGAIN)
            return _ranged(array, entry, place) if entry.rows or entry.columns else array

        yield array_at


def _opened(ark: str, scp: str | Path) -> BinaryIO:
    """An archive that a scp names, open for reading."""
    try:
        if os.path.exists(ark) and not os.path.isfile(ark):  # a pipe would be waited for, /dev/zero has no end
            raise InputError(f"{scp}: the archive {ark[:500]} is a folder, pipe or device, not a file")
        return open(ark, "rb")
    except OSError as error:
        raise InputError(f"{scp}: the archive {ark[:500]} cannot be opened ({error.strerror})") from None


def _read_entry(source: BinaryIO, offset: int, place: str, hint: str) -> np.ndarray:
    """Read an entry in Kaldi's own binary format; no other, since kaldiio would also unpickle, which runs code."""
    with decoding(place, "a Kaldi vector or matrix", hint):
        source.seek(offset)
        array, size = kaldiio.matio.read_matrix_or_vector(source, return_size=True)
        if source.tell() < offset + size or array.ndim not in (1, 2):
            raise ValueError("the file ends before the array")
    result: np.ndarray = array
    return result


def _ranged(array: np.ndarray, entry: Entry, place: str) -> np.ndarray:
    """The rows and columns that an entry means; an InputError where the array lacks any."""
    asked = [entry.rows or (0, len(array) - 1), *([entry.columns] if entry.columns else [])]
    if len(asked) > array.ndim or any(not 0 <= a <= b < size for (a, b), size in zip(asked, array.shape, strict=False)):
        raise InputError(f"{place}: its range does not fit an array of shape {array.shape}")
    return array[tuple(slice(first, last + 1) for first, last in asked)]


def stream(scp: str | Path, given: bool = False) -> Iterator[tuple[str, np.ndarray]]:
    """Yield (utterance, array) in the order of the scp, one array in memory at a time."""
    with arks_of(scp, given) as array_at:
        first = None
        for entry in entries(scp, given):
            array = array_at(entry)
            first = first or array.shape
            fits = array.size and array.ndim == len(first) and array.shape[-1] == first[-1]
            if not fits or not np.isfinite(array).all():
                what = "holds values that are not finite" if fits else f"has the shape {array.shape}, the first {first}"
                raise InputError(f"{scp}: {entry.place}: {entry.utterance} {what}", hint=REPLACE if given else DAMAGED)
            yield entry.utterance, array


def read(scp: str | Path) -> dict[str, np.ndarray]:
    """Return all arrays of an archive by utterance."""
    return dict(stream(scp))


def read_names(names: str | Path) -> list[str]:
    """Return the names of an archive's columns."""
    return read_text(names).splitlines()


def merge(
    scps: Sequence[str | Path], shard_names: str | Path, ark: str | Path, scp: str | Path, names: str | Path
) -> None:
    """Join the archives of shards, given in order, to the bytes that one unsharded job writes."""
    with _files(ark, scp, names) as (ark_file, scp_file, names_file):
        names_file.write(Path(shard_names).read_bytes())
        for part in scps:
            before, paths = ark_file.tell(), set()
            for entry in entries(part):
                scp_file.write(f"{entry.utterance} {ark}:{before + entry.offset}\n".encode())
                paths.add(entry.ark)
            for path in paths:  # one, or none where the shard is empty
                with _opened(path, part) as source:
                    shutil.copyfileobj(source, ark_file, 1 << 20)
