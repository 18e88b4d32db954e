"""The luck of the draw: how much a figure depends on who happens to be held out.

Per cell, the accuracy on each possible held-out speaker (protocols that test every speaker once), beside that of the
speakers whom protocol `paper` holds out and beside what the paper publishes.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median, pstdev
from typing import Any

from xser.splits.protocols import read_protocol
from xser.tables import marks
from xser.tables.rendering import markdown_table
from xser.tables.table import DASH

COLUMNS = (
    *("table", "row", "system", "train", "test", "protocol", "speakers", "lowest", "lowest_speaker", "median"),
    *("highest", "highest_speaker", "deviation", "held_out", "held_out_accuracy", "held_out_here", "worse", "better"),
    *("paper", "practice", *marks.MARKS),
)
Details = Sequence[Mapping[str, str]]


def by_speaker(details: Details) -> dict[str, float]:
    """Speaker -> accuracy of the emotions, the mean over seeds."""
    return {
        row["speaker"]: float(row["value"])
        for row in details
        if row["metric"] == "accuracy" and row["head"] == "emotion" and row["speaker"]
    }


def overall(details: Details) -> float:
    """Accuracy of the emotions over all tested utterances, the mean over seeds."""
    which = ("head", "speaker", "seed", "truth")
    (value,) = (
        row["value"]
        for row in details
        if row["metric"] == "accuracy" and [row[w] for w in which] == ["emotion", "", "", ""]
    )
    return float(value)


def spread(
    settings: Mapping[str, Any], scores: Sequence[Mapping[str, str]], details: Sequence[Details]
) -> list[dict[str, Any]]:
    """One dict a cell of a protocol that tests all speakers; figures are fractions.

    Parameters
    ----------
    settings
        As `workflow.results.table_settings` gives them.
    scores, details
        The line of scores of each run and its details, in the order that the cells count them.
    """
    cells = {(c["row"], c["column"], c["protocol"]): c for c in settings["cells"] if c["score"] is not None}
    protocols = {name: read_protocol(entry) for name, entry in settings["protocols"].items()}
    held_out = next((name for name, protocol in protocols.items() if protocol.paper_speakers), None)
    lines = []
    for (row, column, protocol), cell in cells.items():
        values = by_speaker(details[cell["score"]])
        if not protocols[protocol].tests_everyone or len(values) < 2:
            continue
        fixed = cells.get((row, column, held_out)) if held_out else None
        label, score = settings["rows"][row], scores[cell["score"]]
        lines.append(
            {
                **dict.fromkeys(COLUMNS, ""),
                **{"table": settings["table"], "row": label["label"], "system": label["system"]},
                **{"train": label["train"], "test": column, "protocol": protocol},
                **_over_speakers(values),
                **({} if fixed is None else _beside(details[fixed["score"]], values)),
                "paper": "" if cell["paper"] is None else _shown(cell["paper"] / 100),
                **{key: score[key] for key in ("practice", *marks.MARKS)},
            }
        )
    return lines


def _over_speakers(values: Mapping[str, float]) -> dict[str, Any]:
    ordered = sorted(values, key=lambda s: (values[s], s))
    return {
        "speakers": len(values),
        "lowest": _shown(values[ordered[0]]),
        "lowest_speaker": ordered[0],
        "median": _shown(median(values.values())),
        "highest": _shown(values[ordered[-1]]),
        "highest_speaker": ordered[-1],
        "deviation": _shown(pstdev(values.values())),
    }


def _beside(fixed: Details, values: Mapping[str, float]) -> dict[str, Any]:
    """The paper's held-out speakers: under their own protocol, and among all others."""
    speakers = sorted(by_speaker(fixed))
    accuracy = overall(fixed)
    here = [values[s] for s in speakers if s in values]
    return {
        "held_out": ",".join(speakers),
        "held_out_accuracy": _shown(accuracy),
        "held_out_here": _shown(sum(here) / len(here)) if here else "",
        "worse": sum(v < accuracy for s, v in values.items() if s not in speakers),
        "better": sum(v > accuracy for s, v in values.items() if s not in speakers),
    }


def _shown(value: float) -> str:
    return f"{value:.6f}"


def _percent(text: str) -> str:
    return f"{100 * float(text):.1f}" if text else DASH


def _name(speaker: str, corpus: str) -> str:
    return speaker.removeprefix(f"{corpus}_")


def markdown(settings: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> str:
    """The spread as Markdown, its notes below."""
    rows = [list(_row(settings, line)) for line in lines]
    head = [
        "",
        "corpus",
        "protocol",
        "speakers",
        "lowest",
        "median",
        "highest",
        "paper's held-out",
        "others worse, better",
    ]
    notes = [
        "Accuracy in per cent on each speaker when held out, the mean over seeds; in brackets who it is.",
        "Paper's held-out: ours on the speakers whom protocol `paper` holds out, and how many of the other speakers "
        "would have given a lower and a higher figure. As published: what the paper reports for one such draw.",
        *(
            ["Practice data (synthetic speech): its figures mean nothing."]
            if any(x["practice"] == "yes" for x in lines)
            else []
        ),
        *marks.notes(lines),
    ]
    title = f"### {settings['table']}: the luck of the draw\n"
    return "\n".join([title, markdown_table([*head, "as published"], rows), "", *(f"- {n}" for n in notes), ""])


def _row(settings: Mapping[str, Any], line: Mapping[str, Any]) -> Iterator[str]:
    corpus = line["test"]
    practice = " (practice)" if line["practice"] == "yes" else ""
    yield from (
        marks.marked(line["row"], line),
        settings["titles"][corpus] + practice,
        line["protocol"],
        str(line["speakers"]),
    )
    yield f"{_percent(line['lowest'])} ({_name(line['lowest_speaker'], corpus)})"
    yield _percent(line["median"])
    yield f"{_percent(line['highest'])} ({_name(line['highest_speaker'], corpus)})"
    names = ", ".join(_name(s, corpus) for s in line["held_out"].split(","))
    yield f"{_percent(line['held_out_accuracy'])} ({names})" if line["held_out"] else DASH
    yield f"{line['worse']}, {line['better']}" if line["held_out"] else DASH
    yield _percent(line["paper"])
