"""The scores of a run as files: a line of numbers, all of them fractions, and the details behind them."""

from xser.frames import FLAG, MAYBE_WHOLE, NUMBER, TEXT, WHOLE, Kind, columns

SCORE = Kind(
    "the scores of a run",
    columns(
        (TEXT, "system train test protocol"),
        (WHOLE, "n speakers seeds"),
        (NUMBER, "accuracy accuracy_low accuracy_high uar uar_low uar_high f1 f1_low f1_high"),
        (NUMBER, "chance majority accuracy_sd uar_sd"),
        (TEXT, "interval classes rare"),
        (FLAG, "practice"),
        (TEXT, "transductive oracle heads"),
    ),
)
DETAILS = Kind(
    "the details of a score",
    columns(
        (TEXT, "metric head truth prediction speaker"),
        (MAYBE_WHOLE, "seed"),
        (NUMBER, "value low high"),
        (WHOLE, "n"),
    ),
    key=("metric", "head", "truth", "prediction", "speaker", "seed"),
)
