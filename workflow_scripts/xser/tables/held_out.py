"""How much a figure depends on who is held out, as a file: one line a cell of a protocol that tests every speaker."""

from xser.frames import FLAG, MAYBE_WHOLE, NUMBER, TEXT, WHOLE, Kind, columns
from xser.tables import marks

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
