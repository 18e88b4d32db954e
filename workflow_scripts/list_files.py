"""The list of a corpus' files, with a digest of each.

Needs all files of one corpus that its reader reads; makes files.tsv, which stands for them.
"""

from collections.abc import Sequence
from pathlib import Path

from xser.corpora import file_list


def main(*, root: str, found: Sequence[str], files: str | Path) -> None:
    """List the files `found`, of which those below `root` are named relative to it, in `files`."""
    file_list.write(files, root, found)


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(found=snakemake.input, files=snakemake.output.files, **snakemake.params.settings)
