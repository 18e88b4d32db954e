"""The command xser: predictions for one's own recordings, and its errors."""

import copy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml

from xser.cli import main as cli
from xser.cli import predict as prediction
from xser.config.study import Study
from xser.errors import InputError
from xser.evaluation.score import SCORE
from xser.files import write_text
from xser.models import logreg
from xser.models.base import Examples, Head
from xser.training import scaling, store

REPOSITORY = Path(__file__).resolve().parents[2]
WAVS = sorted((REPOSITORY / "tests" / "golden" / "data").glob("**/*.wav"))
RAW = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
CLASSES = ("anger", "neutral")


def archive(path: Path, config: Study, seeds: int = 1, normalise: str = "global") -> np.ndarray:
    """Write models that learned the golden recordings by heart; return their labels."""
    inputs = [prediction.features_for(config, "is09", wav) for wav in WAVS]
    labels = np.arange(len(WAVS)) % 2
    scaler = scaling.fit(normalise, inputs, ["all"] * len(inputs))
    scaled = scaler.transform(inputs, ["all"] * len(inputs))
    heads = (Head("emotion", CLASSES),)
    entries = [("fold0/scaler.npy", scaler.to_bytes())]
    for seed in range(seeds):
        model = logreg.MODEL.fit(Examples(scaled, {"emotion": labels}), None, heads, {"C": 10.0}, seed)
        model.save(path.with_suffix(".npz"))
        entries.append((store.model_name(0, seed, ".npz"), path.with_suffix(".npz").read_bytes()))
    manifest = {
        "model": "logreg", "normalise": normalise, "system": "is09-logreg", "train": "emodb", "folds": 1,
        "seeds": list(range(seeds)), "heads": [{"name": "emotion", "classes": list(CLASSES), "weight": 1.0}],
    }  # fmt: skip
    store.write(path, manifest, entries)
    return labels


def test_recordings_get_the_probabilities_of_the_models(tmp_path: Path) -> None:
    config = Study(RAW)
    labels = archive(tmp_path / "m.zip", config, seeds=2)
    manifest, results = prediction.predict(config, tmp_path / "m.zip", WAVS)
    assert manifest["system"] == "is09-logreg"
    assert [max(r, key=r.__getitem__) for r in results] == [CLASSES[k] for k in labels]
    assert all(sum(r.values()) == pytest.approx(1.0, abs=1e-6) for r in results)


def test_a_system_that_needs_others_recordings_is_refused(tmp_path: Path) -> None:
    config = Study(RAW)
    archive(tmp_path / "m.zip", config)
    with store.Store(tmp_path / "m.zip") as models:
        manifest = {**models.manifest, "normalise": "speaker"}
        store.write(tmp_path / "s.zip", manifest, list(models.entries().items()))
    with pytest.raises(InputError, match="normalises by speaker"):
        prediction.predict(config, tmp_path / "s.zip", WAVS[:1])


def test_imported_features_cannot_be_computed(tmp_path: Path) -> None:
    (tmp_path / "x.scp").write_text("a b:1\n")
    raw = copy.deepcopy(RAW)
    raw["features"]["wav2vec"] = {"extractor": "scp", "scp": {"emodb": str(tmp_path / "x.scp")}}
    with pytest.raises(InputError, match="is imported"):
        prediction.features_for(Study(raw), "wav2vec", WAVS[0])


def test_pasted_features_are_computed_side_by_side() -> None:
    config = Study(RAW)
    both, mfcc = (prediction.features_for(config, name, WAVS[0]) for name in ("mfcc-pitch", "mfcc"))
    assert both.shape[1] == mfcc.shape[1] + 3
    assert np.array_equal(both[:, : mfcc.shape[1]], mfcc[: len(both)])


class Project:
    """A folder with the config and a trained model; `asked` holds what Snakemake was asked to make."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.asked, self.status = folder, [], 0
        (folder / "results/models/paper/is09-logreg").mkdir(parents=True)
        for name in ("config.yaml", "Snakefile"):
            (folder / name).write_text((REPOSITORY / name).read_text(encoding="utf-8"), encoding="utf-8")
        self.labels = archive(folder / "results/models/paper/is09-logreg/emodb.zip", Study(RAW))
        monkeypatch.chdir(folder)
        monkeypatch.setattr(cli.subprocess, "run", self.run)

    def run(self, command: list[str], **_: Any) -> SimpleNamespace:
        """Stand in for Snakemake: make the scores, as of an oracle epoch for SAVEE."""
        assert command[1:3] == ["-m", "snakemake"]
        self.asked = command[5:]
        for path in [] if self.status else map(Path, self.asked):
            if path.parts[1] == "scores":
                line = {"test": path.stem, "n": 40, "speakers": 1, "seeds": 1, "practice": True}
                line |= {"uar": 0.61, "uar_low": 0.5, "uar_high": 0.7, "chance": 0.2}
                line["oracle"] = "the epoch was chosen on the test set (x)" if path.stem == "savee" else ""
                SCORE.write_records(path, [line])
        return SimpleNamespace(returncode=self.status)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path / "project", monkeypatch)


@pytest.mark.fault(
    "files",
    "`xser predict` is given a recording cut short, of 1 Hz, of eleven minutes, or that is none",
    "each recording, and what is wrong with it",
    "an error before anything is computed",
)
def test_a_recording_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    whole = WAVS[0].read_bytes()
    files = {"short.wav": whole[:-100], "slow.wav": whole[:24] + b"\1\0\0\0" + whole[28:], "text.wav": b"no audio"}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    soundfile.write(tmp_path / "long.flac", np.full(660 * 4000, 0.1), 4000)
    paths = [tmp_path / name for name in (*files, "long.flac", "absent.wav")]
    with pytest.raises(InputError) as error:
        prediction.predict(Study(copy.deepcopy(RAW)), tmp_path / "no archive", [WAVS[0], *paths])
    whys = ("truncated", "a sample rate of 1 Hz", "not audio", "longer than 600 s", "cannot be read")
    assert len(error.value.offenders) == len(paths)
    for path, why, offender in zip(paths, whys, error.value.offenders, strict=True):
        assert offender.startswith(f"{path}: ")
        assert why in offender


PREDICT = ["predict", "--system", "is09-logreg", "--train", "emodb", str(WAVS[1])]


def test_what_is_asked_for_is_predicted_and_explained(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(PREDICT) == 0
    said = capsys.readouterr().out
    assert f"{WAVS[1]}: {CLASSES[project.labels[1]]}" in said
    assert "PRACTICE DATA" in said
    assert "on held-out speakers of emodb: UAR 61.0% (50.0% to 70.0%), n = 40, chance 20.0%" in said
    assert "oracle" not in said
    assert "not calibrated" in said


def test_a_model_that_is_there_is_first_brought_up_to_date(project: Project) -> None:
    """Features are computed as the config says now: a model of other features must not be used on them."""
    model = "results/models/paper/is09-logreg/emodb.zip"
    assert (project.folder / model).is_file()
    project.status = 1
    assert cli.main(PREDICT) == 1
    assert project.asked == [model, "results/scores/paper/is09-logreg/emodb/emodb.tsv"]


def test_scores_that_are_there_are_shown_and_an_oracle_epoch_is_named(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = project.folder / "results/scores/paper/is09-logreg/emodb"
    for corpus in ("savee", "emodb_old"):
        write_text(scores / f"{corpus}.tsv", "stale")
    assert cli.main(PREDICT) == 0
    assert [Path(path).stem for path in project.asked] == ["emodb", "emodb", "savee"]
    said = " ".join(capsys.readouterr().out.split())
    assert "on held-out speakers of emodb: UAR 61.0%" in said
    assert "on test speakers of savee: UAR 61.0%" in said
    assert "(o) oracle epoch, not a held-out result: the epoch was chosen on the test set (x)." in said


@pytest.mark.parametrize(
    ("train", "named"),
    [
        ("iemocap+iemocap_exc", "share speakers"),
        ("emodb>savee", "cannot be fine-tuned"),
        ("others>emodb", "depends on a tested corpus"),
    ],
)
def test_a_training_that_leaks_or_cannot_be_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str], train: str, named: str
) -> None:
    assert cli.main(["predict", "--system", "is09-logreg", "--train", train, str(WAVS[1])]) == 1
    assert named in capsys.readouterr().err
    assert not project.asked


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"normalise": "speaker"}, "--system: system is09-logreg normalises by speaker"),
        ({"normalise": "corpus"}, "--system: system is09-logreg normalises by corpus"),
        ({"features": "wav2vec"}, "--system: features.wav2vec is imported"),
    ],
)
def test_a_system_that_cannot_predict_one_recording_is_not_trained(
    project: Project, capsys: pytest.CaptureFixture[str], change: dict[str, str], named: str
) -> None:
    raw = copy.deepcopy(RAW)
    (project.folder / "x.scp").write_text("a b:1\n")
    raw["features"]["wav2vec"] = {"extractor": "scp", "scp": {"emodb": "x.scp"}}
    raw["systems"]["is09-logreg"] |= change
    raw["tables"] = dict.fromkeys(raw["tables"]) | {
        "one": {"columns": ["emodb"], "rows": [{"system": "is09-logreg", "train": "same"}]}
    }
    (project.folder / "config.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    assert cli.main(PREDICT) == 1
    assert named in capsys.readouterr().err
    assert not project.asked


def test_a_config_that_is_not_yaml_is_named(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    (project.folder / "config.yaml").write_text("emotions: [anger\nseeds: }", encoding="utf-8")
    assert cli.main(PREDICT) == 1
    said = capsys.readouterr().err
    assert said.startswith("ERROR: ")
    assert "config.yaml, line 2" in said


def test_a_reader_that_goes_early_is_no_error_of_ours() -> None:
    code = (
        "import sys; from xser.cli import main as cli; cli._recover = lambda _: print('emotion\\n' * 100_000) or 0;"
        "sys.exit(cli.main(['recover']))"
    )
    with subprocess.Popen(  # as in `xser ... | head`
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout
        assert run.stderr
        run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == ""
    assert run.returncode == 1


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
    assert "run xser in the folder of a study" in capsys.readouterr().err
