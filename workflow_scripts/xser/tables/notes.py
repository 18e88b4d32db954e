"""The notes below a table: what a reader needs to believe its numbers; plain text, one string a note."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xser import paths
from xser.corpora.card import CARD
from xser.data_dir import LEFT_OUT
from xser.evaluation import marks, paper_figures
from xser.tables.cells import CELLS
from xser.tables.layout import DASH, PAPER, runs_of, tasks_of

if TYPE_CHECKING:
    import pandas as pd


def notes(settings: Mapping[str, Any], cells: "pd.DataFrame", left_out: Sequence[str]) -> list[str]:
    """All notes of a table (CELLS), in order; `settings` as for `make_cells`, with `titles` of its columns.

    `left_out` are the lists of what was left out of the tested corpora, `.../{corpus}/left_out.tsv`.
    """
    run = cells[cells["n"].notna()]
    elsewhere = ~run["test"].isin(settings["practice"])
    return [
        *_if(
            run["practice"].any(),
            "Practice data (synthetic speech) shows that everything runs; its numbers mean nothing.",
        ),
        _what(run),
        *_intervals(settings, run),
        *_sizes(settings, run),
        *_one_class(settings, run),
        *_few(settings, run),
        *_dialogues(settings, run),
        *_unlearnt(settings, run),
        *_learnt(settings, run),
        *_if(
            cells["paper_low"].notna().any(),
            f"{PAPER}: 95 % Wilson intervals, from the n that the paper's percentages imply.",
        ),
        *_verdicts(settings, run),
        "Chance: one over the number of classes; majority class: the share of the most frequent one.",
        *_if((run["practice"] & elsewhere).any(), "(p) trained on practice data."),
        *marks.explained([*CELLS.known(run), *_heads(run)]),
        *_if(
            (cells["n"].isna() & cells["system"].ne("")).any(),
            f"{DASH}: no run, because a corpus that it needs is not there.",
        ),
        *_left_out(settings, left_out),
    ]


def confounded(titles: Mapping[str, str], cards: Sequence[str]) -> Iterator[str]:
    """Warn of corpora whose speakers tell the emotion, by their cards (`.../{corpus}/card.tsv`)."""
    for path in cards:
        for line in CARD.records(path):
            if line["section"] == "Take care" and line["item"] == "speaker and emotion are confounded":
                title = titles[Path(path).parent.name]
                yield (
                    f"{title}: speaker and emotion are confounded ({line['value']}). Statistics of a speaker are then "
                    "those of an emotion: do not normalise by speaker."
                )


def _if(condition: object, note: str) -> list[str]:
    return [note] if condition else []


def _heads(run: "pd.DataFrame") -> Iterator[dict[str, str]]:
    """What marks the further tasks of multi-task systems: collapse."""
    for heads in run["heads"]:
        for task in tasks_of({"heads": heads}).values():
            yield {**dict.fromkeys(marks.MARKS, ""), "collapsed": task.get("collapsed", "")}


def _what(run: "pd.DataFrame") -> str:
    seeds = sorted(set(run["seeds"]) - {1})
    averaged = f"; means over {' or '.join(map(str, seeds))} seeds where training depends on chance" if seeds else ""
    return f"Values are per cent with intervals in brackets; UAR is the unweighted average recall{averaged}."


def _placed(settings: Mapping[str, Any], run: "pd.DataFrame") -> Iterator[tuple[str, "pd.DataFrame"]]:
    """Each column and protocol by name, with its runs: in order."""
    several = len(settings["protocols"]) > 1
    for column in settings["columns"]:
        for protocol in settings["protocols"]:
            if len(found := runs_of(run, column, protocol)):
                yield settings["titles"][column] + (f" ({protocol})" if several else ""), found


def _intervals(settings: Mapping[str, Any], run: "pd.DataFrame") -> Iterator[str]:
    """How the intervals of each column were made."""
    methods: dict[str, list[str]] = {}
    for where, found in _placed(settings, run):
        for method in found["interval"].unique():
            methods.setdefault(method, []).append(where)
    for method, places in methods.items():
        yield f"Intervals of {', '.join(places)}: {method}."


def _sizes(settings: Mapping[str, Any], run: "pd.DataFrame") -> Iterator[str]:
    """Why n is what it is."""
    parts = []
    for where, found in _placed(settings, run):
        paper_n = settings["paper_n"][found["test"].iloc[0]] if found["paper"].notna().any() else None
        for n, speakers in sorted(set(zip(found["n"], found["speakers"], strict=True))):
            who = f"{speakers} tested speaker{'s' if speakers > 1 else ''}"
            theirs = f"; the paper's percentages imply {paper_n}" if paper_n is not None and n != paper_n else ""
            parts.append(f"{where} {n} of {who}{theirs}")
    if parts:
        yield f"n: {'; '.join(parts)}."


def _one_class(settings: Mapping[str, Any], run: "pd.DataFrame") -> Iterator[str]:
    """Where nothing is told apart, because the tested utterances have one emotion."""
    parts = [
        f"{where} {found['classes'].iloc[0]}"
        for where, found in _placed(settings, run)
        if "," not in found["classes"].iloc[0]
    ]
    if parts:
        only = "Only one emotion is tested, so that accuracy and UAR are its recall, and chance is 100"
        yield f"{only}: {', '.join(parts)}."


def _few(settings: Mapping[str, Any], run: "pd.DataFrame") -> Iterator[str]:
    """Which classes have so few tested utterances that UAR and F1 depend on each; `run`: the cells with a run."""
    places: dict[str, list[str]] = {}
    for where, found in _placed(settings, run):
        classes: dict[str, list[str]] = {}
        entries = [entry.rpartition(" ") for rare in found["rare"] for entry in rare.split(", ") if entry]
        for label, n in dict.fromkeys((label, n) for label, _, n in entries):
            classes.setdefault(n, []).append(label)
        if classes:
            few = ", ".join(f"{n} of {'each of ' * (len(labels) > 1)}{_and(labels)}" for n, labels in classes.items())
            places.setdefault(few, []).append(where)
    if found_in := "; ".join(f"{', '.join(where)} {few}" for few, where in places.items()):
        yield f"Few tested utterances, so that UAR and F1 depend much on each: {found_in}."


def _dialogues(settings: Mapping[str, Any], run: "pd.DataFrame") -> Iterator[str]:
    """Where a conversation is on both sides: who is tested talks to who is learnt from."""
    parts = []
    for where, found in _placed(settings, run):
        parts += [f"{where} {counts}" for counts in found["shared_dialogues"].unique() if counts]
    if parts:
        yield (
            "Tested dialogues that training or development has too, by their other turns (the partner's, where "
            f"speakers are held out): {', '.join(parts)}."
        )


def _and(names: Sequence[str]) -> str:
    """Names as a sentence lists them."""
    return " and ".join([*filter(None, [", ".join(names[:-1])]), names[-1]])


def _unlearnt(settings: Mapping[str, Any], run: "pd.DataFrame") -> Iterator[str]:
    """Which classes are tested in a fold whose models never learnt them."""
    parts = []
    for where, found in _placed(settings, run):
        rows: dict[str, list[str]] = {}
        for row, unlearnt in found[["row", "unlearnt"]].itertuples(index=False):
            rows.setdefault(unlearnt, []).append(row)
        every = len(rows) == 1
        parts += [f"{where} {what}" + f" ({'; '.join(of)})" * (not every) for what, of in rows.items() if what]
    if parts:
        unheard = "Tested without being in the training of that fold, so that none can be right, and UAR counts them"
        yield f"{unheard}: {'; '.join(parts)}."


def _learnt(settings: Mapping[str, Any], run: "pd.DataFrame") -> Iterator[str]:
    """How many utterances each row learnt from, and how many others chose its epoch or a parameter."""
    parts = []
    for where, found in _placed(settings, run[run["learnt_from"].ne("")]):
        rows: dict[str, list[str]] = {}
        for row, learnt, chosen in found[["row", "learnt_from", "chosen_on"]].itertuples(index=False):
            rows.setdefault(learnt + (f", chosen on {chosen}" if chosen != "0" else ""), []).append(row)
        named = {count: "; ".join(names) for count, names in rows.items()}
        if len(rows) == 1 and len(found) > 1:
            named = dict.fromkeys(named, "every row")
        parts.append(f"{where} " + "; ".join(f"{count} ({names})" for count, names in named.items()))
    if parts:
        yield f"Utterances learnt from, and those that chose an epoch or a parameter: {'. '.join(parts)}."


def _verdicts(settings: Mapping[str, Any], run: "pd.DataFrame") -> Iterator[str]:
    """What the words behind our accuracies mean."""
    if run["verdict"].isin(paper_figures.COMPARED).any():
        yield (
            "differs, agrees, cannot tell: the 95 % interval of our accuracy less the paper's, each of speakers whom "
            f"chance chose, excludes 0, is within {100 * paper_figures.MARGIN:g} points, or neither. Speakers differ "
            "as measured where the table tests them all in turn, else by a standard deviation of "
            f"{paper_figures.BOUND:g} logit (22 points around 60 %)."
        )
    other = run[run["verdict"].eq(paper_figures.NOT_COMPARABLE)]
    if reasons := [
        f"{why} ({', '.join(dict.fromkeys(of['test'].map(settings['titles'])))})" for why, of in other.groupby("why")
    ]:
        yield f"Not comparable (n.c.): {'; '.join(reasons)}."


def _left_out(settings: Mapping[str, Any], lists: Sequence[str]) -> Iterator[str]:
    """How many recordings of the tested corpora were left out, and why."""
    for path in lists:
        corpus = Path(path).parent.name
        counts = LEFT_OUT.read(path)["why"].str.split(":").str[0].value_counts().sort_index()
        if whys := ", ".join(f"{count} ({why})" for why, count in counts.items()):
            title = settings["titles"].get(corpus, corpus)
            yield f"{title}: recordings left out: {whys}; {paths.corpus(corpus, 'left_out.tsv')} names them."
