"""`snakemake plan`: after reading and splitting, and nothing else, it says what the rest costs."""

from pathlib import Path

import pytest
from study import Study, hum

EMOTIONS = {"a": "anger", "h": "happiness", "n": "neutral", "s": "sadness"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("plan")
    lines = ["file,speaker,emotion"]
    for number in range(16):
        name, speaker = f"{number:02}.wav", f"s{number % 4}"
        hum(folder / "speech" / name, seed=number)
        lines.append(f"{name},{speaker},{list(EMOTIONS.values())[number // 4]}")
    (folder / "speech/utterances.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Study(
        folder / "study",
        corpora={
            "mine": {
                "root": str(folder / "speech"), "reader": "table", "language": "deu",
                "mapping": {e: e for e in EMOTIONS.values()},
            }
        },
        tables={
            "first": {"columns": ["mine"], "rows": [{"system": "is09-svc", "train": "same"}]},
            "second": {"columns": ["mine"], "default": False, "rows": [{"system": "mfcc-lstm", "train": "same"}]},
        },
    )  # fmt: skip


def kinds(study: Study) -> set[str]:
    return {Path(name).parts[0] for name in study.results()}


def test_plan_runs_the_cheap_stages_and_tells_the_rest(study: Study) -> None:
    printed = study.run("plan")
    assert "What these tables cost, at most: first\n" in printed
    assert "training is09-svc" in printed
    assert "still to do" in printed
    assert "  second " in printed
    assert kinds(study) == {"corpora", "splits"}


def test_it_tells_again_when_nothing_is_left_to_read(study: Study) -> None:
    printed = study.run("plan", "--quiet", "rules")
    assert "still to do" in printed
    assert "Tables with intervals" not in printed


def test_after_the_run_nothing_is_to_do(study: Study) -> None:
    study.run()
    printed = study.run("plan")
    assert ", 0.00 of them still to do" in printed
    assert "On a cluster" not in printed
