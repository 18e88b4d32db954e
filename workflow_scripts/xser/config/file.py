"""What is wrong with a config file as text: its syntax, and keys that are there twice.

YAML parsers let the later of two equal keys win without a word, and Snakemake does not say where a file is broken.
"""

import json
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

import yaml

from xser.errors import InputError, raise_all

MERGE = "tag:yaml.org,2002:merge"  # `<<`, whose keys may be overridden


def check(paths: Iterable[str | Path]) -> None:
    """Raise an InputError that names file, line and column of every mistake; files that are absent are left out."""
    problems: list[str] = []
    for path in paths:
        if Path(path).is_file():
            try:
                load(path)
            except InputError as error:
                problems += error.offenders
    raise_all("the config cannot be read", problems)


def shown(path: str | Path) -> str:
    """A path as a user would write it: relative where it lies below this folder."""
    path = Path(path)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def load(path: str | Path) -> Any:
    """Return what a config file, JSON or YAML, holds.

    Raises
    ------
    InputError
        Where it is broken, is not UTF-8, or names a key twice; the offenders name file, line and column.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "the config cannot be read", [f"{path}: is not UTF-8 ({error.reason}); save it as UTF-8"]
        ) from None
    except OSError as error:
        raise InputError("the config cannot be read", [f"{path}: {error.strerror}"]) from None
    problems: list[str] = []
    try:
        loader = _Loader(text)
        loader.twice = problems
        value = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        if _is_json(text):  # JSON may be indented by tabs
            value = json.loads(text)
        else:
            problems.append(_syntax(error, text))
    except yaml.YAMLError as error:  # a character that YAML does not know
        problems.append(" ".join(str(error).split()))
    raise_all("the config cannot be read", (f"{path}, {p}" for p in problems))
    return value


class _Loader(yaml.SafeLoader):
    """YAML as Snakemake reads it, with the keys that are there twice."""

    twice: list[str]

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """Note the keys of a mapping that it names twice, before merged ones are added to them."""
        first: dict[Any, int] = {}
        for key_node, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if key_node.tag == MERGE or not isinstance(key_node, yaml.ScalarNode):
                continue
            key, mark = self.construct_object(key_node), key_node.start_mark  # type: ignore[no-untyped-call]
            if key in first:
                self.twice.append(
                    f"{_place(mark)}: {key!r} is there twice, first in line {first[key]}; put both into one"
                )
            first.setdefault(key, mark.line + 1)
        return super().construct_mapping(node, deep)


def _place(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"


def _syntax(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark or error.context_mark
    where = _place(mark) if mark else "somewhere"
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return f"{where}: a tab; YAML is indented by spaces"
    start = f" that begins in line {error.context_mark.line + 1}" if error.context_mark else ""
    context = f"{error.context}{start}: " if error.context else ""
    return f"{where}: {context}{error.problem or 'not YAML'}" + (f" ({line.strip()})" if line.strip() else "")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
