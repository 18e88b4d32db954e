"""Config files as text: all that is wrong with any, before Snakemake reads them.

Snakemake does not say where a file is broken, and takes keys that are there twice.
"""

from collections.abc import Iterable
from pathlib import Path

from xser.errors import InputError, raise_all
from xser.yaml_file import load

__all__ = ["check", "load", "shown"]


def check(paths: Iterable[str | Path]) -> None:
    """Raise an InputError that names file, line and column of every mistake; files that are absent are left out."""
    problems: list[str] = []
    for path in paths:
        if Path(path).is_file():
            try:
                load(path)
            except InputError as error:
                problems += error.offenders
    raise_all("the config cannot be read", problems)


def shown(path: str | Path) -> str:
    """A path as a user would write it: relative where it lies below this folder."""
    path = Path(path)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
