"""openSMILE's features against its own program and its own Python package."""

import numpy as np
import opensmile
import pytest
from tiny_corpus import archive_files

from xser.features import archives, audio
from xser.features import opensmile as sets
from xser.features.extract import extract


def test_is09_is_that_of_smilextract(golden_data, is09_golden, utterances_tsv, tmp_path):
    names, golden = is09_golden
    extract(utterances_tsv, golden_data, "opensmile", {}, *archive_files(tmp_path, "is09"))
    ours = archives.read(tmp_path / "is09.scp")
    assert archives.read_names(tmp_path / "is09.names.txt") == names
    assert list(ours) == sorted(golden)
    values, expected = np.stack([ours[u] for u in golden]), np.stack(list(golden.values()))
    scale = np.maximum(np.abs(expected).max(axis=0), 1e-6)  # F0_sma_de_amean is noise of 1e-8
    assert (np.abs(values - expected) / scale).max() < 1e-5


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("IS09", "functionals"),
        ("IS09", "low_level_descriptors"),
        ("eGeMAPSv02", "functionals"),
        ("emobase", "functionals"),
    ],
)
def test_values_are_those_of_the_package_and_keep_no_memory(golden_data, name, level):
    compute = sets.EXTRACTOR.make(sets.EXTRACTOR.complete({"set": name, "level": level}))
    package = opensmile.Smile(opensmile.FeatureSet[name], opensmile.FeatureLevel[sets.LEVELS[level]])
    voice = audio.load(golden_data / "wav/03a01Fa.wav")
    noise = np.random.default_rng(0).integers(-3000, 3000, 20_000).astype(np.float32) / 32_768
    for signal in (voice, noise, np.zeros(16_000, np.float32), voice[:2_000], voice):
        expected = package.process_signal(signal, 16_000).to_numpy()
        assert np.array_equal(compute(signal), expected[0] if level == "functionals" else expected)


def test_sets_are_those_of_the_package():
    assert sorted(sets.SETS) == sorted(opensmile.FeatureSet.__members__)
