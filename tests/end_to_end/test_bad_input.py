"""What a user can get wrong, through the real DAG: one clear error that names all offenders, nothing half-written."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from study import Study, hum

NAMES = [f"{s}{t}{e}a.wav" for s in ("03", "08", "09") for t in ("a01", "a02", "b01") for e in "WFNT"]
SYSTEM = {"system": "is09-logreg", "train": "same"}
REPLACE = ("--config", "replace=true")  # results of one folder by those of another, on purpose


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A small good EMO-DB: three speakers, three sentences, four emotions."""
    folder = tmp_path_factory.mktemp("bad") / "study"
    for number, name in enumerate(NAMES):
        hum(folder / "speech" / "wav" / name, pitch=100 + 5 * number, seed=number)
    return Study(folder, **_config())


def _config(**changes: Any) -> dict[str, Any]:
    emodb = {"root": "speech", "paper": {"test": ["03"]}, **changes.pop("emodb", {})}
    return {
        "protocols": {"paper": {"kind": "paper"}},
        "protocol": ["paper"],
        "corpora": {"emodb": emodb},
        "tables": {"t": {"columns": ["emodb"], "rows": [SYSTEM]}},
        **changes,
    }


@pytest.fixture
def study(base: Study, tmp_path: Path) -> Study:
    """A fresh copy of it that nothing was run in."""
    copy = object.__new__(Study)
    copy.folder, copy.printed = tmp_path / "study", ""
    shutil.copytree(base.folder, copy.folder, ignore=shutil.ignore_patterns(".snakemake", "results"))
    return copy


def spoil(root: Path) -> dict[str, str]:
    """Break six recordings in six ways: name -> a word of its message."""
    wav = root / "wav"
    (wav / "03a01Wa.wav").write_text("Ich bin ein Text.\n" * 50, encoding="utf-8")
    (wav / "03a01Fa.wav").write_bytes(b"")
    whole = (wav / "03a01Na.wav").read_bytes()
    (wav / "03a01Na.wav").write_bytes(whole[: len(whole) // 2])
    soundfile.write(wav / "03a01Ta.wav", np.full(8000, np.nan, dtype=np.float32), 16_000, subtype="FLOAT")
    hum(wav / "03a02Wa.wav", seconds=0.02)
    (wav / "03a02Fa.wav").write_bytes(whole[:44])
    return {
        "03a01Wa.wav": "",
        "03a01Fa.wav": "",
        "03a01Na.wav": "",
        "03a01Ta.wav": "",
        "03a02Wa.wav": "too short",
        "03a02Fa.wav": "",
    }


def test_broken_recordings_are_all_named_and_nothing_is_written(study: Study) -> None:
    broken = spoil(study.path("speech"))
    printed = study.fail("t")
    for name, word in broken.items():
        lines = [line for line in printed.splitlines() if f"wav/{name}:" in line]
        assert lines, name
        assert word in lines[0]
    assert "6 recordings below speech cannot be used" in printed
    assert "on_bad_audio: skip" in printed
    assert study.results() == {"corpora/emodb/files.tsv"}, "the list of what there is"


def test_skipped_recordings_are_listed_and_the_table_says_so(study: Study) -> None:
    broken = spoil(study.path("speech"))
    study.configure(**_config(on_bad_audio="skip"))
    study.run("t")
    left_out = study.path("results/corpora/emodb/left_out.tsv").read_text(encoding="utf-8")
    for name in broken:
        assert f"wav/{name}\tbad audio: " in left_out
    for ending in ("md", "tex"):
        table = study.path(f"results/tables/t.{ending}").read_text(encoding="utf-8")
        assert "recordings left out: 6 (bad audio)" in table
    assert "(n = 6)" in study.path("results/tables/t.md").read_text(encoding="utf-8")


def test_runs_asked_for_by_path_are_checked(study: Study) -> None:
    """A view beside its corpus would test speakers that training saw, and no audit looks at runs outside tables."""
    view = {"view": "emodb", "emotions": ["anger", "sadness"], "paper": {"test": ["08"]}}
    config = _config()
    study.configure(**{**config, "corpora": {**config["corpora"], "two": view}})
    path = "results/scores/paper/is09-svc/emodb/two.tsv"
    assert f"{path} is asked for." in (printed := study.fail(path))
    assert "a corpus and a view of it share speakers" in printed
    assert study.results() == set()


def test_a_link_that_leads_nowhere_is_no_reason_to_show_the_results_of_another_folder(study: Study) -> None:
    """As an input it would be missing, and Snakemake would take what is there for sources."""
    study.run("t")
    before = study.path("results/tables/t.md").read_bytes()
    other = study.path("other/wav")
    for number, name in enumerate(NAMES):
        hum(other / name, pitch=300 + 5 * number, seed=100 + number)
    (other / NAMES[0]).unlink()
    (other / NAMES[0]).symlink_to("/nowhere/annex")
    (other.parent / "more").symlink_to("/nowhere")
    study.configure(**_config(emodb={"root": "other"}))
    printed = study.fail("t", *REPLACE)
    for name in (f"wav/{NAMES[0]}", "more"):
        assert f"{name}: cannot be read: the link leads nowhere" in printed
    study.configure(**_config(emodb={"root": "other"}, on_bad_audio="skip"))
    study.run("t", *REPLACE)
    left_out = study.path("results/corpora/emodb/left_out.tsv").read_text(encoding="utf-8")
    assert f"wav/{NAMES[0]}\tbad audio: cannot be read: the link leads nowhere" in left_out
    assert "more\tbad audio: cannot be read: the link leads nowhere" in left_out
    assert study.path("results/corpora/emodb/root.txt").read_text(encoding="utf-8") == "other\n"
    assert study.path("results/tables/t.md").read_bytes() != before
    # and were reading left out for another reason
    study.path("results/corpora/emodb/root.txt").write_text("elsewhere\n", encoding="utf-8")
    printed = study.fail("t", *REPLACE)
    assert "was read from elsewhere, but corpora.emodb.root is other now" in printed
    assert "--forcerun read_corpus" in printed


def test_names_that_snakemake_takes_for_patterns(study: Study) -> None:
    study.run("results/corpora/emodb/utt2emo")
    study.path("ro{o}t").mkdir()
    study.configure(**_config(emodb={"root": "ro{o}t"}))
    assert "corpora.emodb: ro{o}t has { or } in it" in study.fail("t")
    hum(study.path("speech/wav/{a}.wav"))
    study.configure(**_config())
    printed = study.fail("t")
    assert "speech/wav/{a}.wav" in printed
    assert "wildcards" in printed


def test_broken_config_files_are_named_with_line_and_column(study: Study) -> None:
    text = study.path("config.yaml").read_text(encoding="utf-8")
    study.path("config.yaml").write_text(text + "corpora:\n  emodb: {root: null}\n", encoding="utf-8")
    printed = study.fail("t")
    line = len(text.splitlines()) + 1
    assert f"config.yaml, line {line}, column 1: 'corpora' is there twice" in printed
    study.path("config.yaml").write_text(text + "shards:\n\t1\n", encoding="utf-8")
    assert f"config.yaml, line {line + 1}, column 1: a tab" in study.fail("t")
    study.path("config.yaml").write_text(text, encoding="utf-8")
    study.path("own.yaml").write_text("seeds: [1]\nseeds: [2]\n", encoding="utf-8")
    assert "own.yaml, line 2, column 1: 'seeds' is there twice" in study.fail("t", "--configfile", "own.yaml")
    study.path("own.yaml").write_text("seeds: [-1]\n", encoding="utf-8")
    assert "config.yaml with own.yaml cannot be used" in study.fail("t", "--configfile", "own.yaml")


def test_names_on_which_snakemake_itself_fails(study: Study) -> None:
    os.rename(study.path("speech/wav"), os.fsencode(study.path("speech")) + b"/Or\xe9au")
    printed = study.fail("t")
    assert "file names that are not UTF-8, or with control characters" in printed
    assert r"speech/Or\udce9au/03a01Fa.wav" in printed
    assert "Traceback" not in printed
