"""Results that a command needs, made by Snakemake, and the folder for what it makes of them."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from xser.cli.program import snakefile
from xser.errors import InputError

CHATTER = ("Using ", "Nothing to be done")  # what Snakemake prints whatever it is asked


def new_folder(name: str) -> Path:
    """The real path of a folder that a command is to make; an InputError where it is there or cannot be made."""
    if os.path.lexists(name) and not (os.path.isdir(name) and not os.listdir(name)):
        raise InputError(f"{name} is there already", hint="name a new folder; nothing is overwritten")
    if wrong := obstacle(name):
        raise InputError(f"{name} cannot be made: {wrong}")
    return Path(os.path.realpath(name))


@contextmanager
def whole(final: Path) -> Iterator[Path]:
    """Yield an empty folder, which becomes `final`, of `new_folder`, if the block succeeds, and is removed if not."""
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final.parent, prefix=f".{final.name}.") as name:
        (made := Path(name) / "made").mkdir()
        yield made
        os.replace(made, final)


def obstacle(name: str) -> str:
    """Say what stands in the way of a new file or folder, if anything does."""
    above = next(path for path in Path(os.path.realpath(name)).parents if os.path.lexists(path))
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return ""
    return f"{above} is {'read-only or forbidden' if above.is_dir() else 'not a folder'}"


def make(targets: Sequence[Path], cores: int) -> None:
    """Have Snakemake bring files of the study up to date; a line a job is shown."""
    print("bringing results up to date ...", file=sys.stderr)
    command = [sys.executable, "-m", "snakemake", *snakefile(), "--cores", str(cores), "--", *map(str, targets)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as run:
        assert run.stderr
        try:
            for line in run.stderr:
                if not line.startswith(CHATTER):
                    sys.stderr.write(line)
        except KeyboardInterrupt:  # Snakemake has it, too, and ends its jobs
            sys.stderr.write(run.stderr.read())
            run.wait()
            raise
    if run.returncode:
        raise InputError("the results cannot be brought up to date; see above")
