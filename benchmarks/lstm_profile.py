"""What one training epoch of the LSTM is spent on, by TensorFlow's own profiler: products, gates, copies, Adam.

The forms are those of lstm.py. The profiler gives wall time for each operation, so read shares only; the forward
kernel, one operation, is split by timing its matrix products alone.

    python benchmarks/lstm_profile.py [--batch 32 128] [--form padded masked whole is09]
"""

import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from lstm import CELLS, COUNTS, FORMS, xser_epoch
from measurement import command_line

from xser.models.tensorflow_setup import tf

KINDS = {  # the first pattern that fits an operation's name
    "forward kernel": r"BlockLSTMV2",
    "products": r"_?(Fused|Mkl)*MatMul(\.\d+)?",
    "Adam": r"ResourceApplyAdam",
    "copies": r"(TensorList|Concat|concat|Transpose|copy|wrapped_broadcast|StridedSlice|Gather|ScatterNd|Select|Rev).*",
    "gates back": r".*fusion.*",
    None: r"Run|FunctionRun|BlockUntilReady|Process|Start|Execute.*|_epoch|while.*",  # they wait for others
}


def operations(work: Callable[[], None]) -> Counter[str]:
    """Picoseconds of each operation itself, without those inside it."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        work()
        tf.profiler.experimental.stop()
        (file,) = Path(folder).rglob("*.xplane.pb")
        space = xplane_pb2.XSpace.FromString(file.read_bytes())
    own: Counter[str] = Counter()
    for plane in (plane for plane in space.planes if plane.name == "/host:CPU"):
        for line in plane.lines:
            inside: list[tuple[int, str]] = []
            for event in sorted(line.events, key=lambda e: (e.offset_ps, -e.duration_ps)):
                while inside and inside[-1][0] <= event.offset_ps:
                    inside.pop()
                if inside:
                    own[inside[-1][1]] -= event.duration_ps
                name = plane.event_metadata[event.metadata_id].name.rsplit(":")[-1]
                own[name] += event.duration_ps
                inside.append((event.offset_ps + event.duration_ps, name))
    return own


def products_of_forward(batch: int, dims: int) -> float:
    """The share of the forward kernel's time that its matrix products take, over both layers."""

    def seconds(work: Callable[[], object]) -> float:
        took = []
        for _ in range(9):
            started = time.process_time()
            work()
            took.append(time.process_time() - started)
        return sorted(took)[4]

    steps, alone, all_of_it = 40, 0.0, 0.0
    products = tf.function(lambda rows, w: [tf.matmul(rows[t], w) for t in range(steps)], autograph=False)
    zeros, peephole, bias = tf.zeros((batch, CELLS)), tf.zeros((CELLS,)), tf.zeros((4 * CELLS,))
    for width in (dims, CELLS):
        x, weights = tf.random.normal((steps, batch, width)), tf.random.normal((width + CELLS, 4 * CELLS)) / 20
        rows = tf.random.normal((steps, batch, width + CELLS))
        alone += seconds(lambda rows=rows, w=weights: products(rows, w))
        all_of_it += seconds(
            lambda x=x, w=weights: tf.raw_ops.BlockLSTMV2(
                seq_len_max=tf.constant(steps, tf.int64), x=x, w=w, b=bias, cs_prev=zeros, h_prev=zeros, wci=peephole,
                wcf=peephole, wco=peephole, cell_clip=0.0, use_peephole=False,
            )
        )  # fmt: skip
    return min(alone / all_of_it, 1.0)


def shares(form: str, batch: int) -> dict[str, float]:
    """Percent of an epoch's time by kind of work."""
    work = xser_epoch(form, COUNTS[form], batch)
    work()
    spent: Counter[str] = Counter()
    for name, took in operations(work).items():
        kind = next((kind for kind, pattern in KINDS.items() if re.fullmatch(pattern, name)), "other operations")
        if kind is not None:
            spent[kind] += took
    forward = spent.pop("forward kernel")
    inner = products_of_forward(batch, FORMS[form][1])
    spent["products"] += round(forward * inner)
    spent["gates forward"] = round(forward * (1 - inner))
    return {kind: 100 * took / spent.total() for kind, took in spent.most_common()}


def main() -> None:
    """Print a table: one row a form and batch size."""
    parser = command_line(__doc__, "batch 128 alone")
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--form", nargs="+", choices=FORMS, default=list(FORMS))
    options = parser.parse_args()
    kinds = ["products", "gates forward", "gates back", "copies", "Adam", "other operations"]
    print("| form, batch |", " | ".join(kinds), "|\n|---|" + "---|" * len(kinds))
    for form in options.form:
        for batch in [128] if options.quick else options.batch:
            found = shares(form, batch)
            print(
                f"| {form}, {batch} |", " | ".join(f"{found.get(kind, 0.0):.0f} %" for kind in kinds), "|", flush=True
            )


if __name__ == "__main__":
    main()
