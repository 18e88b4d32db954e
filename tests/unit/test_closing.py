"""What closes a run: the appendix, and the tables on the terminal, of a small made-up study."""

import re
from pathlib import Path
from typing import Any

from made_results import CORPORA, LABELS, TITLES, WHO, Made

import make_appendix
from xser.audit.checks import AUDIT
from xser.cli.terminal import WIDTH, closing
from xser.corpora.card import CARD
from xser.figures import against_paper, heat_map
from xser.summary.appendix import appendix
from xser.tables.cells import CELLS


def test_the_appendix_holds_the_tables_and_the_statement(made: Made, tmp_path: Path) -> None:
    settings = {
        "config_digest": "0" * 64, "protocols": WHO, "seeds": [0, 1],
        "corpora": [
            {"title": "A & B_1", "licence": "50 % free", "practice": True},
            {"title": "C", "licence": "CC0", "practice": False},
        ],
    }  # fmt: skip
    cards = [made.path(f"corpora/{c}/card.tsv") for c in CORPORA]
    make_appendix.main(
        tables=[made.path("tables/table2.tex")],
        cards=cards,
        audit=made.path("audit.tsv"),
        tex=str(tmp_path / "paper.tex"),
        settings=settings,
    )
    text = (tmp_path / "paper.tex").read_text(encoding="utf-8")
    assert Path(made.path("tables/table2.tex")).read_text(encoding="utf-8") in text
    assert r"A \& B\_1" in text
    assert r"50 \% free" in text
    for wanted in ("PRACTICE DATA", "numpy", "Commit", "SHA-256 " + "0" * 64, "8 runs", "folds: 3"):
        assert wanted in text
    assert "from their files: no tested speaker" in text
    runs = AUDIT.records(made.path("audit.tsv"))
    one = appendix([], [CARD.records(path) for path in cards], runs[:1], settings)
    assert f"1 run with {runs[0]['tested']} tested utterances in all was audited from its files: no" in one
    AUDIT.write_records(tmp_path / "audit.tsv", [runs[0] | {"dependent": "training has 3 tested speakers"}, *runs[1:]])
    make_appendix.main(
        tables=[], cards=cards, audit=str(tmp_path / "audit.tsv"), tex=str(tmp_path / "b.tex"), settings=settings
    )
    shared = (tmp_path / "b.tex").read_text(encoding="utf-8")
    assert "except in runs marked speaker-dependent, whose split was given as a file, no tested speaker" in shared


def test_the_appendix_says_what_to_compile_it_with_where_pdflatex_lacks_letters() -> None:
    settings: dict[str, Any] = {
        "config_digest": "",
        "protocols": {"p": "all [of é] speak"},
        "seeds": [3],
        "corpora": [],
    }
    plain = appendix(["table"], [], [], settings)
    assert plain.startswith("% Compile with: pdflatex")
    assert "iftex" not in plain
    assert r"\item[{p}] all {[}of é{]} speak" in plain
    assert "3; results are of this one where" in plain
    special = appendix(["语料 Ω"], [], [], settings)
    assert special.startswith("% Compile with: lualatex")
    declared = re.findall(r"^.letter\{(.)\}\{(.*)\}", special, re.MULTILINE)
    assert declared == [("Ω", "03A9"), ("料", "6599"), ("语", "8BED")]
    rest, same = (text.partition(r"\usepackage[landscape")[2] for text in (special, plain))
    assert rest.replace("语料 Ω", "table") == same
    assert appendix(["«"], [], [], settings).startswith("% Compile with: lualatex"), "plain LaTeX has no guillemets"


def test_a_run_ends_with_short_tables(made: Made) -> None:
    text = closing({"table2": "Each corpus by itself", "table3": "not made"}, TITLES, made.folder)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "table3" not in text
    line = next(x for x in text.splitlines() if "IS09 + logistic regression, paper" in x)
    cell = next(c for c in CELLS.records(made.path("tables/table2.tsv")) if c["protocol"] == "paper")
    assert f"{100 * cell['accuracy']:.1f} / {100 * cell['uar']:.1f}" in line
    assert re.search(r"n, speakers +129 +129", text)
    assert "SAVEE (p)" in text
    assert "PRACTICE DATA" in text
    assert "results/summary.html" in text or "snakemake --cores 2 report" in text


def test_a_table_of_another_version_does_not_end_a_run(made: Made, tmp_path: Path) -> None:
    tables = tmp_path / "results" / "tables"
    tables.mkdir(parents=True)
    (tables / "old.tsv").write_text("table\trow\n")
    CELLS.write_records(tables / "table2.tsv", CELLS.records(made.path("tables/table2.tsv")))
    text = closing({"old": "Old", "table2": "New"}, TITLES, tmp_path)
    assert "old: made by another version" in text
    assert "IS09 + logistic regression, paper" in text


def test_many_columns_are_broken_to_the_width(made: Made, tmp_path: Path) -> None:
    rows = CELLS.records(made.path("tables/table2.tsv"))
    wide = [{**row, "test": f"corpus{i}"} for i in range(12) for row in rows if row["test"] == "emodb"]
    CELLS.write_records(tmp_path / "results/tables/wide.tsv", wide)
    text = closing({"wide": "x" * 200}, {f"corpus{i}": f"Corpus {i}" for i in range(12)}, tmp_path)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert all(f"Corpus {i}" in text for i in range(12))


def test_marks_reach_the_terminal_and_the_figures(made: Made, tmp_path: Path) -> None:
    rows = CELLS.records(made.path("tables/table2.tsv"))
    rows[0] |= {"transductive": "by speaker " * 12, "oracle": "on the test set", "collapsed": "UAR is not above chance"}
    CELLS.write_records(tmp_path / "results/tables/t.tsv", rows)
    text = closing({"t": "x"}, TITLES, tmp_path)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert f"{100 * rows[0]['accuracy']:.1f} / {100 * rows[0]['uar']:.1f} (toc)" in text
    assert "(t) transductive: by speaker by speaker" in text
    assert "(o) oracle epoch, not a held-out result: on the test set." in text
    unwrapped = " ".join(text.split())
    assert unwrapped.count("(c) collapsed: one class takes over 80 % of the answers, or the interval of UAR") == 1
    first = rows[0]["row"]
    labels = [label.get_text() for label in against_paper.draw(CORPORA, TITLES, rows).axes[0].get_yticklabels()]
    assert labels == [f"{first} (toc)", LABELS["mfcc-lstm"]]
    published = [row | {"row": "Others 2019", "system": "", "n": None, "paper": 0.5} for row in rows[:2]]
    legends = [against_paper.draw(CORPORA, TITLES, x).legends[0].get_texts() for x in (rows, [*rows, *published])]
    assert [against_paper.OTHERS in [t.get_text() for t in legend] for legend in legends] == [False, True]
    drawn = heat_map.draw(list(LABELS.values()), CORPORA, TITLES, [r for r in rows if r["protocol"] == "paper"])
    assert [t.get_text() for t in drawn.axes[0].texts].count(f"{100 * rows[0]['uar']:.0f} (toc)") == 1


def test_a_table_of_one_corpus_shows_the_paper_beside_ours_on_the_terminal(made: Made, tmp_path: Path) -> None:
    rows = [r for r in CELLS.records(made.path("tables/table2.tsv")) if r["test"] == "emodb" and r["n"]]
    for row in rows:
        row |= {"paper": 0.85, "verdict": "agrees" if row["protocol"] == "paper" else "not comparable"}
    CELLS.write_records(tmp_path / "results/tables/t.tsv", rows)
    text = closing({"t": "x"}, TITLES, tmp_path)
    assert len(re.findall(r"paper 85(?![.\d])", text)) == sum(row["protocol"] == "paper" for row in rows)
    assert max(map(len, text.splitlines())) <= WIDTH


def test_only_results_that_practice_data_reached_are_marked_on_the_terminal(made: Made, tmp_path: Path) -> None:
    rows = CELLS.records(made.path("tables/table2.tsv"))
    first = next(i for i, r in enumerate(rows) if r["test"] == "emodb" and r["n"])
    real = [{**r, "practice": r["test"] != "emodb" or i == first} for i, r in enumerate(rows)]
    CELLS.write_records(tmp_path / "results/tables/t.tsv", real)
    text = closing({"t": "x"}, TITLES, tmp_path)
    shown = [f"{100 * r['accuracy']:.1f} / {100 * r['uar']:.1f}" for r in real if r["test"] == "emodb" and r["n"]]
    assert "EMO-DB (p)" not in text
    assert "SAVEE (p)" in text
    assert text.count(f"{shown[0]} (p)") == 1
    assert sum(text.count(f"{each} (p") for each in {*shown}) == 1
    none = [{**r, "n": None if r["test"] == "emodb" else r["n"]} for r in rows]
    CELLS.write_records(tmp_path / "results/tables/t.tsv", none)
    assert "EMO-DB (p)" not in closing({"t": "x"}, TITLES, tmp_path), "a column without a run has no practice data"
