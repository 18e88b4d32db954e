"""Publish this study: copy tables and a few figures from results/, and write answers.md, what the tables say together.

Differences are of UAR, in points. Those on one corpus are the tables' own paired comparisons; here they are put
together over corpora or over pairs of corpora: the mean with its 95 % interval, and on how many the 95 % interval
of the difference lies above 0 and below 0. These counts are not corrected for their number; the tables' comparisons
are. Pairs of corpora share corpora, so intervals and p over pairs are of a t test over the five corpora, by a jackknife
(docs/method.md); over corpora the interval is Student's.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from xser.evaluation import over_corpora
from xser.evaluation.intervals import Comparison

RESULTS = Path("results")
CORPORA = ("emodb", "ravdess", "nemo", "ased", "urdu")
NAMES = dict(zip(CORPORA, ("EMO-DB", "RAVDESS", "nEMO", "ASED", "URDU"), strict=True))
FIGURES = (
    *("corpora-emotions", "luck-speakers-loso", "matrix-heat-map-speakers", "adaptation-gains-speakers"),
    *("enrolment-curve", "few-shot-curve"),
)
CURVES = ("enrolment", "few-shot")
WHAT = ("corpora", "speakers")
ALONE, NONE = "trained on itself alone", "no fine-tuning"
FROZEN, FREE = "fine-tuned, LSTM layers frozen", "fine-tuned, all free"


def read(name: str) -> pd.DataFrame:
    """One TSV of results/tables."""
    return pd.read_csv(RESULTS / "tables" / f"{name}.tsv", sep="\t", keep_default_na=False, na_values=[""])


def confounded() -> list[str]:
    """The corpora whose cards warn that a speaker's voice tells the emotion."""
    found = []
    for corpus in CORPORA:
        card = pd.read_csv(RESULTS / "corpora" / corpus / "card.tsv", sep="\t")
        if (card["section"].eq("Take care") & card["item"].eq("speaker and emotion are confounded")).any():
            found.append(corpus)
    return found


def uar(table: str, row: str, test: str, protocol: str = "speakers") -> float:
    """The UAR of a cell in per cent."""
    cells = read(table)
    found = cells[cells["row"].eq(row) & cells["test"].eq(test) & cells["protocol"].eq(protocol)]
    return 100 * float(found["uar"].item())


class Difference(NamedTuple):
    """A difference in points of UAR with its 95 % interval."""

    mean: float
    low: float
    high: float


def compared(table: str, a: str, b: str, test: str) -> Difference:
    """The difference of two rows on a corpus, a less b, by the table's paired comparison."""
    lines = read(f"{table}.comparisons")
    lines = lines[lines["test"].eq(test) & lines["protocol"].eq("speakers")]
    keys = ["uar_difference", "uar_difference_low", "uar_difference_high"]
    for one, other, sign in ((a, b, 1), (b, a, -1)):
        line = lines[lines["row_a"].eq(one) & lines["row_b"].eq(other)]
        if len(line):
            mean, *ends = (sign * 100 * float(line[key].item()) for key in keys)
            return Difference(mean, *sorted(ends))
    raise KeyError((table, a, b, test))


def together(differences: Sequence[Difference]) -> list[str]:
    """Over corpora: the mean difference with its interval, and on how many the interval is above and below 0."""
    return _shown(over_corpora.mean_gain([d.mean for d in differences], 0.95), differences)


def over_pairs(differences: Mapping[tuple[str, str], Difference]) -> list[str]:
    """The same over pairs of corpora (source, target), and p."""
    gain = over_corpora.mean_gain_of_pairs({pair: d.mean for pair, d in differences.items()}, 0.95)
    return [*_shown(gain, [*differences.values()]), f"{gain.p:.2g}"]


def _shown(gain: Comparison, differences: Sequence[Difference]) -> list[str]:
    above, below = sum(d.low > 0 for d in differences), sum(d.high < 0 for d in differences)
    return [f"{gain.difference:+.1f} [{gain.low:+.1f}, {gain.high:+.1f}]", f"{above}, {below}"]


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (heads, ["---"] * len(heads), *rows)) + "\n"


def against(table: str, reference: str) -> str:
    """All rows of a table against one of them: UAR on each corpus and in the mean, and the differences."""
    rows = []
    for row in dict.fromkeys(read(table)["row"]):
        values = [uar(table, row, c) for c in CORPORA]
        joined = ["", ""] if row == reference else together([compared(table, row, reference, c) for c in CORPORA])
        rows.append([row, *(f"{v:.1f}" for v in values), f"{np.mean(values):.1f}", *joined])
    heads = ["UAR (%)", *NAMES.values(), "mean", f"less {reference}", "above, below"]
    return markdown(heads, rows)


def luck() -> str:
    """One held-out speaker beside all."""
    rows = [
        [
            f"{NAMES[line.test]}, {line.row}",
            f"{100 * line.held_out_accuracy:.1f} ({line.held_out.rpartition('_')[2]})",
            f"{100 * line.lowest:.1f}",
            f"{100 * line.median:.1f}",
            f"{100 * line.highest:.1f}",
            f"{100 * line.deviation:.1f}",
            line.speakers,
        ]
        for line in read("luck.spread").itertuples()
    ]
    heads = ["accuracy (%)", "the one speaker", "lowest", "median", "highest", "standard deviation", "speakers"]
    return markdown(heads, rows)


def transfer() -> str:
    """Over all ordered pairs of corpora: what a source brings before and after fine-tuning."""
    pairs = [(s, t) for s in CORPORA for t in CORPORA if s != t]
    asked = {
        f"{NONE} less {ALONE}": (NONE, ALONE),
        f"{FROZEN} less {ALONE}": (FROZEN, ALONE),
        f"{FREE} less {ALONE}": (FREE, ALONE),
        f"{FREE} less frozen": (FREE, FROZEN),
    }
    rows = [
        [what, *over_pairs({(s, t): compared(f"transfer-{s}", a, b, t) for s, t in pairs})]
        for what, (a, b) in asked.items()
    ]
    means = [
        [NAMES[s], *(f"{np.mean([uar(f'transfer-{s}', row, t) for t in CORPORA if t != s]):.1f}" for row in STEPS)]
        for s in CORPORA
    ]
    heads = ["points of UAR, 20 pairs of corpora", "mean", "above, below", "p"]
    return markdown(heads, rows) + "\n" + markdown(["source (mean UAR of its four targets)", *STEPS], means)


STEPS = (ALONE, NONE, FROZEN, FREE)


def elsewhere() -> str:
    """The matrix in three numbers a corpus: by itself, by another one in the mean, by all others."""
    rows = []
    for test in CORPORA:
        foreign = [uar("matrix", NAMES[s], test) for s in CORPORA if s != test]
        own, pooled = uar("matrix", NAMES[test], test), uar("matrix", "all others", test)
        rows.append((NAMES[test], [own, np.mean(foreign), max(foreign), pooled]))
    rows.append(("mean", np.mean([values for _, values in rows], axis=0)))
    heads = ["UAR (%)", "trained on itself", "on one other, mean", "on the best other", "on all others"]
    return markdown(heads, [[name, *(f"{v:.1f}" for v in values)] for name, values in rows])


def adaptation() -> str:
    """The advice as one method, methods chosen without the corpus that they are judged on, and pairs of corpora."""
    plain, rows, warned = {c: uar("adaptation", "none", c) for c in CORPORA}, [], confounded()
    for table, by_corpus, by_speaker in (
        ("adaptation", "corpora normalised", "speakers normalised"),
        ("adaptation-further", *(f"IS09 and eGeMAPS + logistic regression, {x} normalised" for x in WHAT)),
    ):
        found = {c: uar(table, by_corpus if c in warned else by_speaker, c) for c in CORPORA}
        rows.append([f"{by_speaker}; {', '.join(NAMES[c] for c in warned)}: corpora normalised", found])
    every = {
        row: {c: uar(table, row, c) for c in CORPORA}
        for table in ("adaptation", "adaptation-further")
        for row in dict.fromkeys(read(table)["row"])
    }
    for title, rows_ in (
        ("any row", every),
        ("no row by speaker", {k: v for k, v in every.items() if "speakers" not in k}),
    ):
        best = {c: max(rows_.values(), key=lambda v, c=c: sum(v[o] for o in CORPORA if o != c))[c] for c in CORPORA}
        rows.append([f"of both tables what is best on the four other corpora, {title}", best])
    lines = [
        [
            name,
            *(f"{found[c]:.1f}" for c in CORPORA),
            f"{np.mean(list(found.values())):.1f}",
            together([Difference(found[c] - plain[c], 0, 0) for c in CORPORA])[0],
        ]
        for name, found in rows
    ]
    pairs = read("adaptation-pairs.comparisons")
    pairs = pairs[pairs["test"].eq("(all columns)")]
    gains = [
        [
            p.row_a,
            p.n,
            f"{100 * p.uar_a:.1f}",
            f"{100 * p.uar_b:.1f}",
            f"{100 * p.uar_difference:+.1f} [{100 * p.uar_difference_low:+.1f}, {100 * p.uar_difference_high:+.1f}]",
            f"{p.uar_p_holm:.2g}",
        ]
        for p in pairs.itertuples()
    ]
    return (
        markdown(["UAR (%)", *NAMES.values(), "mean", "less none"], lines)
        + "\n"
        + markdown(["from one corpus to another", "pairs", "mean UAR (%)", "none", "gain", "p (Holm)"], gains)
    )


def natural() -> str:
    """URDU with held-out speakers and with shuffled recordings; acted corpora and URDU for each other."""
    table = read("natural")
    rows = [
        [row, *(_with_interval(table, row, protocol) for protocol in ("speakers", "shuffled"))]
        for row in dict.fromkeys(table["row"])
    ]
    acted = [c for c in CORPORA if c != "urdu"]
    pairs = {
        "acted on acted": [(s, t) for s in acted for t in acted if s != t],
        "acted on URDU": [(s, "urdu") for s in acted],
        "URDU on acted": [("urdu", t) for t in acted],
    }
    foreign = [[k, len(v), f"{np.mean([uar('matrix', NAMES[s], t) for s, t in v]):.1f}"] for k, v in pairs.items()]
    return (
        markdown(["URDU, UAR (%)", "speakers held out", "shuffled, speakers shared"], rows)
        + "\n"
        + markdown(["IS09 + SVC from one corpus to another", "pairs", "mean UAR (%)"], foreign)
    )


def _with_interval(table: pd.DataFrame, row: str, protocol: str) -> str:
    (line,) = table[table["row"].eq(row) & table["protocol"].eq(protocol)].to_dict("records")
    return f"{100 * line['uar']:.1f} [{100 * line['uar_low']:.1f}, {100 * line['uar_high']:.1f}]"


def copy(files: Iterable[Path], folder: Path) -> None:
    """Copy files into a folder that has nothing else then."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in files:
        shutil.copyfile(file, folder / file.name)


def corpora() -> str:
    """What each corpus has, and how much speaker and sentence tell of the emotion."""
    rows = []
    for corpus in CORPORA:
        card = pd.read_csv(RESULTS / "corpora" / corpus / "card.tsv", sep="\t", dtype=str, keep_default_na=False)
        value = {(x.section, x.item, x.measure): x.value for x in card.itertuples()}
        share = "share of the emotion (%)"
        known = [value.get(("What goes with the emotion", what, share)) for what in ("speaker", "sentence")]
        counts = [value["Files", item, "value"] for item in ("utterances that take part", "speakers", "release")]
        rows.append([NAMES[corpus], *counts, *(f"{float(k):.0f}" if k else "" for k in known)])
    heads = [
        "corpus",
        "utterances of the five emotions",
        "speakers",
        "release",
        "speaker tells (%)",
        "sentence tells (%)",
    ]
    return markdown(heads, rows)


if __name__ == "__main__":
    parts = {
        "The corpora": corpora(),
        "1. Features and classifiers": against("alone", "IS09 + SVC") + "\n" + against("alone", "IS09 + LSTM"),
        "2. Luck": luck(),
        "3. Transfer": transfer(),
        "4. Pooling and a second task": against("pooled", "IS09 + LSTM, pooled")
        + "\n"
        + against("pooled", "MFCC + LSTM, pooled"),
        "5. Trained elsewhere": elsewhere() + "\n" + against("elsewhere", "one SVC on all others"),
        "6. Natural speech": natural(),
        "7. A language without data": "\n".join(
            [against("adaptation", "none"), against("adaptation-further", "IS09 + SVC"), adaptation()]
        ),
    }
    text = "# Answers\n\nWritten by publish.py.\n\n" + __doc__.partition("\n\n")[2] + "\n"
    text += "\n".join(f"## {title}\n\n{part}" for title, part in parts.items())
    Path("answers.md").write_text(text, encoding="utf-8")
    copy(
        [*sorted((RESULTS / "tables").glob("*.md")), *(RESULTS / "curves" / f"{c}.md" for c in CURVES)], Path("tables")
    )
    copy([RESULTS / "figures" / f"{name}.svg" for name in FIGURES], Path("figures"))
