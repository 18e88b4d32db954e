"""One name, one thing: no two public classes or functions of the library share a name."""

import ast
from collections import defaultdict

from configs import REPOSITORY

# What a module does is called alike in each, and called with the module's name: `arrays.read`, `paths.score`.
VERBS = {"draw", "files", "fit", "load", "main", "markdown", "page", "predict", "read", "run", "score", "write"}
TWICE = {"digest"}  # the audit shares no code with what it audits


def test_no_two_things_share_a_name() -> None:
    places = defaultdict(list)
    for path in sorted((REPOSITORY / "workflow_scripts").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                places[node.name].append(path.name)
    assert {name: found for name, found in places.items() if len(found) > 1 and name not in VERBS | TWICE} == {}
