"""Text from templates (Jinja2): HTML is escaped by itself, and what a template names must be there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ANGLES: dict[str, Any] = {  # for Markdown and LaTeX, which is full of braces
    "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "<<", "variable_end_string": ">>",
    "comment_start_string": "<#", "comment_end_string": "#>",
}  # fmt: skip


def render(template: Path, values: Mapping[str, Any], filters: Mapping[str, Callable[..., Any]] | None = None) -> str:
    """Fill in a template; it may include others of its folder. All but HTML write `<< name >>` and `<% for ... %>`."""
    html = template.suffix == ".html"
    environment = Environment(
        loader=FileSystemLoader(template.parent), autoescape=html, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, **({} if html else ANGLES),
    )  # fmt: skip
    environment.filters.update(filters or {})
    return environment.get_template(template.name).render(values)
