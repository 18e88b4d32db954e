"""RESULTS.md and its plot, from what the benchmarks measured."""

import math
import statistics
from pathlib import Path
from typing import Any

from lstm import KINDS as LSTM_KINDS
from measurement import markdown
from svc import VARIANTS as SVC_KINDS

Numbers = dict[str, Any]
LSTM_FORMS = {
    "padded": "the paper's, zero-padded to 120 frames",
    "masked": "masked, up to 120 frames",
    "whole": "masked, whole utterances",
    "is09": "IS09, one step of 384",
}
OTHERS = {"MFCC": "kaldi-native-fbank", "pitch": "kaldi-native-fbank"}


def by(numbers: list[Numbers], *keys: str) -> dict[tuple[Any, ...], Numbers]:
    """Numbers by the values of some keys."""
    return {tuple(f[k] for k in keys): f for f in numbers}


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join(markdown(head, rows)) + "\n"


def ratios(parts: dict[str, Numbers]) -> str:
    """The first table: how many times as fast, against what."""
    rows = []
    if "lstm" in parts:
        numbers = by(parts["lstm"]["lstm"], "form", "batch", "kind")
        for form, name in LSTM_FORMS.items():
            for batch in sorted({b for _, b, _ in numbers}):
                ours = numbers[form, batch, "xser"]

                def against(kind: str, unit: str, form: str = form, batch: int = batch, ours: Numbers = ours) -> str:
                    other = numbers.get((form, batch, kind))
                    return f"{other[unit] / ours[unit]:.2f}" if other else "-"

                cells = [against(k, "cpu_ms") for k in ("keras", "keras-1", "torch")]
                rows.append([f"LSTM training, {name}, batch {batch}", *cells, against("keras", "wall_ms")])
    head = ["CPU seconds of the other / ours", "Keras `fit`, default threads", "Keras `fit`, 1 thread"]
    text = table([*head, "PyTorch, 1 thread", "wall, Keras default"], rows) if rows else ""
    rows = []
    if "svc" in parts:
        numbers = by(parts["svc"]["svc"], "utterances", "kind")
        for count in sorted({n for n, _ in numbers}):
            ours, plain = numbers[count, "xser"], numbers[count, "plain"]
            note = f"{ours['differ']} of 2,000 labels differ; {ours['peak']:.1f} GB"
            rows.append([f"SVC, fit, {count:,} x 384", "scikit-learn", f"{plain['fit'] / ours['fit']:.1f}", note])
    if "extraction" in parts:
        numbers = by(parts["extraction"]["extraction"], "set", "kind")
        for name in dict.fromkeys(f["set"] for f in parts["extraction"]["extraction"] if f["set"]):
            ours, plain = numbers[name, "xser"]["cpu_ms"], numbers[name, "plain"]["cpu_ms"]
            other = OTHERS.get(name, "opensmile package")
            note = f"two workers {numbers[name, 'scaling']['speed_up']:.2f} times as fast as one"
            rows.append([f"{name}, one core", f"{other}, file by file", f"{plain / ours:.2f}", note])
    if rows:
        text += "\n" + table(["", "against", "times as fast, CPU", ""], rows)
    return text


def lstm(part: Numbers) -> str:
    """CPU and wall time of an utterance, and how far the matrix products are."""
    rows = [
        [LSTM_FORMS[f["form"]], str(f["batch"]), LSTM_KINDS[f["kind"]], f"{f['cpu_ms']:.3f}", f"{f['wall_ms']:.3f}"]
        for f in part["lstm"]
    ]
    numbers = by(part["lstm"], "form", "batch", "kind")
    limits = []
    for form, name in LSTM_FORMS.items():
        for batch in sorted({b for _, b, _ in numbers}):
            ours, own = (numbers[form, batch, kind]["cpu_ms"] for kind in ("xser", "products"))
            limits.append([f"{name}, batch {batch}", f"{own / ours:.0%}"])
    return (
        f"Milliseconds for one utterance of one epoch, median of {part['rounds']} rounds in which all took turns "
        f"(PyTorch {part['torch'] or 'not installed'}).\n\n"
        + table(["form", "batch", "by", "CPU ms", "wall ms"], rows)
        + "\nHow much of our CPU time the matrix products would take:\n\n"
        + table(["", "its own products"], limits)
    )


def svc(part: Numbers) -> str:
    """Fits, predictions, memory."""
    rows = [
        [f"{f['utterances']:,}", SVC_KINDS[f["kind"]], f"{f['fit']:.1f}", f"{f['predict']:.1f}", f"{f['peak']:.2f}",
         f"{f['support']:.0%}", str(f["differ"])]
        for f in part["svc"]
    ]  # fmt: skip
    head = [
        "utterances",
        "by",
        "fit, CPU s",
        "predict 2,000, CPU s",
        "peak GB",
        "support vectors",
        "labels that differ",
    ]
    rounds = f"One thread, median of {part['rounds']} rounds in turn (one round above 10,000 utterances)."
    return f"{rounds}\n\n{table(head, rows)}"


def adaptation(part: Numbers) -> str:
    """What each method costs at MASC's size."""
    rows = [
        [f"`{f['method']}`", f"{f['fit']:.1f}", f"{f['map']:.1f}", f"{f['peak']:.2f}"] for f in part["adaptation"]
    ]  # fmt: skip
    head = ["method", "learn, CPU s", "map the source, CPU s", "peak GB"]
    sizes = f"{part['source']:,} utterances of the source and {part['target']:,} of the target, 384 functionals"
    what = "`none` is the data alone; `lstm` and `adversarial`: an epoch of training without and with that head"
    return f"{sizes}, one thread, one run; {what}.\n\n" + table(head, rows)


def extraction(part: Numbers) -> str:
    """Milliseconds of an utterance by feature set."""
    numbers = by(part["extraction"], "set", "kind")
    reading = numbers["", "reading"]["cpu_ms"]
    rows = []
    for name in dict.fromkeys(f["set"] for f in part["extraction"] if f["set"]):
        ours, plain = (numbers[name, kind]["cpu_ms"] for kind in ("xser", "plain"))
        program = numbers[name, "program"]["cpu_ms"] if (name, "program") in numbers else None
        each = [f"{number:.2f}" for number in (ours, plain)]
        each += [f"{program:.2f}", f"{ours / program:.2f}"] if program else ["-", "-"]
        rows.append([name, *each, f"{numbers[name, 'scaling']['speed_up']:.2f}"])
    paper = sum(numbers[name, "xser"]["cpu_ms"] for name in ("MFCC", "pitch", "IS09"))
    return (
        f"CPU milliseconds for an utterance of {part['seconds']:.1f} s ({part['utterances']} wav files of "
        f"{part['speech']}), reading included; median of {part['rounds']} rounds in turn.\n\n"
        + table(
            ["", "xser", "the library, file by file", "the program", "xser / program", "two workers / one, wall"], rows
        )
        + "\nThe programs: Kaldi's `compute-mfcc-feats`; `compute-kaldi-pitch-feats`, `process-kaldi-pitch-feats`; "
        "SMILExtract on all files joined to one, so that it starts once; `-`: not measured.\n"
        f"\nReading alone takes {reading:.2f} ms. One pass for MFCC, pitch and IS09 would read once and not three "
        f"times and save {2 * reading / paper:.0%}. It would also make a change of one feature set compute all three "
        "again. So each feature set is a job of its own.\n"
    )


def run(part: Numbers) -> str:
    """Where the core seconds of `make run` go."""
    numbers = dict(part["run"])
    wall, jobs = numbers.pop("wall"), numbers.pop("jobs")
    total = sum(numbers.values())
    rows = [[name, f"{seconds:.0f}", f"{seconds / total:.0%}"] for name, seconds in numbers.items()]
    return (
        f"The practice study, {jobs:.0f} jobs on {part['cores']} cores from nothing: {wall / 60:.1f} minutes. Core "
        f"seconds ({part['cores']} x {wall:.0f} s):\n\n" + table(["", "core seconds", "share"], rows)
    )


def peers(part: Numbers) -> str:
    """What nkululeko takes for the same."""
    names = {"nkululeko": f"nkululeko {part['nkululeko_version']}"}
    rows = []
    for name, runs in part["peers"].items():
        cpu, wall, uar = (statistics.median(values) for values in zip(*runs, strict=True))
        rows.append([names.get(name, name), f"{cpu:.1f}", f"{wall:.1f}", f"{100 * uar:.1f}"])
    return (
        "EMO-DB, eGeMAPS + SVC, speaker 03 held out (396 recordings of five emotions, 43 tested), from the recordings "
        f"to the scores; median of {len(part['peers']['xser'])} rounds in turn.\n\n"
        + table(["", "CPU seconds", "wall seconds", "UAR (%)"], rows)
    )


def exponent(smaller: tuple[int, float], larger: tuple[int, float]) -> float:
    """The power of n by which a number grew between two sizes."""
    return math.log(larger[1] / smaller[1]) / math.log(larger[0] / smaller[0])


def stages(part: Numbers) -> dict[str, dict[int, Numbers]]:
    """Numbers by stage and number of utterances."""
    found: dict[str, dict[int, Numbers]] = {}
    for f in part["sizes"]:
        found.setdefault(f["stage"], {})[f["utterances"]] = f
    return found


def size(part: Numbers) -> str:
    """CPU seconds and memory by corpus size."""
    found = stages(part)
    sizes = sorted({f["utterances"] for f in part["sizes"]})
    base = found["Snakemake alone (dry run)"]
    rows = []
    for stage, numbers in found.items():
        last = sorted(numbers)[-2:]
        # What a job costs beside its work (Snakemake and its imports) hides the growth: it is taken off.
        work = [(n, numbers[n]["cpu"] - base[n]["cpu"]) for n in last]
        grew = f"{exponent(*work):.2f}" if "Snakemake" not in stage and min(w for _, w in work) > 1 else ""
        cells = [f"{numbers[n]['cpu']:.0f} s, {numbers[n]['mb']:,.0f} MB" if n in numbers else "" for n in sizes]
        rows.append([stage, *cells, grew])
    return (
        "CPU seconds and the memory of the largest process, by number of utterances (0.4 to 0.6 s each). The last "
        "column is the exponent between the two largest sizes, without what Snakemake takes by itself: 1 is linear, "
        "n log n between these sizes about 1.1.\n\n" + table(["stage", *(f"{n:,}" for n in sizes), "exponent"], rows)
    )


def plot(folder: Path, parts: dict[str, Numbers]) -> None:
    """Draw what there is: LSTM, time and memory by size, `make run`."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "xser", "font.size": 8})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(12, 7.5), layout="constrained")
    if "lstm" in parts:
        numbers = by(parts["lstm"]["lstm"], "form", "batch", "kind")
        kinds = [k for k in LSTM_KINDS if ("padded", 32, k) in numbers]
        for i, kind in enumerate(reversed(kinds)):
            for form, shift, colour in (("padded", 0.2, "#0072b2"), ("masked", -0.2, "#e69f00")):
                value = numbers[form, 32, kind]["cpu_ms"]
                label = {"padded": "zero-padded", "masked": "masked"}[form] if i == 0 else None
                axes[0, 0].barh(i + shift, value, 0.38, color=colour, label=label)
                axes[0, 0].annotate(f"{value:.2f}", (value, i + shift), (2, 0), textcoords="offset points", va="center")
        axes[0, 0].set_yticks(range(len(kinds)), [LSTM_KINDS[k] for k in reversed(kinds)])
        axes[0, 0].set(title="LSTM training, batch 32", xlabel="CPU ms an utterance and epoch")
        axes[0, 0].margins(x=0.12)
        axes[0, 0].legend(frameon=False, loc="lower right")
    if "run" in parts:
        numbers = {k: v for k, v in parts["run"]["run"].items() if k not in ("wall", "jobs")}
        axes[0, 1].barh(list(numbers)[::-1], list(numbers.values())[::-1], color="#0072b2")
        axes[0, 1].set(title="make run: where its core seconds go", xlabel="core seconds")
    if "size" in parts:
        for axis, unit, label in ((axes[1, 0], "cpu", "CPU seconds"), (axes[1, 1], "mb", "peak memory (MB)")):
            for i, (stage, numbers) in enumerate(stages(parts["size"]).items()):
                sizes = sorted(numbers)
                colour, dash = f"C{i % 10}", "--" if i > 9 else "-"
                axis.loglog(sizes, [numbers[n][unit] for n in sizes], f"o{dash}", ms=3, color=colour, label=stage)
            axis.set(xlabel="utterances", ylabel=label, title=f"{label} by corpus size")
        axes[1, 1].legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(folder / "results.svg", metadata={"Date": None})
    pyplot.close(figure)


def machines(parts: dict[str, Numbers]) -> str:
    """When and on what each part was measured."""
    groups: dict[str, list[str]] = {}
    for name, part in parts.items():
        m = part["machine"]
        packages = ", ".join(f"{k} {v}" for k, v in m["packages"].items())
        line = f"{m['processor']}, {m['cores']} cores, {m['memory_gb']} GB, {m['system']}, Python {m['python']}"
        line += f" ({packages}); {part['date']}"
        groups.setdefault(line, []).append(name)
    return "\n".join(f"- {', '.join(names)}: {line}" for line, names in groups.items())


def text(folder: Path, parts: dict[str, Numbers]) -> str:
    """RESULTS.md of the parts that were measured; remarks come from `folder`."""
    shown = {
        "LSTM training": ("lstm", lstm),
        "One-vs-rest SVC": ("svc", svc),
        "Feature extraction": ("extraction", extraction),
        "`make run`": ("run", run),
        "By corpus size": ("size", size),
        "The DAG itself": ("dag", lambda part: part["table"] + "\n"),
        "Adaptation": ("adaptation", adaptation),
        "Beside nkululeko": ("peers", peers),
    }
    page = (folder / "head.md").read_text(encoding="utf-8").format(machines=machines(parts))
    page += ratios(parts) + "\n![plots](results.svg)\n"
    for title, (name, show) in shown.items():
        if name in parts:
            remark = folder / f"{name}.md"
            page += f"\n## {title}\n{show(parts[name])}"
            page += f"\n{remark.read_text(encoding='utf-8')}" if remark.exists() else ""
    return page


def write(folder: Path, parts: dict[str, Numbers]) -> None:
    """Write RESULTS.md and results.svg."""
    plot(folder, parts)
    (folder / "RESULTS.md").write_text(text(folder / "remarks", parts), encoding="utf-8")
