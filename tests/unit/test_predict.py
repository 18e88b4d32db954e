"""xser predict and xser export: what they ask Snakemake for, print and write, and their errors."""

import copy
import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import exported
import numpy as np
import pytest
import soundfile
import yaml
from configs import DEFAULT, REPOSITORY
from exported import CLASSES, LABELS, WAVS

from xser import paths
from xser.cli import answers, making, trained
from xser.cli import main as cli
from xser.errors import InputError
from xser.evaluation.score import SCORE
from xser.recognition.recogniser import ARCHIVE, CARD, PAGE
from xser.recognition.recordings import Piece

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
        """Stand in for Snakemake: make the card."""
        self.asked.append([str(target) for target in targets])
        if not self.works:
            raise InputError("the results cannot be brought up to date; see above")
        exported.card(corpora=[{**exported.CORPUS, "practice": True}]).write(paths.card(*IDS))

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
    assert project.asked == [[paths.models(*IDS), paths.card(*IDS)]]
    shown = " ".join(capsys.readouterr().out.split())
    for part in (
        f"{WAVS[1]}: {LABELS[1]}",
        "PRACTICE DATA in training: EMO-DB",
        "on held-out speakers of emodb: UAR 61.0% (50.0% to 70.0%), n = 40, chance 20.0%",
        "calibrated on 40 utterances of 3 development speakers",
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
    Path(paths.card(*IDS)).unlink()
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
    assert project.asked[0][2:] == [paths.score(*IDS, "savee")]
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


# -- what is printed and written --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported.folder(tmp_path_factory.mktemp("exported") / "model")


def test_a_folder_gives_a_line_a_recording_and_a_csv(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    for k in range(3):
        (tmp_path / f"in/{k}.wav").write_bytes(WAVS[k].read_bytes())
    soundfile.write(tmp_path / "in/silent.wav", np.zeros(16_000), 16_000)
    whole = WAVS[0].read_bytes()
    (tmp_path / "in/cut.wav").write_bytes(whole[: len(whole) // 2])
    assert cli.main(["predict", "--model", str(model), str(tmp_path / "in")]) == 1
    out, err = capsys.readouterr()
    first = out.splitlines()[:5]
    assert [line.split()[0] for line in first[:3]] == LABELS[:3]
    assert first[3].startswith("not usable")
    assert first[3].endswith("bytes of audio, there are " + first[3].split()[-1])
    assert re.fullmatch(r"cannot tell +.*silent\.wav  \(silent\)", first[4])
    assert "1 of 5 recordings or windows cannot be used" in err
    assert "cut.wav: truncated" in err
    assert cli.main(["predict", "--model", str(model), str(tmp_path / "in"), "--csv", str(tmp_path / "out.csv")]) == 1
    assert capsys.readouterr().out == ""
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))
    assert [row["emotion"] for row in rows] == [*LABELS[:3], "not usable", "cannot tell"]
    assert [bool(row["p_anger"]) for row in rows] == [True, True, True, False, False]
    for row in rows[:3]:
        assert float(row["p_anger"]) + float(row["p_neutral"]) == pytest.approx(1, abs=2e-6)
        assert float(row["probability"]) == max(float(row[f"p_{name}"]) for name in CLASSES)
    assert rows[3]["note"].startswith("truncated")


def test_many_cores_give_the_same_as_one(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["predict", "--model", str(model), *map(str, WAVS), "--csv", "-"]
    assert cli.main(arguments) == 0
    one = capsys.readouterr().out
    assert cli.main([*arguments, "--cores", "2"]) == 0
    assert capsys.readouterr().out == one


def test_a_table_that_cannot_be_written_is_an_error(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["predict", "--model", str(model), str(WAVS[0]), "--csv", "/proc/none/x.csv"]) == 1
    assert "ERROR: cannot read or write: " in capsys.readouterr().err


@pytest.mark.fault(
    "files",
    "`--csv` of `xser predict` is given a recording, a list, a folder, or a file that is no table of its own",
    "the file, and why",
    "nothing is predicted or written",
)
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--csv", "a.wav", "b.wav"], "--csv: a.wav is named as a recording"),  # as a shell writes `--csv *.wav`
        (["--csv", "new.FLAC", "b.wav"], "--csv: new.FLAC is named as a recording"),
        (["--csv", "odd", "odd"], "--csv: odd is one of the files to read"),
        (["--csv", "linked", "b.wav"], "--csv: linked is one of the files to read"),
        (["--csv", "list.txt", "--list", "list.txt"], "--csv: list.txt is one of the files to read"),
        (["--csv", "notes.txt", "b.wav"], "--csv: notes.txt is there and is no CSV of xser predict"),
        (["--csv", "folder", "b.wav"], "--csv: folder is not a file"),
        (["--csv", "/dev/null", "b.wav"], "--csv: /dev/null is not a file"),
    ],
)
def test_a_csv_overwrites_nothing_of_the_user(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.wav", "b.wav", "odd"):
        Path(name).write_bytes(WAVS[0].read_bytes())
    Path("list.txt").write_text("b.wav\n", encoding="utf-8")
    Path("notes.txt").write_text("file,start\n", encoding="utf-8")
    Path("linked").symlink_to("b.wav")
    Path("folder").mkdir()
    before = {path: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    assert cli.main(["predict", "--model", "none", *arguments]) == 1  # before the model is looked for
    assert told in capsys.readouterr().err
    assert {path: path.read_bytes() for path in Path().iterdir() if path.is_file()} == before


def test_a_csv_of_its_own_is_replaced(model: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "own.csv", tmp_path / "empty.csv"):
        path.write_text("file,start,end,emotion,probability,p_x,note\n" if path.stem == "own" else "", encoding="utf-8")
        assert cli.main(["predict", "--model", str(model), str(WAVS[0]), "--csv", str(path)]) == 0
        assert "p_anger" in path.read_text(encoding="utf-8")


def test_below_the_threshold_it_cannot_tell(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["predict", "--model", str(model), str(WAVS[0])]
    assert cli.main([*arguments, "--threshold", "1"]) == 0
    assert capsys.readouterr().out.startswith(f"{WAVS[0]}: cannot tell\n")
    raw = exported.folder(tmp_path / "raw", temperature=None, calibration={}, uncalibrated="there are no such speakers")
    assert cli.main(["predict", "--model", str(raw), str(WAVS[0])]) == 0
    shown = capsys.readouterr().out
    assert "Probabilities are not calibrated: there are no such speakers." in shown
    assert "`cannot tell`" not in shown


def piece(start: float, emotion: str, p: float | None, **how: Any) -> answers.Answer:
    probabilities = None if p is None else np.array([p, 1 - p])
    return answers.Answer(Piece("long.wav", start, start + 5, **how), probabilities, emotion)


def test_a_long_recording_is_a_timeline() -> None:
    parts = [piece(0, "anger", 0.8), piece(5, "anger", 0.6), piece(10, "cannot tell", None, note="silent")]
    parts += [piece(15, "neutral", 0.1), piece(3595, "neutral", 0.1)]
    assert list(answers.lines(parts, CLASSES)) == [
        "long.wav: 1:00:00 long, 5 windows",
        "  0:00 - 0:10        anger         70%  ##############",
        "  0:10 - 0:15        cannot tell    (silent)",
        "  0:15 - 1:00:00     neutral       90%  ##################",
    ]


def test_names_cannot_steer_the_terminal_or_break_the_table(tmp_path: Path) -> None:
    name = "a\33[2J\n\udcff.wav"
    evil = answers.Answer(Piece(name, 0, 1), np.array([0.8, 0.2]), "anger")
    (line,) = list(answers.lines([evil, piece(0, "anger", 0.8)], CLASSES))[:1]
    assert line.isprintable()
    assert "a\\x1b[2J\\n\\udcff.wav" in line
    answers.write_csv(str(tmp_path / "t.csv"), [evil], CLASSES)
    assert len((tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()) == 2


def test_predicting_waits_for_no_package_that_it_does_not_need(model: Path) -> None:
    """What takes seconds to import: TensorFlow, scikit-learn, Snakemake; the study too, where there is none."""
    code = (
        "import sys; from xser.cli.main import main; status = main(sys.argv[1:]);"
        "print(*{m.split('.')[0] for m in sys.modules}, *sys.modules, file=sys.stderr); sys.exit(status)"
    )
    command = [sys.executable, "-c", code, "predict", "--model", str(model), str(WAVS[0]), "--csv", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert {"numpy", "opensmile"} <= loaded
    assert not {"tensorflow", "keras", "sklearn", "snakemake", "scipy", "xser.config.study"} & loaded
    assert json.dumps(LABELS[0]).strip('"') in done.stdout
