"""A study in a folder of its own: what it changes of the defaults, and a Snakefile that leads to the workflow."""

import os
import shlex
from pathlib import Path

from xser import paths
from xser.cli.program import program
from xser.config.file import braces
from xser.errors import InputError, raise_all
from xser.files import write_text
from xser.imports import WORKFLOW

CONFIG = WORKFLOW / "config" / "config.yaml"
SNAKEFILE = """\
# The study of this folder. config.yaml says what is computed; to compute it: snakemake --cores 2
include: {snakefile!r}


rule study:
    input:
        rules.all.input,
"""
IGNORED = f"{paths.RESULTS}/\n.snakemake/\n"


def new(folder: Path) -> int:
    """Write the files of a new study into a folder, print what to do next and return the exit status.

    Where one of them is there already, or Snakemake cannot take the folder's path, it is an InputError, and nothing is
    written.
    """
    xser = os.path.relpath(WORKFLOW, folder.resolve())
    files = {name: folder / name for name in ("config.yaml", "Snakefile", ".gitignore", "profiles")}
    raise_all(
        f"{folder} cannot be a new study",
        [
            *(f"{path} is there already" for path in files.values() if os.path.lexists(path)),
            *filter(None, [braces(str(folder.resolve())), braces(str(WORKFLOW))]),
        ],
        "give another folder, or change config.yaml there",
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}") from None
    write_text(
        files["config.yaml"], CONFIG.read_text(encoding="utf-8").replace("xser/config.yaml", f"{xser}/config.yaml")
    )
    write_text(files["Snakefile"], SNAKEFILE.format(snakefile=os.path.join(xser, "Snakefile")))
    write_text(files[".gitignore"], IGNORED)
    files["profiles"].symlink_to(os.path.join(xser, "profiles"))  # what plain `snakemake` uses, and the one for SLURM
    print(f"{files['config.yaml']} describes a study of EMO-DB; put in your corpora, tables, systems. Then")
    print(f"  cd {shlex.quote(str(folder))}\n  {program('snakemake', folder)} --cores 2")
    return 0
