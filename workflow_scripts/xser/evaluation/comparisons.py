"""Comparisons of the systems of a table as a file: one line a pair of rows and tested corpus, and one over corpora."""

from xser.frames import FLAG, MAYBE_WHOLE, NUMBER, TEXT, WHOLE, Kind, columns

COMPARISONS = Kind(
    "comparisons of systems",
    columns(
        (TEXT, "table protocol test row_a row_b"),
        (WHOLE, "n"),
        (MAYBE_WHOLE, "speakers"),
        (NUMBER, "accuracy_a accuracy_b difference difference_low difference_high rank_a rank_b"),
        (TEXT, "method"),
        (NUMBER, "statistic p p_holm p_smallest"),
        (FLAG, "significant practice"),
        (TEXT, "marks_a marks_b"),
    ),
)
