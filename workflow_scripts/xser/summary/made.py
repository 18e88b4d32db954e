"""When results were made, of which code, of what and in which time: the first line of the summary page."""

import datetime
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from xser import provenance
from xser.imports import WORKFLOW

DONE = re.compile(r"done in ([\d.]+) s")  # the last line of a job's log (job.py)


def made(corpora: Sequence[str], logs: str | Path) -> list[str]:
    """Date, commit, corpora by their titles, and the time of the jobs that left a log."""
    revision = provenance.commit(WORKFLOW)
    commit = f"commit {revision[:10]}{' and changes' * (' with ' in revision)}"
    today = datetime.date.today()
    seconds = sum(_seconds(Path(logs).rglob("*.log")))
    return [
        f"{today.day} {today:%B %Y}",
        "no git checkout" if "no git" in revision else commit,
        ", ".join(corpora),
        *([f"{duration(seconds)} of computing"] if seconds else []),
    ]


def _seconds(logs: Iterable[Path]) -> Iterable[float]:
    for path in logs:
        yield from map(float, DONE.findall(path.read_text(encoding="utf-8", errors="replace"))[-1:])


def duration(seconds: float) -> str:
    """A time in the unit that suits it.

    Examples
    --------
    >>> duration(48.0), duration(754.0), duration(9000.0)
    ('48 s', '13 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
