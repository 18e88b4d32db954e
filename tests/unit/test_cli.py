"""The command xser."""

import subprocess
import sys


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
