"""The figures, embedded: packed SVG, which the page unpacks."""

import base64
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser import paths
from xser.summary.markup import Html, name, prose, tag


def show(figure: Mapping[str, Any], path: str, caption: str) -> Html:
    """One figure: `name`, `title`, `sources`, `protocol` and `practice` of it, its SVG, and its caption."""
    title, sources = figure["title"], figure["sources"]
    png = paths.figure(figure["name"], "png")
    data = base64.b64encode(gzip.compress(Path(path).read_bytes(), 9, mtime=0)).decode()
    return tag(
        "figure",
        tag("h4", title, tag("small", "protocol ", name(figure["protocol"])) if figure["protocol"] else ""),
        tag(
            "div",
            tag("img", data_svgz=data, alt=f"{title}. {' '.join(caption.split())}"),
            class_="canvas",
        ),
        tag(
            "figcaption",
            tag("p", tag("strong", "Practice data."), class_="practice-inline") if figure["practice"] else "",
            prose(caption),
            tag("p", "Drawn from ", name(sources), "; as PNG: ", name(png), class_="source"),
        ),
        id=f"figure-{figure['name']}",
        class_="card",
        data_source=sources,
    )  # fmt: skip


def sections(
    figures: Sequence[Mapping[str, Any]],
    paths: Sequence[str],
    captions: Mapping[str, str],
    titles: Mapping[str | None, str],
) -> list[Html]:
    """All figures, a heading a table; `titles` maps a table (None: the corpora) to its heading."""
    parts = []
    for table, title in titles.items():
        shown = [
            show(figure, path, captions[figure["family"]])
            for figure, path in zip(figures, paths, strict=True)
            if figure["table"] == table
        ]
        if shown:
            parts += [tag("h3", name(title)), *shown]
    return parts
