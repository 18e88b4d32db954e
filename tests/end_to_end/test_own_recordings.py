"""A tiny study by real Snakemake, then recordings of one's own: predicted in the study, and without it."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kaldi_rules
import numpy as np
import pytest
import soundfile
from projects import XSER, environment, on_terminal
from study import Study, hum, speak

EMOTIONS = {"anger": 220.0, "happiness": 330.0, "neutral": 150.0, "sadness": 110.0}
ASKED = ["--system", "is09-svc", "--train", "toy"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Eight speakers who hum each emotion at a pitch of its own."""
    folder = tmp_path_factory.mktemp("own") / "study"
    spoken = (
        (f"{emotion}{s}{take}.wav", f"s{s}", emotion, pitch + 4 * s + take)
        for s in range(8)
        for emotion, pitch in EMOTIONS.items()
        for take in range(3)
    )
    speak(folder / "speech", spoken, 1.0)
    toy: dict[str, Any] = {
        "title": "Toy",
        "reader": "table",
        "root": "speech",
        "language": "deu",
    }
    toy["mapping"] = {emotion: emotion for emotion in EMOTIONS}
    table = {"caption": "Toy", "columns": ["toy"], "rows": [{"system": "is09-svc", "train": "same"}]}
    return Study(folder, corpora={"toy": toy}, tables={"one": table})


def xser(study: Study, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    given = environment(study.folder)
    return subprocess.run([*XSER, *arguments], cwd=cwd or study.folder, env=given, text=True, capture_output=True)


def test_recordings_are_predicted_in_the_study_and_without_it(study: Study, tmp_path: Path) -> None:
    for emotion, pitch in EMOTIONS.items():
        hum(tmp_path / "mine" / f"{emotion}.wav", 1.0, pitch + 10, seed=7)
    first = on_terminal(study.folder, *XSER, "predict", *ASKED, str(tmp_path / "mine"))
    assert "bringing results up to date" in first
    assert "train_models speakers is09-svc toy" in first
    for banner in ("Building DAG", "Job stats", "Using workflow", "Assuming unrestricted", "localrule", "Select jobs"):
        assert banner not in first
    again = on_terminal(study.folder, *XSER, "predict", *ASKED, str(tmp_path / "mine"))
    lines = again.splitlines()
    assert [line.split()[0] for line in lines[:4]] == sorted(EMOTIONS)
    assert "bringing" not in again
    assert re.search(r"calibrated on \d+ development utterances of \d speakers?", " ".join(again.split()))
    assert "on held-out speakers of toy: UAR" in again

    assert xser(study, "export", *ASKED, str(tmp_path / "model")).returncode == 0
    table = xser(study, "predict", *ASKED, str(tmp_path / "mine"), "--csv", "-").stdout
    shutil.move(study.path("results"), tmp_path / "gone")
    shutil.move(study.path("speech"), tmp_path / "gone")
    try:
        elsewhere = xser(study, "predict", "--model", "model", str(tmp_path / "mine"), "--csv", "-", cwd=tmp_path)
    finally:
        shutil.move(tmp_path / "gone" / "speech", study.path("speech"))
        shutil.move(tmp_path / "gone", study.path("results"))
    assert elsewhere.returncode == 0, elsewhere.stderr
    assert elsewhere.stdout == table
    assert len(table.splitlines()) == 5
    page = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert "# is09-svc, trained on toy" in page


def test_a_long_recording_is_shown_as_a_timeline(study: Study, tmp_path: Path) -> None:
    parts = []
    for emotion in ("anger", "sadness"):
        hum(tmp_path / "part.wav", 10.0, EMOTIONS[emotion] + 10, seed=7)
        parts.append(soundfile.read(tmp_path / "part.wav")[0])
    soundfile.write(tmp_path / "call.flac", np.concatenate([*parts, np.zeros(80_000)]), 16_000)
    done = xser(study, "predict", *ASKED, "--threshold", "0", "--window", "1", str(tmp_path / "call.flac"))
    assert done.returncode == 0, done.stderr
    shown = done.stdout.splitlines()
    assert shown[0] == f"{tmp_path}/call.flac: 0:25 long, 25 windows"
    assert [line.split()[:4] for line in shown[1:4]] == [
        ["0:00", "-", "0:10", "anger"],
        ["0:10", "-", "0:20", "sadness"],
        ["0:20", "-", "0:25", "cannot"],
    ]
    assert shown[3].endswith("(silent)")


def test_a_corpus_of_the_study_is_exported_for_kaldi(study: Study, tmp_path: Path) -> None:
    done = xser(study, "export-kaldi", "--features", "mfcc", "toy", str(tmp_path / "toy"))
    assert done.returncode == 0, done.stderr
    assert kaldi_rules.breaches(tmp_path / "toy") == []
    assert len((tmp_path / "toy" / "feats.scp").read_text(encoding="utf-8").splitlines()) == 96
