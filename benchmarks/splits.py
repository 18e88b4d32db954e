"""What the folds of a public benchmark hide: a ledger from names, and the gap that it makes, from predictions.

    python benchmarks/splits.py ledger FOLDS
    python benchmarks/splits.py gap RESULTS emobox speakers emodb ased urdu

`ledger` reads a folder of `{corpus}.tsv.gz` (path, then a column a fold) and prints how many test speakers and
sentences are in training, by what the corpora's readers know from names. `gap` compares the predictions of a finished
study under two protocols, on the utterances that both test: UAR and accuracy, the difference with its interval (95 %,
bootstrap by speaker), for every system trained on the corpus itself.
"""

import argparse
import csv
import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from xser.corpora.base import load_reader
from xser.errors import InputError
from xser.evaluation import intervals, metrics, predictions
from xser.evaluation.design import by_speaker
from xser.evaluation.intervals import Estimate, Statistic
from xser.splits.shared import shared
from xser.splits.split import Item, Split

OTHER_NAMES = {"polish": "polishwords"}
IEMOCAP = re.compile(r"(?P<session>Ses\d\d)[FM]_(?P<text>\w+)_(?P<side>[FM])\w+\.wav")


def read_folds(path: Path) -> tuple[list[str], list[list[str]]]:
    """The paths, and the part of each in each fold."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as source:
        _, *rows = csv.reader(source, delimiter="\t")
    return [row[0] for row in rows], [list(column) for column in zip(*(row[1:] for row in rows), strict=True)]


def items_of(corpus: str, paths: Sequence[str]) -> list[Item]:
    """What names tell: speaker and sentence; an InputError where they tell nothing."""
    if corpus == "iemocap":  # scripts have a text, improvisations none; the reader would want its label files
        found = [match for path in paths if (match := IEMOCAP.search(path))]
        return [
            Item(m[0], m["session"] + m["side"], "", m["text"] if "script" in m["text"] else "", m[0]) for m in found
        ]
    try:
        reader = load_reader(OTHER_NAMES.get(corpus, corpus))
    except InputError:
        return []
    listing = reader.read(corpus, Path(), list(paths), {name: o.default for name, o in reader.options.items()})
    at = {u.path: u for u in listing.utterances}
    return [Item(u.utterance, u.speaker, u.gender, u.text, u.path) for path in paths if (u := at.get(path))]


def ledger(folder: Path) -> Iterator[str]:
    """Yield the ledger as lines of Markdown."""
    yield "| corpus | recordings | folds | tested speakers in training | tested sentences in training |"
    yield "|---|---:|---:|---:|---:|"
    for path in sorted(folder.glob("*.tsv.gz")):
        corpus = path.name.removesuffix(".tsv.gz")
        paths, folds = read_folds(path)
        try:
            items = items_of(corpus, paths)
        except (InputError, FileNotFoundError):
            items = []
        if len(items) < len(paths):
            yield f"| {corpus} | {len(paths)} | {len(folds)} | names do not tell | names do not tell |"
            continue
        counts = shared(Split(items, folds))
        cells = (f"{n} of {of}" if of else "not known" for n, of in (counts["speakers"], counts["sentences"]))
        yield f"| {corpus} | {len(paths)} | {len(folds)} | {' | '.join(cells)} |"


def gap(
    a: predictions.Predictions, b: predictions.Predictions, samples: int = 10000
) -> Iterator[tuple[str, float, float, Estimate, int]]:
    """Yield metric, its value under both protocols, their difference, and utterances: those that both test."""
    _, in_a, in_b = np.intersect1d(a.utterances, b.utterances, return_indices=True)
    predicted = np.stack([a.predicted[0, in_a], b.predicted[0, in_b]])
    truth, codes, _, classes = metrics.encode(a.truth[in_a], predicted, a.classes)
    names, speakers = np.unique(a.speakers[in_a], return_inverse=True)
    confusion = metrics.count(speakers, truth, codes, classes)
    for metric in (m for m in metrics.METRICS if m.name in ("uar", "accuracy")):
        one, other = (float(metric.function(confusion.sum(axis=0)[s : s + 1])) for s in (0, 1))
        statistic = Statistic(
            confusion,
            lambda c, f=metric.function: f(c[..., :1, :, :]) - f(c[..., 1:, :, :]),  # type: ignore[misc]
            len(truth),
            -1,
            1,
        )
        found = intervals.bootstrap(lambda _, s=statistic: {"gap": s}, by_speaker(speakers), 0.95, samples)["gap"]
        yield metric.name, one, other, found, len(names)


def gaps(results: Path, first: str, second: str, corpora: Sequence[str]) -> Iterator[str]:
    """Yield the gaps as lines of Markdown."""
    yield f"| corpus | system | tested by both | metric | {first} | {second} | difference |"
    yield "|---|---|---:|---|---:|---:|---:|"
    for corpus in corpora:
        for path in sorted((results / "predictions" / first).glob(f"*/{corpus}/{corpus}.tsv")):
            system = path.parts[-3]
            pair = [
                predictions.read(str(results / "predictions" / p / Path(*path.parts[-3:]))) for p in (first, second)
            ]
            for metric, one, other, e, speakers in gap(*pair):
                difference = f"{100 * e.value:+.1f} [{100 * e.low:+.1f}, {100 * e.high:+.1f}]"
                who = f"{e.n} of {speakers} speakers"
                yield f"| {corpus} | {system} | {who} | {metric} | {100 * one:.1f} | {100 * other:.1f} | {difference} |"


def main() -> None:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("ledger").add_argument("folds", type=Path)
    compared = commands.add_parser("gap")
    compared.add_argument("results", type=Path)
    for name in ("first", "second"):
        compared.add_argument(name)
    compared.add_argument("corpora", nargs="+")
    given = parser.parse_args()
    lines = (
        ledger(given.folds)
        if given.command == "ledger"
        else gaps(given.results, given.first, given.second, given.corpora)
    )
    print("\n".join(lines))


if __name__ == "__main__":
    main()
