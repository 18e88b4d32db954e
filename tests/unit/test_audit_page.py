"""The audit's page: its runs, labels, corpora, commit, and what the rule gives it to read."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from audited_tree import SEEDS, SPEAKERS, Tree
from configs import DEFAULT, REPOSITORY
from tiny_corpus import write_tsv

import make_audit
from xser import provenance
from xser.audit.checks import AUDIT
from xser.audit.page import CARD as CARD_ITEMS
from xser.audit.page import page
from xser.config.study import Study
from xser.files import read_tsv
from xser.workflow import audit as audit_rules


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "results")


def test_the_page_has_runs_labels_releases_and_versions(tree: Tree, tmp_path: Path) -> None:
    tree.settings["runs"][1]["transductive"] = "statistics of the tested corpus"
    tree.settings["runs"][1]["oracle"] = "the epoch was chosen on the test set (sys)"
    tree.edit("corpora/one/utterances.tsv", lambda rows: [row.update(dialogue=row["text"]) for row in rows])
    tree.settings["runs"][0] |= {
        "seen": "vectors (One)",
        "undeclared": "ssl",
        "declared": "ssl: not declared; vectors: One",
    }
    tree.run()
    labels, card = tmp_path / "labels.tsv", tmp_path / "card.tsv"
    columns = ("label", "emotion", "kept", "left_out", "why")
    rows = [("W", "anger", "6", "0", ""), ("E", "", "0", "2", "disgust is not asked for (2)")]
    write_tsv(labels, columns, [dict(zip(columns, row, strict=True)) for row in rows])
    columns = ("section", "item", "measure", "value")
    write_tsv(card, columns, [dict(zip(columns, ("Files", i, "value", f"<{i}>"), strict=True)) for i in CARD_ITEMS])
    settings = {
        "audio": ["One", "Two"],
        "config": "ab" * 32,
        "corpora": [{"id": "one", "practice": True, "title": "One"}],
        "protocols": {"paper": "one speaker is tested"},
        "seeds": SEEDS,
        "tables": ["table2", "matrix"],
    }
    audits = [str(tree.root / "audit" / "table.tsv")] * 2  # a run of two tables stands there once
    audio = [str(tree.root / "corpora" / corpus / "audio.tsv") for corpus in SPEAKERS]
    shared = read_tsv(audio[0])[0]["samples_sha256"]
    tree.edit("corpora/two/audio.tsv", lambda rows: rows[0].update(samples_sha256=shared))
    make_audit.main(
        audits=audits, audio=audio, labels=[str(labels)], cards=[str(card)], tsv=str(tmp_path / "a.tsv"),
        md=str(tmp_path / "a.md"), settings=settings,
    )  # fmt: skip
    text = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert len(read_tsv(tmp_path / "a.tsv")) == 2
    for words in (
        "2 runs were checked from their files (tables: table2, matrix)",
        "results/audit/{table}.tsv",
        "oracle epoch, marked in the tables: the epoch was chosen on the test set (sys)",
        "- dialogues on both sides, noted below the tables and no failure: under paper, 2 tested dialogues of one are",
        "- the same recordings in two corpora: One and Two have 1 in common",
        "two-to-one (2 stages)",
        "sys (t)",
        "disgust is not asked for (2)",
        "<release>",
        "ab" * 32,
        "numpy",
        "**Practice data**",
        "transductive, marked in the tables: statistics of the tested corpus",
        "features that learnt from the tested corpus, marked in the tables: sys, trained on one, tested on one under",
        "## Features that were not made by xser alone",
        "| ssl: not declared; vectors: One ",
        "| nothing of ssl: marked (u); that vectors (One) learnt from one: marked (s) |",
    ):
        assert words in text, words
    assert np.__version__ in text
    one = page(AUDIT.records(tmp_path / "a.tsv")[:1], [], [], [], settings | {"corpora": [], "audio": []})
    assert "1 run was checked from its files" in one


def test_the_commit_and_whether_files_changed(tmp_path: Path) -> None:
    assert provenance.commit(tmp_path) == "not known: no git checkout"
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"]
    (tmp_path / "a").write_text("1")
    for command in (["init", "-q"], ["add", "a"], ["commit", "-q", "-m", "m"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    assert provenance.commit(tmp_path).endswith("nothing changed since")
    (tmp_path / "a").write_text("2")
    assert provenance.commit(tmp_path).endswith("with 1 files changed since")
    if os.getuid() == 0:  # a clone of another member of a group
        for path in (tmp_path, tmp_path / ".git"):
            os.chown(path, 12345, 12345)
        assert provenance.commit(tmp_path).endswith("with 1 files changed since")


def test_the_plan_names_all_stages_components_and_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    study = Study(DEFAULT)
    found = audit_rules.inputs(study, study.runs(["table3"]))
    assert "results/models/paper/is09-lstm-transfer/iemocap-to-emovo.zip" in found["models"]
    assert "results/models/paper/is09-lstm-transfer/iemocap.zip" in found["models"]
    assert "results/corpora/iemocap/audio.tsv" in found["audio"]
    related = audit_rules.settings(study, study.runs(["related"]))
    two_pass = next(r for r in related["runs"] if r["system"] == "two-pass" and r["test"] == "emodb")
    assert {s for s, _ in two_pass["models"]} == {"is09-svc", "is09-lstm-language"}
    assert two_pass["seeds"] == list(study.seeds)
    assert set(related["text_notes"]) == {c for c in related["corpora"] if c == "savee"}
    assert set(audit_rules.settings(study, study.runs(["table2"]))["text_notes"]) == {"savee"}
    tripathi = audit_rules.settings(study, study.runs(["tripathi"]))
    assert tripathi["corpora"] == {"iemocap_exc": "iemocap"}
    oracle = {r["system"]: r["oracle"] for r in tripathi["runs"]}
    assert oracle["tripathi-oracle"] == "the epoch was chosen on the test set (tripathi-oracle)"
    assert oracle["tripathi"] == oracle["is09-svc"] == ""
    assert json.loads(json.dumps(related)) == related, "builtins only"
