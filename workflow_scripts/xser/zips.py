"""Zip archives with the same bytes for the same content; whatever is wrong with one is a clear error.

Members are stored as they are and bear no date, so a member is never larger than the file. Members are read by the
names that are expected, each against its checksum (CRC-32), and nothing is unpacked to a path that an archive names.
"""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from xser.files import atomic, decoding

DATE = (1980, 1, 1, 0, 0, 0)


def write(path: str | Path, members: Iterable[tuple[str, bytes]]) -> None:
    """Write (name, bytes) as a zip, atomically."""
    with atomic(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, DATE), data)


class ZipReader:
    """A zip that `write` wrote, open for reading; `what` it should be ("a saved model") is for its InputErrors.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.zip"
    >>> write(path, [("greeting", b"hello")])
    >>> with ZipReader(path, "an archive of greetings") as archive:
    ...     archive.names, archive.read("greeting")
    (['greeting'], b'hello')
    """

    def __init__(self, path: str | Path, what: str) -> None:
        self.path, self.what = Path(path), what
        with decoding(path, what):
            self._zip = zipfile.ZipFile(path)
            members = self._zip.infolist()
            self.names = [member.filename for member in members]
            if len(set(self.names)) < len(members) or any(m.compress_size != m.file_size for m in members):
                raise ValueError("a member is there twice or compressed")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def read(self, name: str) -> bytes:
        """Return the bytes of a member."""
        with decoding(self.path, self.what):
            return self._zip.read(name)
