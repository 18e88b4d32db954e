"""A further seed trains itself only, and gives the same archive as training all of them."""

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from harness import Project

import train_models
from xser.job import log
from xser.training.cache import Kept, Training, digest

SYSTEM = {
    "corpora": ["emodb"],
    "emotions": ["anger", "fear", "happiness", "neutral", "sadness"],
    "heads": [["emotion", 1.0]],
    "model": "logreg",
    "normalise": "global",
    "parameters": {"C": 0.01},
    "scaling": "refit",
    "system": "is09-logreg",
    "train": "emodb",
}
CODE = "workflow_scripts/train_models.py"


@pytest.fixture(scope="module")
def inputs(finished: Project) -> Project:
    """The finished project, whose features and splits are read here and not changed."""
    return finished.restore()


@pytest.fixture
def train(inputs: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Any:
    """A function that trains some seeds and returns (archive, learning curves, number of trainings that were done)."""
    monkeypatch.chdir(inputs.folder)
    monkeypatch.setattr(log, "propagate", True)
    caplog.set_level(logging.INFO)
    code = tmp_path / "code.py"
    code.write_text("x = 1")

    def act(seeds: list[int], part: tuple[int, int] = (0, 1), cache: str | None = "cache", **changes: Any) -> Any:
        caplog.clear()
        features, corpus = "results/features/is09/emodb", "results/corpora/emodb"
        files = [f"{features}.scp", f"{corpus}/utterances.tsv", f"{corpus}/utt2emo", "results/splits/paper/emodb.tsv"]
        out = tmp_path / "models.zip", tmp_path / "history.tsv"
        train_models.main(
            *([f] for f in files), None, *map(str, out),
            settings={**SYSTEM, **changes, "part": list(part), "seeds": seeds},
            cache=cache and tmp_path / cache,
            depends=[*files, f"{features}.ark", str(code)],
        )  # fmt: skip
        steps = [r for r in caplog.records if " trainings, " in r.getMessage()]
        done = steps[-1].args[0] if steps else 0  # type: ignore[index]
        return *(p.read_bytes() for p in out), done

    act.folder, act.code = tmp_path / "cache", code  # type: ignore[attr-defined]
    return act


def test_only_the_new_seed_is_trained(train: Any) -> None:
    scratch = train([0, 1, 2], cache=None)
    assert scratch[2] == 3
    assert train([0, 1])[2] == 2
    assert train([0, 1, 2]) == (*scratch[:2], 1)
    assert train([2, 0])[2] == 0


@pytest.mark.parametrize("change", ["parameters", "code"])
def test_anything_else_trains_anew(train: Any, change: str) -> None:
    train([0, 1])
    if change == "code":
        train.code.write_text("x = 2")
        assert train([0, 1])[2] == 2
    else:
        assert train([0, 1], parameters={"C": 0.1})[2] == 2


def test_parts_share_what_is_kept(train: Any) -> None:
    train([0, 1, 2])
    assert train([0, 1, 2, 3], part=(0, 2))[2] == 0  # seeds 0 and 2
    assert train([0, 1, 2, 3], part=(1, 2))[2] == 1  # seeds 1 and 3


def test_a_damaged_file_is_trained_anew(train: Any) -> None:
    scratch = train([0, 1])
    for path in train.folder.iterdir():
        os.truncate(path, path.stat().st_size // 2)
    assert train([0, 1]) == scratch


def test_nothing_is_kept_without_a_folder(tmp_path: Path) -> None:
    kept = Kept(None, "")
    kept.put(Training(0, 0, b"s", b"m", []))
    assert kept.get(0, 0) is None


def test_digest_sees_the_names_and_bytes_of_files(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("1")
    first = digest(SYSTEM, [str(path)])
    assert digest({**SYSTEM, "seeds": [5], "part": [0, 1]}, [str(path)]) == first
    path.write_text("2")
    assert digest(SYSTEM, [str(path)]) != first
