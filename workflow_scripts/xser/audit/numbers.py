"""Whether printed numbers follow: scores from predictions, tables, comparisons, cards and audits from scores.

From files alone, without the config and without the code that scores or makes tables. Intervals and p values are
believed. A file whose source is not there is passed over.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from xser.errors import InputError
from xser.files import decoding, read_text, read_tsv

Row = dict[str, str]
Scores = dict[tuple[str, ...], Row]
RUN = ("protocol", "system", "train", "test")
NEAR = 2e-6  # of a number with six decimals
SHARED = ("seeds", "practice", "transductive", "oracle", "undeclared", "seen")  # what an audit says of a run, too
MARKS = {"transductive": "t", "oracle": "o", "undeclared": "u", "seen": "s", "dependent": "d", "collapsed": "c"}
HEADINGS = {"accuracy": "accuracy", "uar": "UAR"}
CARD = ("n", "chance", "uar", "uar_low", "uar_high")
PERCENT = re.compile(r"(?<![\d.])\d+\.\d(?!\d)")  # as tables print it


def wrong_numbers(results: Path) -> dict[Path, str]:
    """Each file below the results whose numbers do not follow -> the first that does not, and how many there are."""
    found, scores, tables = dict[Path, str](), Scores(), dict[str, list[Row]]()

    def look(path: Path, problems: Iterator[str]) -> None:
        try:
            with decoding(path, "a result"):
                first, *others = [*problems, ""]
        except InputError as error:
            first, others = error.what.removeprefix(f"{path}: "), [""]
        except OSError:  # a job makes it anew just now; what cannot be read has no right checksum
            return
        if first:
            found[path] = first + (f" (+ {len(others) - 1} more)" if len(others) > 1 else "")

    def read_score(path: Path) -> Iterator[str]:
        ids = path.relative_to(results / "scores").with_suffix("").parts
        (score,) = read_tsv(path, *RUN)
        scores[ids] = score
        yield from (f"{key} is {score[key]}" for key, value in zip(RUN, ids, strict=True) if score[key] != value)
        if (predictions := results / "predictions" / Path(*ids).with_suffix(".tsv")).is_file():
            yield from _unlike_predictions(score, path.with_suffix(".details.tsv"), read_tsv(predictions))

    def read_table(path: Path) -> Iterator[str]:
        tables[path.stem] = read_tsv(path, "row", *RUN)
        yield from _unlike_scores(tables[path.stem], scores)

    for path in sorted((results / "scores").glob("*/*/*/*.tsv")):
        if not path.name.endswith(".details.tsv"):
            look(path, read_score(path))
    for path in sorted((results / "tables").glob("*.tsv")):
        if "." not in path.stem:
            look(path, read_table(path))
    for name, cells in tables.items():
        for ending in ("md", "tex"):
            if (path := results / "tables" / f"{name}.{ending}").is_file():
                look(path, _not_printed(cells, path))
        if (path := results / "tables" / f"{name}.comparisons.tsv").is_file():
            look(path, _unlike_cells(path, cells))
    for path in sorted((results / "models").glob("*/*/*.card.json")):
        look(path, _unlike_card(path, scores))
    for path in sorted((results / "audit").rglob("*.tsv")):
        look(path, _unlike_audit(path, scores))
    return found


def _unlike_predictions(score: Row, details: Path, rows: Sequence[Row]) -> Iterator[str]:
    """Where a score and its details are not those of predictions."""
    wanted = _measured(rows)
    yield from _differ(score, wanted)
    classes = {row["truth"] for row in rows}
    if set(score["classes"].split(",")) != classes:
        yield f"classes is {score['classes']}, not {','.join(sorted(classes))}"
    for head, said in json.loads(score["heads"] or "{}").items():
        if said["metric"] == "accuracy":
            known = [row for row in rows if row[f"{head}_truth"]]
            right = sum(row[f"{head}_truth"] == row[f"{head}_prediction"] for row in known) / len(known)
            yield from (f"{head}: {problem}" for problem in _differ(said, {"value": right}))
    if details.is_file():
        yield from (f"{details.name}: {problem}" for problem in _unlike_answers(read_tsv(details), rows))


def _unlike_answers(lines: Sequence[Row], rows: Sequence[Row]) -> Iterator[str]:
    """Where details are not those of predictions: metrics of all, of a speaker or a seed, recalls and confusions.

    F1 of a speaker, precision and F1 of a class, further heads and metrics that a study added are not counted again.
    """
    groups: dict[tuple[str, str], list[Row]] = {("", ""): list(rows)}
    for row in rows:
        for key in ("speaker", "seed"):
            groups.setdefault((row["speaker"], "") if key == "speaker" else ("", row["seed"]), []).append(row)
    measured = {group: _measured(each) for group, each in groups.items()}
    seeds, counts = measured["", ""]["seeds"], Counter((row["truth"], row["prediction"]) for row in rows)
    for line in lines:
        metric, truth, group = line["metric"], line["truth"], (line["speaker"], line["seed"])
        if line["head"] != "emotion" or group not in measured:
            continue
        wanted = {} if truth else measured[group]
        if metric == "confusion":
            wanted = {metric: counts[truth, line["prediction"]] / seeds}
        elif metric == "recall":
            wanted = {metric: counts[truth, truth] / sum(n for (label, _), n in counts.items() if label == truth)}
        if metric in wanted:
            where = " ".join(filter(None, (*group, truth, line["prediction"])))
            yield from (f"{where}: {x}" for x in _differ({metric: line["value"]}, {metric: wanted[metric]}))


def _measured(rows: Sequence[Row]) -> dict[str, float]:
    """What a score says of answers, by counting; each utterance once a seed."""
    counts = Counter((row["seed"], row["truth"], row["prediction"]) for row in rows)
    truth = Counter((row["seed"], row["truth"]) for row in rows)
    said = Counter((row["seed"], row["prediction"]) for row in rows)
    right = {(seed, c): counts[seed, c, c] for seed, c in truth}
    classes = Counter(row["truth"] for row in rows)
    return {
        "seeds": len({row["seed"] for row in rows}),
        "n": len({row["utterance"] for row in rows}),
        "speakers": len({row["speaker"] for row in rows}),
        "accuracy": sum(right.values()) / len(rows),
        "uar": sum(right[key] / n for key, n in truth.items()) / len(truth),
        "f1": sum(2 * right[key] / (n + said[key]) for key, n in truth.items()) / len(truth),
        "chance": 1 / len(classes),
        "majority": max(classes.values()) / len(rows),
    }


def _unlike_scores(cells: Sequence[Row], scores: Scores) -> Iterator[str]:
    """Where cells of a table are not the scores of their runs."""
    for cell in cells:
        score = scores.get(tuple(cell[key] for key in RUN))
        if cell["n"] and score:
            where = f"{cell['row']}, {cell['test']}, {cell['protocol']}"
            both = [key for key in cell if key in score and key not in RUN]
            differ = [key for key in both if cell[key] != score[key]]
            yield from (f"{where}: {key} is {cell[key]!r}, the score says {score[key]!r}" for key in differ)


def _not_printed(cells: Sequence[Row], page: Path) -> Iterator[str]:
    """Accuracies and UARs of a table that its printed form has not, or not as often.

    In Markdown with their row, their column and their marks.
    """
    columns = list(dict.fromkeys(cell["test"] for cell in cells))
    places, texts = Counter[tuple[str, ...]](), Counter[str]()
    for cell in cells:
        for key, heading in HEADINGS.items() if cell["n"] else ():
            text = f"{100 * float(cell[key]):.1f}"
            marks = "".join(f" ({letter})" for column, letter in MARKS.items() if cell[column])
            places[cell["row"], heading, f"column {columns.index(cell['test']) + 1}", text + marks] += 1
            texts[text] += 1
    if page.suffix == ".md":
        missing = [", ".join(place) for place in sorted(places - Counter(_printed(read_text(page))))]
    else:
        missing = sorted(texts - Counter(PERCENT.findall(read_text(page))))
    yield from (f"{place} of the table is not there, or not as often" for place in missing)


def _printed(page: str) -> Iterator[tuple[str, ...]]:
    """Row, what is shown, column, and number with marks of the cells of a table in Markdown."""
    label = ""
    for line in page.splitlines():
        if len(parts := [part.strip().replace("\\|", "|") for part in re.split(r"(?<!\\)\|", line)]) > 4:
            label = parts[1] or label
            for column, cell in enumerate(parts[3:-1], start=1):
                if number := PERCENT.match(cell):
                    marks = "".join(f" {mark}" for mark in re.findall(r"\([a-oq-z]\)", cell))
                    yield label, parts[2].partition(",")[0], f"column {column}", number[0] + marks


def _unlike_cells(path: Path, cells: Sequence[Row]) -> Iterator[str]:
    """Where comparisons of two rows are not of their cells, or a difference is not one."""
    at: dict[tuple[str, ...], list[Row]] = {}
    for cell in cells:
        at.setdefault((cell["row"], cell["test"], cell["protocol"]), []).append(cell)
    for line in read_tsv(path):
        where = f"{line['row_a']} and {line['row_b']}, {line['test']}, {line['protocol']}"
        both = {side: at.get((line[f"row_{side}"], line["test"], line["protocol"]), []) for side in "ab"}
        for metric, difference in (("accuracy", "difference"), ("uar", "uar_difference")):
            for side, found in both.items():
                said = line[f"{metric}_{side}"]
                if found and all(cell["n"] == line["n"] and not _near(said, float(cell[metric])) for cell in found):
                    yield f"{where}: {metric}_{side} is {said}, the table says {found[0][metric]}"
            if line[f"{metric}_a"] and line[difference]:
                apart = float(line[f"{metric}_a"]) - float(line[f"{metric}_b"])
                yield from (f"{where}: {x}" for x in _differ(line, {difference: apart}))


def _unlike_card(path: Path, scores: Scores) -> Iterator[str]:
    """Where a card says other scores than those of its training."""
    card = json.loads(read_text(path))
    *_, protocol, system, _ = path.parts
    for said in card["scores"]:
        if score := scores.get((protocol, system, path.name.removesuffix(".card.json"), said["test"])):
            yield from (f"{said['test']}: {x}" for x in _differ(said, {key: float(score[key]) for key in CARD}))
            if any(corpus["practice"] for corpus in card["corpora"]) != (score["practice"] == "yes"):
                yield f"{said['test']}: practice is {score['practice']} by the score"


def _unlike_audit(path: Path, scores: Scores) -> Iterator[str]:
    """Where an audit's line is not of the run that was scored."""
    for line in read_tsv(path, *RUN):
        if score := scores.get(tuple(line[key] for key in RUN)):
            said = {"tested": score["n"], **{key: score[key] for key in SHARED}}
            where, differ = ", ".join(line[key] for key in RUN), [key for key in said if line[key] != said[key]]
            yield from (f"{where}: {key} is {line[key]!r}, the score says {said[key]!r}" for key in differ)


def _differ(said: Mapping[str, object], wanted: Mapping[str, float]) -> Iterator[str]:
    """Which of some numbers, as they stand in a file, are not as they should be."""
    differ = [key for key, value in wanted.items() if not _near(said[key], value)]
    yield from (f"{key} is {said[key]}, not {wanted[key]:.6g}" for key in differ)


def _near(said: object, wanted: float) -> bool:
    return abs(float(str(said)) - wanted) <= NEAR
