"""The cells of a table as a file: one line a row, tested corpus and protocol; numbers are fractions."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xser.evaluation import marks, paper_figures
from xser.evaluation.metrics import METRICS
from xser.frames import FLAG, MAYBE_WHOLE, NUMBER, TEXT, Kind, columns
from xser.splits.protocols import read_protocol
from xser.tables.counts import Parts, counts

if TYPE_CHECKING:
    import pandas as pd

_FIRST = [f"{m.name}{end}" for m in METRICS for end in (("", "_low", "_high") if m.shown else ("",))]
_LATER = [f"{m.name}{end}" for m in METRICS for end in ("_low", "_high") if not m.shown]
CELLS = Kind(
    "the cells of a table",
    columns(
        (TEXT, "table row system train test protocol"),
        (MAYBE_WHOLE, "n"),
        (NUMBER, " ".join(_FIRST)),
        (NUMBER, "chance majority"),
        (MAYBE_WHOLE, "seeds"),
        (NUMBER, "paper"),
        (FLAG, "practice"),
        (NUMBER, "paper_low paper_high"),
        (MAYBE_WHOLE, "paper_n"),
        (TEXT, "verdict why"),
        (NUMBER, " ".join([*_LATER, *(f"{m.name}_sd" for m in METRICS if m.shown)])),
        (MAYBE_WHOLE, "speakers"),
        (TEXT, "classes rare shared_dialogues interval"),
        (TEXT, " ".join(marks.MARKS)),
        (TEXT, "heads"),
        (NUMBER, "paper_difference_low paper_difference_high"),
        (TEXT, "learnt_from chosen_on unlearnt"),
    ),
)


def make_cells(
    settings: Mapping[str, Any],
    scores: "pd.DataFrame",
    by_speaker: Sequence[Sequence[float]] = (),
    parts: Parts | None = None,
) -> "pd.DataFrame":
    """The cells as CELLS, in the order of the settings.

    Parameters
    ----------
    settings
        As `workflow.results.make_settings` gives them: `table`, `rows` (`label`, `system`, `train`, `published`,
        `paper_oracle`), `cells` (`row`, `column`, `protocol`, `score`: a number or None, `paper`: per cent or None),
        `protocols` (id -> its entry), `paper_n` (corpus -> n or None), `practice` (practice corpora among the columns),
        `confidence` (the level of the scores' intervals).
    scores
        SCORE of the table's runs, in the order that the cells count them.
    by_speaker
        The accuracies of each run's speakers, in the same order; empty where the table tests nobody in turn.
    parts
        The parts of the splits (see counts.py), which `learning` of the settings asks for.
    """
    import pandas as pd

    given = pd.DataFrame(settings["cells"]).rename(columns={"row": "number", "column": "test"})
    rows = pd.DataFrame(settings["rows"]).rename(columns={"label": "row"})
    runs = scores.drop(columns=["system", "test", "protocol"]).rename(columns={"train": "train_run"})
    cells = given.astype({"score": float, "paper": float}).join(rows, on="number").join(runs, on="score")
    ran = cells["score"].notna()
    cells["table"] = settings["table"]
    cells["train"] = cells["train_run"].where(ran, cells["train"])
    tested_practice = cells["test"].isin(settings["practice"]) & ~cells["published"]
    cells["practice"] = cells["practice"].where(ran, tested_practice).astype(bool)
    protocols = {name: read_protocol(entry) for name, entry in settings["protocols"].items()}
    everyone = {
        (c["row"], c["column"]): by_speaker[c["score"]]
        for c in settings["cells"]
        if by_speaker and c["score"] is not None and protocols[c["protocol"]].tests_everyone
    }
    lines = [
        {
            **cell,
            **_learnt(settings, cell, parts),
            **_against_paper(settings, cell, everyone.get((cell["number"], cell["test"]), ())),
        }
        for cell in CELLS.known(cells)
    ]
    return CELLS.frame({name: line.get(name) for name in CELLS.columns} for line in lines)


def _learnt(settings: Mapping[str, Any], cell: Mapping[str, Any], parts: Parts | None) -> dict[str, str]:
    """How many utterances the run of a cell learnt from and chose on, and which emotions it never learnt."""
    return {} if parts is None or cell["score"] is None else counts(settings["learning"][int(cell["score"])], parts)


def _against_paper(settings: Mapping[str, Any], cell: Mapping[str, Any], everyone: Sequence[float]) -> dict[str, Any]:
    """What the paper has for a cell, and how ours compares with it; `everyone`: our accuracies of all speakers."""
    if cell["paper"] is None:
        return {}
    n = settings["paper_n"][cell["test"]]
    found: dict[str, Any] = {"paper": cell["paper"] / 100}
    if not cell["published"] and n is not None:
        low, high = paper_figures.paper_interval(cell["paper"], n)
        found |= {"paper_n": n, "paper_low": low, "paper_high": high}
    if cell["score"] is not None:
        verdict = paper_figures.judge(
            paper_figures.Ours(
                accuracy=cell["accuracy"],
                low=cell["accuracy_low"],
                high=cell["accuracy_high"],
                n=int(cell["n"]),
                speakers=int(cell["speakers"]),
                seeds=int(cell["seeds"]),
                seed_deviation=cell["accuracy_sd"] or 0.0,
                by_speaker=everyone,
                confidence=settings["confidence"],
            ),
            percent=cell["paper"],
            paper_n=n,
            paper_speakers=read_protocol(settings["protocols"][cell["protocol"]]).paper_speakers,
            protocol=cell["protocol"],
            practice=cell["practice"],
            oracle=bool(cell["oracle"]),
            paper_oracle=cell["paper_oracle"],
        )
        found |= {"verdict": verdict.verdict, "why": verdict.why}
        found |= {"paper_difference_low": verdict.low, "paper_difference_high": verdict.high}
    return found
