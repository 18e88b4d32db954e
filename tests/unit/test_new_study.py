"""A study in a folder of its own: what `xser new` writes, and what its config makes of the defaults."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from configs import DEFAULT, REPOSITORY

from xser.cli import main as cli
from xser.config import file as config_file
from xser.config.study import Study
from xser.errors import InputError
from xser.workflow import training
from xser.workflow.report import Report


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a new study, in which we are then."""
    assert cli.main(["new", str(tmp_path / "my study")]) == 0
    monkeypatch.chdir(tmp_path / "my study")
    return tmp_path / "my study"


def test_what_a_new_study_holds(study: Path) -> None:
    assert sorted(os.listdir()) == [".gitignore", "Snakefile", "config.yaml", "profiles"]
    assert len(Path("config.yaml").read_text(encoding="utf-8").splitlines()) <= 10
    assert Path("profiles/default").resolve() == REPOSITORY / "profiles/default"
    made = Study(config_file.merged(config_file.files()))
    assert made.pool == ["emodb"]
    assert made.default_tables() == ["matrix"]
    assert Report(made).corpora == ["emodb"]


def test_the_next_command_can_be_typed_as_it_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for path, shown in ((os.environ["PATH"], None), (f"{Path(sys.executable).parent}{os.pathsep}/bin", "snakemake")):
        monkeypatch.setenv("PATH", path)
        folder = f"a study {shown}"
        assert cli.main(["new", folder]) == 0
        *_, there, command = capsys.readouterr().out.splitlines()
        assert there == f"  cd '{folder}'"
        called = command.strip().removesuffix(" --cores 2")
        assert called == shown or (tmp_path / folder / called).samefile(Path(sys.executable).with_name("snakemake"))


def test_a_clone_in_a_folder_with_a_space_is_called_as_it_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "my clone/.venv/bin/python"))
    assert cli.main(["new", str(tmp_path / "study")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "  '../my clone/.venv/bin/snakemake' --cores 2"


@pytest.mark.fault("config", "`xser new` where a study lies already", "each file that is there", "writes nothing")
def test_nothing_is_overwritten(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("profiles").unlink()
    Path("config.yaml").write_text("mine", encoding="utf-8")
    assert cli.main(["new", "."]) == 1
    assert "config.yaml is there already" in capsys.readouterr().err
    assert Path("config.yaml").read_text(encoding="utf-8") == "mine"
    assert not Path("profiles").exists()
    for elsewhere in ("config.yaml/below", "a{b}"):
        assert cli.main(["new", elsewhere]) == 1
        assert not Path(elsewhere).exists()


def overlaid(**changes: Any) -> Study:
    """The default config with changes over it."""
    Path("config.yaml").write_text(yaml.safe_dump(changes), encoding="utf-8")
    return Study(config_file.merged(config_file.files()))


def test_an_overlay_changes_what_it_names(study: Path) -> None:
    made = overlaid(models={"svc": {"C": 10.0}}, seeds=[7])
    assert made.systems["is09-svc"].parameters["C"] == 10.0
    assert made.systems["is09-svc"].parameters["kernel"] == DEFAULT["models"]["svc"]["kernel"]
    assert made.seeds == (7,)
    assert list(made.corpora) == list(DEFAULT["corpora"])


def test_null_drops_a_corpus_with_its_columns_views_rows_and_tables(study: Path) -> None:
    made = overlaid(corpora={"iemocap": None}, languages={"deu": None}, tables={"related": None})
    assert made.pool == ["emodb", "emovo", "masc", "savee"]
    assert made.tables["table2"].columns == ("emodb", "emovo", "savee", "masc")
    assert made.tables["table2"].rows[0].paper == (44.19, 30, 35.56, 41.64)
    assert [row.train for row in made.tables["matrix"].rows] == ["emodb", "emovo", "savee", "masc", "others"]
    assert made.without_runs == ["table3", "table5", "tripathi"]
    assert "related" not in made.tables
    assert "deu" not in made.languages
    assert all(cell.run for table in ("table2", "table4", "matrix") for cell in made.cells(table))
    with pytest.raises(
        InputError, match=r"^table3 is asked for. Nothing of this table is left without .* iemocap, iemocap_exc$"
    ):
        training.check_path(made, "table3")
    assert "iemocap" not in Report(made).corpora


def test_null_and_a_root_that_is_null_are_the_same(study: Path) -> None:
    dropped, without = (overlaid(corpora={"savee": entry}) for entry in (None, {"root": None}))
    assert dropped.pool == without.pool
    assert dropped.tables == without.tables


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("corpora:\n  savee: [1\n  emodb: }\n", "config.yaml, line 3, column 8"),
        ("seeds: [1]\nseeds: [2]\n", "config.yaml, line 2, column 1: 'seeds' is there twice"),
        ("# nothing\n", "config.yaml: holds no keys"),
        ("- 1\n", "config.yaml: holds no keys"),
    ],
)
def test_a_mistake_in_an_overlay_has_a_place(study: Path, text: str, named: str) -> None:
    Path("config.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(named)):
        config_file.merged(config_file.files())


def test_the_test_study_of_the_catalogue_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY / ".test")
    small = Study(config_file.merged(config_file.files()))
    assert [run.key for run in small.runs(small.default_tables())] == ["speakers/is09-svc/emodb/emodb"]
    for name in ("workflow/Snakefile", "config/README.md", "config/config.yaml", ".snakemake-workflow-catalog.yml"):
        assert (REPOSITORY / name).is_file()
