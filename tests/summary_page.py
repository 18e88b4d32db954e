"""The summary page as text: its numbers with their sources, for tests of a made-up study and of one that was run."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from xser.files import read_tsv


class Page(HTMLParser):
    """What a page shows: traced numbers as (source, text), other text, and what it asks to be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[dict[str, str]] = []
        self.traced: list[tuple[str, str]] = []
        self.free: list[str] = []
        self.fetched: list[str] = []
        self.named: list[str] = json.loads(text.partition('id="files">')[2].partition("</script>")[0])
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        self.fetched += [v for k, v in given.items() if k in ("src", "href") and not v.startswith(("data:", "#"))]
        if tag not in ("img", "input", "meta", "br"):
            self.open.append({**given, "tag": tag})

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data: str) -> None:
        if {"style", "script", "title", "head"} & {e["tag"] for e in self.open}:
            return
        source = next((e["data-source"] for e in self.open if e["tag"] == "span" and "data-source" in e), None)
        if source:
            file, where = source.split(":", 1)
            self.traced.append((f"{self.named[int(file)]}:{where}", data))
        elif not any(c in ("name", "text") for e in self.open for c in e.get("class", "").split()):
            self.free.append(data)

    def untraced(self) -> list[str]:
        """Numbers that name no source."""
        return [text for text in self.free if re.search(r"\d", text)]

    def files(self) -> set[str]:
        """The files that numbers come from."""
        return {source.split(":")[0] for source, _ in self.traced}

    def wrong(self, folder: Path) -> list[tuple[str, str, str]]:
        """The (source, text, value) of numbers of TSV files that are not what stands there."""
        lines = {file: read_tsv(folder / file) for file in self.files() if file.endswith(".tsv")}
        found = []
        for source, text in self.traced:
            file, *where = source.split(":")
            if file == "config.yaml":
                continue
            if len(where) == 1:  # a count of lines, which that column chose
                value = f"at most {len(lines[file])} lines"
                right = where[0] in lines[file][0] and 0 < int(text) <= len(lines[file])
            else:
                value = value_at(lines[file][int(where[0]) - 2], where[1].removeprefix("-"))
                shown = forms(value, turned=where[1].startswith("-"))
                right = text in ({f"{100 * float(value):.6g}"} if where[1] == "paper" else shown)  # as it was printed
            if not right:
                found.append((source, text, value))
        return found


def value_at(line: dict[str, str], column: str) -> str:
    """A cell of a line; `heads.language.n` is the n of the language in the JSON of the cell `heads`."""
    name, *keys = column.split(".")
    value = line[name]
    for key in keys:
        value = (json.loads(value) if isinstance(value, str) else value)[key]
    return str(value)


def forms(value: str, turned: bool = False) -> set[str]:
    """The ways in which the page may write a value, or minus one times it."""
    if not re.fullmatch(r"-?[\d.]+(e-\d+)?", value):
        return {value}
    number = -float(value) if turned else float(value)
    points = f"{100 * number:+.1f}".replace("-", "−")
    p = "< 0.001" if number < 0.001 else f"= {number:.3f}"
    plain = set() if turned else {value, f"{number:.3g}", f"{number:.2f}", p, p.removeprefix("= ")}
    return plain | {f"{100 * number:.1f}", points, points.replace("−0.0", "+0.0")}
