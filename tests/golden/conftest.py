"""Twelve utterances and what the original tools wrote for them (data/README.md)."""

import csv
from pathlib import Path

import numpy as np
import pytest
from tiny_corpus import write_utterances

from xser.data_dir import read_mapping
from xser.features import archives

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def golden_data() -> Path:
    return DATA


@pytest.fixture(scope="session")
def utterances_tsv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("golden") / "utterances.tsv"
    wavs = read_mapping(DATA / "wav.scp").items()
    write_utterances(path, [{"utterance": u, "speaker": u[:2], "recording": u, "path": wav} for u, wav in wavs])
    return path


@pytest.fixture(scope="session")
def kaldi_golden() -> dict[str, dict[str, np.ndarray]]:
    sets = ("mfcc", "mfcc_energy", "pitch", "mfcc_pitch")
    return {name: archives.read(DATA / f"{name}.scp") for name in sets}


@pytest.fixture(scope="session")
def is09_golden() -> tuple[list[str], dict[str, np.ndarray]]:
    """Names of the 384 values, and the values of each utterance."""
    with open(DATA / "is09.csv", encoding="utf-8", newline="") as source:
        header, *rows = csv.reader(source, delimiter=";")
    assert header[:2] == ["name", "frameTime"]
    return header[2:], {row[0].strip("'"): np.array(row[2:], dtype=float) for row in rows}
