"""The methods paragraph of a paper, in words and in LaTeX, and the BibTeX of what it cites."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xser.corpora.card import EVERY
from xser.evaluation.over_corpora import FRIEDMAN, GAINS, NEMENYI
from xser.files import read_text
from xser.summary.traced import TracedLine
from xser.tables.rendering import escape
from xser.templates import render

BESIDE = ("methods.tex", "references.bib")
ACCENTS = {r"\"": "\u0308", r"\'": "\u0301", r"\v": "\u030c", r"\u": "\u0306"}


@dataclass(frozen=True)
class Methods:
    """The paragraph as a reader and as LaTeX sees it, and its references in BibTeX."""

    text: str
    tex: str
    bibtex: str


def methods(
    settings: Mapping[str, Any], cards: Sequence[Sequence[TracedLine]], tests: Collection[str], commit: str
) -> Methods:
    """The methods of a study; `settings` and `cards` as for `page.page`, `tests` the methods of all its comparisons."""
    known = bibliography()
    cited: dict[str, None] = {}

    def cite(keys: Iterable[str], form: Callable[[list[str]], str]) -> str:
        found = [key for key in keys if key in known]
        cited.update(dict.fromkeys(found))
        return form(found) if found else ""

    emotions = sorted({emotion for card in cards for emotion in _emotions(card)})
    corpora = [
        {**corpus, **_sizes(card), "without": sorted({*emotions} - {*_emotions(card)})}
        | {"cites": [key_of(corpus["reference"])], "language": language_of(corpus, card)}
        for corpus, card in zip(settings["corpora"], cards, strict=True)
    ]
    values = {**settings["methods"], "corpora": corpora, "commit": commit, "seeds": settings["seeds"]}
    values["emotions"] = emotions
    values["tests"] = {
        "pairs": bool({*tests} - {FRIEDMAN, NEMENYI, *GAINS}),
        "ranks": FRIEDMAN in tests,
        "gains": [method for method in GAINS if method in tests],
    }
    values |= {"confidence": f"{100 * settings['intervals']['confidence']:g}"}
    values["protocols"] = settings["protocols"].values()
    template = Path(__file__).with_name("methods.tex")

    def filled(tex: Callable[[str], str], percent: str, form: Callable[[list[str]], str]) -> str:
        more = {"percent": percent, "cite": lambda keys: cite(keys, form)}
        filters = {"tex": tex, "capitalised": lambda text: text[:1].upper() + text[1:]}
        lines = render(template, values | more, filters).splitlines()
        return " ".join(" ".join(lines).split())

    text = filled(str, " %", lambda keys: f" ({', '.join(cited_as(known[key]) for key in keys)})")
    tex = filled(escape, r"\,\%", lambda keys: rf"~\cite{{{','.join(keys)}}}")
    return Methods(text, tex + "\n", "".join(f"{known[key]}\n\n" for key in sorted(cited)))


def bibliography() -> dict[str, str]:
    """Key -> entry of the references."""
    text = read_text(Path(__file__).with_name("references.bib"))
    return {found[2]: found[0] for found in re.finditer(r"@(\w+)\{(\w+),.*?\n\}", text, re.DOTALL)}


def language_of(corpus: Mapping[str, Any], card: Sequence[TracedLine]) -> str:
    """The languages of a corpus; where the config does not tell them, the codes of its card."""
    return str(corpus["language"] or _files(card).get("languages", "?"))


def key_of(reference: str) -> str:
    """The key of what a reader cites.

    Examples
    --------
    >>> key_of("Livingstone & Russo 2018")
    'livingstone2018'
    """
    words = re.findall(r"\w+", reference) or [""]
    return words[0].lower() + (words[-1] if words[-1].isdigit() else "")


def cited_as(entry: str) -> str:
    """How a text cites an entry.

    Examples
    --------
    >>> cited_as(bibliography()["burkhardt2005"]), cited_as(bibliography()["livingstone2018"])
    ('Burkhardt et al. 2005', 'Livingstone & Russo 2018')
    """
    authors = re.search(r"author = \{(.*)\},?\n", entry)
    year = re.search(r"year = \{(\d+)\}", entry)
    names = [_plain(name.partition(",")[0]) for name in authors[1].split(" and ")] if authors else []
    first = " & ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{first} {year[1] if year else ''}".strip()


def _plain(name: str) -> str:
    """A name without LaTeX."""
    if name.startswith("{"):
        return name.strip("{}")
    for command, accent in ACCENTS.items():
        name = re.sub(re.escape(command) + r"\{?(\w)\}?", rf"\1{accent}", name)
    return unicodedata.normalize("NFC", re.sub(r"[{}]", "", name))


def _files(card: Sequence[TracedLine]) -> dict[str, str]:
    return {line["item"]: line["value"] for line in card if line["section"] == "Files"}


def _emotions(card: Sequence[TracedLine]) -> list[str]:
    """The emotions of the utterances that take part."""
    return [
        x["item"] for x in card if (x["section"], x["measure"]) == ("Durations", "utterances") and x["item"] != EVERY
    ]


def _sizes(card: Sequence[TracedLine]) -> dict[str, str]:
    return {what: _files(card).get(f"{what} that take part", "?") for what in ("utterances", "speakers")}
