"""Two corpora by real Snakemake, whose recordings are the same: FLAC in one, WAV under other names in the other."""

from typing import Any

import pytest
import soundfile
from study import Study, speak

PITCHES = {"anger": 220.0, "happiness": 330.0, "neutral": 150.0, "sadness": 110.0}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Four speakers in two conversations; the second corpus calls files and speakers otherwise, in another order."""
    folder = tmp_path_factory.mktemp("same") / "study"
    spoken = [
        (f"{emotion}{s}{take}.flac", f"s{s}", emotion, pitch + 4 * s + take)
        for s in range(4)
        for emotion, pitch in PITCHES.items()
        for take in range(2)
    ]
    speak(folder / "flac", spoken)
    (folder / "wav").mkdir()
    lines = {"flac": ["file,speaker,emotion,dialogue"], "wav": ["file,speaker,emotion"]}
    for n, (file, speaker, emotion, _) in enumerate(spoken):
        soundfile.write(folder / "wav" / f"{n}.wav", *soundfile.read(folder / "flac" / file, dtype="int16"))
        lines["flac"].append(f"{file},{speaker},{emotion},talk{int(speaker[1:]) // 2}")
        lines["wav"].append(f"{n}.wav,other{9 - int(speaker[1:])},{emotion}")
    for corpus, text in lines.items():
        (folder / corpus / "utterances.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    entry: dict[str, Any] = {"reader": "table", "language": "deu", "mapping": {e: e for e in PITCHES}}
    tables = {
        name: {"caption": name, "columns": ["flac"], "rows": [{"system": "is09-logreg", "train": train}]}
        for name, train in (("alone", "same"), ("across", "wav"))
    }
    return Study(
        folder,
        protocols={"speakers": {"kind": "speakers", "folds": "loso"}},
        corpora={c: {**entry, "title": c.upper(), "root": c} for c in lines},
        tables={"alone": tables["alone"], "across": {**tables["across"], "default": False}},
    )


def test_trained_on_the_wav_and_tested_on_the_flac_fails(study: Study) -> None:
    printed = study.fail("across")
    assert "are the same audio" in printed
    assert not study.path("results/audit/across.tsv").exists()


def test_a_conversation_on_both_sides_is_said_below_the_table_and_in_the_audit(study: Study) -> None:
    study.run()
    (line,) = study.rows("results/audit/alone.tsv")
    assert (line["shared_dialogues"], line["shared_speakers"], line["shared_audio"]) == ("2", "0", "0")
    below, page = (
        study.path(f"results/{name}").read_text(encoding="utf-8") for name in ("tables/alone.md", "audit.md")
    )
    assert "(the partner's, where speakers are held out): FLAC 2 of 2." in below
    assert (
        "- dialogues on both sides, noted below the tables and no failure: under speakers, 2 tested dialogues" in page
    )
