"""What the numbers rest on: corpora and licences, the audit, the method."""

from collections.abc import Mapping, Sequence
from typing import Any

from xser import paths
from xser.summary.markup import Child, Html, join, name, tag
from xser.summary.traced import Line, setting, short

OPENSMILE = (
    "openSMILE (audEERING), which computes IS09, eGeMAPS and ComParE, is free for research and education only; any "
    "other use needs a licence of its own."
)
FILES = (
    "release", "recordings", "utterances", "utterances that take part", "speakers", "languages",
    "left out by the reader or for bad audio",
)  # fmt: skip


def corpora(entries: Sequence[Mapping[str, Any]], cards: Sequence[Sequence[Line]]) -> Html:
    """A card a corpus (`id`, `title`, `language`, `licence`, `practice`) from the lines of its card.tsv."""
    shown = [_card(entry, lines) for entry, lines in zip(entries, cards, strict=True)]
    text = tag("p", tag("strong", "Licence of the features. "), tag("span", OPENSMILE, class_="text"))
    licence = tag("section", text, class_="card")
    return join([tag("div", shown, class_="grid"), licence])


def _card(entry: Mapping[str, Any], lines: Sequence[Line]) -> Html:
    files = {line["item"]: line for line in lines if line["section"] == "Files"}
    shown = [(item, files[item]) for item in FILES if item in files]
    shown += [(item, line) for item, line in files.items() if item.startswith("byte for byte")]
    length = [x for x in lines if x["section"] == "Durations" and x["item"] == "all utterances read"]
    shown += [(f"duration, {x['measure']}", x) for x in length if x["measure"] in ("median (s)", "total (min)")]
    care = [x for x in lines if x["section"] == "Take care"]
    return tag(
        "section",
        tag("h3", name(entry["title"]), tag("small", name(entry["language"]))),
        tag("p", "Practice data: synthetic speech in this corpus' layout.", class_="practice-note")
        if entry["practice"]
        else "",
        tag("dl", [[tag("dt", name(item)), tag("dd", line.show("value", short))] for item, line in shown]),
        tag("p", tag("strong", "Take care: "), join((_care(x) for x in care), "; "), ".") if care else "",
        tag("p", tag("strong", "Licence of the corpus: "), name(entry["licence"]), "."),
        class_="card",
        id=f"corpus-{entry['id']}",
    )


def _care(line: Line) -> Html:
    return join([name(line["item"]), ": ", line.show("value", short)])


AUDIT = (
    ("system", "system"),
    ("train", "trained on"),
    ("test", "tested on"),
    ("protocol", "protocol"),
    ("tested", "tested utterances"),
    ("test_speakers", "tested speakers"),
    ("trained", "trained utterances"),
    ("training_speakers", "training speakers"),
    ("shared_speakers", "speakers in both"),
    ("shared_audio", "audio in both"),
    ("shared_sentences", "sentences in both"),
)


def audit(lines: Sequence[Line]) -> Html:
    """The audit, a line a run; what it found is shown as it stands in audit.tsv."""
    columns = [(c, title) for c, title in AUDIT if not lines or c in lines[0].cells]
    head = [tag("th", title, scope="col") for _, title in columns]
    rows = [
        tag("tr", [tag("td", _audited(line, c) if line[c] else "–", data_column=title) for c, title in columns])
        for line in lines
    ]
    words = (
        "Every run below was checked from its files: no tested speaker and no tested audio was in training, "
        "development or pre-training. A leak fails the study before a page like this is written. "
        "In words, with label maps, versions and commit: "
    )
    table = tag("table", tag("thead", tag("tr", head)), tag("tbody", rows), class_="plain")
    return tag(
        "section",
        tag("p", words, name(paths.AUDIT_PAGE), "."),
        tag("div", table, class_="scroll tall"),
        tag("p", "Features were scaled by statistics ", join(_each(lines, "scaling"), "; "), ".") if lines else "",
        class_="card",
    )


def _each(lines: Sequence[Line], column: str) -> list[Html]:
    """Each value of a column, from the first line that has it."""
    first: dict[str, Line] = {}
    for line in lines:
        first.setdefault(line[column], line)
    return [line.show(column) for line in first.values()]


def _audited(line: Line, column: str) -> Html:
    names = column in ("system", "train", "test", "protocol")
    return tag("span", name(line[column])) if names else line.show(column)


def method(settings: Mapping[str, Any]) -> Html:
    """How the numbers were made; what the config says is shown with its key."""
    protocols = [
        tag("li", "Protocol ", name(protocol), ": ", setting(f"protocols.{protocol}", description), ".")
        for protocol, description in settings["protocols"].items()
    ]
    intervals = settings["intervals"]
    detail: Child = ""
    if intervals:
        shown = [join([name(k), " ", setting(f"intervals.{k}", v)]) for k, v in intervals.items()]
        detail = [" (", join(shown, ", "), ")"]
    seeds = setting("seeds", settings["seeds"])
    notes: list[Child] = [
        "Accuracy is the share of right answers. UAR, the unweighted average recall, is the mean over emotions of the "
        "share of right answers; it does not reward answering the most frequent emotion.",
        ["Where training depends on chance, figures are means over seeds ", seeds, ", never the best one."],
        [
            "Intervals",
            detail,
            " are made by a method that suits the number of tested speakers, named below each table.",
        ],
        "Chance is one over the number of emotions; the majority class is the share of the most frequent emotion in "
        "the test.",
        "A verdict compares our accuracy with the paper's interval, and only under the same protocol with the same "
        "number of real test utterances; otherwise the cell says not comparable.",
        "Epochs and parameters are chosen on development speakers; where an epoch was chosen on the test set, the cell "
        "says oracle epoch. Scaling is learned from training speakers. What uses unlabelled recordings of tested "
        "speakers is marked transductive.",
    ]
    return tag("section", tag("ul", protocols, [tag("li", n) for n in notes]), class_="card prose")
