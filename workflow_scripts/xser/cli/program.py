"""How a program of this .venv is called in a folder, for the commands that are printed."""

import os
import shlex
import shutil
import sys
from pathlib import Path


def program(name: str, folder: str | Path = ".") -> str:
    """The program's name where PATH leads to it, else its path, as short as it is seen from a folder."""
    own = Path(sys.executable).parent / name
    found = shutil.which(name)
    if found and os.path.realpath(os.path.dirname(found)) == os.path.realpath(own.parent):
        return name
    return shlex.quote(min(os.path.relpath(own, os.path.realpath(folder)), str(own), key=len))
