"""The summary page: one file that fetches nothing, filled in from templates."""

import base64
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from xser import paths
from xser.audit.checks import kept_apart
from xser.corpora.card import EVERY
from xser.evaluation import marks
from xser.evaluation.metrics import ACCURACY, METRICS
from xser.evaluation.significance import LEVEL
from xser.files import read_text
from xser.summary import table_view, traced
from xser.summary.findings import findings
from xser.summary.methods import Methods, language_of
from xser.summary.table_view import SHOWN, Results
from xser.summary.traced import TracedLine
from xser.tables.held_out import speaker_names
from xser.templates import render

BESIDE = ("page.html", "results.html", "page.css", "page.js")  # the files of the page: `imports.code` reads them here
LIST = "THE FILES THAT NUMBERS NAME"
PRACTICE = Markup(
    '<p class="practice-note" role="note"><strong>Practice data</strong>: synthetic speech shows that everything runs. '
    "Numbers and findings marked so mean nothing.</p>"
)
FILES = (
    "release", "recordings", "utterances", "utterances that take part", "speakers", "speakers that take part",
    "languages", "left out by the reader or for bad audio",
)  # fmt: skip
AUDIT = {
    "system": "system",
    "train": "trained on",
    "test": "tested on",
    "protocol": "protocol",
    "tested": "tested utterances",
    "test_speakers": "tested speakers",
    "trained": "trained utterances",
    "learnt_from": "utterances learnt from",
    "chosen_on": "utterances chosen on",
    "training_speakers": "training speakers",
    "shared_speakers": "speakers in both",
    "shared_audio": "audio in both",
    "shared_dialogues": "dialogues in both",
    "shared_sentences": "sentences in both",
}


def page(
    tables: Sequence[Results],
    figures: Sequence[Mapping[str, Any]],
    cards: Sequence[Sequence[TracedLine]],
    audit: Sequence[TracedLine],
    settings: Mapping[str, Any],
    made: Sequence[str],
    written: Methods,
) -> str:
    """The page, of tables, of figures as `drawing` gives them, and of the lines of card.tsv and audit.tsv.

    `settings` is what `workflow.report.summary_settings` gives; the cards are in the order of its `corpora`; `made`
    says when, of which code and in which time, `written` is the methods paragraph.
    """
    here = Path(__file__)
    first = {line["scaling"]: line for line in reversed(audit)}  # of each way of scaling
    shared = any(line["dependent"] for line in audit)
    by_paper = any(line["paper"] is not None for table in tables for line in table.run)
    values = {
        "audit": {
            "apart": kept_apart(shared),
            "columns": {c: title for c, title in AUDIT.items() if not audit or c in audit[0].cells},
            "lines": audit,
            "page": paths.AUDIT_PAGE,
            "shared": shared,
            "scaling": [line for line in audit if first[line["scaling"]] is line],
        },
        "behaviour": Markup(here.with_name("page.js").read_text(encoding="utf-8")),
        "beside": marks.beside,
        "cell_marks": table_view.cell_marks,
        "compared": table_view.COMPARED,
        "compared_by": table_view.compared_by,
        "corpora": [
            {**c, **_card(lines), "language": language_of(c, lines)}
            for c, lines in zip(settings["corpora"], cards, strict=True)
        ],
        "corpus_figures": [f for f in figures if f["table"] is None],
        "distinct": table_view.distinct,
        "drawn": [(table, [f for f in figures if f["table"] == table.settings["id"]]) for table in tables],
        "findings": findings,
        "first": ACCURACY if by_paper else next(m for m in SHOWN if m.by_class),  # accuracy is what the paper reports
        "heads": table_view.heads,
        "files": LIST,
        "level": traced.name(f"{LEVEL:g}"),
        "levels": table_view.LEVELS,
        "made": Markup(" · ").join(traced.name(part) for part in made),
        "methods": written.text,
        "metrics": METRICS,
        "references": written.bibtex,
        "written": [("methods.tex", packed(written.tex)), ("references.bib", packed(written.bibtex))],
        "name": traced.name,
        "mixed": len({table.practice for table in tables}) > 1,
        "practice": any(table.practice for table in tables),
        "practice_note": PRACTICE,
        "setting": traced.setting,
        "shown": SHOWN,
        "speakers": speaker_names,
        "style": Markup(here.with_name("page.css").read_text(encoding="utf-8")),
        "tables": tables,
        "verdicts": table_view.VERDICTS,
        **{key: settings[key] for key in ("intervals", "protocols", "seeds")},
    }
    text, files = traced.indexed(render(here.with_name("page.html"), values, {"prose": traced.prose}))
    return text.replace(LIST, json.dumps(files))


def packed(text: str) -> str:
    """A text as the page unpacks it."""
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def drawing(figure: Mapping[str, Any], svg: str, caption: str) -> dict[str, Any]:
    """A figure (see `workflow.report.Drawing.describe`) with its caption and its SVG."""
    return {**figure, "caption": caption, "data": packed(read_text(svg)), "png": paths.figure(figure["name"], "png")}


def packed_files(*files: str) -> list[tuple[str, str]]:
    """Files that a reader may keep: name and text."""
    return [(Path(path).name, packed(read_text(path))) for path in files]


def notes_of(markdown: str) -> list[str]:
    """The notes below a table in Markdown."""
    return re.findall(r"^- (.+)$", markdown, re.MULTILINE)


def _card(lines: Sequence[TracedLine]) -> dict[str, list[Any]]:
    """What the page shows of a corpus: (item, line) of its files and durations, and what to take care of."""
    files = {line["item"]: line for line in lines if line["section"] == "Files"}
    shown = [(item, files[item]) for item in FILES if item in files]
    shown += [(item, line) for item, line in files.items() if item.startswith(("byte for byte", "sample for sample"))]
    length = [x for x in lines if x["section"] == "Durations" and x["item"] == EVERY]
    shown += [(f"duration, {x['measure']}", x) for x in length if x["measure"] in ("median (s)", "total (min)")]
    return {"care": [x for x in lines if x["section"] == "Take care"], "files": shown}
