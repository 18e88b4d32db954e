"""The command xser: predictions for one's own recordings, and its errors."""

import copy
from pathlib import Path

import numpy as np
import pytest
import yaml

from xser import cli, prediction
from xser.config import Config
from xser.errors import InputError
from xser.models import logreg, scaling, store
from xser.models.base import Examples, Head

REPOSITORY = Path(__file__).resolve().parents[2]
WAVS = sorted((REPOSITORY / "tests" / "golden" / "data").glob("**/*.wav"))
RAW = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
CLASSES = ("anger", "neutral")


def archive(path: Path, config: Config, seeds: int = 1, normalise: str = "global") -> np.ndarray:
    """Write models that learned the golden recordings by heart; return their labels."""
    inputs = [prediction.features_of(config, "is09", wav) for wav in WAVS]
    labels = np.arange(len(WAVS)) % 2
    scaler = scaling.fit(normalise, inputs, ["all"] * len(inputs))
    scaled = scaler.transform(inputs, ["all"] * len(inputs))
    heads = (Head("emotion", CLASSES),)
    entries = [("fold0/scaler.npy", scaler.to_bytes())]
    for seed in range(seeds):
        model = logreg.fit(Examples(scaled, {"emotion": labels}), None, heads, {**logreg.PARAMETERS, "C": 10.0}, seed)
        model.save(path.with_suffix(".npz"))
        entries.append((store.model_name(0, seed, ".npz"), path.with_suffix(".npz").read_bytes()))
    manifest = {
        "model": "logreg", "normalise": normalise, "system": "is09-logreg", "train": "emodb", "folds": 1,
        "seeds": list(range(seeds)), "heads": [{"name": "emotion", "classes": list(CLASSES), "weight": 1.0}],
    }  # fmt: skip
    store.write(path, manifest, entries)
    return labels


def test_recordings_get_the_probabilities_of_the_models(tmp_path: Path) -> None:
    config = Config(RAW)
    labels = archive(tmp_path / "m.zip", config, seeds=2)
    manifest, results = prediction.predict(config, tmp_path / "m.zip", WAVS)
    assert manifest["system"] == "is09-logreg"
    assert [max(r, key=r.__getitem__) for r in results] == [CLASSES[k] for k in labels]
    assert all(sum(r.values()) == pytest.approx(1.0, abs=1e-6) for r in results)


def test_a_system_that_needs_others_recordings_is_refused(tmp_path: Path) -> None:
    config = Config(RAW)
    archive(tmp_path / "m.zip", config)
    with store.Store(tmp_path / "m.zip") as models:
        manifest = {**models.manifest, "normalise": "speaker"}
        store.write(tmp_path / "s.zip", manifest, [(n, models.read(n)) for n in models.names()])
    with pytest.raises(InputError, match="normalises by speaker"):
        prediction.predict(config, tmp_path / "s.zip", WAVS[:1])


def test_features_from_outside_cannot_be_computed(tmp_path: Path) -> None:
    (tmp_path / "x.scp").write_text("a b:1\n")
    raw = copy.deepcopy(RAW)
    raw["features"]["outside"] = {"extractor": "scp", "scp": {"emodb": str(tmp_path / "x.scp")}}
    with pytest.raises(InputError, match="comes from outside"):
        prediction.features_of(Config(raw), "outside", WAVS[0])


def test_pasted_features_are_computed_side_by_side() -> None:
    config = Config(RAW)
    both, mfcc = (prediction.features_of(config, name, WAVS[0]) for name in ("mfcc-pitch", "mfcc"))
    assert both.shape[1] == mfcc.shape[1] + 3
    assert np.array_equal(both[:, : mfcc.shape[1]], mfcc[: len(both)])


def test_what_is_asked_for_is_predicted_and_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "project"
    (project / "results/models/paper/is09-logreg").mkdir(parents=True)
    for name in ("config.yaml", "Snakefile"):
        (project / name).write_text((REPOSITORY / name).read_text(encoding="utf-8"), encoding="utf-8")
    labels = archive(project / "results/models/paper/is09-logreg/emodb.zip", Config(RAW))
    monkeypatch.chdir(project)
    assert cli.main(["predict", "--system", "is09-logreg", "--train", "emodb", str(WAVS[1])]) == 0
    said = capsys.readouterr().out
    assert f"{WAVS[1]}: {CLASSES[labels[1]]}" in said
    assert "PRACTICE DATA" in said
    assert "not calibrated" in said


def test_all_that_is_wrong_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(REPOSITORY)
    arguments = ["predict", "--system", "vote", "--train", "nobody", "--protocol", "none", str(tmp_path / "no.wav")]
    assert cli.main(arguments) == 1
    said = capsys.readouterr().err
    for part in ("unknown corpus nobody", "'vote' is not a system", "'none' is not one of", "no.wav: there is no such"):
        assert part in said
    monkeypatch.chdir(tmp_path)
    assert cli.main(["predict", "--system", "x", "--train", "all", "a.wav"]) == 1
    assert "run xser in the folder of the project" in capsys.readouterr().err
