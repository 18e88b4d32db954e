"""YAML files from anybody: plain values only, of bounded size, and what is wrong with them as text.

YAML parsers let the later of two equal keys win without a word; some let a tag name code to run
(`!!python/object/...`); and a few lines of aliases of aliases stand for more values than a computer holds.
"""

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from xser.errors import InputError, raise_all

MERGE = "tag:yaml.org,2002:merge"  # `<<`, whose keys may be overridden
LEVELS = 100  # of lists and mappings in each other
VALUES = 1_000_000  # with every alias written out


def load(path: str | Path, name: str = "the config") -> Any:
    """Return what a file, JSON or YAML, holds; `name` says in errors what the file is.

    Raises
    ------
    InputError
        Where it is broken, is not UTF-8, names a key twice, has a tag that YAML itself does not know, or more than
        LEVELS or VALUES; the offenders name file, line and column.
    """
    broken = f"{name} cannot be read"
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(broken, [f"{path}: is not UTF-8 ({error.reason}); save it as UTF-8"]) from None
    except OSError as error:
        raise InputError(broken, [f"{path}: {error.strerror}"]) from None
    problems: list[str] = []
    try:
        loader = _Loader(text)
        value = loader.get_single_data()
        problems = loader.twice
    except yaml.MarkedYAMLError as error:
        try:
            value = json.loads(text)  # which may be indented by tabs
        except (ValueError, RecursionError):
            problems = [_syntax(error, text)]
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # an odd character, a date or number that is none
        problems = [" ".join(str(error).split())]
    raise_all(broken, (f"{path}, {p}" for p in problems))
    return value


class _TooMuch(yaml.YAMLError):
    """More than LEVELS or VALUES."""


class _Loader(yaml.SafeLoader):
    """YAML as Snakemake reads it, with bounds, and with the keys that are there twice."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: list[str] = []
        self.level = self.count = 0
        self.sizes: dict[yaml.Node, int] = {}  # values below each node

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Count levels and values while nodes are made, before anything is built of them."""
        alias, mark, before = self.check_event(yaml.AliasEvent), self.peek_event().start_mark, self.count
        self.level += 1
        if self.level > LEVELS:
            raise _TooMuch(f"{_place(mark)}: more than {LEVELS} lists and mappings in each other")
        node = super().compose_node(parent, index)
        self.level -= 1
        if node is None:
            return None
        if alias and node not in self.sizes:
            raise _TooMuch(f"{_place(mark)}: an alias of what it stands in")
        self.count += self.sizes[node] if alias else 1
        if self.count > VALUES:
            raise _TooMuch(f"{_place(mark)}: more than {VALUES:,} values, with every alias written out")
        self.sizes.setdefault(node, self.count - before)
        return node

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
