"""One-vs-rest SVC on a shared Gram matrix against scikit-learn's plain estimator: CPU seconds, peak memory, labels.

Synthetic functionals (384 dimensions, 5 classes, overlapping clusters), one thread. Each fit is a process of its own,
so that its peak memory is its own. Sizes above 10,000 are fitted once: that takes minutes, in which noise evens out.

    python benchmarks/svc.py [--quick] [--size 5500 24900] [--rounds 5] [--json FILE]
"""

import json
import resource
import statistics
import time
from typing import Any

import numpy as np
from measurement import command_line, worked, write_json

DIMS, CLASSES, TEST = 384, 5, 2000
LARGE = 10_000  # utterances; more are fitted in one round
VARIANTS = {"xser": "xser, one shared Gram matrix", "plain": "OneVsRestClassifier(SVC())"}


def data(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return training inputs (count, 384) and labels (count,), and test inputs (2000, 384)."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(CLASSES, DIMS)) * 0.15
    y = random.integers(0, CLASSES, count + TEST)
    low_rank = random.normal(size=(40, DIMS))  # functionals correlate
    x = centres[y] + random.normal(size=(len(y), 40)) @ low_rank * 0.15 + random.normal(size=(len(y), DIMS)) * 0.5
    x = ((x - x[:count].mean(axis=0)) / x[:count].std(axis=0)).astype(np.float32)
    return x[:count], y[:count], x[count:]


def work(name: str, count: int) -> None:
    """Fit and predict once; print seconds, peak memory in GB, the share of support vectors and the labels."""
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import SVC
    from threadpoolctl import threadpool_limits

    from xser.models import svc
    from xser.models.base import Examples, Head

    x, y, test = data(count)
    with threadpool_limits(1):
        started = time.process_time()
        if name == "xser":
            ours = svc.MODEL.fit(Examples(list(x), {"emotion": y}), None, [Head("emotion", tuple("abcde"))], {}, 0)
            support = len(ours.arrays["emotion"]["support"])
        else:
            plain = OneVsRestClassifier(SVC()).fit(x, y)
            support = len(set().union(*(e.support_ for e in plain.estimators_)))
        fitted = time.process_time()
        labels = ours.predict(list(test))["emotion"].argmax(axis=1) if name == "xser" else plain.predict(test)
    result = {
        "fit": fitted - started,
        "predict": time.process_time() - fitted,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "support": support / count,
        "labels": np.asarray(labels).tolist(),
    }
    print(json.dumps(result))


def measure(count: int, rounds: int) -> list[dict[str, Any]]:
    """Fit and predict by each variant in turn; medians, and how many labels differ from the plain estimator's."""
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in VARIANTS}
    for _ in range(rounds):
        for name, runs in results.items():
            runs.append(worked(__file__, name, str(count)))
    rows = []
    for name, runs in results.items():
        each = {key: statistics.median(r[key] for r in runs) for key in ("fit", "predict", "peak", "support")}
        labels = zip(runs[0]["labels"], results["plain"][0]["labels"], strict=True)
        differ = sum(a != b for a, b in labels)
        rows.append({"utterances": count, "kind": name, "differ": differ, **each})
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure every size; print and write the rows."""
    parser = command_line(__doc__, "2,000 utterances, once", worker=2)
    parser.add_argument("--size", type=int, nargs="+", default=[5500, 24900])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.worker:
        work(options.worker[0], int(options.worker[1]))
        return
    sizes, rounds = ([2000], 1) if options.quick else (options.size, options.rounds)
    rows = [row for count in sizes for row in measure(count, rounds if count <= LARGE else 1)]
    write_json(options.json, {"svc": rows, "rounds": rounds})


if __name__ == "__main__":
    main()
