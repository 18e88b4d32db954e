"""Text from templates (Jinja2): HTML is escaped by itself, and what a template names must be there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def render(
    template: str | Path, values: Mapping[str, Any], filters: Mapping[str, Callable[..., Any]] | None = None
) -> str:
    r"""Fill in a template; it may include others of its folder.

    Templates of LaTeX, whose names end in `.tex`, write `<< name >>` and `<% for ... %>`, since LaTeX has many braces.

    Parameters
    ----------
    template
        The file.
    values
        What it may name.
    filters
        Further filters by name.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # jobs that write no page need it not

    template = Path(template)
    marks: dict[str, Any] = {}
    if template.suffix == ".tex":
        brackets = {"block": ("<%", "%>"), "variable": ("<<", ">>"), "comment": ("<#", "#>")}
        for mark, (start, end) in brackets.items():
            marks |= {f"{mark}_start_string": start, f"{mark}_end_string": end}
    environment = Environment(
        loader=FileSystemLoader(template.parent), autoescape=template.suffix == ".html", undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, **marks,
    )  # fmt: skip
    environment.filters.update(filters or {})
    return environment.get_template(template.name).render(values)
