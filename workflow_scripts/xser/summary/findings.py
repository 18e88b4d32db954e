"""What a table shows, in sentences: of its tests, with numbers that name their source."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from xser.evaluation import paper_figures
from xser.evaluation.marks import MARKS
from xser.evaluation.metrics import ACCURACY, Metric
from xser.evaluation.over_corpora import JACKKNIFE
from xser.summary.table_view import Difference, Results, cell_marks, compared_by
from xser.summary.traced import TracedLine, counted, name

AGAINST_PAPER = {
    paper_figures.DIFFERS: ("differs from the paper's", "differ from the paper's"),
    paper_figures.AGREES: ("agrees with the paper's", "agree with the paper's"),
    paper_figures.UNKNOWN: ("cannot be told from the paper's", "cannot be told from the paper's"),
}
FEW = 2  # differences that a sentence lists, from there on it gives their range


def findings(table: Results, protocol: str, metric: Metric) -> list[Markup]:
    """The sentences of a table under one protocol, by one metric; none where nothing was compared.

    Where its rows are trained alike they say which system is best, else what each row brings against the reference.
    """
    lines = table.column(protocol, table.settings["columns"][0])
    if table.settings["baseline"]:
        found = [*_gains(table, protocol)]
    elif table.settings["matrix"]:
        found = [*_elsewhere(table, protocol, metric)]
    elif len(lines) < 3 or len({line["train"] for line in lines}) > 1:
        found = [*_against_reference(table, protocol, metric)]
    else:
        found = [*_best(table, protocol, metric)]
    return [*found, *(_ranks(table, protocol) if metric is ACCURACY else ()), *_paper(table, protocol, metric)]


def enumerated(parts: Sequence[Markup | str]) -> Markup:
    """Parts as a sentence lists them.

    Examples
    --------
    >>> str(enumerated(["a", "b", "c"]))
    'a, b and c'
    """
    head = Markup(", ").join(parts[:-1])
    return Markup("{} and {}").format(head, parts[-1]) if head else Markup("{}").format(parts[-1])


def _row(line: TracedLine) -> Markup:
    """The label of a cell's row, with what it must not be read without."""
    return _called(line["row"], [short for _, short, _ in cell_marks(line)])


def _side(line: TracedLine, side: str) -> Markup:
    """The label of row `a` or `b` of a comparison, likewise."""
    return _called(line[f"row_{side}"], [mark.short for mark in MARKS.values() if mark.letter in line[f"marks_{side}"]])


def _called(label: str, needed: Sequence[str]) -> Markup:
    return Markup("{}{}").format(name(label), f" ({', '.join(needed)})" if needed else "")


def _strong(text: Markup) -> Markup:
    return Markup("<strong>{}</strong>").format(text)


def _title(table: Results, test: str) -> Markup:
    return name(table.settings["titles"][test])


def _best(table: Results, protocol: str, metric: Metric) -> Iterator[Markup]:
    """Which system is best on each corpus, and which ones are significantly worse."""
    alike = []
    for test in table.settings["columns"]:
        ranked = table.ranked(protocol, test, metric)
        pairs = [(x, d) for x in ranked[1:] if (d := table.difference(x, ranked[0], metric))]
        if not pairs:
            continue
        best = ranked[0]
        value = best.show(metric.name, metric.form) + (" %" if metric.form.scale == 100 else "")
        place = "is among the best" if ranked[1][metric.name] == best[metric.name] else "is best"
        worse = [(x, d) for x, d in pairs if d.significant]
        if not worse:
            alike.append(Markup("{} ({}, {})").format(_title(table, test), _row(best), value))
            continue
        if len(worse) > FEW:
            ends = (find([d for _, d in worse]).size() for find in (_highest, _lowest))
            some = Markup("{} of {} others are").format(*_counts(metric, [d for _, d in worse], [d for _, d in pairs]))
            count = "all others are" if len(worse) == len(pairs) else some
            than = Markup("{} lower by {} to {} points").format(count, *ends)
        else:
            than = enumerated(
                [Markup("{} is lower by {} points (p {})").format(_row(x), d.size(), d.p()) for x, d in worse]
            )
        rest = "; no other difference from it is significant" if len(worse) < len(pairs) else ""
        where, who = _title(table, test), _strong(_row(best))
        yield Markup("On {} {} {} ({}): {}{}.").format(where, who, place, value, than, rest)
    if alike:
        yield Markup("No system differs significantly from the best on {}.").format(enumerated(alike))


def _against_reference(table: Results, protocol: str, metric: Metric) -> Iterator[Markup]:
    """What each row brings or costs against the reference row."""
    found: dict[str, list[tuple[TracedLine, Difference]]] = {}
    for test in table.settings["columns"]:
        for x in table.column(protocol, test):
            if difference := table.against(x, metric):
                found.setdefault(x["row"], []).append((x, difference))
    against, alike = name(table.reference_row), []
    for lines in found.values():
        differences, row = [d for _, d in lines], _row(lines[0][0])
        sure = [(d, _title(table, x["test"])) for x, d in lines if d.significant]
        if sure:
            (first, on), *more = sure
            parts = [Markup("{} points on {} (p {})").format(first.show(), on, first.p())]
            parts += [Markup("{} on {} (p {})").format(d.show(), on, d.p()) for d, on in more]
            rest = "; elsewhere no significant difference" if len(sure) < len(lines) else ""
            yield Markup("{} against {}: {}{}.").format(_strong(row), against, enumerated(parts), rest)
        else:
            ends = [find(differences).show() for find in (_lowest, _highest)][: len(differences)]
            alike.append(Markup("{} ({} points)").format(row, Markup(" to ").join(ends)))
    if alike:
        yield Markup("No significant difference from {} on any corpus: {}.").format(against, enumerated(alike))


def _elsewhere(table: Results, protocol: str, metric: Metric) -> Iterator[Markup]:
    """What it costs to train on other corpora than the tested one."""
    cells = [x for test in table.settings["columns"] for x in table.column(protocol, test)]
    each = [x for x in cells if x["row"] in table.settings["matrix"]]  # not what pools the tested corpus with others
    differences = [(d, x["test"]) for x in each if (d := table.against(x, metric))]
    if len(differences) == 1:
        ((d, test),) = differences
        yield Markup("Trained on other corpora than the tested one, {} changes by {} points on {} (p {}).").format(
            metric.heading, d.show(), _title(table, test), d.p()
        )
    if len(differences) < 2:
        return
    least, most = (find([d for d, _ in differences]) for find in (_highest, _lowest))
    sure = [d for d, _ in differences if d.significant]
    tests = {id(d): _title(table, test) for d, test in differences}
    yield Markup(
        "Trained on other corpora than the tested one, {} changes by {} (on {}) to {} points (on {}); {} significant."
    ).format(
        metric.heading, most.show(), tests[id(most)], least.show(), tests[id(least)],
        Markup("{} of {} differences are").format(*_counts(metric, sure, [d for d, _ in differences])),
    )  # fmt: skip


def _counts(metric: Metric, sure: Sequence[Difference], of: Sequence[Difference]) -> Iterator[Markup]:
    """How many differences are significant, and of how many."""
    for found, column in ((sure, "significant"), (of, "difference")):
        yield counted([d.line for d in found], f"{compared_by(metric)}{column}")


def _gains(table: Results, protocol: str) -> Iterator[Markup]:
    """What each row gains over the baseline, over corpora."""
    if not (lines := table.gains(protocol)):
        return
    over, alike = name(table.gained_over(protocol)), []
    for x in lines:
        tests = "pairs of corpora" if x["method"] == JACKKNIFE else "tests"
        row, points = _side(x, "a"), x.show("uar_difference", "points")
        if x["uar_significant"]:
            yield Markup("{} gains {} points of UAR over {} (mean of {} {}; p {}).").format(
                _strong(row), points, over, x.show("n"), tests, x.show("uar_p_holm", "p")
            )
        else:
            alike.append(Markup("{} ({} points)").format(row, points))
    if alike:
        yield Markup("No significant mean gain of UAR over {}: {}.").format(over, enumerated(alike))


def _lowest(differences: Sequence[Difference]) -> Difference:
    return min(differences, key=lambda d: d.value)


def _highest(differences: Sequence[Difference]) -> Difference:
    return max(differences, key=lambda d: d.value)


def _ranks(table: Results, protocol: str) -> Iterator[Markup]:
    """Who ranks first over corpora, and whether that can be told from chance."""
    if (found := table.friedman(protocol)) is None:
        return
    overall, ranks, apart = found
    _, line, column = ranks[0]
    first = [_strong(_side(x, c.removeprefix("rank_"))) for _, x, c in ranks if x[c] == line[column]]
    test = Markup("Friedman's test: p {}").format(overall.show("p", "p"))
    if apart:
        pairs = enumerated([Markup("{} from {}").format(_side(x, "a"), _side(x, "b")) for x in apart[:FEW]])
        test = Markup("{}; Nemenyi's tells {}{}").format(test, pairs, " and others" if len(apart) > FEW else "")
    yield Markup("Over {} corpora, by accuracy, {} {} first (mean rank {}; {}).").format(
        overall.show("n"), enumerated(first), "rank" if len(first) > 1 else "ranks", line.show(column, "ratio"), test
    )


def _paper(table: Results, protocol: str, metric: Metric) -> Iterator[Markup]:
    """How our accuracies compare with the paper's."""
    lines = [x for x in table.run if x["protocol"] == protocol and x["verdict"] in AGAINST_PAPER]
    if metric is ACCURACY and lines:
        parts = [
            Markup("{} {}").format(counted(of, "verdict"), words[len(of) > 1])
            for verdict, words in AGAINST_PAPER.items()
            if (of := [x for x in lines if x["verdict"] == verdict])
        ]
        yield Markup("Of our accuracies {}.").format(enumerated(parts))
