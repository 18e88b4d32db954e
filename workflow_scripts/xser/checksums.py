"""The SHA-256 of every file that a job made, recorded when the job ends.

Each job writes one record below results/checksums, at the path of its first output: a job that makes the same file
again, by whatever rule, replaces it, and jobs that run side by side never share one. A record is what `sha256sum`
writes, so that `sha256sum -c` reads it, too. What is recorded is checked by `xser verify` (cli/verify.py).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from xser import paths
from xser.files import write_text

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def sha256(path: str | Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def has(path: str | Path, digest: str) -> bool:
    """Whether a file is there and has this sum; pipes and devices, which may never end, have none."""
    try:
        return Path(path).is_file() and sha256(path) == digest
    except OSError:
        return False


def record(outputs: Sequence[str]) -> None:
    """Record the sums of what a job made."""
    if outputs:
        write_text(paths.checksums(outputs[0]), "".join(f"{sha256(path)}  {path}\n" for path in outputs))


def recorded(folder: Path) -> dict[str, str]:
    """Path -> sum of all records below a study's folder; of two records of one path, the later counts."""
    # Those of which a job is writing, or was killed as it did, are hidden: see files.atomic.
    files = (path for path in (folder / paths.CHECKSUMS).rglob("[!.]*.sha256") if path.is_file())
    records = sorted(files, key=lambda path: path.stat().st_mtime_ns)
    return {path: digest for file in records for path, digest in _lines(file, str(file.relative_to(folder)))}


def damaged(results: Iterable[str]) -> list[str]:
    """Those of some results of this folder that are not what was recorded when they were made."""
    sums = recorded(Path())
    return [path for path in dict.fromkeys(map(str, results)) if path in sums and not has(path, sums[path])]


def _lines(file: Path, name: str) -> Iterator[tuple[str, str]]:
    text = file.read_text(encoding="utf-8", errors="replace")
    lines = [_LINE.fullmatch(line) for line in text.splitlines()]
    for match in lines if text.endswith("\n") else [None]:
        yield (match[2], match[1]) if match else (name, "not a record")
