"""A public corpus, loaded into audb's cache; the list of its files.

Needs nothing but a connection; makes the list of all files of the database, relative to its folder in the cache.
"""

from pathlib import Path

from xser.corpora import file_list
from xser.corpora.base import find_files
from xser.corpora.public import Database
from xser.job import run_main


def main(*, name: str, version: str, files: str | Path) -> None:
    """Load one database, and list its files."""
    folder = Database(name, version).load()
    file_list.write(files, folder, (Path(folder, path) for path in find_files(folder, ("**/*",))))


if "snakemake" in globals():
    run_main(main, snakemake)
