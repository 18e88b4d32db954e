"""Any byte of an archive damaged: one InputError that names the file, or the right result; never another one."""

import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_corpus import write_archive

from xser.errors import InputError
from xser.features import archives
from xser.models import arrays
from xser.training import store
from xser.training.scaling import Scaler

CASES = 200


def damaged(whole: bytes) -> Iterator[bytes]:
    """Copies with one bit turned, one to eight bytes overwritten, or cut off."""
    dice = random.Random(0)
    for case in range(CASES):
        place = dice.randrange(len(whole))
        if case % 4 == 0:
            yield whole[:place]
            continue
        copy = bytearray(whole)
        for i in range(place, min(place + dice.randint(1, 8), len(whole))):
            copy[i] = dice.randrange(256) if case % 2 else copy[i] ^ 1 << dice.randrange(8)
        yield bytes(copy)


def tried(act: Callable[[], Any]) -> tuple[Any, str]:
    """What an act gives, or the message of its InputError; any other error passes."""
    try:
        return act(), ""
    except InputError as error:
        return None, str(error)


def outcomes(path: Path, act: Callable[[], Any], right: Any) -> int:
    """How many damages of a file were noticed; the others must give the right result."""
    noticed = 0
    for data in damaged(path.read_bytes()):
        path.write_bytes(data)
        result, error = tried(act)
        assert str(path) in error if error else result == right
        noticed += bool(error)
    return noticed


@pytest.mark.fault(
    "files",
    "any byte of a saved model or a scaling damaged",
    "FILE is damaged; delete it and run again",
    "that error, or the right numbers where the byte says nothing",
)
def test_damaged_model_files(tmp_path: Path) -> None:
    path, values = tmp_path / "m.npz", {"a": np.arange(12.0).reshape(3, 4), "b": np.array(["x", "y"])}

    def read() -> Any:
        settings, found = arrays.read(path)
        return settings, {name: array.tolist() for name, array in found.items()}

    arrays.write(path, {"model": "svc"}, values)
    assert outcomes(path, read, read()) > 0.9 * CASES


def test_damaged_scalings_never_raise_anything_else(tmp_path: Path) -> None:
    """In an archive their checksum tells; by themselves their numbers may change, their form may not."""
    scaler = Scaler("corpus", {"a": np.zeros(3), "b": np.ones(3)}, {"a": np.ones(3), "b": np.ones(3)})
    manifest = {"model": "svc", "folds": 1, "seeds": [0]}
    for data in damaged(scaler.to_bytes()):
        store.write(tmp_path / "m.zip", manifest, [("fold0/scaler.npy", data)])
        with store.Store(tmp_path / "m.zip") as models:
            found, error = tried(lambda models=models: models.scaler(0))  # type: ignore[misc]
            if error:
                assert "m.zip, fold0/scaler.npy is damaged: not a scaling" in error
            else:
                assert found.means.keys() == found.scales.keys()


def test_a_vector_that_is_cut_off_is_not_a_shorter_one(tmp_path: Path) -> None:
    ark, scp, _ = write_archive(tmp_path, "f", {"u": np.ones(4)})
    ark.write_bytes(ark.read_bytes()[:-8])
    with pytest.raises(InputError, match="ends before the array"):
        archives.read(scp)


def test_a_compressed_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("settings.npy", arrays.dump(np.array("{}")) + bytes(10_000_000))
    with pytest.raises(InputError, match="compressed"):
        arrays.read(tmp_path / "bomb.npz")
