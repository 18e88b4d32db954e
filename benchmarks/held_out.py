"""Whom may the paper have held out? Our results of every speaker beside all that the paper prints of a corpus.

    python benchmarks/held_out.py emodb

needs the study's `loso` results: `snakemake results/scores/loso/is09-svc/emodb/emodb.tsv` for each row of a table that
should count. A speaker agrees with a row if the difference of our accuracy on that speaker and the paper's can be
chance: two systems that are equally good but err on other utterances, each of one training. All rows are asked at once:
each difference has a level of 0.05 over their number (Bonferroni), so that a speaker whom the paper did hold out, with
systems as good as ours, is ruled out in at most 5 %. Corpora of which two speakers are held out are asked pair by pair.
"""

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from scipy.stats import norm

from xser import paths
from xser.config import file as config_file
from xser.config.study import Run, Study
from xser.evaluation.score import DETAILS
from xser.tables.rendering import markdown_table

LEVEL = 0.05
PROTOCOL = "loso"
BY_SPEAKER = tuple[float, int]
"""Accuracy and utterances."""


@dataclass(frozen=True)
class Row:
    """What the paper prints of a row, in per cent, and ours by speaker."""

    label: str
    paper: float
    ours: Mapping[str, BY_SPEAKER]


def rows_of(study: Study, corpus: str) -> list[Row]:
    """The rows of all tables that have a figure of the paper for a corpus and results of ours under PROTOCOL."""
    found: dict[Run, Row] = {}
    for table in study.tables.values():
        for cell in study.cells(table.id):
            if cell.column == corpus and cell.run and cell.paper is not None and not table.rows[cell.row].paper_oracle:
                run = Run(PROTOCOL, cell.run.system, cell.run.train, corpus)
                path = paths.details(*run.ids)
                if Path(path).is_file():
                    found.setdefault(run, Row(table.rows[cell.row].label, cell.paper, by_speaker(path)))
    return list(found.values())


def by_speaker(path: str) -> dict[str, BY_SPEAKER]:
    """The accuracy of each speaker in the details of a score."""
    lines = DETAILS.records(path)
    return {
        line["speaker"]: (line["value"], line["n"])
        for line in lines
        if line["metric"] == "accuracy" and line["head"] == "emotion" and line["speaker"] and line["seed"] is None
    }


def together(ours: Mapping[str, BY_SPEAKER], group: Sequence[str]) -> BY_SPEAKER:
    """The accuracy over all utterances of some speakers."""
    n = sum(ours[s][1] for s in group)
    return sum(ours[s][0] * ours[s][1] for s in group) / n, n


def distance(ours: float, paper: float, n: int) -> float:
    """A difference of two shares of n utterances in standard errors of equal shares; half an utterance each is added.

    The errors of both are taken as independent. Of the same utterances they are not, so that fewer are ruled out.

    Examples
    --------
    >>> round(distance(0.9, 0.7, 43), 1), distance(0.5, 0.5, 43)
    (2.3, 0.0)
    """
    pooled = ((ours + paper) * n + 1) / (2 * n + 2)
    return (ours - paper) / math.sqrt(2 * pooled * (1 - pooled) / n)


def lines(rows: Sequence[Row], speakers: Sequence[str], number: int, n: int | None) -> Iterator[list[object]]:
    """One line a group of `number` speakers: n, each row's accuracy, the largest distance, and the answer."""
    limit = float(norm.isf(LEVEL / 2 / len(rows)))
    for group in combinations(speakers, number):
        values = [together(row.ours, group) for row in rows]
        far = [distance(value, row.paper / 100, size) for (value, size), row in zip(values, rows, strict=True)]
        agrees = max(map(abs, far)) <= limit
        fits = n is None or values[0][1] == n
        answer = ("yes" if fits else "yes, but n") if agrees else "no"
        shown = [
            f"{100 * value:.1f}" + ("" if abs(z) <= limit else "*") for (value, _), z in zip(values, far, strict=True)
        ]
        yield ["+".join(group), values[0][1], *shown, f"{max(far, key=abs):+.1f}", answer]


def page(study: Study, corpus: str) -> Iterator[str]:
    """The answer for a corpus, as Markdown."""
    rows = rows_of(study, corpus)
    if not rows:
        raise SystemExit(f"no row of {corpus} with a figure of the paper has results under protocol {PROTOCOL}")
    entry = study.corpora[corpus]
    number = entry.test if isinstance(entry.test, int) else len(entry.test)
    speakers = sorted(set.intersection(*(set(row.ours) for row in rows)))
    table = list(lines(rows, speakers, number, entry.paper_n))
    for line in table:
        line[0] = str(line[0]).replace(f"{entry.audio}_", "")
    labels = [row.label for row in rows]
    theirs = ["as printed", entry.paper_n or "", *(row.paper for row in rows), "", ""]
    yield markdown_table(["held out", "n", *labels, "farthest", "agrees"], [theirs, *table])
    limit = norm.isf(LEVEL / 2 / len(rows))
    agreeing = sum(str(line[-1]) != "no" for line in table)
    yield f"\n*: more than {limit:.2f} standard errors from the paper's."
    yield f"{agreeing} of {len(table)} agree with all {len(rows)} rows at once."


def main() -> None:
    """Print the answer for the corpora of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+")
    study = Study(config_file.merged(config_file.files()))
    for corpus in parser.parse_args().corpora:
        print("\n".join(page(study, corpus)))


if __name__ == "__main__":
    main()
