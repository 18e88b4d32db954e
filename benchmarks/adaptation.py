"""Methods of adaptation at MASC's size: CPU seconds to learn and to map the source, and peak memory.

An adversarial head learns in the network: of it, and of the same network without it (`lstm`), the seconds are of an
epoch.

Synthetic functionals (384 dimensions) of 24,900 utterances of the source and 5,000 of the target, one thread. Each
method is a process of its own, so that its peak memory is its own.

    python benchmarks/adaptation.py [--quick] [--json FILE]
"""

import json
import resource
import time
from collections.abc import Sequence

import numpy as np
from measurement import command_line, worked, write_json

DIMS, SOURCE, TARGET = 384, 24_900, 5_000
METHODS = ("none", "coral", "subspace", "tca", "ulsif", "lstm", "adversarial")


def domains(source: int, target: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (source, 384) and (target, 384), float32, whose columns correlate in other ways."""
    random = np.random.default_rng(0)
    found = []
    for shift, count in enumerate((source, target)):
        low_rank = random.normal(size=(40, DIMS))
        x = random.normal(size=(count, 40)) @ low_rank * 0.15 + random.normal(size=(count, DIMS)) * 0.5 + 0.3 * shift
        found.append(x.astype(np.float32))
    return found[0], found[1]


def epoch(name: str, source: np.ndarray, target: np.ndarray) -> float:
    """CPU seconds of an epoch of the LSTM on functionals, with or without the head: three more epochs than one."""
    from xser.adaptation.base import load_adaptation
    from xser.models.base import Examples, Head, load_model

    heads: Sequence[Head] = [Head("emotion", tuple("abcde"))]
    train = Examples(list(source), {"emotion": np.arange(len(source)) % 5})
    if name == "adversarial":
        method = load_adaptation(name)
        train, heads = method.extend(train, heads, list(target), method.complete({}))
    seconds = []
    for epochs in (1, 1, 4):  # the first one starts TensorFlow
        started = time.process_time()
        load_model("lstm").fit(train, None, heads, {"epoch": "last", "epochs": epochs}, seed=0)
        seconds.append(time.process_time() - started)
    return (seconds[2] - seconds[1]) / 3


def work(name: str, source: int, target: int) -> None:
    """Learn and map once; print seconds and peak memory in GB."""
    from threadpoolctl import threadpool_limits

    from xser.adaptation.base import apply, load_adaptation

    s, t = domains(source, target)
    with threadpool_limits(1):
        if name in ("lstm", "adversarial"):
            took = {"fit": epoch(name, s, t), "map": 0.0}
        else:
            started = time.process_time()
            method = load_adaptation(name) if name != "none" else None
            fitted = method.fit(s, t, method.complete({})) if method else {}
            learnt = time.process_time()
            if method and "weights" not in fitted:
                apply(method.source, list(s), fitted)
            took = {"fit": learnt - started, "map": time.process_time() - learnt}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"method": name, **took, "peak": peak}))


def main() -> None:
    """Run each method in a process of its own."""
    parser = command_line(__doc__, "a tenth of the utterances", worker=3)
    options = parser.parse_args()
    if options.worker:
        name, *counts = options.worker
        work(name, *map(int, counts))
        return
    sizes = [str(n // 10 if options.quick else n) for n in (SOURCE, TARGET)]
    found = []
    for name in METHODS:
        found.append(worked(__file__, name, *sizes))
        print(
            "{method}: learns in {fit:.1f} s, maps in {map:.1f} s, peak {peak:.2f} GB".format(**found[-1]), flush=True
        )
    write_json(options.json, {"adaptation": found, "source": int(sizes[0]), "target": int(sizes[1])})


if __name__ == "__main__":
    main()
