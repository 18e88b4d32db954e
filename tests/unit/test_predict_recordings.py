"""xser predict with an exported folder: what it prints and writes, and the files that it leaves alone."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import exported
import numpy as np
import pytest
import soundfile
from exported import CLASSES, LABELS, WAVS

from xser.cli import main as cli
from xser.cli import recognised
from xser.recognition.recordings import Piece


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


@pytest.mark.parametrize("name", ["models.zip", "card.json"])
def test_nobody_is_told_to_delete_a_folder_of_theirs(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """What is deleted of a study can be made again; of an exported folder it is gone."""
    shutil.copytree(model, tmp_path / "mine")
    whole = (model / name).read_bytes()
    (tmp_path / "mine" / name).write_bytes(whole[: len(whole) // 2])
    assert cli.main(["predict", "--model", str(tmp_path / "mine"), str(WAVS[0])]) == 1
    shown = capsys.readouterr().err
    assert f"{name} is damaged" in shown
    assert "delete it" not in shown
    assert "What to do: copy the folder again, or export it again" in shown


def test_many_cores_give_the_same_as_one(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["predict", "--model", str(model), *map(str, WAVS), "--csv", "-"]
    assert cli.main(arguments) == 0
    one = capsys.readouterr().out
    assert cli.main([*arguments, "--cores", "2"]) == 0
    assert capsys.readouterr().out == one


def test_a_table_that_cannot_be_written_is_an_error(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["predict", "--model", str(model), str(WAVS[0]), "--csv", "/proc/none/x.csv"]) == 1
    assert re.search("ERROR: (cannot read or write|--csv: .* cannot be made): ", capsys.readouterr().err)


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


def piece(start: float, emotion: str, p: float | None, **how: Any) -> recognised.Recognised:
    probabilities = None if p is None else np.array([p, 1 - p])
    return recognised.Recognised(Piece("long.wav", start, start + 5, **how), probabilities, emotion)


def test_a_long_recording_is_a_timeline() -> None:
    parts = [piece(0, "anger", 0.8), piece(5, "anger", 0.6), piece(10, "cannot tell", None, note="silent")]
    parts += [piece(15, "neutral", 0.1), piece(3595, "neutral", 0.1)]
    assert list(recognised.printed(parts, CLASSES)) == [
        "long.wav: 1:00:00 long, 5 windows",
        "  0:00 - 0:10        anger         70%  ##############",
        "  0:10 - 0:15        cannot tell    (silent)",
        "  0:15 - 1:00:00     neutral       90%  ##################",
    ]


def test_names_cannot_steer_the_terminal_or_break_the_table(tmp_path: Path) -> None:
    name = "a\33[2J\n\udcff.wav"
    evil = recognised.Recognised(Piece(name, 0, 1), np.array([0.8, 0.2]), "anger")
    (line,) = list(recognised.printed([evil, piece(0, "anger", 0.8)], CLASSES))[:1]
    assert line.isprintable()
    assert "a\\x1b[2J\\n\\udcff.wav" in line
    recognised.write_csv(str(tmp_path / "t.csv"), [evil], CLASSES)
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
