"""How a program of this .venv is called in a folder."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from xser.imports import WORKFLOW

FOUND = ("Snakefile", "workflow/Snakefile")  # by Snakemake itself; the second where snakedeploy puts it


def program(name: str, folder: str | Path = ".") -> str:
    """The program's name where PATH leads to it, else its path, as short as it is seen from a folder."""
    own = Path(sys.executable).parent / name
    found = shutil.which(name)
    if found and os.path.realpath(os.path.dirname(found)) == os.path.realpath(own.parent):
        return name
    return shlex.quote(min(os.path.relpath(own, os.path.realpath(folder)), str(own), key=len))


def snakefile(folder: str | Path = ".") -> list[str]:
    """The arguments by which snakemake finds the workflow in a folder: none, if a Snakefile there leads to it."""
    return [] if any(Path(folder, name).is_file() for name in FOUND) else ["--snakefile", str(WORKFLOW / "Snakefile")]
