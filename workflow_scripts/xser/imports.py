"""Which modules of this repository a script reaches: the code that a result depends on.

Snakemake tracks a script by its modification time and its imports not at all. Rules therefore have a parameter
`code`: digests of the script and of every module of xser that it imports, at whatever depth, found with `ast` and
without running anything. (As inputs, some 30 modules a job were most of the files that Snakemake looked at.) A module
loaded by name (a reader, an extractor, a model) is given to `code` explicitly. A data file counts as code where a
module names it and it lies beside that module. What is imported for type checks only (`if TYPE_CHECKING:`) does not
count.
"""

import ast
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from xser.checksums import sha256

SCRIPTS = Path(__file__).resolve().parents[1]
WORKFLOW = SCRIPTS.parent  # the folder of the Snakefile, wherever a study lies
_DATA = re.compile(r"[\w-]+\.(txt|tsv|csv|json|yaml|html|css|js|md|tex|bib)")


def own_file(path: str | Path) -> str:
    """A file of the workflow's folder as a job's input: relative to the study's folder, which is the working directory.

    An absolute path would rerun everything once the project moves.
    """
    return os.path.relpath(WORKFLOW / path, Path.cwd().resolve())


def lead_to_scripts() -> None:
    """Have the scripts of all jobs import this xser: another one that is installed would come before it."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(SCRIPTS), *filter(None, [os.environ.get("PYTHONPATH")])])


@cache  # thousands of jobs share a script
def code(*files: str) -> dict[str, str]:
    """Return digests of the given files (below workflow_scripts) and of all they import, by sorted path below it."""
    reached: set[Path] = set()
    pending = [SCRIPTS / f for f in files]
    while pending:
        path = pending.pop()
        if path not in reached:
            reached.add(path)
            pending += _imports(path)
    return dict(sorted((path.relative_to(SCRIPTS).as_posix(), _digest(path)) for path in reached))


@cache  # many scripts share a module
def _digest(path: Path) -> str:
    return sha256(path)[:16]


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    """Return the files of this repository that one file imports, packages' __init__ included, or names as data."""
    if path.suffix != ".py":
        return ()
    found: list[Path] = []
    for node in _walk(ast.parse(path.read_bytes())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = path.relative_to(SCRIPTS).parts[: -node.level] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _DATA.fullmatch(node.value):
            found += [file for file in [path.with_name(node.value)] if file.is_file()]
        for name in names:
            found += _files_of(name)
    return tuple(found)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a module, but those that only type checkers see."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING"):
            yield from _walk(child)


def _files_of(module: str) -> list[Path]:
    parts = module.split(".")
    files = [SCRIPTS.joinpath(*parts[:i], "__init__.py") for i in range(1, len(parts) + 1)]
    files.append(SCRIPTS.joinpath(*parts).with_suffix(".py"))
    return [f for f in files if f.is_file()]
