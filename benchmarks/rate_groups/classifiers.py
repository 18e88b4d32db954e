"""Rates of what all models share, of classifiers, scores and figures."""

import contextlib
import io
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from rate_groups.common import CLASSES, DIMS, cpu, fit


def functionals(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (count, 384) scaled, correlated inputs in overlapping classes, and their labels."""
    random = np.random.default_rng(0)
    y = random.integers(0, CLASSES, count)
    x = 0.15 * random.normal(size=(CLASSES, DIMS))[y] + random.normal(size=(count, DIMS)) * 0.5
    x += random.normal(size=(count, 40)) @ random.normal(size=(40, DIMS)) * 0.15
    return ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32), y


def write_corpus(folder: Path, inputs: Sequence[np.ndarray]) -> tuple[str, str, str, str]:
    """Write a corpus as training reads it: scp, utterances.tsv, utt2emo and split."""
    from xser.data_dir import Utterance, write_data_dir, write_mapping
    from xser.features import archives
    from xser.splits.split import TEST, TRAIN, Item, Split

    names = [f"a-{i:06}" for i in range(len(inputs))]
    write_data_dir(folder, [Utterance(n, "a", n, f"{n}.wav", "x", "deu") for n in names], dict.fromkeys(names, 1.0))
    write_mapping(folder / "utt2emo", dict.fromkeys(names, "anger"))
    parts = [[TRAIN] * (len(names) - 1) + [TEST]]
    Split([Item(n, "a", "", "", n) for n in names], parts).write(str(folder / "split.tsv"))
    paths = [folder / f"f.{ending}" for ending in ("ark", "scp", "names.txt")]
    with archives.writing(*paths, [str(i) for i in range(inputs[0].shape[-1])]) as write:
        for name, array in zip(names, inputs, strict=True):
            write(name, array)
    return str(paths[1]), str(folder / "utterances.tsv"), str(folder / "utt2emo"), str(folder / "split.tsv")


def measure() -> dict[str, Any]:
    """Loading and scaling features, SVC, logistic regression, and scores."""
    from threadpoolctl import threadpool_limits

    from xser.training import examples, scaling

    random = np.random.default_rng(0)
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        shapes, seconds = [(2000, (384,)), (200, (500, 13))], []
        for count, shape in shapes:
            inputs = list(random.normal(size=(count, *shape)).astype(np.float32))
            files = write_corpus(Path(folder), inputs)
            seconds.append(cpu(partial(examples.load, "a", *files), 0.1))
        values = [count * int(np.prod(shape)) for count, shape in shapes]
        utterance, value = fit([[c, v] for (c, _), v in zip(shapes, values, strict=True)], seconds)
        groups = ["all"] * len(inputs)
        work = lambda: scaling.fit("global", inputs, groups).transform(inputs, groups)  # noqa: E731
        result["load"] = {"utterance": utterance, "value": value, "scale": cpu(work, 0.1) / values[-1]}
        result |= {"svc": measure_svc(), "logreg": measure_logreg(), "score": measure_score(Path(folder))}
    result["figure"] = measure_figure()
    return result


def measure_svc() -> dict[str, float]:
    """SVC: seconds for each pair of utterances and class, with its kernel kept or not, and for each prediction."""
    import sklearn.svm  # noqa: F401, what is imported now is not measured below

    from xser.models import svc
    from xser.models.base import Examples, Head

    head, out = [Head("emotion", tuple("abcde"))], {}
    for key, count, memory in (("not_kept", 1500, 0.0), ("kept", 4000, 8.0)):
        x, y = functionals(count)
        given = Examples(list(x), {"emotion": y})
        started = time.process_time()
        with contextlib.redirect_stderr(io.StringIO()):
            model = svc.MODEL.fit(given, None, head, {"memory_gb": memory}, 0)
        out[key] = (time.process_time() - started) / count**2 / CLASSES
        support = len(model.arrays["emotion"]["support"])
    out["support"] = support / count
    out["predict"] = cpu(lambda: model.predict(given.inputs[:500]), 0.1) / 500 / support / DIMS
    return out


def measure_logreg() -> dict[str, float]:
    """Logistic regression: seconds for each value of its inputs."""
    from xser.models import logreg
    from xser.models.base import Examples, Head

    x, y = functionals(6000)
    work = lambda: logreg.MODEL.fit(Examples(list(x), {"emotion": y}), None, [Head("emotion", tuple("abcde"))], {}, 0)  # noqa: E731
    return {"value": cpu(work, 0.1) / x.size}


def measure_score(folder: Path) -> dict[str, float]:
    """Scores: seconds for each tested utterance and seed, at 2,000 bootstrap samples."""
    import score_predictions
    from xser.config.study import Study
    from xser.evaluation import predictions
    from xser.workflow import results

    random, found, sizes = np.random.default_rng(0), [], (60, 900)
    study = Study(yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")))
    settings = {**results.score_settings(study, study.runs()[0]), "confidence": 0.95, "samples": 2000}
    for n in sizes:
        names, truth = [f"a-{i:04}" for i in range(n)], ["abcde"[i % 5] for i in range(n)]
        speakers = [f"s{i % 2}" for i in range(n)]
        blocks = [
            predictions.Block(0, seed, names, speakers, truth, random.dirichlet(np.ones(5), n)) for seed in range(5)
        ]
        predictions.write(folder / "p.tsv", "a", tuple("abcde"), blocks)
        paths = [str(folder / name) for name in ("p.tsv", "score.tsv", "details.tsv")]
        found.append(cpu(partial(score_predictions.main, *paths, settings), 0.1))
    run, utterance = fit([[1, n * 5] for n in sizes], found)
    return {"run": run, "prediction": utterance}


def measure_figure() -> float:
    """Drawing a table's confusion matrices, 4 rows by 5 columns, as SVG and PNG: an average figure of the report."""
    from xser.figures import confusion, style

    matrix = confusion.Matrix(tuple("abcde"), tuple("abcde"), np.full((5, 5), 0.2), (20,) * 5)
    matrices = {(row, column): matrix for row in range(4) for column in range(5)}
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name) / f"figure.{ending}" for ending in ("svg", "png")]
        figure = lambda: confusion.draw(list("abcd"), list("abcde"), matrices)  # noqa: E731
        return cpu(lambda: style.save(figure(), *paths, False), 0.1)
