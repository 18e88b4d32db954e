"""Learning curves of a training as a file: one line an epoch of a fold and seed, and whether it was chosen."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from xser.frames import EXACT, FLAG, WHOLE, Kind, columns

HISTORY = Kind(
    "learning curves",
    columns((WHOLE, "fold seed epoch"), (FLAG, "chosen")),
    key=("fold", "seed", "epoch"),
    further={r"[a-z]\w*": EXACT},  # what the model measured: `loss`, `dev_loss`, `dev_uar`, ...
)
UNWRITTEN = "seconds"  # an epoch took; another number in every run


def epochs_of(fold: int, seed: int, history: Sequence[Mapping[str, float]], chosen: int) -> list[dict[str, Any]]:
    """The lines of one training, from what a fitted model has."""
    return [
        {"fold": fold, "seed": seed, "epoch": epoch, "chosen": epoch == chosen, **measured}
        for epoch, measured in enumerate(history, start=1)
    ]


def write(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write lines in the order given; what was measured comes in alphabetical order."""
    rows = list(rows)
    measured = sorted({name for row in rows for name in row} - {*HISTORY.columns, UNWRITTEN})
    HISTORY.write_records(path, ({name: row.get(name) for name in [*HISTORY.columns, *measured]} for row in rows))
