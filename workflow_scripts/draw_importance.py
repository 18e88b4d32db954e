"""Draw what the logistic regressions on IS09 of one table listen to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xser.figures import importance, style
from xser.models import arrays
from xser.models.store import Store, extracted, model_name


def coefficients(models: str) -> list[np.ndarray]:
    """The emotion head's coefficients of each fold (classes, features); a model that saw one class has none."""
    found = []
    with Store(models) as store:
        for fold in range(store.folds):
            for seed in store.seeds:
                with extracted(store.read(model_name(fold, seed, store.module.SUFFIX)), store.module.SUFFIX) as path:
                    _, named = arrays.read(path)
                if "0.coef" in named:  # emotion is the first head
                    found.append(named["0.coef"])
    return found


def main(models: Sequence[str], names: Sequence[str], svg: str, png: str, settings: dict[str, Any]) -> None:
    """Draw the share of each low-level descriptor and functional, model by model.

    Parameters
    ----------
    models, names
        Archives of logistic regressions, and for each the names of its features.
    svg, png
        What is written.
    settings
        `columns` (a label a model), `practice`.
    """
    shares = [
        importance.shares_of(Path(n).read_text(encoding="utf-8").split(), coefficients(m))
        for m, n in zip(models, names, strict=True)
    ]
    style.save(importance.draw(settings["columns"], shares), svg, png, settings["practice"])


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(
            snakemake.input.models,
            snakemake.input.names,
            snakemake.output.svg,
            snakemake.output.png,
            snakemake.params.settings,
        )
