"""HTML from Python: elements as strings that are escaped once."""

import html
import re
from collections.abc import Iterable
from typing import TypeAlias


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child: TypeAlias = "str | Html | Iterable[Child]"


def _inner(child: Child) -> str:
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return html.escape(child, quote=False)
    return "".join(map(_inner, child))


def tag(name: str, *children: Child, **attributes: str | bool | None) -> Html:
    """An element; `class_` stands for class, `data_x` for data-x; None and False leave an attribute away."""
    given = ""
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        attribute = key.rstrip("_").replace("_", "-")
        given += f" {attribute}" if value is True else f' {attribute}="{html.escape(value)}"'
    if name in ("img", "meta", "br"):
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{''.join(map(_inner, children))}</{name}>")


def join(children: Iterable[Child], between: Child = "") -> Html:
    """Children side by side."""
    return Html(_inner(between).join(map(_inner, children)))


def name(text: str) -> Html:
    """A name or an identifier, which may hold digits that are no results (IS09, table2)."""
    return tag("span", text, class_="name")


def prose(text: str) -> Html:
    """Plain reStructuredText as paragraphs: emphasis, strong emphasis and literals, nothing else."""
    paragraphs = []
    for block in re.split(r"\n\s*\n", text.strip()):
        shown = html.escape(" ".join(block.split()), quote=False)
        shown = re.sub(r"``(.+?)``", r"<code>\1</code>", shown)
        shown = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", shown)
        paragraphs.append(tag("p", Html(re.sub(r"\*(.+?)\*", r"<em>\1</em>", shown)), class_="text"))
    return join(paragraphs)
