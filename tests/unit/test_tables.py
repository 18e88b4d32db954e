"""Tables of results: cells, the paper's layout, notes, Markdown and LaTeX."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tiny_corpus import write_tsv

from make_table import main as make_table
from xser.data_dir import LEFT_OUT, write_mapping
from xser.evaluation import marks
from xser.evaluation.score import SCORE
from xser.models.base import load_model
from xser.tables import rendering
from xser.tables.cells import CELLS, make_cells
from xser.tables.counts import read_parts
from xser.tables.layout import DASH, headings, layout
from xser.tables.notes import notes

CLASSES = "anger,fear,happiness,neutral,sadness"
WILSON = "95 % Wilson; UAR and F1: MOVER of utterances within classes"
BY_SPEAKER = "95 % bootstrap clustered by speaker"


def scored(train: str, test: str, n: int, accuracy: float, **more: Any) -> dict[str, Any]:
    """A line of scores."""
    line: dict[str, Any] = {
        "system": "is09-svc",
        "train": train,
        "test": test,
        "protocol": "paper",
        "oracle": "",
        "dependent": "",
    }
    for metric in ("accuracy", "uar", "f1"):
        line |= {metric: accuracy, f"{metric}_low": accuracy - 0.1, f"{metric}_high": accuracy + 0.1}
    line |= {"n": n, "speakers": 1, "seeds": 1, "chance": 0.2, "majority": 0.27907, "interval": WILSON}
    return line | {"classes": CLASSES, "practice": False} | more


SCORES = [
    scored("emodb", "emodb", 43, 0.86),
    scored("emovo", "emovo", 70, 0.60, practice=True),
    scored("emodb", "emodb", 454, 0.80, protocol="speakers", speakers=10, interval=BY_SPEAKER),
    scored("emovo+emodb", "emodb", 43, 0.30, practice=True, transductive="by each speaker's statistics", seeds=3),
]


def cell(row: int, column: str, protocol: str, paper: float | None, score: int | None) -> dict[str, Any]:
    return {"row": row, "column": column, "protocol": protocol, "paper": paper, "score": score}


def settings(protocols: tuple[str, ...] = ("paper",)) -> dict[str, Any]:
    """Four rows: ours with the paper's values, ours without, and values of others; MASC is not there."""
    cells = []
    for p in protocols:
        paper = p == "paper"
        cells += [cell(0, "emodb", p, 88.37, 0 if paper else 2), cell(0, "emovo", p, 35.71, 1 if paper else None)]
        cells += [cell(0, "masc", p, 58, None)]
        cells += [cell(1, c, p, None, 3 if c == "emodb" and paper else None) for c in ("emodb", "emovo", "masc")]
        cells += [cell(2, c, p, v, None) for c, v in (("emodb", 41.99), ("emovo", 33.33), ("masc", None))]
    return {
        "table": "table2",
        "caption": "Each corpus & by itself",
        "confidence": 0.95,
        "columns": ["emodb", "emovo", "masc"],
        "titles": {"emodb": "EMO-DB", "emovo": "EMOVO", "masc": "MASC"},
        "protocols": {p: {"kind": p} for p in protocols},
        "rows": [
            {"label": "IS09 | SVC", "system": "is09-svc", "train": "same", "published": False, "paper_oracle": False},
            {"label": "pooled", "system": "is09-svc", "train": "all", "published": False, "paper_oracle": False},
            {"label": "Parry et al. 2019", "system": "", "train": "", "published": True, "paper_oracle": False},
        ],
        "cells": cells,
        "paper_n": {"emodb": 43, "emovo": 70, "masc": 754},
        "practice": ["emovo"],
    }


def test_a_verdict_knows_the_level_of_the_scores() -> None:
    """An interval as wide at a lower level is of a larger error."""
    wide, same = (made_of(settings() | {"confidence": level}, SCORES).iloc[0] for level in (0.8, 0.95))
    assert wide["paper_difference_low"] < same["paper_difference_low"]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The table, in both protocols."""
    for i, line in enumerate(SCORES):
        SCORE.write_records(tmp_path / f"{i}.tsv", [line])
    left_out = tmp_path / "emodb" / "left_out.tsv"
    rows = [{"path": f"{i}.wav", "why": f"bad audio: fault {i}"} for i in range(2)]
    LEFT_OUT.write_records(left_out, rows)
    out = [str(tmp_path / f"t.{ending}") for ending in ("tsv", "md", "tex")]
    scores = [str(tmp_path / f"{i}.tsv") for i in range(len(SCORES))]
    make_table(scores, [str(left_out)], *out, settings(("paper", "speakers")))
    return tmp_path


def made_of(settings: dict[str, Any], scores: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The cells of a table of some scores."""
    return make_cells(settings, SCORE.frame(scores))


def test_cells(made: Path) -> None:
    cells = CELLS.read(made / "t.tsv").set_index(["row", "test", "protocol"])
    assert len(cells) == 18
    first = cells.loc["IS09 | SVC", "emodb", "paper"]
    assert (first["accuracy"], first["paper"], first["verdict"]) == (0.86, 0.8837, "cannot tell")
    assert (first["paper_low"], first["paper_high"]) == pytest.approx((0.755, 0.949), abs=1e-3)
    speakers = cells.loc["IS09 | SVC", "emodb", "speakers"]
    assert (speakers["verdict"], speakers["why"]) == ("not comparable", "protocol speakers")
    assert cells.loc["IS09 | SVC", "emovo", "paper"]["verdict"] == "practice"
    pooled = cells.loc["pooled", "emodb", "paper"]
    assert (pooled["train"], pooled["practice"]) == ("emovo+emodb", True)
    absent = cells.loc["IS09 | SVC", "masc", "paper"]
    assert (absent["train"], absent["paper"], absent["practice"]) == ("same", 0.58, False)
    assert absent[["n", "accuracy", "seeds"]].isna().all()
    others = cells.loc["Parry et al. 2019", "emodb", "paper"]
    assert others["paper"] == 0.4199
    assert pd.isna(others["paper_low"]), "the n of others is not the paper's"


def test_speakers_tested_in_turn_decide_the_verdict() -> None:
    both = settings(("paper", "speakers"))
    alike = [[0.86], [0.6], [0.84, 0.86] * 5, [0.3]]
    cells = make_cells(both, SCORE.frame(SCORES), alike)
    (first,) = CELLS.known(cells[cells["verdict"].eq("cannot tell")])
    assert first["why"].endswith("as 10 speakers differ")
    assert first["paper_difference_high"] < 0.2 < made_of(both, SCORES).loc[0, "paper_difference_high"]


def test_markdown_has_the_papers_layout(made: Path) -> None:
    text = (made / "t.md").read_text()
    rows = [re.split(r"\s+(?<!\\)\|\s+", line.strip("| ")) for line in text.splitlines() if line.startswith("| ")]
    assert rows[0][-3:] == ["EMO-DB (n = 43 / 454)", "EMOVO (n = 70 / –, practice)", "MASC (n = – / –)"]
    assert len({line.count(" | ") for line in text.splitlines() if line.startswith("| ")}) == 1
    shown = "\n".join(text.splitlines())
    for part in (
        "86.0 [76.0–96.0] cannot tell",
        "80.0 [70.0–90.0] n.c.",
        "88.37 [75.5–94.9]",
        "30.0 [20.0–40.0] (p) (t)",
        "IS09 \\| SVC",
        "as published",
        "Goel & Beigi 2020",
    ):
        assert part in shown, part
    whats = [row[1] if row[0] in ("IS09 \\| SVC", "chance", "majority class") else row[0] for row in rows[1:]]
    assert whats[:5] == ["accuracy, paper", "UAR, paper", "accuracy, speakers", "UAR, speakers", "Goel & Beigi 2020"]
    for note in (
        "- Practice data (synthetic speech)",
        f"- Intervals of EMO-DB (paper), EMOVO (paper): {WILSON}.",
        f"- Intervals of EMO-DB (speakers): {BY_SPEAKER}.",
        "EMO-DB (speakers) 454 of 10 tested speakers; the paper's percentages imply 43",
        "- Not comparable (n.c.): protocol speakers (EMO-DB).",
        "- (p) trained on practice data.",
        "- (t) transductive: by each speaker's statistics.",
        "- EMO-DB: recordings left out: 2 (bad audio)",
        "means over 3 seeds",
    ):
        assert note in text, note


def test_the_papers_test_sets_are_named_where_its_figures_stand() -> None:
    config = settings(("paper", "speakers"))
    assert any("percentages imply 43" in note for note in notes(config, made_of(config, SCORES), []))
    own = config | {"cells": [cell | {"paper": None} for cell in config["cells"]]}
    assert not any("imply" in note for note in notes(own, made_of(own, SCORES), []))


def test_latex_is_well_formed(made: Path) -> None:
    text = (made / "t.tex").read_text()
    assert r"\caption{Each corpus \& by itself}" in text
    assert r"86.0 {\scriptsize [76.0, 96.0]} ?" in text
    plain = re.sub(r"\\[{}]", "", text)
    assert plain.count("{") == plain.count("}")
    body = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {4}
    assert not re.search(r"(?<!\\)[%#]", text)
    assert "–" not in text


def test_without_practice_or_second_protocol_nothing_is_said_of_them() -> None:
    one = settings() | {"practice": []}
    one["cells"] = [c if c["score"] == 0 else c | {"score": None} for c in one["cells"]]
    one["rows"][1]["published"] = True
    cells = made_of(one, [SCORES[0]])
    text = "\n".join([*headings(one, cells), *notes(one, cells, [])])
    assert "ractice" not in text
    assert "(paper)" not in text
    assert "EMO-DB (n = 43)" in text
    assert not [line.what for line in layout(one, cells) if "," in line.what]


def test_a_table_without_any_run() -> None:
    empty = settings()
    empty["cells"] = [c | {"score": None} for c in empty["cells"]]
    cells = made_of(empty, [])
    lines = layout(empty, cells)
    assert [c.number for c in lines[0].cells] == [DASH] * 3
    assert notes(empty, cells, [])


SPAN = "-40.8 to +35.4 points from the paper's, if speakers differ by 1 logit"
ORACLE = "the epoch was chosen on the test set (is09-svc)"


@pytest.mark.parametrize(
    ("oracle", "paper_oracle", "verdict", "why"),
    [
        ("", False, "cannot tell", SPAN),
        (ORACLE, False, "not comparable", "our epoch was chosen on the test set"),
        ("", True, "not comparable", "the paper's epoch was, ours was not"),
        (ORACLE, True, "cannot tell", SPAN),
    ],
)
def test_an_oracle_epoch_is_compared_with_an_oracle_epoch_only(
    oracle: str, paper_oracle: bool, verdict: str, why: str
) -> None:
    one = settings()
    one["rows"][0]["paper_oracle"] = paper_oracle
    scores = [SCORES[0] | {"oracle": oracle}, *SCORES[1:]]
    cells = made_of(one, scores)
    assert tuple(cells.loc[0, ["verdict", "why", "oracle"]]) == (verdict, why, oracle)
    assert layout(one, cells)[0].cells[0].marks == ("o" if oracle else "")
    head, lines, remarks = headings(one, cells), layout(one, cells), notes(one, cells, [])
    text = rendering.markdown(one, head, lines, remarks)
    assert ("(o)" in text) == bool(oracle)
    assert (f"- (o) oracle epoch, not a held-out result: {ORACLE}." in text) == bool(oracle)
    assert (r"\textsuperscript{o}" in rendering.latex(one, head, lines, remarks)) == bool(oracle)


def test_practice_data_stays_practice_data_with_an_oracle_epoch() -> None:
    cells = made_of(settings(), [SCORES[0], SCORES[1] | {"oracle": ORACLE}, *SCORES[2:]])
    assert cells.loc[1, "verdict"] == "practice"


def test_features_of_unknown_making_are_marked_in_every_form_of_a_table() -> None:
    one = settings()
    cells = made_of(one, [SCORES[0] | {"undeclared": "vectors", "seen": "ssl (EMO-DB)"}, *SCORES[1:]])
    assert (cells["undeclared"][0], cells["seen"][0]) == ("vectors", "ssl (EMO-DB)")
    remarks = notes(one, cells, [])
    for words in (
        "(u) what these features learnt from is not declared, so not known: vectors.",
        "(s) these features learnt from the tested corpus, by their declaration: ssl (EMO-DB).",
    ):
        assert words in remarks
    head, lines = headings(one, cells), layout(one, cells)
    assert rendering.markdown(one, head, lines, remarks).count(" (u) (s)") == 2
    assert rendering.latex(one, head, lines, remarks).count(r"\textsuperscript{us}") == 2


def test_a_collapsed_cell_is_marked_in_every_form_of_a_table() -> None:
    one = settings()
    why = "99 % of the answers are sadness, UAR is not above chance"
    cells = made_of(one, [SCORES[0] | {"collapsed": why}, *SCORES[1:]])
    assert cells["collapsed"].tolist() == [why, *[""] * 8]
    head, lines, remarks = headings(one, cells), layout(one, cells), notes(one, cells, [])
    assert [c.marks for line in lines[:2] for c in line.cells[:1]] == ["c", "c"], "accuracy and UAR"
    assert f"(c) collapsed: {marks.COLLAPSED}." in remarks
    assert rendering.markdown(one, head, lines, remarks).count(" (c) ") == 3
    assert rendering.latex(one, head, lines, remarks).count(r"\textsuperscript{c}") == 2


def test_a_collapsed_further_task_is_marked_and_explained() -> None:
    levels = {"metric": "accuracy", "value": "0.500000", "low": "0.400000", "high": "0.600000", "n": 40}
    heads = json.dumps({"gender": levels | {"collapsed": "100 % of the answers are male"}, "language": levels})
    one = settings()
    cells = made_of(one, [SCORES[0] | {"heads": heads}, *SCORES[1:]])
    shown = {line.what: line.cells[0].marks for line in layout(one, cells) if line.what.endswith(" ID")}
    assert shown == {"gender ID": "c", "language ID": ""}
    assert f"(c) collapsed: {marks.COLLAPSED}." in notes(one, cells, [])


def test_a_table_counts_what_was_learnt_from_and_what_chose(tmp_path: Path) -> None:
    """Training without development speakers, refitted with them, and a chain: as the model says, in two folds."""
    one, files, labels = settings(), [], []
    given = (
        ("emodb", ["train train dev test", "train test dev dev"], ["fear", "anger", "anger", "fear"]),
        ("emovo", ["train dev test -"], ["anger", "joy", "joy", "joy"]),
    )
    for corpus, parts, emotions in given:
        columns = [part.split() for part in parts]
        rows = [
            {"utterance": f"u{i}", "speaker": "s", **{f"fold_{k}": c[i] for k, c in enumerate(columns)}}
            for i in range(4)
        ]
        write_tsv(tmp_path / corpus, list(rows[0]), rows)
        files.append(str(tmp_path / corpus))
        labels.append(str(tmp_path / f"{corpus}.utt2emo"))
        write_mapping(labels[-1], {f"u{i}": emotion for i, emotion in enumerate(emotions)})

    def run(test: str, *stages: tuple[str, dict[str, Any]], model: str = "lstm") -> dict[str, Any]:
        of = load_model(model)
        said = [{"corpora": [c], "target": "", "learns": of.learns(p), "chooses": of.chooses(p)} for c, p in stages]
        return {"protocol": "paper", "test": test, "trainings": [said]}

    one["splits"] = [["paper", "emodb"], ["paper", "emovo"]]
    one["learning"] = [
        run("emodb", ("emodb", {})),
        run("emovo", ("emodb", {"refit": True}), ("emovo", {"epoch": "last"})),
        run("emodb", ("emodb", {}), model="svc"),
        run("emodb", ("emodb", {"C": [0.1, 1]}), model="logreg"),
    ]
    cells = make_cells(one, SCORE.frame(SCORES), parts=read_parts(one, files, labels))
    found = cells.loc[cells["n"].notna(), ["learnt_from", "chosen_on"]].to_numpy().tolist()
    assert found == [["1-2", "1-2"], ["5", "1"], ["3", "1-2"]]
    unlearnt = cells.loc[cells["n"].notna(), "unlearnt"].tolist()
    assert unlearnt == ["anger in fold 1", "", ""], "svc learns from development speakers, the chain from two corpora"
    remark = "Tested without being in the training of that fold, so that none can be right, and UAR counts them: "
    assert remark + "EMO-DB anger in fold 1 (IS09 | SVC)." in notes(one, cells, [])
    (note,) = [r for r in notes(one, cells, []) if r.startswith("Utterances learnt from")]
    assert (
        "EMO-DB 1-2, chosen on 1-2 (IS09 | SVC); 3, chosen on 1-2 (pooled). EMOVO 5, chosen on 1 (IS09 | SVC)." in note
    )
    cells.loc[cells["n"].notna(), ["learnt_from", "chosen_on"]] = ["3", "0"]
    (note,) = [r for r in notes(one, cells, []) if r.startswith("Utterances learnt from")]
    assert "EMO-DB 3 (every row). EMOVO 3 (IS09 | SVC)." in note
    assert load_model("svc").chooses({}) == []


def test_a_note_says_which_classes_have_few_utterances() -> None:
    one = settings(("paper", "speakers"))
    one["cells"] = [c if c["score"] in (0, 1, 2) else c | {"score": None} for c in one["cells"]]
    scores = [SCORES[0] | {"rare": "anger 2, fear 2, neutral 1"}, SCORES[1] | {"rare": "fear 2"}, SCORES[2]]
    remarks = notes(one, made_of(one, scores), [])
    places = "EMO-DB (paper) 2 of each of anger and fear, 1 of neutral; EMOVO (paper) 2 of fear"
    assert f"Few tested utterances, so that UAR and F1 depend much on each: {places}." in remarks
    assert not [r for r in notes(one, made_of(one, SCORES), []) if "depend" in r]


def test_a_note_says_where_a_single_emotion_is_tested() -> None:
    one = settings(("paper", "speakers"))
    scores = [SCORES[0] | {"classes": "fear", "chance": 1.0}, SCORES[1], SCORES[2], SCORES[3] | {"classes": "fear"}]
    (note,) = [r for r in notes(one, made_of(one, scores), []) if "Only one emotion" in r]
    assert note.endswith("its recall, and chance is 100: EMO-DB (paper) fear.")
    assert not [r for r in notes(one, made_of(one, SCORES), []) if "Only one emotion" in r]


def test_a_note_says_which_dialogues_are_on_both_sides() -> None:
    one = settings(("paper", "speakers"))
    scores = [SCORES[0], SCORES[1], SCORES[2] | {"shared_dialogues": "70 of 71"}, SCORES[3]]
    (note,) = [r for r in notes(one, made_of(one, scores), []) if "dialogues" in r]
    assert note.endswith("(the partner's, where speakers are held out): EMO-DB (speakers) 70 of 71.")
    assert not [r for r in notes(one, made_of(one, SCORES), []) if "dialogues" in r]


def test_further_heads_show_chance_and_majority() -> None:
    levels = {"value": "0.700000", "low": "0.600000", "high": "0.800000", "n": 40}
    language = levels | {"metric": "accuracy", "chance": "0.500000", "majority": "0.625000"}
    heads = json.dumps({"language": language, "arousal": levels | {"metric": "ccc"}})
    one = settings()
    one["cells"] = [c if c["score"] == 0 else c | {"score": None} for c in one["cells"]]
    lines = layout(one, made_of(one, [SCORES[0] | {"heads": heads}]))
    shown = [(line.label, line.what, line.cells[0].number) for line in lines[-4:]]
    assert shown == [
        ("chance", "accuracy", "20.0"),
        ("", "language ID", "50.0"),
        ("majority class", "accuracy", "27.9"),
        ("", "language ID", "62.5"),
    ]
    assert [line.cells[1].number for line in lines[-4:]] == [DASH] * 4
