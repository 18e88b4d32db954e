"""Which conclusions of the paper depend on what it leaves open? Every assumption of ours changed, one at a time.

    python benchmarks/sensitivity.py --cores 2                                    # the study of this folder
    python benchmarks/sensitivity.py --columns emodb,ravdess --source ravdess     # with other corpora than the paper's

It adds to the study's config.yaml a system for each change (results/sensitivity.yaml), runs Snakemake for the tables of
these, so that all share features, splits and what no change touches, and writes results/sensitivity.md. `-n` only shows
what would run.
"""

import argparse
import itertools
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from xser import paths
from xser.config import file as config_file
from xser.config.study import Run, Study
from xser.evaluation import significance
from xser.evaluation.clusters import numbered
from xser.evaluation.comparisons import Answers, pair
from xser.files import write_text
from xser.imports import own_file
from xser.tables.rendering import markdown_table

OVERLAY, PAGE = f"{paths.RESULTS}/sensitivity.yaml", f"{paths.RESULTS}/sensitivity.md"
Row = tuple[str, str]
"""A system, and what it is trained on: SOURCE stands for the corpus of pre-training."""
SOURCE = "SOURCE"
MFCC, LOGREG, SVC, LSTM = ((s, "same") for s in ("mfcc-lstm", "is09-logreg", "is09-svc", "is09-lstm"))
ACROSS, TUNED = ("is09-lstm-transfer", SOURCE), ("is09-lstm-transfer", f"{SOURCE}>same")
POOLED, LANGUAGE = ("mfcc-lstm", "all"), ("mfcc-lstm-language", "all")
ACROSS_SVC, ACROSS_LSTM = ("is09-svc", SOURCE), ("is09-lstm", SOURCE)


@dataclass(frozen=True)
class Conclusion:
    """What the paper's figures say of two rows: the first is above the second, or (`same`) no different."""

    text: str
    paper: str
    a: Row
    b: Row
    same: bool = False


CONCLUSIONS = (
    Conclusion("IS09 + SVC is above MFCC + LSTM", "Table 2, five of five corpora", SVC, MFCC),
    Conclusion("IS09 + LSTM is above MFCC + LSTM", "Table 2, four of five (not EMOVO)", LSTM, MFCC),
    Conclusion("IS09: SVC is above LSTM", "Table 2, four of five (SAVEE: equal)", SVC, LSTM),
    Conclusion("IS09: SVC is above logistic regression", "Table 2, four of five (not EMOVO)", SVC, LOGREG),
    Conclusion("fine-tuned on the corpus is above not fine-tuned", "Table 3, two of three (not EMOVO)", TUNED, ACROSS),
    Conclusion(
        "fine-tuned after another corpus is no different from alone", "Tables 2 and 3, mixed", TUNED, LSTM, same=True
    ),
    Conclusion("language identification changes nothing", "Table 4, five of five within noise", LANGUAGE, POOLED, True),
    Conclusion("trained on another corpus, SVC is above LSTM", "Table 5, three of three", ACROSS_SVC, ACROSS_LSTM),
    Conclusion("SVC: the corpus itself is above another corpus", "Tables 2 and 5, three of three", SVC, ACROSS_SVC),
)
NEURAL = ("mfcc-lstm", "is09-lstm", "is09-lstm-transfer", "mfcc-lstm-language")
ON_MFCC = ("mfcc-lstm", "mfcc-lstm-language")
EVERY = (*NEURAL, "is09-logreg", "is09-svc")


@dataclass(frozen=True)
class Change:
    """One assumption changed: of some systems, by what is put into their entries, of corpora, or of the protocol."""

    name: str
    text: str
    systems: Sequence[str] = ()
    entry: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[str, Mapping[str, Any]] | None = None  # of a corpus, as a view
    protocol: str = ""


CHANGES = (
    Change("control", "control: learning rate 0.00101", NEURAL, parameters={"learning_rate": 0.00101}),
    Change("svc-c-01", "SVC: C = 0.1", ("is09-svc",), parameters={"C": 0.1}),
    Change("svc-c-10", "SVC: C = 10", ("is09-svc",), parameters={"C": 10.0}),
    Change("svc-linear", "SVC: linear kernel, C = 0.01", ("is09-svc",), parameters={"kernel": "linear", "C": 0.01}),
    Change("logreg-c-0001", "logistic regression: C = 0.0001", ("is09-logreg",), parameters={"C": 0.0001}),
    Change("logreg-c-1", "logistic regression: C = 1", ("is09-logreg",), parameters={"C": 1.0}),
    Change("batch-8", "batches of 8", NEURAL, parameters={"batch_size": 8}),
    Change("batch-128", "batches of 128", NEURAL, parameters={"batch_size": 128}),
    Change("rate-0003", "learning rate 0.0003", NEURAL, parameters={"learning_rate": 0.0003}),
    Change("last", "the last of 30 epochs", NEURAL, parameters={"epoch": "last", "epochs": 30}),
    Change("loss", "the epoch of the least loss", NEURAL, parameters={"monitor": "loss"}),
    Change("refit", "refit on development speakers too", NEURAL, parameters={"refit": True}),
    Change("steps", "IS09 as 32 steps of 12", ("is09-lstm", "is09-lstm-transfer"), parameters={"steps": 32}),
    Change("softmax", "softmax fine-tuned too", ("is09-lstm-transfer",), {"finetune": {"freeze": ["recurrent"]}}),
    Change("dense-32", "further dense layer of 32", ("is09-lstm-transfer",), parameters={"dense": [32]}),
    Change("anew", "scaling anew in fine-tuning", ("is09-lstm-transfer",), {"finetune": {"scaling": "refit"}}),
    Change("weight", "language head: 0.3", ("mfcc-lstm-language",), {"heads": {"emotion": 1.0, "language": 0.3}}),
    Change("padding", "padding before scaling", ON_MFCC, {"features": "mfcc-padding"}),
    Change("energy", "energy in place of C0", ON_MFCC, {"features": "mfcc-energy"}),
    Change("speaker", "each speaker normalised (transductive)", EVERY, {"normalise": "speaker"}),
    Change("exc-merge", "IEMOCAP: excitement is happiness", options=("iemocap", {"exc": "merge"})),
    Change("exc-replace", "IEMOCAP: excitement in place of happiness", options=("iemocap", {"exc": "replace"})),
    Change("paper", "held out: only the speakers of `paper.test`", protocol="paper"),
)


@dataclass(frozen=True)
class Design:
    """A study under changes: its config, tested corpora, the corpus of pre-training and the protocol."""

    config: Mapping[str, Any]
    columns: Sequence[str]
    source: str
    protocol: str
    only: Mapping[str, Sequence[str]] = field(default_factory=lambda: {c.name: c.systems for c in CHANGES})
    """The changes to make, and in which of their systems."""

    def wanted(self) -> list[Change]:
        """The changes that the study can make."""
        roots = {name for name, entry in self.config["corpora"].items() if entry.get("root") is not None}
        tested = all("test" in self.config["corpora"][c].get("paper", {}) for c in self.columns)
        found = []
        for c in CHANGES:
            if (
                c.name in self.only
                and (not c.options or c.options[0] in roots & {*self.columns, self.source})
                and (
                    not c.protocol
                    or (tested and c.protocol in self.config["protocols"] and c.protocol != self.protocol)
                )
            ):
                systems = [s for s in c.systems if s in (self.only[c.name] or c.systems)]
                few = f" (in {' and '.join(systems)})" if len(systems) < len(c.systems) else ""
                found.append(replace(c, systems=systems, text=c.text + few))
        return found

    def view(self, corpus: str, change: Change | None) -> str:
        """A corpus under a change: itself, or its view."""
        seen = change is not None and change.options is not None and change.options[0] == corpus
        return f"{corpus}_{change.name.replace('-', '_')}" if seen and change else corpus

    def row(self, row: Row, change: Change | None) -> Row:
        """A row of a conclusion under a change: its system and training set."""
        system, train = row
        pool = sorted(c for c, e in self.config["corpora"].items() if e.get("root") is not None)
        everything = "+".join(self.view(c, change) for c in pool)
        train = train.replace(SOURCE, self.view(self.source, change)).replace("all", everything)
        return (f"{system}--{change.name}" if change and system in change.systems else system), train

    def rows(self, change: Change | None, source: bool) -> list[Row]:
        """The distinct rows of all conclusions under a change, of those that need the source or of the others."""
        found = (row for c in CONCLUSIONS for row in (c.a, c.b) if (SOURCE in row[1]) is source)
        return list(dict.fromkeys(self.row(row, change) for row in found))

    def overlay(self) -> dict[str, Any]:
        """What is added to the config: systems, views, feature sets, and tables that hold all runs."""
        added: dict[str, Any] = {"systems": {}, "corpora": {}, "tables": {}}
        mfcc = self.config["features"]["mfcc"]
        added["features"] = {"mfcc-padding": {**mfcc, "frames": 120}, "mfcc-energy": {**mfcc, "use_energy": True}}
        plain: dict[bool, list[Row]] = {source: self.rows(None, source) for source in (False, True)}
        for change in self.wanted():
            for system in change.systems:
                entry = {**self.config["systems"][system], **change.entry}
                finetune = {**self.config["systems"][system].get("finetune", {}), **change.entry.get("finetune", {})}
                parameters = {**entry.get("parameters", {}), **change.parameters}
                entry |= {k: v for k, v in (("parameters", parameters), ("finetune", finetune)) if v}
                added["systems"][f"{system}--{change.name}"] = entry
            if change.options:
                corpus, options = change.options
                entry = {k: v for k, v in self.config["corpora"][corpus].items() if k in ("paper", "mapping")}
                title = f"{self.config['corpora'][corpus].get('title', corpus)}, {change.name}"
                view = {"view": corpus, "options": options, "title": title, **entry}
                added["corpora"][self.view(corpus, change)] = view
            for source in (False, True):
                if change.options or change.protocol:
                    added["tables"] |= self._table(change.name, self.rows(change, source), change, source)
                else:
                    plain[source] += [r for r in self.rows(change, source) if r not in plain[source]]
        for source in (False, True):
            added["tables"] |= self._table("", plain[source], None, source)
        return added

    def _table(self, name: str, rows: Sequence[Row], change: Change | None, source: bool) -> dict[str, Any]:
        columns = [self.view(c, change) for c in self.columns if not source or c != self.source]
        name = "-".join(["sensitivity", *([name] if name else []), *(["source"] if source else [])])
        entries = [{"label": f"{s}, {t}", "system": s, "train": t} for s, t in rows]
        protocols = [change.protocol if change and change.protocol else self.protocol]
        entry = {"caption": name, "columns": columns, "protocols": protocols, "default": False, "rows": entries}
        return {name: entry} if columns else {}


@dataclass(frozen=True)
class Found:
    """A conclusion on a corpus under a change: whether it holds, by the interval of the difference, and for whom."""

    word: str
    difference: float
    low: float
    high: float
    speakers: tuple[int, int]  # of so many, those by whom alone the first would be above the second


HOLDS, REVERSED, OPEN = "+", "-", "o"
LEGEND = """+: it holds, -: the reverse does, o: open, by the 95 % interval of the difference (`no different`
holds where a 90 % interval is within 5 points). Bold: another sign than in the first line; !: the change moves the
difference by more than chance (95 % interval of its effect on the same utterances)."""


class Results:
    """The runs of a finished study."""

    def __init__(self, design: Design, study: Study) -> None:
        self.design, self.study = design, study
        self.answers = cache(self._answers)

    def _answers(self, protocol: str, row: Row, column: str) -> Answers:
        train = self.study.resolve(row[1], column)
        assert train is not None
        run = Run(protocol, row[0], train, column).ids
        audio = self.study.corpora[column].audio
        return Answers.read(paths.predictions(*run), paths.score(*run), paths.corpus(audio, "utterances.tsv"))

    def both(self, c: Conclusion, column: str, change: Change | None) -> tuple[Answers, Answers] | None:
        """The two runs of a conclusion on a corpus; None where it is the one of pre-training."""
        if SOURCE in c.a[1] + c.b[1] and column == self.design.source:
            return None
        protocol = change.protocol if change and change.protocol else self.design.protocol
        a, b = (self.design.row(row, change) for row in (c.a, c.b))
        view = self.design.view(column, change)
        return self.answers(protocol, a, view), self.answers(protocol, b, view)

    def find(self, c: Conclusion, column: str, change: Change | None) -> Found | None:
        """What becomes of a conclusion."""
        if (answers := self.both(c, column, change)) is None:
            return None
        a, b = answers
        line = pair(a, b, 0.95, 2000)
        value, low, high = (line[f"difference{end}"] for end in ("", "_low", "_high"))
        never = bool(np.isnan(low))  # do the two differ
        low, high = (value, value) if never else (low, high)
        word = HOLDS if low > 0 else REVERSED if high < 0 else OPEN
        if c.same:
            word = REVERSED if word != OPEN else HOLDS if never or line["equivalent"] else OPEN
        return Found(word, value, low, high, above(a, b))

    def moved(self, c: Conclusion, column: str, change: Change) -> bool:
        """Whether the change moves the difference by more than chance: the interval of its effect excludes 0."""
        old, new = self.both(c, column, None), self.both(c, column, change)
        assert old is not None
        assert new is not None
        if not all(np.array_equal(x.utterances, old[0].utterances) for x in (*old, *new)):
            return False  # other utterances are tested: no paired answer
        (a, b), (a2, b2) = ((x.right.astype(float) for x in side) for side in (old, new))
        speakers = np.unique(old[0].speakers, return_inverse=True)[1]
        effect = significance.compare((a2 + b) / 2, (b2 + a) / 2, speakers, clusters=numbered(old[0].clusters))
        return bool(effect.low > 0 or effect.high < 0)


def above(a: Answers, b: Answers) -> tuple[int, int]:
    """By how many of the tested speakers, each taken alone, the first run is above the second."""
    names = np.unique(a.speakers)
    wins = sum(a.right[:, a.speakers == s].mean() > b.right[:, b.speakers == s].mean() for s in names)
    return int(wins), len(names)


def page(results: Results) -> Iterator[str]:
    """The page, as Markdown."""
    design = results.design
    titles = {c: results.study.corpora[c].title for c in design.columns}
    yield from (f"{n}. {c.text} ({c.paper})" for n, c in enumerate(CONCLUSIONS, start=1))
    yield f"\nIn each cell: {', '.join(titles.values())}. {LEGEND}\n"
    base = {(n, col): results.find(c, col, None) for n, c in enumerate(CONCLUSIONS) for col in design.columns}
    rows, flips, count = [_line("as the config says", base, {}, design)], list[str](), itertools.count()
    for change in design.wanted():
        now = {(n, col): results.find(c, col, change) for n, c in enumerate(CONCLUSIONS) for col in design.columns}
        flipped = {}
        for (n, column), found in now.items():
            before = base[n, column]
            if found and before and found.word != before.word:
                flipped[n, column] = sure = results.moved(CONCLUSIONS[n], column, change)
                flips.append(
                    f"- {change.text}, {n + 1} on {titles[column]}: {_shown(before)}, then {_shown(found)}"
                    + ("; the change moves it by more than chance" if sure else "")
                )
                next(count)
        rows.append(_line(change.text, now, flipped, design))
    yield markdown_table(["assumption", *map(str, range(1, len(CONCLUSIONS) + 1))], rows)
    yield "\nBy how many of the tested speakers, each alone, the first system is above the second, nothing changed:\n"
    yield markdown_table(
        ["", *map(str, range(1, len(CONCLUSIONS) + 1))],
        [[titles[c], *(_whose(base[n, c]) for n in range(len(CONCLUSIONS)))] for c in design.columns],
    )
    yield f"\n{next(count)} flips (another sign than in the first line), in points of accuracy:\n"
    yield from flips


def _line(
    name: str, found: Mapping[tuple[int, str], Found | None], flipped: Mapping[tuple[int, str], bool], d: Design
) -> list[str]:
    def word(key: tuple[int, str]) -> str:
        result = found[key]
        text = result.word if result else " "
        return f"**{text}{'!' if flipped[key] else ''}**" if key in flipped else text

    return [name, *(" ".join(word((n, c)) for c in d.columns).rstrip() for n in range(len(CONCLUSIONS)))]


def _shown(found: Found) -> str:
    ends = ", ".join(f"{100 * x:+.1f}" for x in (found.low, found.high))
    return f"{found.word} {100 * found.difference:+.1f} [{ends}]"


def _whose(found: Found | None) -> str:
    return f"{found.speakers[0]} of {found.speakers[1]}" if found else ""


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--columns", help="tested corpora (default: those of table2)")
    parser.add_argument("--source", default="iemocap", help="the corpus of pre-training")
    parser.add_argument("--protocol", default="speakers", help="who is held out; one that tests everybody")
    every = ",".join(c.name for c in CHANGES)
    parser.add_argument("--changes", default=every, help=f"some of {every}; last=is09-lstm: in that system only")
    parser.add_argument("--cores", default="2")
    parser.add_argument("-n", dest="dry", action="store_true", help="only show what would run")
    given = parser.parse_args()
    config = config_file.without_nulls(config_file.merged(config_file.files()))
    columns = given.columns.split(",") if given.columns else config["tables"]["table2"]["columns"]
    only = {
        name: systems.split("+") if systems else []
        for name, _, systems in (c.partition("=") for c in given.changes.split(","))
    }
    there = [c for c in columns if config["corpora"][c].get("root") is not None]
    design = Design(config, there, given.source, given.protocol, only)
    overlay = design.overlay()
    write_text(OVERLAY, yaml.safe_dump(overlay, sort_keys=False))
    targets = [path for t in overlay["tables"] for path in (paths.table(t, "md"), paths.audit(t))]
    command = [sys.executable, "-m", "snakemake", "--snakefile", own_file("Snakefile"), "--configfile", OVERLAY]
    subprocess.run([*command, "--cores", given.cores, *(["-n"] if given.dry else []), "--", *targets], check=True)
    if not given.dry:
        merged = {**config, **{k: {**config[k], **v} for k, v in overlay.items()}}
        write_text(PAGE, "\n".join(page(Results(design, Study(merged)))) + "\n")
        print(Path(PAGE).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
