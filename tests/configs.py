"""The repository's config, for tests that change it."""

from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
DEFAULT = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))


def edit(path: str, value: Any) -> Any:
    """A change of a config: set the value at a path such as `tables/table2/rows/0/train`."""

    def apply(raw: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        node: Any = raw
        for parent in parents:
            node = node[int(parent) if isinstance(node, list) else parent]
        node[int(last) if isinstance(node, list) else last] = value

    return apply
