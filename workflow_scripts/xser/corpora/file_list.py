"""files.tsv: the files of a corpus with a digest of each, as one input of what reads them.

Snakemake takes a checksum of each input of a job once for each file that the job makes; reading a corpus makes nine.
So a job of its own makes one list of all files, and reading needs that list alone. Digests are in it because equal
bytes count as unchanged: if a run ends between the two jobs, the next one must see that a recording is another.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from xser import checksums
from xser.errors import InputError
from xser.files import decoding, read_text, write_text


def write(path: str | Path, root: str | Path, files: Iterable[str | Path]) -> None:
    """List files, those below `root` relative to it.

    A line is a name as JSON has it (names may hold anything, line ends too), a tab and the file's SHA-256; the last
    line is the number of files.
    """
    root, lines = Path(root), []
    for file in map(Path, files):
        name = file.relative_to(root).as_posix() if file.is_relative_to(root) else os.fspath(file.absolute())
        lines.append(f"{json.dumps(name)}\t{checksums.sha256(file)}\n")
    write_text(path, "".join([*lines, f"{len(lines)}\n"]))


def read(path: str | Path) -> list[str]:
    """Return the listed files that lie below the root, relative to it; an InputError where lines are missing."""
    *lines, count = read_text(path).splitlines() or [""]
    with decoding(path, "a list of files"):
        names = [json.loads(line.partition("\t")[0]) for line in lines]
    if count != str(len(lines)):
        raise InputError(f"{path} is cut short", hint="delete it, and run again")
    return [name for name in names if not os.path.isabs(name)]
