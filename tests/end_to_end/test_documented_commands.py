"""Every command that README and docs name: it runs here, as far as a test can run it, or it is listed with the reason.

What computes is run as a dry run (`snakemake -n`, `make -n`), so that targets, options and files are right; what xser's
own commands do is tested elsewhere, here their options are. tests/end_to_end/test_new_user.py computes.
"""

import argparse
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from configs import REPOSITORY
from projects import XSER, ran
from study import Study

from xser.cli import main as cli

PAGES = [
    "README.md", "config/README.md", *(f"docs/{p.name}" for p in sorted((REPOSITORY / "docs").glob("*.md"))),
    *(str(p.relative_to(REPOSITORY)) for p in sorted((REPOSITORY / "studies").glob("*/README.md"))),
]  # fmt: skip
IN_A_STUDY = "docs/start.md"
SHELL = ("", "sh", "bash", "console")
PROGRAMS = ("make", "snakemake", "xser", "python", "pip", "git", "cd", "source", "squeue", "pgrep")
EXCEPTIONS = {  # the start of a command -> why it is not run
    "git clone": "there is no network in tests; they copy what git knows",
    "cd": "of the shell",
    "source": "of the shell",
    "squeue": "SLURM's",
    "pgrep": "of Linux",
    "snakemake --help": "Snakemake's own",
    "snakemake report --report": "needs a study that has run: tests/browser/test_report.py runs it",
    "snakemake --cores 2 estimate --configfile results/sensitivity.yaml": "of what sensitivity.py writes first",
    "snakemake --cores 2 table3": "shows an error in a study without IEMOCAP: tests/unit/test_new_study.py",
}


def documented() -> Iterator[tuple[str, str]]:
    """Yield page and command, from blocks of code and from code within lines."""
    for page in PAGES:
        text = (REPOSITORY / page).read_text(encoding="utf-8")
        parts = re.split(r"^ *```(\w*)\n", text, flags=re.MULTILINE)  # text, language, block, "", text, language, ...
        blocks = [block for language, block in zip(parts[1::4], parts[2::4], strict=True) if language in SHELL]
        lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
        within = [code for prose in parts[::4] for code in re.findall(r"`([^`]+)`", prose)]
        for line in (*lines, *within):
            for command in re.sub(r"(^\$ )|(\s+#.*)", "", line.strip()).split(" && "):
                words = command.split()
                if len(words) > 1 and words[0].split("/")[-1] in PROGRAMS:
                    yield page, " ".join([words[0].split("/")[-1], *words[1:]])


COMMANDS = sorted({(page == IN_A_STUDY, command) for page, command in documented()})
EXCEPTED = {command for _, command in COMMANDS if command.startswith(tuple(EXCEPTIONS))}


def of(program: str) -> list[tuple[bool, str]]:
    """The commands of a program that are run: whether in a study's folder, and the command."""
    # Words in capitals stand for what a user has.
    filled = [(s, c) for s, c in COMMANDS if not any(re.fullmatch("[A-Z]{3,}", word) for word in c.split())]
    return [(s, c) for s, c in filled if c.split()[0] == program and c not in EXCEPTED]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A clone with the default config, and beside it a new study."""
    made = Study(tmp_path_factory.mktemp("commands") / "xser")
    shutil.copy(REPOSITORY / "config.yaml", made.folder)
    assert ran(made.folder, *XSER, "new", "../mystudy").returncode == 0
    (made.folder.parent / "mystudy" / "more.yaml").write_text("models: {svc: {C: 10.0}}\n", encoding="utf-8")
    return made


def test_pages_name_commands_and_every_exception_is_needed() -> None:
    assert len(COMMANDS) > 40
    assert all(any(c.startswith(start) for c in EXCEPTED) for start in EXCEPTIONS)


@pytest.mark.parametrize(("in_study", "command"), of("snakemake"))
def test_snakemake_plans_it(clone: Study, in_study: bool, command: str) -> None:
    arguments = shlex.split(command)[1:]
    here = object.__new__(Study)
    here.folder, here.printed = (clone.folder.parent / "mystudy" if in_study else clone.folder), ""
    here.run("-n", *arguments)


@pytest.mark.parametrize(("_", "command"), of("make"))
def test_make_knows_it(clone: Study, _: bool, command: str) -> None:
    run = subprocess.run(["make", "-n", *shlex.split(command)[1:]], cwd=REPOSITORY, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(("_", "command"), of("xser"))
def test_xser_takes_its_options(_: bool, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = argparse.ArgumentParser.parse_args

    def only_parse(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
        options = parse(parser, arguments)
        options.run = lambda _: 0
        return options

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", only_parse)
    words = shlex.split(command)[1:]
    named_only = len(words) == 1 and words[0] not in ("verify", "recover")  # `xser predict` within a sentence
    if named_only:
        with pytest.raises(SystemExit, match=r"^0$"):
            cli.main([*words, "--help"])
    else:
        assert cli.main(words) == 0


@pytest.mark.parametrize(("_", "command"), of("python"))
def test_python_finds_the_script(_: bool, command: str) -> None:
    words = shlex.split(command)
    assert words[1] == "-m" or (REPOSITORY / words[1]).is_file()
