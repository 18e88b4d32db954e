"""Config files as text: all that is wrong with any, before Snakemake reads them.

Snakemake does not say where a file is broken, and takes keys that are there twice.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from xser import yaml_file
from xser.errors import InputError, raise_all
from xser.imports import own_file

YTE = "__use_yte__"  # the key by which Snakemake runs Python code in a config


def load(path: str | Path) -> Any:
    """Return what a config file holds; refuse, with what yaml_file.load refuses, one that runs code."""
    value = yaml_file.load(path)
    if isinstance(value, dict) and YTE in value:
        raise InputError("the config cannot be read", [f"{path}: {YTE} runs code of the file; write the values"])
    return value


def check_all(paths: Iterable[str | Path], folders: Iterable[str | Path] = ()) -> None:
    """Raise an InputError that names file, line and column of every mistake; files that are absent are left out.

    `folders` are those of the study and of the workflow.
    """
    problems = [f"the folder {wrong}" for folder in dict.fromkeys(map(str, folders)) if (wrong := braces(folder))]
    for path in paths:
        if Path(path).is_file():
            try:
                load(path)
            except InputError as error:
                problems += error.offenders
    raise_all("the config cannot be read", problems)


def braces(path: str) -> str:
    """Say that Snakemake would take a path for a pattern, if it would; what is wrong is then nowhere said."""
    wrong = {"{", "}"} & set(path)
    return f"{path} has {{ or }} in it, which Snakemake takes for wildcards; rename it" if wrong else ""


def default() -> str:
    """The config file of a study: config.yaml of its folder, or else of the workflow's (the paper's, as practice)."""
    return "config.yaml" if Path("config.yaml").is_file() else own_file("config.yaml")


def relative(path: str | Path) -> str:
    """A path as a user would write it: relative where it lies below this folder."""
    path = Path(path)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
