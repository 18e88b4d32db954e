"""The page around its sections: one file that fetches nothing."""

from collections.abc import Sequence

from xser import paths
from xser.summary.markup import Child, Html, join, tag

NO_SCRIPT = f"Figures are packed and need JavaScript to be shown here; they are also files: {paths.figure('*', 'png')}."
# What a browser may do with the page: show what is in it, and nothing else.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def page(title: str, lead: Child, parts: Sequence[tuple[str, str, Child]], style: str, behaviour: str) -> str:
    """The whole page; `parts` are (anchor, heading, content)."""
    links = [tag("a", heading, href=f"#{anchor}") for anchor, heading, _ in parts]
    body = [tag("section", tag("h2", heading), content, id=anchor, class_="part") for anchor, heading, content in parts]
    head = join(
        [
            tag("meta", charset="utf-8"),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
            Html('<meta name="color-scheme" content="light dark">'),
            tag("title", title),
            tag("style", Html(style)),
        ]
    )
    content = [
        tag("header", tag("h1", title), lead, tag("nav", links)),
        tag("noscript", tag("p", NO_SCRIPT, class_="lead")),
        tag("main", body),
        tag("div", "", id="source", role="status", hidden=True),
        tag("script", Html(behaviour)),
    ]
    shown = join(content, Html("\n"))
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{shown}\n</body>\n</html>\n'
