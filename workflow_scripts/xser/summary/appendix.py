"""The LaTeX appendix: how to reproduce the tables, and all tables, in one file for pdflatex."""

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser import provenance
from xser.imports import WORKFLOW
from xser.tables.rendering import escape
from xser.templates import render

Record = Mapping[str, Any]


def appendix(
    tables: Sequence[str], cards: Sequence[Sequence[Record]], audit: Sequence[Record], settings: Mapping[str, Any]
) -> str:
    """The appendix, of the tables in LaTeX, the lines of card.tsv of each corpus and of audit.tsv.

    `settings` is what `workflow.report.appendix_settings` gives; the cards are in the order of its `corpora`.
    """
    versions = {name: number for name, number in provenance.versions() if name not in ("Python", "system")}
    seeds = ", ".join(map(str, settings["seeds"]))
    values = {
        "code": [
            ("Commit", provenance.commit(WORKFLOW)),
            ("Configuration", f"SHA-256 {settings['config_digest']}"),
            ("Seeds", f"{seeds}; results are means over them where training depends on chance"),
            ("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
            ("Packages", ", ".join(f"{name} {number}" for name, number in versions.items())),
        ],
        "corpora": [_corpus(*pair) for pair in zip(settings["corpora"], cards, strict=True)],
        "practice": any(c["practice"] for c in settings["corpora"]),
        "protocols": settings["protocols"],
        "runs": len(audit),
        "shared": any(run["dependent"] for run in audit),
        "tables": tables,
        "tested": sum(run["tested"] for run in audit),
    }
    return render(Path(__file__).with_name("appendix.tex"), values, {"tex": escape})


def _corpus(corpus: Record, card: Sequence[Record]) -> tuple[str, str]:
    files = {line["item"]: line["value"] for line in card if line["section"] == "Files"}
    return (
        corpus["title"],
        f"release: {files['release']}; {files['recordings']} recordings, {files['utterances that take part']} "
        f"utterances of {files['speakers that take part']} speakers take part. Licence: {corpus['licence']}.",
    )
