"""How much a number depends on who is held out: one line a cell of a protocol that tests every speaker."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xser.evaluation import marks
from xser.frames import FLAG, MAYBE_WHOLE, NUMBER, TEXT, WHOLE, Kind, columns
from xser.splits.protocols import read_protocol

if TYPE_CHECKING:
    import pandas as pd

SPREAD = Kind(
    "the spread over held-out speakers",
    columns(
        (TEXT, "table row system train test protocol"),
        (WHOLE, "speakers"),
        (NUMBER, "lowest"),
        (TEXT, "lowest_speaker"),
        (NUMBER, "median highest"),
        (TEXT, "highest_speaker"),
        (NUMBER, "deviation"),
        (TEXT, "held_out"),
        (NUMBER, "held_out_accuracy held_out_here"),
        (MAYBE_WHOLE, "worse better"),
        (NUMBER, "paper"),
        (FLAG, "practice"),
        (TEXT, " ".join(marks.MARKS)),
    ),
)


def make_spread(
    settings: Mapping[str, Any], scores: "pd.DataFrame", details: Sequence["pd.DataFrame"]
) -> "pd.DataFrame":
    """The spread of the accuracy over speakers as SPREAD: a line a cell of a protocol that tests all speakers.

    `settings` as for `make_cells`; SCORE and DETAILS of the runs are in the order that its cells count them.
    """
    cells = {(c["row"], c["column"], c["protocol"]): c for c in settings["cells"] if c["score"] is not None}
    protocols = {name: read_protocol(entry) for name, entry in settings["protocols"].items()}
    held_out = next((name for name, protocol in protocols.items() if protocol.paper_speakers), None)
    lines = []
    for (row, column, protocol), cell in cells.items():
        values = accuracy_of_speakers(details[cell["score"]])
        if not protocols[protocol].tests_everyone or len(values) < 2:
            continue
        fixed = cells.get((row, column, held_out)) if held_out else None
        entry, score = settings["rows"][row], scores.loc[cell["score"]]
        lines.append(
            {
                **{"table": settings["table"], "row": entry["label"], "system": entry["system"]},
                **{"train": entry["train"], "test": column, "protocol": protocol},
                **_over_speakers(values),
                **({} if fixed is None else _beside(details[fixed["score"]], values)),
                "paper": None if cell["paper"] is None else cell["paper"] / 100,
                **{key: score[key] for key in ("practice", *marks.MARKS)},
            }
        )
    return SPREAD.frame(lines)


def speaker_names(line: Any, column: str) -> str:
    """The speakers that a cell of a line of SPREAD names, without the corpus."""
    return ", ".join(speaker.removeprefix(f"{line['test']}_") for speaker in line[column].split(","))


def _accuracies(details: "pd.DataFrame") -> "pd.DataFrame":
    """The lines of the emotions' accuracy, the mean over seeds."""
    return details[details["metric"].eq("accuracy") & details["head"].eq("emotion") & details["seed"].isna()]


def accuracy_of_speakers(details: "pd.DataFrame") -> "pd.Series[float]":
    """Speaker -> accuracy, the lowest first, then by name."""
    found = _accuracies(details)
    return found[found["speaker"] != ""].set_index("speaker")["value"].sort_index().sort_values(kind="stable")


def _over_speakers(values: "pd.Series[float]") -> dict[str, Any]:
    return {
        "speakers": len(values),
        **{"lowest": values.iloc[0], "lowest_speaker": values.index[0]},
        "median": values.median(),
        **{"highest": values.iloc[-1], "highest_speaker": values.index[-1]},
        "deviation": values.std(ddof=0),
    }


def _beside(fixed: "pd.DataFrame", values: "pd.Series[float]") -> dict[str, Any]:
    """The paper's held-out speakers: under their own protocol, and among all others."""
    found = _accuracies(fixed)
    accuracy = found.loc[found["speaker"].eq("") & found["truth"].eq(""), "value"].item()
    speakers = sorted(accuracy_of_speakers(fixed).index)
    theirs = values.index.isin(speakers)
    return {
        "held_out": ",".join(speakers),
        "held_out_accuracy": accuracy,
        "held_out_here": values[theirs].mean(),
        "worse": int((values[~theirs] < accuracy).sum()),
        "better": int((values[~theirs] > accuracy).sum()),
    }
