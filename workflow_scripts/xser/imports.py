"""Which modules of this repository a script reaches: the code that a result depends on.

Snakemake tracks a script by its modification time and its imports not at all. Rules therefore name `code(...)` among
their inputs: the script and every module of xser that it imports, at whatever depth, found with `ast` and without
running anything. A module loaded by name (a reader, an extractor, a model) is given to `code` explicitly.
"""

import ast
from functools import cache
from pathlib import Path

SCRIPTS = Path("workflow_scripts")


def code(*files: str) -> list[str]:
    """Return the given files (below workflow_scripts) and all they import, as sorted repository-relative paths."""
    reached: set[Path] = set()
    pending = [SCRIPTS / f for f in files]
    while pending:
        path = pending.pop()
        if path not in reached:
            reached.add(path)
            pending += _imports(path)
    return sorted(map(str, reached))


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    """Return the files of this repository that one file imports, packages' __init__ included."""
    found: list[Path] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            found += _files_of(name)
    return tuple(found)


def _files_of(module: str) -> list[Path]:
    parts = module.split(".")
    if parts[0] != "xser":
        return []
    files = [SCRIPTS.joinpath(*parts[:i], "__init__.py") for i in range(1, len(parts) + 1)]
    files.append(SCRIPTS.joinpath(*parts).with_suffix(".py"))
    return [f for f in files if f.is_file()]
