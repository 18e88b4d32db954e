"""Learning curves of a training as a file: one line an epoch of a fold and seed."""

from xser.frames import EXACT, WHOLE, Kind, columns

HISTORY = Kind(
    "learning curves",
    columns((WHOLE, "fold seed epoch")),
    key=("fold", "seed", "epoch"),
    further={r"[a-z]\w*": EXACT},  # what the model measured: `loss`, `dev_loss`, `dev_uar`, ...
)
