"""The summary page: one file that fetches nothing, filled in from templates."""

import base64
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from xser import paths
from xser.summary import table_view, traced
from xser.summary.table_view import Results
from xser.summary.traced import TracedLine
from xser.templates import render

BESIDE = ("page.html", "results.html", "page.css", "page.js")  # the files of the page: `imports.code` reads them here
PRACTICE = Markup(
    '<p class="practice-note" role="note"><strong>Practice data</strong>: synthetic speech shows that everything runs. '
    "These numbers mean nothing.</p>"
)
FILES = (
    "release", "recordings", "utterances", "utterances that take part", "speakers", "languages",
    "left out by the reader or for bad audio",
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
    "shared_sentences": "sentences in both",
}


def page(
    tables: Sequence[Results],
    figures: Sequence[Mapping[str, Any]],
    cards: Sequence[Sequence[TracedLine]],
    audit: Sequence[TracedLine],
    settings: Mapping[str, Any],
) -> str:
    """The page, of tables, of figures as `packed` gives them, and of the lines of card.tsv and audit.tsv.

    `settings` is what `workflow.report.summary_settings` gives; the cards are in the order of its `corpora`.
    """
    here = Path(__file__)
    titles = {t["id"]: f"{t['id']}: {t['caption']}" for t in settings["tables"]} | {None: "Corpora"}
    grouped = [(title, [f for f in figures if f["table"] == table]) for table, title in titles.items()]
    first = {line["scaling"]: line for line in reversed(audit)}  # of each way of scaling
    values = {
        "audit": {
            "columns": {c: title for c, title in AUDIT.items() if not audit or c in audit[0].cells},
            "lines": audit,
            "page": paths.AUDIT_PAGE,
            "scaling": [line for line in audit if first[line["scaling"]] is line],
        },
        "behaviour": Markup(here.with_name("page.js").read_text(encoding="utf-8")),
        "corpora": [{**c, **_card(lines)} for c, lines in zip(settings["corpora"], cards, strict=True)],
        "figures": [(title, shown) for title, shown in grouped if shown],
        "heads": table_view.heads,
        "levels": table_view.LEVELS,
        "name": traced.name,
        "practice": any(table.practice for table in tables),
        "practice_note": PRACTICE,
        "setting": traced.setting,
        "shown": table_view.SHOWN,
        "speakers": table_view.speaker_names,
        "style": Markup(here.with_name("page.css").read_text(encoding="utf-8")),
        "tables": tables,
        "verdict_marks": table_view.verdict_marks,
        **{key: settings[key] for key in ("intervals", "protocols", "seeds")},
    }
    return render(here.with_name("page.html"), values, {"prose": traced.prose})


def packed(figure: Mapping[str, Any], svg: str, caption: str) -> dict[str, Any]:
    """A figure (see `workflow.report.Drawing.describe`) with its caption and its SVG, which the page unpacks."""
    data = base64.b64encode(gzip.compress(Path(svg).read_bytes(), 9, mtime=0)).decode()
    return {**figure, "caption": caption, "data": data, "png": paths.figure(figure["name"], "png")}


def _card(lines: Sequence[TracedLine]) -> dict[str, list[Any]]:
    """What the page shows of a corpus: (item, line) of its files and durations, and what to take care of."""
    files = {line["item"]: line for line in lines if line["section"] == "Files"}
    shown = [(item, files[item]) for item in FILES if item in files]
    shown += [(item, line) for item, line in files.items() if item.startswith("byte for byte")]
    length = [x for x in lines if x["section"] == "Durations" and x["item"] == "all utterances read"]
    shown += [(f"duration, {x['measure']}", x) for x in length if x["measure"] in ("median (s)", "total (min)")]
    return {"care": [x for x in lines if x["section"] == "Take care"], "files": shown}
