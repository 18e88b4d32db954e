"""A table of results: its tidy lines (one a cell), the lines of the paper's layout, and the notes below it."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xser import paths
from xser.evaluation import paper_figures as quoted
from xser.files import read_tsv
from xser.splits.protocols import read_protocol
from xser.tables import marks

PAPER = "Goel & Beigi 2020"
DASH = "–"
COPIED = (
    "n",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "uar",
    "uar_low",
    "uar_high",
    "f1",
    "chance",
    "majority",
    "seeds",
)
FURTHER = (
    *("f1_low", "f1_high", "accuracy_sd", "uar_sd", "speakers", "classes", "rare", "interval"),
    *(*marks.MARKS, "heads"),
)
COLUMNS = (
    *("table", "row", "system", "train", "test", "protocol", *COPIED, "paper", "practice"),
    *("paper_low", "paper_high", "paper_n", "verdict", "why", *FURTHER),
)
Score = Mapping[str, str]


@dataclass(frozen=True)
class Shown:
    """What a cell shows: a figure in per cent, its interval, a verdict, marks (`p` practice, others as xser.marks)."""

    figure: str
    interval: tuple[str, str] | None = None
    verdict: str = ""
    marks: str = ""


NOTHING = Shown(DASH)


@dataclass(frozen=True)
class Line:
    """One printed line: the row's label (empty if the line above has it), what the line shows, one cell a column."""

    label: str
    what: str
    cells: Sequence[Shown]


# -- one line a cell ---------------------------------------------------------------------------------------------------


def tidy(settings: Mapping[str, Any], scores: Sequence[Score]) -> list[dict[str, Any]]:
    """One dict a cell, all shares; `settings` as of `workflow.results.table_settings`, `scores` in their order."""
    return [_tidy_cell(settings, c, None if c["score"] is None else scores[c["score"]]) for c in settings["cells"]]


def _tidy_cell(settings: Mapping[str, Any], cell: Mapping[str, Any], score: Score | None) -> dict[str, Any]:
    row, test, paper = settings["rows"][cell["row"]], cell["column"], cell["paper"]
    score = score or {}
    line: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    line |= {c: score.get(c, "") for c in (*COPIED, *FURTHER)}
    line |= {"table": settings["table"], "row": row["label"], "system": row["system"]}
    line |= {"test": test, "protocol": cell["protocol"], "train": score.get("train", row["train"])}
    practice = score.get("practice") == "yes" if score else test in settings["practice"] and not row["published"]
    line["practice"] = "yes" if practice else "no"
    if paper is None:
        return line
    line["paper"] = f"{paper / 100:.6f}"
    paper_n = settings["paper_n"][test]
    if not row["published"] and paper_n is not None:
        low, high = quoted.paper_interval(paper, paper_n)
        line |= {"paper_n": paper_n, "paper_low": f"{low:.6f}", "paper_high": f"{high:.6f}"}
    if score:
        verdict = quoted.judge(
            float(score["accuracy"]),
            int(score["n"]),
            paper,
            settings["paper_n"][test],
            read_protocol(settings["protocols"][cell["protocol"]]).paper_speakers,
            cell["protocol"],
            practice,
        )
        line |= {"verdict": verdict.verdict, "why": verdict.why}
        if not practice and bool(score["oracle"]) != row["paper_oracle"]:
            why = "our epoch was chosen on the test set" if score["oracle"] else "the paper's epoch was, ours was not"
            line |= {"verdict": quoted.NOT_COMPARABLE, "why": why}
    return line


# -- the paper's layout ------------------------------------------------------------------------------------------------


def layout(settings: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> list[Line]:
    """The printed lines: of each row ours (accuracy, UAR) by protocol, then the paper's; last, chance and majority."""
    lines: list[Line] = []
    protocols = list(settings["protocols"])
    at = {(c["row"], c["column"], c["protocol"]): line for c, line in zip(settings["cells"], cells, strict=True)}
    for number, row in enumerate(settings["rows"]):
        block = []
        for protocol in [] if row["published"] else protocols:
            ours = [at[number, column, protocol] for column in settings["columns"]]
            suffix = f", {protocol}" if len(protocols) > 1 else ""
            block.append(Line("", f"accuracy{suffix}", [_ours(c, "accuracy", settings["practice"]) for c in ours]))
            block.append(Line("", f"UAR{suffix}", [_ours(c, "uar", settings["practice"]) for c in ours]))
            heads = sorted({head for c in ours if c["heads"] for head in json.loads(c["heads"])})
            block += [Line("", f"{_head_title(ours, h)}{suffix}", [_head(c, h) for c in ours]) for h in heads]
        theirs = [at[number, column, protocols[0]] for column in settings["columns"]]
        if row["published"] or any(c["paper"] for c in theirs):
            block.append(Line("", "as published" if row["published"] else PAPER, [_theirs(c) for c in theirs]))
        lines += [Line(row["label"] if i == 0 else "", b.what, b.cells) for i, b in enumerate(block)]
    for label, name in (("chance", "chance"), ("majority class", "majority")):
        for protocol in protocols:
            shown = [_level(cells, column, protocol, name) for column in settings["columns"]]
            what = f"accuracy, {protocol}" if len(protocols) > 1 else "accuracy"
            lines.append(Line(label if protocol == protocols[0] else "", what, shown))
            suffix = f", {protocol}" if len(protocols) > 1 else ""
            found = {h for c in cells if c["heads"] for h, v in json.loads(c["heads"]).items() if name in v}
            for head in sorted(found):
                levels = [_level(cells, column, protocol, name, head) for column in settings["columns"]]
                lines.append(Line("", f"{head_title(head, 'accuracy')}{suffix}", levels))
    return lines


def _percent(fraction: str) -> str:
    return f"{100 * float(fraction):.1f}"


def _ours(cell: Mapping[str, Any], metric: str, practice: Sequence[str]) -> Shown:
    if not cell[metric]:
        return NOTHING
    trained = "p" if cell["practice"] == "yes" and cell["test"] not in practice else ""
    interval = (_percent(cell[f"{metric}_low"]), _percent(cell[f"{metric}_high"]))
    verdict = cell["verdict"] if metric == "accuracy" else ""
    return Shown(_percent(cell[metric]), interval, verdict, trained + marks.of(cell))


def _head(cell: Mapping[str, Any], head: str) -> Shown:
    """A further task of a multi-task system: accuracy in per cent, or concordance."""
    found = json.loads(cell["heads"]).get(head) if cell["heads"] else None
    if found is None:
        return NOTHING
    scale = 100 if found["metric"] == "accuracy" else 1
    digits = 1 if scale == 100 else 2
    figure, low, high = (f"{scale * float(found[k]):.{digits}f}" if found[k] else "" for k in ("value", "low", "high"))
    return Shown(figure, (low, high) if low and high else None)


def _head_title(cells: Sequence[Mapping[str, Any]], head: str) -> str:
    found = next(h[head] for c in cells if c["heads"] and head in (h := json.loads(c["heads"])))
    return head_title(head, found["metric"])


def head_title(head: str, metric: str) -> str:
    """What a further task is called: `language ID` where its figure is an accuracy, `arousal (CCC)` otherwise."""
    return f"{head} ID" if metric == "accuracy" else f"{head} (CCC)"


def _theirs(cell: Mapping[str, Any]) -> Shown:
    if not cell["paper"]:
        return NOTHING
    interval = (_percent(cell["paper_low"]), _percent(cell["paper_high"])) if cell["paper_low"] else None
    return Shown(f"{100 * float(cell['paper']):.6g}", interval)


def _level(cells: Sequence[Mapping[str, Any]], column: str, protocol: str, name: str, head: str = "") -> Shown:
    """Chance or majority of a column, of the emotions or of a further head."""
    run = _of(cells, column, protocol)
    if head:
        run = [found[head] for c in run if c["heads"] and head in (found := json.loads(c["heads"]))]
    values = sorted({c[name] for c in run})
    return Shown(" / ".join(map(_percent, values))) if values else NOTHING


def _of(cells: Iterable[Mapping[str, Any]], column: str, *protocols: str) -> list[Mapping[str, Any]]:
    """The cells of a column that have a run under one of the protocols."""
    return [c for c in cells if c["test"] == column and c["protocol"] in protocols and c["n"] != ""]


def headings(settings: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """A heading a column: title, n (one a protocol) and whether it is practice data."""

    def sizes(column: str, protocol: str) -> str:
        found = sorted({int(c["n"]) for c in _of(cells, column, protocol)})
        return f"{found[0]}–{found[-1]}" if len(found) > 1 else str(found[0]) if found else DASH

    return [
        f"{settings['titles'][c]} (n = {' / '.join(sizes(c, p) for p in settings['protocols'])}"
        f"{', practice' if c in settings['practice'] else ''})"
        for c in settings["columns"]
    ]


# -- notes -------------------------------------------------------------------------------------------------------------


def notes(settings: Mapping[str, Any], cells: Sequence[Mapping[str, Any]], left_out: Sequence[str]) -> list[str]:
    """What a reader needs to believe the figures; plain text, one string a note."""
    run = [c for c in cells if c["n"] != ""]
    result = []
    if any(c["practice"] == "yes" for c in run):
        result.append("Practice data (synthetic speech) shows that everything runs; its figures mean nothing.")
    seeds = sorted({int(c["seeds"]) for c in run} - {1})
    averaged = f"; means over {' or '.join(map(str, seeds))} seeds where training depends on chance" if seeds else ""
    result.append(f"Figures are per cent with intervals in brackets; UAR is the unweighted average recall{averaged}.")
    result += _interval_notes(settings, run)
    result += _n_notes(settings, run)
    result += rare_notes(settings, run)
    if any(c["paper"] and c["paper_low"] for c in cells):
        result.append(f"{PAPER}: 95 % Wilson intervals, from the n that the paper's percentages imply.")
    verdicts = {c["verdict"] for c in run} - {""}
    if verdicts & {quoted.INSIDE, quoted.ABOVE, quoted.BELOW}:
        result.append("inside, above, below: where our accuracy lies against the paper's interval.")
    if quoted.NOT_COMPARABLE in verdicts:
        reasons = sorted(
            {f"{settings['titles'][c['test']]}: {c['why']}" for c in run if c["verdict"] == quoted.NOT_COMPARABLE}
        )
        result.append(f"Not comparable (n.c.): {'; '.join(reasons)}.")
    result.append("Chance: one over the number of classes; majority class: the share of the most frequent one.")
    if any(c["practice"] == "yes" and c["test"] not in settings["practice"] for c in run):
        result.append("(p) trained on practice data.")
    result += marks.notes(run)
    if any(c["n"] == "" and c["system"] for c in cells):
        result.append(f"{DASH}: no run, because a corpus that it needs is not there.")
    return [*result, *_left_out_notes(settings, left_out)]


def _interval_notes(settings: Mapping[str, Any], run: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """How the intervals of each column were made."""
    methods: dict[str, list[str]] = {}
    for column in settings["columns"]:
        for c in run:
            where = settings["titles"][column] + (f" ({c['protocol']})" if len(settings["protocols"]) > 1 else "")
            if c["test"] == column and where not in methods.setdefault(c["interval"], []):
                methods[c["interval"]].append(where)
    for method, where in methods.items():
        yield f"Intervals of {', '.join(where)}: {method}."


def _n_notes(settings: Mapping[str, Any], run: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Why n is what it is."""
    parts = []
    for column in settings["columns"]:
        for protocol in settings["protocols"]:
            found = sorted({(int(c["n"]), int(c["speakers"])) for c in _of(run, column, protocol)})
            suffix = f" ({protocol})" if len(settings["protocols"]) > 1 else ""
            for n, speakers in found:
                who = f"{speakers} tested speaker{'s' if speakers > 1 else ''}"
                paper_n = settings["paper_n"][column]
                theirs = f"; the paper's percentages imply {paper_n}" if paper_n is not None and n != paper_n else ""
                parts.append(f"{settings['titles'][column]}{suffix} {n} of {who}{theirs}")
    if parts:
        yield f"n: {'; '.join(parts)}."


def rare_notes(settings: Mapping[str, Any], run: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Which classes have so few tested utterances that UAR and F1 hang on them; `run` are the cells that have a run."""
    found: dict[tuple[str, int], list[str]] = {}
    for column in settings["columns"]:
        for c in _of(run, column, *settings["protocols"]):
            where = settings["titles"][column] + (f" ({c['protocol']})" if len(settings["protocols"]) > 1 else "")
            for label, _, n in (entry.rpartition(" ") for entry in c["rare"].split(", ") if entry):
                if where not in found.setdefault((label, int(n)), []):
                    found[label, int(n)].append(where)
    for (label, n), where in found.items():
        several = n > 1
        yield (
            f"{label} has {n} tested utterance{'s' if several else ''} in {', '.join(where)}: "
            f"UAR and F1 hang on {'them' if several else 'it'}."
        )


def _left_out_notes(settings: Mapping[str, Any], lists: Sequence[str]) -> Iterator[str]:
    """How many recordings of the tested corpora were left out, and why."""
    for path in lists:
        corpus = Path(path).parent.name
        counts = Counter(row["why"].split(":")[0] for row in read_tsv(path))
        if counts:
            whys = ", ".join(f"{count} ({why})" for why, count in sorted(counts.items()))
            title = settings["titles"].get(corpus, corpus)
            yield f"{title}: recordings left out: {whys}; {paths.corpus(corpus, 'left_out.tsv')} names them."
