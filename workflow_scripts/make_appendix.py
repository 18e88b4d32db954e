"""Make the LaTeX appendix: a statement on how to reproduce the tables, and all tables, in one file for pdflatex."""

import platform
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from xser import provenance
from xser.audit.checks import AUDIT
from xser.corpora.card import CARD
from xser.files import write_text
from xser.imports import WORKFLOW
from xser.tables.rendering import escape

PREAMBLE = r"""% Compile with: pdflatex paper.tex
\documentclass[10pt,a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[landscape,margin=15mm]{geometry}
\usepackage{booktabs}
\makeatletter\setlength{\@fptop}{0pt}\makeatother
\renewcommand{\floatpagefraction}{0.6}
"""
PRACTICE = r"""\begin{center}\fbox{\parbox{0.9\linewidth}{\textbf{PRACTICE DATA.} Synthetic speech is among the data of
these tables. It shows that everything runs; the numbers mean nothing.}}\end{center}
"""


def _itemised(title: str, items: Sequence[tuple[str, str]]) -> str:
    lines = [f"  \\item[{escape(name)}] {escape(text)}" for name, text in items]
    return "\n".join([f"\\subsection*{{{escape(title)}}}", r"\begin{description}", *lines, r"\end{description}"])


def _corpora(settings: dict[str, Any], cards: Sequence[str]) -> Iterator[tuple[str, str]]:
    for entry, path in zip(settings["corpora"], cards, strict=True):
        card = {row["item"]: row["value"] for row in CARD.records(path) if row["section"] == "Files"}
        yield (
            entry["title"],
            f"release: {card['release']}; {card['recordings']} recordings, "
            f"{card['utterances that take part']} utterances take part, {card['speakers']} speakers. "
            f"Licence: {entry['licence']}.",
        )


def _audited(path: str) -> str:
    runs = AUDIT.read(path)
    tested = runs["tested"].sum()
    return (
        f"{len(runs)} runs with {tested} tested utterances in all were audited from their files: no tested speaker "
        "and no tested audio was in training, development or pre-training."
    )


def main(tables: Sequence[str], cards: Sequence[str], audit: str, tex: str, settings: dict[str, Any]) -> None:
    """Write the appendix.

    Parameters
    ----------
    tables
        The tables in LaTeX.
    cards
        card.tsv of each corpus, in the order of `settings["corpora"]`.
    audit
        audit.tsv.
    tex
        What is written.
    settings
        `config_digest`, `corpora` (`title`, `licence`, `practice`), `protocols` (id -> who is tested), `seeds`.
    """
    versions = {name: number for name, number in provenance.versions() if name not in ("Python", "system")}
    seeds = ", ".join(map(str, settings["seeds"]))
    code = [
        ("Commit", provenance.commit(WORKFLOW)),
        ("Configuration", f"SHA-256 {settings['config_digest']}"),
        (
            "Seeds",
            f"{seeds}; figures are means over them where training depends on chance",
        ),
        ("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        ("Packages", ", ".join(f"{name} {number}" for name, number in versions.items())),
    ]
    parts = [
        PREAMBLE,
        r"\begin{document}",
        r"\section*{Appendix: results and how to reproduce them}",
        PRACTICE if any(c["practice"] for c in settings["corpora"]) else "",
        escape(_audited(audit)),
        _itemised("Protocols", list(settings["protocols"].items())),
        _itemised("Corpora", list(_corpora(settings, cards))),
        _itemised("Code", code),
        "Features were computed with openSMILE, which is free for research and education only.",
        r"\clearpage",
        *(Path(path).read_text(encoding="utf-8") for path in tables),
        r"\end{document}",
    ]
    write_text(tex, "\n".join(parts) + "\n")


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            snakemake.input.tables,
            snakemake.input.cards,
            snakemake.input.audit,
            snakemake.output[0],
            snakemake.params.settings,
        )
