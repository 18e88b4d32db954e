"""Public corpora by audEERING's audb: `root: audb` or `root: audb:name==version`, loaded into audb's cache.

audb reads a database's header in a way that lets its tags run code, so the header is read here first, by itself and as
plain values. Tables reach the reader `audformat` as they reach it from any folder: no pickle of them is written
or read.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xser.corpora.audformat import plain_header
from xser.corpora.base import Reader
from xser.errors import InputError
from xser.job import log

PUBLIC = "audb"
_NAME = re.compile(r"audb:(?P<name>[\w.-]+)==(?P<version>[\w.-]+)\Z", re.ASCII)


@dataclass(frozen=True)
class Database:
    """One version of a database of audb."""

    name: str
    version: str

    @property
    def folder(self) -> str:
        """Where audb's cache has it, once it is loaded."""
        return os.path.join(_cache(), _audb().flavor_path(self.name, self.version))

    def load(self) -> Path:
        """Load all of it that the cache does not have, and return its folder.

        Raises
        ------
        InputError
            Where no repository has it, its header is not made of plain values, or loading fails.
        """
        audb, database, cache = _audb(), f"{self.name} {self.version}", _cache()
        with _explained(database):
            repository = audb.repository(self.name, self.version)
            interface = repository.create_backend_interface()
            with interface.backend, tempfile.TemporaryDirectory() as folder:
                header = Path(folder) / "db.yaml"
                interface.get_file(f"/{self.name}/db.yaml", str(header), self.version)
                plain_header(database, header)
            files = len(audb.dependencies(self.name, version=self.version, cache_root=cache).media)
            log.info("%s of %s: %d recordings into %s", database, repository.name, files, self.folder)
            audb.load(self.name, version=self.version, cache_root=cache, pickle_tables=False, num_workers=4)
        return Path(self.folder)


def database(root: str, reader: Reader) -> Database | None:
    """Return the database that a root means; None if it is a root of another kind.

    An InputError if it names none: `audb` alone stands for the one that its reader knows.
    """
    if root != PUBLIC and not root.startswith(f"{PUBLIC}:"):
        return None
    if match := _NAME.match(f"{PUBLIC}:{reader.audb}" if root == PUBLIC else root):
        return Database(**match.groupdict())
    raise InputError(f".root: {root} names no database; write audb:name==version, such as audb:emodb==1.4.1")


def _audb() -> Any:
    import audb  # slow; few studies need it

    return audb


def _cache() -> str:
    return str(_audb().default_cache_root(shared=False))


@contextmanager
def _explained(database: str) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # whatever audb and its backends raise
        repositories = [f"{r.name} at {r.host} ({r.backend})" for r in _audb().config.REPOSITORIES]
        raise InputError(
            f"{database} cannot be loaded by audb: {type(error).__name__}: {error}; it looked in",
            repositories,
            "check name, version and connection; ~/.config/audb.yaml may name other repositories",
        ) from None
