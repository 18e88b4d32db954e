"""The cells of a table as a file: one line a row, tested corpus and protocol; figures are fractions."""

from xser.frames import FLAG, MAYBE_WHOLE, NUMBER, TEXT, Kind, columns
from xser.tables import marks

CELLS = Kind(
    "the cells of a table",
    columns(
        (TEXT, "table row system train test protocol"),
        (MAYBE_WHOLE, "n"),
        (NUMBER, "accuracy accuracy_low accuracy_high uar uar_low uar_high f1 chance majority"),
        (MAYBE_WHOLE, "seeds"),
        (NUMBER, "paper"),
        (FLAG, "practice"),
        (NUMBER, "paper_low paper_high"),
        (MAYBE_WHOLE, "paper_n"),
        (TEXT, "verdict why"),
        (NUMBER, "f1_low f1_high accuracy_sd uar_sd"),
        (MAYBE_WHOLE, "speakers"),
        (TEXT, "classes rare interval"),
        (TEXT, " ".join(marks.MARKS)),
        (TEXT, "heads"),
    ),
)
