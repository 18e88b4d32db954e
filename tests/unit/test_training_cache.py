"""A training that was done before is not done again, whatever happened in between; what is damaged is done anew."""

import logging
import os
import random
from pathlib import Path
from typing import Any

import pytest
from tiny_corpus import TRAINING, corpus

import train_models
from xser.job import log
from xser.training import cache
from xser.training.cache import Trained, TrainingCache, prune, training_key


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Any:
    """A function that trains some seeds and returns (archive, learning curves, number of trainings that were done)."""
    monkeypatch.setattr(log, "propagate", True)
    caplog.set_level(logging.INFO)
    files = corpus(tmp_path, "c")
    code = tmp_path / "code.py"
    code.write_text("x = 1")

    def act(seeds: list[int], part: tuple[int, int] = (0, 1), cached: bool = True, **changes: Any) -> Any:
        caplog.clear()
        out = tmp_path / "models.zip", tmp_path / "history.tsv"
        train_models.main(
            *files,
            None,
            *map(str, out),
            settings={**TRAINING, **changes, "part": list(part), "seeds": seeds},
            cache=tmp_path / "cache" if cached else None,
            depends=[*(name for (name,) in files), str(code)],
        )
        steps = [r for r in caplog.records if " trainings, " in r.getMessage()]
        done = steps[-1].args[0] if steps else 0  # type: ignore[index]
        return *(p.read_bytes() for p in out), done

    act.folder, act.code = tmp_path / "cache", code  # type: ignore[attr-defined]
    return act


def test_only_the_new_seed_is_trained(train: Any) -> None:
    scratch = train([0, 1, 2], cached=False)
    assert scratch[2] == 3
    assert train([0, 1])[2] == 2
    assert train([0, 1, 2]) == (*scratch[:2], 1)
    assert train([2, 0])[2] == 0


def test_what_another_member_of_a_group_has_trained_is_used(train: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError

    first = train([0])
    monkeypatch.setattr(os, "utime", forbidden)
    assert train([0]) == (*first[:2], 0)


def test_parts_share_what_is_cached(train: Any) -> None:
    train([0, 1, 2])
    assert train([0, 1, 2, 3], part=(0, 2))[2] == 0  # seeds 0 and 2
    assert train([0, 1, 2, 3], part=(1, 2))[2] == 1  # seeds 1 and 3


def test_another_setting_trains_and_going_back_does_not(train: Any) -> None:
    first = train([0, 1])
    assert train([0, 1], parameters={"C": 0.1})[2] == 2
    assert train([0, 1]) == (*first[:2], 0)
    train.code.write_text("x = 2")
    assert train([0, 1])[2] == 2


def test_the_last_few_settings_stay(train: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was used longest ago goes: C = 1 was used again, C = 2 was not."""
    for c in (1.0, 2.0, 3.0, 1.0, 4.0, 5.0):
        train([0, 1], parameters={"C": c})
    prune(train.folder.parent)
    assert len(list(train.folder.iterdir())) == 2 * cache.SETTINGS
    assert [train([0, 1], parameters={"C": c})[2] for c in (1.0, 2.0)] == [0, 2]
    monkeypatch.setattr(cache, "OLDER_BYTES", 0)
    prune(train.folder.parent)
    assert train([0, 1], parameters={"C": 2.0})[2] == 0, "the present setting is never too much"
    assert len(list(train.folder.iterdir())) == 2
    (train.folder / "fold0-seed0-gone.zip").symlink_to("nowhere")  # as what another job removes meanwhile
    prune(train.folder.parent)


@pytest.mark.fault("files", "any byte of the training cache damaged", "nothing", "that training is done anew")
def test_a_damaged_file_is_trained_anew(train: Any) -> None:
    scratch = train([0])
    (path,) = train.folder.iterdir()
    whole, dice, trained = path.read_bytes(), random.Random(0), 0
    for case in range(100):
        place = dice.randrange(len(whole))
        damaged = bytearray(whole)
        damaged[place] ^= 1 << dice.randrange(8)
        path.write_bytes(damaged if case % 4 else whole[:place])
        result = train([0])
        assert result[:2] == scratch[:2], (place, case)
        trained += result[2]
    assert trained > 80


def test_nothing_is_cached_without_a_folder() -> None:
    nothing = TrainingCache(None, "")
    nothing.put(Trained(0, 0, b"s", b"m", [], 0, {}))
    assert nothing.get(0, 0) is None


def test_digest_sees_the_names_and_bytes_of_files(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("1")
    first = training_key(TRAINING, [str(path)])
    assert training_key({**TRAINING, "seeds": [5], "part": [0, 1]}, [str(path)]) == first
    path.write_text("2")
    assert training_key(TRAINING, [str(path)]) != first
    os.rename(path, tmp_path / "b")
    assert training_key(TRAINING, [str(tmp_path / "b")]) != first
