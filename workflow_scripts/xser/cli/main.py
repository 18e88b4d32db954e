"""The command `xser`: what does not fit a DAG."""

import argparse
import importlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xser.cli import arguments
from xser.errors import InputError

if TYPE_CHECKING:
    from xser.config.study import Study


def main(given: list[str] | None = None) -> int:
    """Run one subcommand; return the exit status."""
    parser = argparse.ArgumentParser(prog="xser", description="Begin a study, use and check what snakemake computed.")
    commands = parser.add_subparsers(required=True, metavar="command")
    predict = commands.add_parser("predict", help="emotion probabilities of your own recordings")
    arguments.of_training(predict, required=False)
    arguments.of_prediction(predict)
    predict.set_defaults(run=lambda options: _command("predict").run(options, _config))
    export = commands.add_parser("export", help="a trained system as a folder that predicts without the study")
    arguments.of_training(export, required=True)
    export.add_argument("folder", type=Path, help="a new folder")
    export.set_defaults(run=lambda options: _command("export").run(options, _config()))
    kaldi = commands.add_parser("export-kaldi", help="a corpus as a data directory for Kaldi's own programs")
    kaldi.add_argument("--features", metavar="SET", help="a feature set of the config, to be there as feats.scp")
    kaldi.add_argument("--cores", type=int, default=1, help="cores to compute on (default: 1)")
    kaldi.add_argument("corpus", help="a corpus of the config")
    kaldi.add_argument("folder", type=Path, help="a new folder")
    kaldi.set_defaults(run=lambda options: _command("kaldi").run(options, _config()))
    new = commands.add_parser("new", help="make the folder of a new study")
    new.add_argument("folder", type=Path, help="where; what lies there is never overwritten")
    new.set_defaults(run=lambda options: _command("new").new(options.folder))
    recover = commands.add_parser(
        "recover", help="after snakemake was killed: cancel what it left on a cluster, unlock"
    )
    recover.add_argument("--rerun", action="store_true", help="start snakemake again afterwards")
    recover.set_defaults(run=lambda options: _command("recover").recover(Path.cwd(), options.rerun))
    verify = commands.add_parser("verify", help="compare results with their checksums, numbers with those behind them")
    verify.add_argument("folder", nargs="?", type=Path, default=Path(), help="the folder that holds results")
    verify.add_argument("--threads", type=int, default=0, help="files to read at a time (default: one a core)")
    verify.set_defaults(run=lambda options: _command("verify").verify(options.folder, options.threads))
    options = parser.parse_args(given)
    if isinstance(sys.stdout, io.TextIOWrapper):  # names that it cannot show, or that are not UTF-8, are escaped
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = int(options.run(options))
        sys.stdout.flush()
        return status
    except InputError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130  # as shells have it
    except BrokenPipeError:  # whoever read the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more at its end
        return 1
    except OSError as error:  # a full disk, a folder that may not be written to
        print(f"ERROR: cannot read or write: {error}", file=sys.stderr)
        return 1


def _config() -> "Study":
    from xser.config import file as config_file
    from xser.config.study import Study

    if not any(Path(name).is_file() for name in config_file.NAMES):
        raise InputError("there is no config.yaml here", hint="run xser in the folder of a study; `xser new` makes one")
    return Study(config_file.merged(config_file.files()))


def _command(name: str) -> Any:
    """The module of a command, imported when it is run: no command waits for what others import."""
    return importlib.import_module(f"xser.cli.{name}")
