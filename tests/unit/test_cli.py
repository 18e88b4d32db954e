"""The command xser."""

import subprocess
import sys

import pytest

from xser.cli import main as cli
from xser.cli import recover


def test_a_reader_that_goes_early_is_no_error_of_ours() -> None:
    code = (
        "import sys; from xser.cli import main as cli, recover;"
        "recover.recover = lambda *_: print('emotion\\n' * 100_000) or 0; sys.exit(cli.main(['recover']))"
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


@pytest.mark.fault("run", "Ctrl-C during a command `xser`", "`interrupted`", "exit status 130, no traceback")
def test_ctrl_c_is_a_word(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(recover, "recover", interrupted)
    assert cli.main(["recover"]) == 130
    assert capsys.readouterr().err == "\ninterrupted\n"
