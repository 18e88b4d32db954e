"""The summary page of a small made-up study: every number traced, tables with further tasks and with their spread."""

import datetime
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from configs import REPOSITORY
from made_results import CORPORA, LABELS, PROTOCOLS, TITLES, WHO, Made
from summary_page import Page

import make_summary
from xser.audit.checks import AUDIT
from xser.corpora.base import load_reader
from xser.corpora.card import CARD
from xser.corpora.catalogue import readers
from xser.evaluation.comparisons import ALL, COMPARISONS
from xser.evaluation.over_corpora import FRIEDMAN, NEMENYI, WILCOXON
from xser.files import read_tsv
from xser.summary.made import made as made_of
from xser.summary.methods import Methods, bibliography, cited_as, key_of
from xser.summary.page import page
from xser.summary.table_view import Results
from xser.summary.traced import read
from xser.tables import held_out, rendering
from xser.tables.cells import CELLS

TABLE, SPREAD = "results/tables/table2.tsv", "results/tables/table2.spread.tsv"
LSTM = LABELS["mfcc-lstm"]


def summarise(made: Made, spreads: Sequence[str] = (SPREAD,), seeds: Sequence[int] = (0, 1)) -> str:
    """Write the summary page of the study into its folder, the working directory; return it."""
    listed: list[tuple[str | None, str, str]] = [
        *(("table2", f, "paper") for f in ("against-paper", "confusion", "speakers")),
        *((None, f, "") for f in ("emotions", "durations")),
    ]
    drawing = made.folder / "drawing.svg"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    settings = {
        "corpora": [
            {"id": c, "language": "German", "licence": "CC0-1.0", "practice": c in made.practice, "title": TITLES[c],
             "reference": load_reader(c).reference}
            for c in CORPORA
        ],
        "figures": [
            {"family": f, "name": f"{t}-{f}", "practice": True, "protocol": p, "sources": "x", "table": t, "title": f}
            for t, f, p in listed
        ],
        "intervals": {"confidence": 0.95, "samples": 2000},
        "protocols": WHO,
        "methods": {
            "features": [["openSMILE's functionals of IS09", ["IS09", "eyben2010"]]],
            "models": [["logistic regression", ["pedregosa2011"]]], "paper": True, "tasks": ["language"],
        },
        "seeds": seeds,
        "tables": [
            {
                "caption": "Each corpus by itself", "columns": list(CORPORA), "id": "table2", "matrix": False,
                "baseline": False, "reference": "", "titles": TITLES,
            }
        ],
    }  # fmt: skip
    make_summary.main(
        tables=[TABLE],
        comparisons=["results/tables/table2.comparisons.tsv"],
        spreads=spreads,
        printed=["results/tables/table2.md"],
        latex=["results/tables/table2.tex"],
        details=[f"results/scores/{run}.details.tsv" for protocol in PROTOCOLS for run in made.runs(protocol)],
        figures=[str(drawing)] * len(listed),
        captions=[str(REPOSITORY / f"report/{f}.rst") for _, f, _ in listed],
        cards=[f"results/corpora/{c}/card.tsv" for c in CORPORA],
        audit="results/audit.tsv",
        html="results/summary.html",
        settings=settings,
    )
    return (made.folder / "results/summary.html").read_text(encoding="utf-8")


@pytest.fixture
def text(made: Made, monkeypatch: pytest.MonkeyPatch) -> str:
    """The summary page."""
    monkeypatch.chdir(made.folder)
    return summarise(made)


def words(fragment: str) -> str:
    """What a reader sees of HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", fragment)).split())


def cells(text: str, protocol: str) -> dict[tuple[str, str], str]:
    """(row, corpus) -> the cell of the table, as HTML."""
    table = text.partition('<table class="results">')[2].partition("</table>")[0]
    body = next(b for b in table.split("<tbody>")[1:] if f"protocol {protocol}" in words(b.partition("</tr>")[0]))
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL):
        label = words(row.partition("</th>")[0]).removesuffix("reference")
        values = re.findall(r"<td>(.*?)</td>", row, re.DOTALL)
        found |= {(label, corpus): value for corpus, value in zip(TITLES, values, strict=True)}
    return found


def test_every_number_on_the_page_is_traced(text: str, made: Made) -> None:
    page = Page(text)
    assert page.untraced() == []
    assert {TABLE, SPREAD, "results/tables/table2.comparisons.tsv"} <= page.files()
    assert {"results/audit.tsv", "results/corpora/savee/card.tsv"} <= page.files()
    assert page.wrong(made.folder) == []
    assert len(page.traced) > 100


def test_the_page_fetches_nothing_and_marks_practice(text: str) -> None:
    assert Page(text).fetched == []
    text = html.unescape(text)
    assert "default-src 'none'" in text
    assert not re.search(r"https?://(?!www\.w3\.org)", re.sub(r"base64,[^\"]+", "", text))
    assert text.count('class="practice-note"') == 1
    assert text.count('class="practice-mark"') == 3  # the table, the corpus, the methods
    places = [text.index(f'id="{part}"') for part in ("findings", "tables", "corpora", "methods", "audit")]
    assert places == sorted(places)


def test_a_page_without_practice_data_says_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Made(tmp_path, practice=())
    monkeypatch.chdir(tmp_path)
    text = summarise(real)
    assert 'class="practice-note"' not in text
    assert 'class="practice-mark"' not in text
    assert any(verdict in text for verdict in ("differs from the paper", "cannot tell from the paper", "agrees with"))


def test_the_page_says_when_of_what_and_how_long(tmp_path: Path) -> None:
    for name, log in (("a/x.log", "done in 100.5 s (CPU 1 s)"), ("b.log", "done in 20.0 s\n"), ("c.log", "ERROR: no")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"on host\n{log}", encoding="utf-8")
    date, commit, corpora, time = made_of(["EMO-DB", "SAVEE"], tmp_path)
    assert date.endswith(str(datetime.date.today().year))
    assert commit.startswith(("commit ", "no git"))
    assert (corpora, time) == ("EMO-DB, SAVEE", "2 min of computing")
    assert len(made_of(["EMO-DB"], tmp_path / "nothing")) == 3


def test_significant_pairs_come_first_in_markdown(made: Made) -> None:
    lines = COMPARISONS.read(made.path("tables/table2.comparisons.tsv"))
    lines = lines[lines["protocol"].eq("speakers")]
    lines.loc[lines.index[1], ["significant", "p_holm"]] = [True, 0.01]
    settings = {**made.table_settings(), "confidence": 0.95, "protocols": {"speakers": {}}}
    rows = [row for row in rendering.comparisons_markdown(settings, lines, []).splitlines() if row.startswith("| ")]
    assert [row.split("|")[1].split()[0] for row in rows[1:]] == ["SAVEE", "EMO-DB"]


def test_a_study_of_one_seed_names_no_mean(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made.folder)
    said = words(summarise(made, seeds=[3]))
    assert "results are of seed 3 alone." in said
    assert "results are of one seed, and do not know how much another would change them." in said
    assert "the classifier was logistic regression" in said


def test_no_p_is_shown_as_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = Made(tmp_path)
    lines = COMPARISONS.records(path := made.path("tables/table2.comparisons.tsv"))
    COMPARISONS.write_records(path, [line | {"p": 1e-8, "p_holm": 1e-7} for line in lines])
    section = summarise(made).partition("<summary>Pairs of systems</summary>")[2].partition("</details>")[0]
    shown = re.findall(r'<span data-source="[^"]*:(?:p|p_holm)">([^<]*)<', section)
    assert shown == ["&lt; 0.001"] * 2 * len([line for line in lines if line["test"] != ALL])


def test_the_page_says_no_more_of_runs_that_share_speakers_than_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = Made(tmp_path)
    assert "checked from its files: no tested speaker" in words(summarise(made))
    runs = AUDIT.records(path := made.path("audit.tsv"))
    AUDIT.write_records(path, [runs[0] | {"dependent": "training has 3 tested speakers"}, *runs[1:]])
    said = words(summarise(made))
    assert "files: except in runs marked speaker-dependent, whose split was given as a file, no tested speaker" in said
    assert "Any other leak fails the study" in said


@pytest.mark.parametrize(("bases", "over"), [(("none", "none"), "none"), (("none", "none, pooled"), "the baseline")])
def test_gains_name_the_row_that_they_are_over_where_it_is_one(made: Made, bases: tuple[str, str], over: str) -> None:
    lines = COMPARISONS.read(made.path("tables/table2.comparisons.tsv"))
    lines = lines[lines["protocol"].eq("speakers")]
    gains = lines.iloc[:2].assign(test=ALL, method=WILCOXON, row_b=list(bases), marks_b="")
    settings = {**made.table_settings(), "confidence": 0.95, "protocols": {"speakers": {}}}
    text = rendering.comparisons_markdown(settings, pd.concat([lines, gains]), [])
    assert f"its gain over {over}, with Student's interval" in text


def test_mean_ranks_are_of_rows_with_their_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = Made(tmp_path)
    lines = COMPARISONS.records(path := made.path("tables/table2.comparisons.tsv"))
    over = {**lines[0], "test": ALL, "protocol": "paper", "p": 0.03, "significant": True}
    pair = {"row_a": "A", "row_b": "B", "rank_a": 1.0, "rank_b": 2.0, "marks_a": "t", "marks_b": "dc"}
    COMPARISONS.write_records(path, [*lines, over | {"method": FRIEDMAN}, over | {"method": NEMENYI} | pair])
    shown = words(summarise(made))
    assert "A (t) 1.00, B (dc) 2.00" in shown
    assert "Nemenyi's tells apart A (t) and B (dc)" in shown


# -- methods -----------------------------------------------------------------------------------------------------------


def test_the_methods_paragraph_cites_what_was_used(text: str) -> None:
    paragraph = words(text.partition('id="paragraph">')[2].partition("</p>")[0])
    for part in (
        "Emotions (anger, fear, happiness, neutral, sadness) were recognised in 2 corpora: EMO-DB (German, 129",
        "129 utterances of 3 speakers) (Burkhardt et al. 2005); SAVEE",
        "SAVEE (German, 129 utterances of 3 speakers, none of fear) (Haq",
        "The features were openSMILE's functionals of IS09 (Schuller et al. 2009, Eyben et al. 2010); the",
        "Some of them learn language beside the emotion.",
        "means over 2 seeds",
        "UAR) and accuracy with 95 % intervals",
        "one division of the speakers",
        "a Snakemake workflow (Mölder et al. 2021).",
    ):
        assert part in paragraph, part
    bibtex = html.unescape(text.partition('<pre class="text">')[2].partition("</pre>")[0])
    cited = set(re.findall(r"^@\w+\{(\w+),", bibtex, re.MULTILINE))
    assert {"burkhardt2005", "haq2010", "IS09", "eyben2010", "pedregosa2011", "goel2020", "molder2021"} <= cited
    assert "povey2011" not in cited


def test_the_methods_paragraph_names_no_test_that_was_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = Made(tmp_path)
    lines = COMPARISONS.records(path := made.path("tables/table2.comparisons.tsv"))

    def paragraph(*methods: str) -> str:
        COMPARISONS.write_records(path, [lines[0] | {"method": method} for method in methods])
        return words(summarise(made).partition('id="paragraph">')[2].partition("</p>")[0])

    alone = paragraph()
    assert "Intervals hold for the models" in alone
    assert not any(word in alone for word in ("compared", "Holm", "Friedman", "gain"))
    pairs = paragraph("McNemar, mid-p")
    assert "Holm's method (Holm 1979) for all pairs" in pairs
    assert "Nemenyi" not in pairs
    assert "significance (Tarone 1990), and systems were ranked over corpora" in paragraph("McNemar, mid-p", FRIEDMAN)
    gains = paragraph("McNemar, mid-p", WILCOXON)
    assert "The mean gain in UAR over a baseline was tested over corpora (Wilcoxon signed-rank)." in gains
    assert "Friedman" not in gains


def test_every_corpus_that_has_a_paper_can_be_cited() -> None:
    known = bibliography()
    dated = [reader.reference for reader in readers().values() if reader.reference[-4:].isdigit()]
    assert [reference for reference in dated if key_of(reference) not in known] == []
    people = [reference for reference in dated if not reference.startswith(("Institute", "Universidade"))]
    assert [reference for reference in people if cited_as(known[key_of(reference)]) != reference] == []
    for entry in known.values():
        assert entry.count("{") == entry.count("}")
        assert all(f" {field} = {{" in entry for field in ("author", "title", "year"))


# -- further tasks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("corpus", CORPORA)
def test_further_tasks_stand_below_the_emotions(text: str, made: Made, protocol: str, corpus: str) -> None:
    shown = cells(text, protocol)
    said = words(shown[LSTM, corpus])
    printed = Path(made.path("tables/table2.md")).read_text(encoding="utf-8").splitlines()
    column = 3 + CORPORA.index(corpus)
    known = 40 if protocol == "paper" else 120
    for title, n in (("language ID", known), ("arousal (CCC)", 43 * known // 40)):
        cell, *_ = (row.split("|")[column].strip() for row in printed if f"| {title}, {protocol} " in row)
        cell = cell.removesuffix(" (c)")
        assert re.fullmatch(r"\d+\.\d+ \[\d+\.\d+–\d+\.\d+\]", cell)
        assert f"{title}{cell} n {n}" in said  # as the table in Markdown has it
    assert "; chance 100.0, majority class 100.0" in said  # of the one language that is tested
    assert " ID " not in words(shown[LABELS["is09-logreg"], corpus])  # it learns the emotions only


def test_a_further_task_that_collapsed_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = Made(tmp_path)
    rows = CELLS.records(tsv := made.path("tables/table2.tsv"))
    heads = next(row for row in rows if row["row"] == LSTM and row["test"] == "emodb" and row["protocol"] == "paper")
    found = json.loads(heads["heads"])
    found["language"]["collapsed"] = "99 % of the answers are deu"
    heads["heads"] = json.dumps(found)
    CELLS.write_records(tsv, rows)
    assert words(summarise(made)).count("; collapsed: 99 % of the answers are deu") == 1


def test_figures_of_further_tasks_name_where_in_the_cell_they_stand(text: str, made: Made) -> None:
    number = next(i for i, x in enumerate(read_tsv(made.path("tables/table2.tsv")), start=2) if x["row"] == LSTM)
    sources = [source for source, _ in Page(text).traced]
    for head in ("arousal", "language"):
        assert sources.count(f"{TABLE}:{number}:heads.{head}.value") == 1
        assert {f"{TABLE}:{number}:heads.{head}.{part}" for part in ("low", "high", "n")} <= set(sources)


# -- the spread --------------------------------------------------------------------------------------------------------


def test_the_spread_stands_below_its_table(text: str, made: Made) -> None:
    section = text.partition("<summary>Who is held out</summary>")[2].partition("</details>")[0]
    rows = [
        re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr>(<td>.*?)</tr>", section, re.DOTALL)
    ]
    printed = Path(made.path("tables/table2.spread.md")).read_text(encoding="utf-8").splitlines()
    wanted = [[c.strip() for c in x.strip("| ").split("|")] for x in printed if x.startswith(("| IS09", "| MFCC"))]
    assert len(rows) == len(wanted) == 4
    for row, (label, corpus, _, *figures) in zip(rows, wanted, strict=True):
        assert [words(cell) for cell in row] == [corpus, label, *figures]  # as the spread in Markdown has it
    columns = {source.split(":")[2] for source, _ in Page(text).traced if source.startswith(f"{SPREAD}:")}
    assert columns == {"speakers", "lowest", "median", "highest", "held_out_accuracy", "worse", "better", "paper"}


def test_recordings_of_a_release_are_counted_also_as_flac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    own, card = Made(tmp_path), "results/corpora/emodb/card.tsv"
    items = [f"{how} as in the 2005 release" for how in ("byte for byte", "sample for sample")]
    lines = [{"section": "Files", "item": item, "measure": "value", "value": 7} for item in items]
    CARD.write_records(card, [*CARD.records(card), *lines])
    shown = words(summarise(own))
    assert all(item in shown for item in items)


def test_a_table_without_spread_shows_none(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made.folder)
    text = summarise(made, [])
    assert "Who is held out</summary>" not in text
    assert SPREAD not in Page(text).files()


def test_marks_stand_on_the_page(made: Made, tmp_path: Path) -> None:
    """In the cell, and beside the row in comparisons and spread; the notes say why."""
    files = []
    for kind, file, column, value in (
        (CELLS, TABLE, "oracle", "the epoch was chosen on the test set (x)"),
        (COMPARISONS, "results/tables/table2.comparisons.tsv", "marks_b", "o"),
        (held_out.SPREAD, SPREAD, "oracle", "the epoch was chosen on the test set (x)"),
    ):
        rows = kind.records(made.folder / file)
        rows[0][column] = value
        if kind is CELLS:
            rows[0]["collapsed"] = "99 % of the answers are sadness"
        kind.write_records(path := tmp_path / Path(file).name, rows)
        files.append(read(kind, str(path)))
    settings = {
        "id": "table2", "caption": "", "columns": list(CORPORA), "titles": TITLES,
        **{"matrix": False, "baseline": False, "reference": ""},
    }  # fmt: skip
    others = {"tables": [settings], "corpora": [], "intervals": {}, "protocols": {}, "seeds": []}
    text = page([Results(settings, *files)], [], [], [], others, [], Methods("", "", ""))
    for class_, title, why in (
        ("oracle", "oracle epoch", "the epoch was chosen on the test set (x)"),
        ("collapsed", "collapsed", "99 % of the answers are sadness"),
    ):
        assert text.count(f'class="mark {class_}" title="{why}">{title}<') == 1
        assert words(text).count(f"{title}: {why}") == 1  # where the number is tapped
    label = files[1][0]["row_b"]
    assert words(text).count(f"{label} (o)") == 1
    assert words(text).count(f"{files[2][0]['row']} (o)") == 1
