"""What every script of a rule does around its main(): a log, a clear error, progress."""

import errno
import inspect
import logging
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from xser import checksums
from xser.errors import InputError

log = logging.getLogger("xser")
INTERRUPTED = "interrupted"  # by Ctrl-C: nothing is wrong with the job
CLEAR = "\r\033[K"  # a line of the terminal that is written anew
# A full disk, a used-up quota, a read-only or forbidden folder, a file in place of a folder, a disk or NFS that fails.
OUTSIDE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.EIO,
    errno.ESTALE,
    errno.EFBIG,
    errno.ENAMETOOLONG,
}


@contextmanager
def job(snakemake: Any, optional: Sequence[str] = ()) -> Iterator[None]:
    """Log to the rule's log file and to the terminal, and record the checksums of what the job made.

    `optional` are files that it may also make and that are no outputs of its rule, because they are not always there.
    An InputError, an error of disk or permissions, Ctrl-C, and any error of a job that reads a result which is not
    what was recorded when it was made, become a message and exit status 1.
    """
    name = " ".join([snakemake.rule, *map(str, snakemake.wildcards)])
    log.setLevel(logging.INFO)
    log.propagate = False
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setFormatter(logging.Formatter(f"{CLEAR if can_rewrite(sys.stderr) else ''}{name}: %(message)s"))
    log.handlers = [terminal]
    started = time.monotonic()
    try:
        file = logging.FileHandler(snakemake.log[0], mode="w", encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        file.handleError = terminal.emit  # type: ignore[method-assign]  # what a full disk has no room for is shown
        log.handlers.insert(0, file)
        if "XSER_SCREEN" in os.environ:  # which says what failed, from the log
            terminal.addFilter(_is_for_screen)
        # A first line at once: of a job killed with an empty log, Snakemake shows none of SLURM's logs either.
        file.handle(log.makeRecord("xser", logging.INFO, "", 0, "on %s", (platform.node(),), None))
        yield
        checksums.record([*snakemake.output, *filter(os.path.exists, optional)])
        spent = (time.monotonic() - started, *_cost())
        file.handle(
            log.makeRecord("xser", logging.INFO, "", 0, "done in %.1f s (CPU %.1f s, peak %.0f MB)", spent, None)
        )
    except BaseException as error:
        if (found := _explained(error, snakemake)) is None:
            log.exception("failed")
            raise
        for handler in log.handlers:
            text = found.short(f"see {snakemake.log[0]}") if handler is terminal else str(found)
            handler.handle(log.makeRecord("xser", logging.ERROR, "", 0, "ERROR: %s", (text,), None))
        sys.exit(1)
    finally:
        logging.shutdown()


def run_main(main: Callable[..., None], snakemake: Any) -> None:
    """Run the main of a script as a job, with what its rule gives it."""
    with job(snakemake):
        main(**arguments(main, snakemake))


def arguments(main: Callable[..., None], snakemake: Any) -> dict[str, Any]:
    """What a rule gives to a script's main: its settings, and those of its files and threads that main names alike.

    A main with a parameter `settings` gets all of them in one, others each by its name; one with `inputs` gets the
    input files as a dict.
    """
    taken, settings = inspect.signature(main).parameters, dict(snakemake.params.get("settings") or {})
    inputs = dict(snakemake.input.items())
    files = {**inputs, **dict(snakemake.output.items()), "inputs": inputs, "threads": snakemake.threads}
    given = {name: value for name, value in files.items() if name in taken}
    return given | ({"settings": settings} if "settings" in taken else settings)


def can_rewrite(stream: TextIO) -> bool:
    """Whether a stream is a terminal on which a line can be written anew."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _is_for_screen(record: logging.LogRecord) -> bool:
    """Whether a run that shows a line a job shows a record, too: warnings, and how far a long job is."""
    done, total, *_ = record.args if record.msg == Progress.LINE and isinstance(record.args, tuple) else (1, 1)
    return record.levelno == logging.WARNING or done != total


def _explained(error: BaseException, snakemake: Any) -> InputError | None:
    """What a user can do about an error; None if nothing is known."""
    found = error if isinstance(error, InputError) else None
    if isinstance(error, OSError) and error.errno in OUTSIDE:
        hint = "make room, change the permissions or move away what is in the way, then run again"
        return InputError(f"cannot read or write: {error}", hint=hint)
    if isinstance(error, KeyboardInterrupt):
        return InputError(INTERRUPTED)
    if not isinstance(error, Exception):
        return None
    damaged = checksums.damaged(snakemake.input)
    if found and all(path in str(found) for path in damaged):
        return found
    what = f"{found or f'{type(error).__name__}: {error}'}\nResults that this job reads are not what jobs made"
    return InputError(what, damaged, "delete them and run again") if damaged else None


def _cost() -> tuple[float, float]:
    """CPU seconds of this process and its ended children, and the memory of the largest of them in MB."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    unit = 2**20 if sys.platform == "darwin" else 2**10  # ru_maxrss counts bytes on macOS, kilobytes on Linux
    return sum(u.ru_utime + u.ru_stime for u in usages), max(u.ru_maxrss for u in usages) / unit


class Progress:
    """Log how far a long loop is: at most one line every `every` seconds, with rate and time left."""

    LINE = "%d of %d %s, %.1f a second, %.0f s left%s"

    def __init__(self, total: int, unit: str, every: float = 10.0) -> None:
        self.total, self.unit, self.every = total, unit, every
        self.done, self.started = 0, time.monotonic()
        self.shown = self.started

    def step(self, count: int = 1, note: str = "") -> None:
        """Count `count` more units as done; `note` (say a loss) is shown with them."""
        self.done += count
        now = time.monotonic()
        if now - self.shown < self.every and self.done < self.total:
            return
        self.shown = now
        rate = self.done / max(now - self.started, 1e-9)
        left = (self.total - self.done) / rate if rate else float("inf")
        log.info(self.LINE, self.done, self.total, self.unit, rate, left, note and f" ({note})")
