"""The LaTeX appendix: how to reproduce the tables, and all tables, in one file."""

import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xser import provenance
from xser.audit.checks import kept_apart
from xser.imports import WORKFLOW
from xser.tables.rendering import escape
from xser.templates import render

Record = Mapping[str, Any]
NOT_PLAIN = re.compile("[\xab\xbb\xd0\xde\xf0\xfe\u0100-\U0010ffff]")  # letters that plain pdflatex may lack


def appendix(
    tables: Sequence[str], cards: Sequence[Sequence[Record]], audit: Sequence[Record], settings: Mapping[str, Any]
) -> str:
    """The appendix, of the tables in LaTeX, the lines of card.tsv of each corpus and of audit.tsv.

    `settings` is what `workflow.report.appendix_settings` gives; the cards are in the order of its `corpora`.
    """
    versions = {name: number for name, number in provenance.versions() if name not in ("Python", "system")}
    seeds = ", ".join(map(str, settings["seeds"]))
    of = "means over them" if len(settings["seeds"]) > 1 else "of this one"
    values = {
        "apart": kept_apart(any(run["dependent"] for run in audit)),
        "code": [
            ("Commit", provenance.commit(WORKFLOW)),
            ("Configuration", f"SHA-256 {settings['config_digest']}"),
            ("Seeds", f"{seeds}; results are {of} where training depends on chance"),
            ("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
            ("Packages", ", ".join(f"{name} {number}" for name, number in versions.items())),
        ],
        "corpora": [_corpus(*pair) for pair in zip(settings["corpora"], cards, strict=True)],
        "practice": any(c["practice"] for c in settings["corpora"]),
        "protocols": settings["protocols"],
        "runs": len(audit),
        "tables": tables,
        "tested": sum(run["tested"] for run in audit),
    }
    template, filters = Path(__file__).with_name("appendix.tex"), {"tex": escape, "ord": ord}
    letters = NOT_PLAIN.findall(render(template, {**values, "letters": ()}, filters))
    return render(template, {**values, "letters": sorted({*letters})}, filters)


def _corpus(corpus: Record, card: Sequence[Record]) -> tuple[str, str]:
    files = {line["item"]: line["value"] for line in card if line["section"] == "Files"}
    speakers = files["speakers that take part"]
    return (
        corpus["title"],
        f"release: {files['release']}; {files['recordings']} recordings, {files['utterances that take part']} "
        f"utterances of {speakers} speaker{'s' * (speakers != '1')} take part. Licence: {corpus['licence']}.",
    )
