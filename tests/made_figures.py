"""What each family of figures is drawn from, of the results of made_results.py."""

from pathlib import Path
from typing import Any

import numpy as np
from made_results import CORPORA, LABELS, PLACES, SYSTEMS, TITLES, Made

from xser.curves.base import POINTS
from xser.evaluation.comparisons import ALL, COMPARISONS
from xser.files import write_text
from xser.models import logreg
from xser.models.base import Head
from xser.models.functionals import FittedClassifier
from xser.training import history as curves
from xser.training import store

HISTORY = [
    {"fold": 0, "seed": 0, "epoch": e + 1, "chosen": e == 2, "dev_loss": loss, "dev_uar": uar, "loss": 1.6 - e / 10}
    for e, (loss, uar) in enumerate([(1.5, 0.3), (1.4, 0.5), (1.2, 0.5), (1.1, 0.4)])
]
NAMES = ["F0_sma_max", "F0_sma_de_amean", "pcm_fftMag_mfcc_sma_de[3]_stddev", "pcm_zcr_sma_max"]


def linear(folder: Path) -> tuple[str, str]:
    """An archive with one logistic regression, and the names of its features."""
    names, models, model = folder / "names.txt", folder / "models.zip", folder / "model.npz"
    write_text(names, "\n".join(NAMES) + "\n")
    coefficients = np.array([[1.0, 0, 0, 2], [0, 2, 0, 0], [0, 0, 1, 0]])
    head = Head("emotion", ("anger", "happiness", "sadness"))
    fitted = {"emotion": {"coef": coefficients, "present": np.arange(3)}}
    FittedClassifier((head,), {}, logreg.MODEL, fitted).save(model)
    manifest = {"model": "logreg", "folds": 1, "seeds": [0], "heads": [head.entry()]}
    store.write(models, manifest, [("fold0/seed0.npz", model.read_bytes())])
    return str(models), str(names)


def details(made: Made, protocol: str) -> list[str]:
    """The details of a protocol's scores."""
    return [made.path(f"scores/{run}.details.tsv") for run in made.runs(protocol)]


def scores(made: Made, protocol: str) -> list[str]:
    """The scores of a protocol."""
    return [made.path(f"scores/{run}.tsv") for run in made.runs(protocol)]


def drawings(made: Made) -> dict[str, tuple[dict[str, list[str]], dict[str, Any]]]:
    """Inputs and settings of each family."""
    runs = {
        "rows": [LABELS[s] for s in SYSTEMS], "columns": [TITLES[c] for c in CORPORA], "places": PLACES,
        "held_out_places": PLACES, "published": [[0, 0, 85.0], [1, 1, 35.56]],
    }  # fmt: skip
    table = {"columns": list(CORPORA), "protocol": "paper", "titles": TITLES}
    tsv = {"table": [made.path("tables/table2.tsv")]}
    corpora = {"marked": [False, True], "titles": list(TITLES.values())}
    files = {n: [made.path(f"corpora/{c}/{n}") for c in CORPORA] for n in ("utterances.tsv", "utt2emo", "utt2dur")}
    files["utterances"] = files.pop("utterances.tsv")
    history = made.path("models/history.tsv")
    curves.write(history, HISTORY)
    panels = {"titles": ["mfcc-lstm"]}
    models, names = linear(made.folder / "results")
    return {
        "against_paper": (tsv, table),
        "confusion": ({"details": details(made, "paper"), "scores": scores(made, "paper")}, runs),
        "durations": (files, corpora),
        "emotions": (files, corpora),
        "heat_map": (tsv, table),
        "gains": ({"comparisons": [gains(made.folder / "gains.tsv")]}, GAINS),
        "curve": ({"points": [curve(made.folder / "curve.tsv")], "scores": scores(made, "paper")[:2]}, CURVE),
        "importance": ({"models": [models], "names": [names]}, {"columns": ["EMO-DB"]}),
        "learning_curves": ({"histories": [history]}, panels),
        "speakers": (
            {
                "details": details(made, "speakers"),
                "held_out": details(made, "paper"),
                "scores": scores(made, "speakers") + scores(made, "paper"),
            },
            runs,
        ),
    }


GAINS: dict[str, Any] = {
    **{"baseline": "none", "columns": list(CORPORA), "protocol": "paper", "titles": TITLES},
    "rows": [{"label": x, "matrix": False, "method": x, "train": "others"} for x in ("CORAL", "speakers")],
}


def gains(path: Path) -> str:
    """Comparisons with a baseline: one gain is significant, one row lacks a corpus."""
    lines = [("CORAL", "emodb", 0.1, True), ("CORAL", "savee", -0.02, False), ("speakers", "emodb", 0.2, False)]
    lines += [("CORAL", ALL, 0.04, False)]
    empty = dict.fromkeys(("practice", "significant", "equivalent"), False)
    COMPARISONS.write_records(
        path,
        [
            {**empty, "table": "t", "protocol": "paper", "test": test, "row_a": row, "row_b": "none", "n": 2}
            | {"uar_difference": gain, "uar_significant": sure, "method": "", "marks_a": "", "marks_b": ""}
            for row, test, gain, sure in lines
        ],
    )
    return str(path)


CURVE: dict[str, Any] = {
    **{"beside": ["is09-logreg"], "columns": list(CORPORA), "marks": {c: [] for c in CORPORA}, "titles": TITLES},
}


def curve(path: Path) -> str:
    """Two lines, of which one has no K = 0, on two corpora."""
    lines = []
    for test in CORPORA:
        for line, ks in (("others + K", ("0", "1", "all")), ("K alone", ("1", "all"))):
            for k in ks:
                uar = 0.3 + 0.1 * len(k)
                lines.append(
                    {"curve": "c", "protocol": "p", "test": test, "line": line, "k": k, "used": 1.0, "n": 9}
                    | {"speakers": 2, "draws": 3, "practice": True, "interval": "", "dependent": "", "chance": 0.2}
                    | {"uar": uar, "uar_low": uar - 0.1, "uar_high": uar + 0.1, "accuracy": uar}
                )
    POINTS.write_records(path, lines)
    return str(path)
