"""What the measurements of rates share: CPU time of a call, and coefficients from several of them."""

import time
from collections.abc import Callable, Sequence

import numpy as np

CLASSES, DIMS = 5, 384  # of the synthetic functionals


def fit(rows: Sequence[Sequence[float]], seconds: Sequence[float]) -> list[float]:
    """Return coefficients >= 0 of a sum that gives `seconds` (n,) from `rows` (n, terms), by relative error."""
    from scipy.optimize import nnls

    a, b = np.asarray(rows, float), np.asarray(seconds, float)
    scale = a.max(axis=0)
    solution, _ = nnls(a / scale / b[:, None], np.ones(len(b)))
    return [float(f"{x:.4g}") for x in solution / scale]


def cpu(work: Callable[[], object], at_least: float = 0.3, repeats: int = 3) -> float:
    """Median CPU seconds of one call; each measurement lasts `at_least` seconds."""
    started = time.process_time()
    work()
    number = max(1, round(at_least / max(time.process_time() - started, 1e-6)))
    found = []
    for _ in range(repeats):
        started = time.process_time()
        for _ in range(number):
            work()
        found.append((time.process_time() - started) / number)
    return float(np.median(found))
