"""xser predict and xser export: what they ask Snakemake for, print and write, and their errors."""

import copy
from pathlib import Path
from typing import Any

import exported
import pytest
import yaml
from configs import DEFAULT, REPOSITORY
from exported import LABELS, WAVS

from xser import paths
from xser.cli import main as cli
from xser.cli import making, trained
from xser.errors import InputError
from xser.evaluation.score import SCORE
from xser.files import write_text
from xser.recognition.recogniser import ARCHIVE, CARD, PAGE

ASKED = ["--system", "is09-logreg", "--train", "emodb"]
PREDICT = ["predict", *ASKED, str(WAVS[1])]
IDS = ("paper", "is09-logreg", "emodb")


class Project:
    """A folder with the config and a trained model; `asked` holds what Snakemake was asked to make, each time."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[list[str]] = []
        self.works = True
        folder.mkdir()
        for name in ("config.yaml", "Snakefile"):
            (folder / name).write_text((REPOSITORY / name).read_text(encoding="utf-8"), encoding="utf-8")
        monkeypatch.chdir(folder)
        Path(paths.models(*IDS)).parent.mkdir(parents=True)
        exported.archive(Path(paths.models(*IDS)))
        monkeypatch.setattr(making, "make", self.snakemake)

    def snakemake(self, targets: list[Path], cores: int) -> None:
        """Stand in for Snakemake: make the card and the audit."""
        self.asked.append([str(target) for target in targets])
        if not self.works:
            raise InputError("the results cannot be brought up to date; see above")
        exported.card(corpora=[{**exported.CORPUS, "practice": True}]).write(paths.models(*IDS, "card.json"))
        write_text(paths.audit_of_card(*IDS), "")

    def configure(self, **changes: Any) -> None:
        """Change the config."""
        raw = copy.deepcopy(DEFAULT)
        raw["systems"]["is09-logreg"] |= changes.pop("system", {})
        Path("config.yaml").write_text(yaml.safe_dump(raw | changes), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path / "project", monkeypatch)


# -- the models of a study --------------------------------------------------------------------------------------------


def test_what_is_asked_for_is_predicted_and_explained(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(PREDICT) == 0
    assert project.asked == [[paths.models(*IDS), paths.models(*IDS, "card.json"), paths.audit_of_card(*IDS)]]
    shown = " ".join(capsys.readouterr().out.split())
    for part in (
        f"{WAVS[1]}: {LABELS[1]}",
        "PRACTICE DATA in training: EMO-DB",
        "on held-out speakers of emodb: UAR 61.0% (50.0% to 70.0%), n = 40, chance 20.0%",
        "calibrated on 40 development utterances of 3 speakers",
        "fitted without them: 0.050, uncalibrated 0.200; a perfectly calibrated model would have 0.040 on so many",
        "the average of several folds, as printed, is not measured",
        "Where no emotion has a probability of at least 0.5, the answer is `cannot tell`.",
        "Do not judge people by it.",
    ):
        assert part in shown


def test_snakemake_is_asked_once_and_again_when_something_changed(project: Project) -> None:
    """Its answer takes seconds; a model that is there may be one of another config, code or corpus."""
    for _ in range(2):
        assert cli.main(PREDICT) == 0
    assert len(project.asked) == 1
    project.configure(seeds=[7])
    assert cli.main(PREDICT) == 0
    assert len(project.asked) == 2
    exported.archive(Path(paths.models(*IDS)), seeds=2)
    assert cli.main(PREDICT) == 0
    assert len(project.asked) == 3
    assert cli.main(PREDICT) == 0
    Path(paths.models(*IDS, "card.json")).unlink()
    assert cli.main(PREDICT) == 0
    assert len(project.asked) == 4


def test_code_that_changed_asks_snakemake_again(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "code/rules").mkdir(parents=True)
    (tmp_path / "code/rules/a.smk").write_text("")
    monkeypatch.setattr(trained, "WORKFLOW", tmp_path / "code")
    for _ in range(2):
        assert cli.main(PREDICT) == 0
    (tmp_path / "code/rules/a.smk").write_text("# changed")
    assert cli.main(PREDICT) == 0
    assert len(project.asked) == 2


def test_a_training_that_fails_predicts_nothing(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.works = False
    assert cli.main(PREDICT) == 1
    assert capsys.readouterr().out == ""
    project.works = True
    assert cli.main(PREDICT) == 0
    assert len(project.asked) == 2


def test_scores_that_are_there_are_shown_and_an_oracle_epoch_is_named(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    line = {"test": "savee", "n": 40, "speakers": 1, "seeds": 1, "practice": True, "oracle": "chosen (x)"}
    line |= {"uar": 0.58, "uar_low": 0.5, "uar_high": 0.7, "chance": 0.2}
    SCORE.write_records(paths.score(*IDS, "savee"), [line])
    assert cli.main(PREDICT) == 0
    assert project.asked[0][3:] == [paths.score(*IDS, "savee")]
    shown = " ".join(capsys.readouterr().out.split())
    assert "on test speakers of savee: UAR 58.0%" in shown
    assert "(o) oracle epoch, not a held-out result: chosen (x)." in shown


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
        ({"normalise": "speaker"}, "is09-logreg normalises by speaker"),
        ({"normalise": "corpus"}, "is09-logreg normalises by corpus"),
        ({"features": "wav2vec"}, "is09-logreg its features are imported"),
    ],
)
def test_a_system_that_cannot_predict_one_recording_is_not_trained(
    project: Project, capsys: pytest.CaptureFixture[str], change: dict[str, str], named: str
) -> None:
    Path("x.scp").write_text("a b:1\n")
    features = {**DEFAULT["features"], "wav2vec": {"extractor": "scp", "scp": {"emodb": "x.scp"}}}
    tables = dict.fromkeys(DEFAULT["tables"])
    tables["one"] = {"columns": ["emodb"], "rows": [{"system": "is09-logreg", "train": "same"}]}
    project.configure(system=change, features=features, tables=tables)
    assert cli.main(PREDICT) == 1
    assert f"--system: {named}" in capsys.readouterr().err
    assert not project.asked


def test_all_that_is_wrong_with_a_training_is_named_at_once(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--system", "vote", "--train", "nobody", "--protocol", "none"]
    assert cli.main(["predict", *arguments, str(WAVS[0])]) == 1
    shown = capsys.readouterr().err
    for part in ("unknown corpus nobody", "'vote' is not a system", "'none' is not one of"):
        assert part in shown


def test_a_config_that_is_missing_or_not_yaml_is_named(
    project: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("config.yaml").write_text("emotions: [anger\nseeds: }", encoding="utf-8")
    assert cli.main(PREDICT) == 1
    assert "config.yaml, line 2" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    assert cli.main(PREDICT) == 1
    assert "there is no config.yaml here" in capsys.readouterr().err


# -- an exported folder -----------------------------------------------------------------------------------------------


def test_an_export_predicts_as_the_study_does_without_it(
    project: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main([*PREDICT, "--csv", "study.csv"]) == 0
    assert cli.main(["export", *ASKED, str(tmp_path / "out/model")]) == 0
    assert len(project.asked) == 1
    assert sorted(path.name for path in (tmp_path / "out/model").iterdir()) == sorted([ARCHIVE, CARD, PAGE])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["model"]
    study = Path("study.csv").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert cli.main(["predict", "--model", "out/model", str(WAVS[1]), "--csv", "-"]) == 0
    assert capsys.readouterr().out == study


def test_an_export_overwrites_nothing(project: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/mine.txt").touch()
    assert cli.main(["export", *ASKED, str(tmp_path / "model")]) == 1
    assert "is there already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_trained(
    project: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "nowhere").symlink_to("gone/model")
    (tmp_path / "file").touch()
    for name, told in (
        ("nowhere", "is there already"),
        ("file", "is there already"),
        ("file/model", "file is not a folder"),
    ):
        for command in (["export", *ASKED], ["export-kaldi", "emodb"]):
            assert cli.main([*command, str(tmp_path / name)]) == 1
            assert told in capsys.readouterr().err
    assert project.asked == []
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    assert cli.main(["export", *ASKED, str(tmp_path / "link")]) == 0
    assert (tmp_path / "empty" / CARD).is_file()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--model", "m"], "no recordings are named"),
        (["a.wav"], "--train is missing"),
        (["--model", "m", "--train", "emodb", "a.wav"], "--train and --model exclude each other"),
        (["--model", "m", "--threshold", "2", "a.wav"], "--threshold: 2.0 is not between 0 and 1"),
        (["--model", "m", "--window", "0.1", "a.wav"], "--window: 0.1 is neither 0"),
        (["--model", "m", "--cores", "0", "a.wav"], "--cores: 0"),
        (["--model", "m", "a.wav"], "a.wav: there is no such file"),
        (["--model", "m", str(WAVS[0])], "--model: m is not a folder"),
    ],
)
def test_arguments_that_cannot_be_are_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    named: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["predict", *arguments]) == 1
    assert named in capsys.readouterr().err


def test_a_table_that_cannot_be_made_is_told_before_anything_is_trained(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*PREDICT, "--csv", "config.yaml/answers.csv"]) == 1
    assert "config.yaml is not a folder" in capsys.readouterr().err
    assert project.asked == []
