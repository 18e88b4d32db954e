"""The config files of a study, as text: all that is wrong with any, before Snakemake reads them.

A study's config.yaml lies over the workflow's own, key by key. Snakemake does not say where a file is broken, and takes
keys that are there twice.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from xser import yaml_file
from xser.errors import InputError, raise_all
from xser.files import read_text, write_text
from xser.imports import own_file

YTE = "__use_yte__"  # the key by which Snakemake runs Python code in a config
NAMES = ("config.yaml", "config/config.yaml")  # of a study's config; the second where snakedeploy puts it
KEPT = "XSER_CONFIG"  # in the environment of jobs on a cluster, whose Snakemake reads the config when they start
DROPPED = {"root": None, "reader": "table"}  # a corpus that is null: known, so that it may be named, and not there


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
                if not isinstance(load(path), Mapping):
                    problems.append(f"{path}: holds no keys; write `key: value`, or delete the file")
            except InputError as error:
                problems += error.offenders
    raise_all("the config cannot be read", problems)


def given_files_problem(command: list[str]) -> str:
    """Say what is wrong with the files that a command gives by --configfile, if anything is.

    The option takes every word up to the next option, targets too.
    """
    files: list[str] = []
    taking = False
    for word in command:
        taking = word in ("--configfile", "--configfiles") or (taking and not word.startswith("-"))
        files += [word] if taking and not word.startswith("-") else []
    if absent := [word for word in files if not Path(word).is_file()]:
        return (
            f"there is no file {', '.join(absent)}\nWhat to do: --configfile takes every word up to the next option "
            "for a file; write what to make before it, such as: snakemake --cores 2 table2 --configfile my.yaml"
        )
    try:
        check_all(files)
    except InputError as error:
        return str(error)
    return ""


def braces(path: str) -> str:
    """Say that Snakemake would take a path for a pattern, if it would; what is wrong is then nowhere said."""
    wrong = {"{", "}"} & set(path)
    return f"{path} has {{ or }} in it, which Snakemake takes for wildcards; rename it" if wrong else ""


def files() -> list[str]:
    """The config files of the study in this folder: the workflow's, then the one here, which lies over it."""
    below = own_file("config.yaml")
    own = next((path for path in map(Path, NAMES) if os.path.lexists(path)), Path(below))
    if not own.is_file():  # without it the study would be another one: the default
        raise InputError("the config cannot be read", [f"{own}: is a folder, or a link that leads nowhere"])
    return [below] if own.samefile(below) else [below, str(own)]


def merged(paths: Iterable[str | Path]) -> dict[str, Any]:
    """Return what config files are together, as Snakemake merges them; an InputError as of `check_all`."""
    paths = list(paths)
    check_all(paths)
    config: dict[str, Any] = {}
    for path in paths:
        config = over(config, load(path))
    return config


def keep(config: Mapping[str, Any]) -> None:
    """Write the config of a run to where its jobs on a cluster find it: the files may be edited while it goes on."""
    text = json.dumps(config)
    path = Path(".snakemake", "xser", f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.json").absolute()
    write_text(path, text)
    os.environ[KEPT] = str(path)


def kept(path: str) -> Any:
    """Return what `keep` wrote."""
    return json.loads(read_text(path))


def over(below: Any, above: Any) -> Any:
    """Lay one value over another, as Snakemake does: of mappings the keys, one by one."""
    if not isinstance(above, Mapping):
        return above
    kept = below if isinstance(below, Mapping) else {}
    return {**kept, **{key: over(kept.get(key), value) for key, value in above.items()}}


def typed(value: Any) -> Any:
    """Return what `--config` gave with the types of YAML: within lists and mappings Snakemake leaves all as text.

    Examples
    --------
    >>> typed({"seeds": ["0", "1"], "corpora": {"savee": "null"}, "replace": "false", "test": ["03", "a"]})
    {'seeds': [0, 1], 'corpora': {'savee': None}, 'replace': False, 'test': ['03', 'a']}
    """
    if isinstance(value, Mapping):
        return {key: typed(v) for key, v in value.items()}
    if isinstance(value, list):
        return [typed(v) for v in value]
    if not isinstance(value, str) or re.fullmatch(r"0\d+", value):  # a speaker, not an octal number
        return value
    try:
        read = yaml.safe_load(value)
    except yaml.YAMLError:
        return value
    return read if read is None or isinstance(read, int | float) else value


def without_nulls(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config without the entries that are null, which is how an overlay drops what lies below it.

    A corpus, with its views, becomes one without a root: rows and training sets may name it still.
    """
    cleaned = dict(config)
    for section, entries in config.items():
        if isinstance(entries, Mapping):
            cleaned[section] = {k: v for k, v in entries.items() if v is not None or section == "corpora"}
    corpora = cleaned.get("corpora")
    if isinstance(corpora, dict):
        for name, entry in corpora.items():
            shown = entry.get("view", name) if isinstance(entry, Mapping) else name
            if isinstance(shown, str) and corpora.get(shown, {}) in (None, DROPPED):
                corpora[name] = DROPPED
    return cleaned


def relative(path: str | Path) -> str:
    """A path as a user would write it: relative where it lies below this folder."""
    path = Path(path)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
