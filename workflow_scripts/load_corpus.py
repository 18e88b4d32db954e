"""A public corpus, loaded into audb's cache; the list of its files.

Needs nothing but a connection; makes a list of all files of the database, relative to its folder in the cache.
"""

from pathlib import Path

from xser.corpora.base import find_files
from xser.corpora.public import Database
from xser.files import write_text


def main(*, name: str, version: str, files: str | Path) -> None:
    """Load one database, and list its files."""
    folder = Database(name, version).load()
    write_text(files, "".join(f"{path}\n" for path in find_files(folder, ("**/*",))))


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(files=snakemake.output.files, **snakemake.params.settings)
