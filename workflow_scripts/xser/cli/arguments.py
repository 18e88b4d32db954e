"""The arguments of xser predict and xser export; nothing heavy is imported to show them."""

import argparse
from pathlib import Path

from xser.recognition.limits import CANNOT_TELL, LEAST, WHOLE, WINDOW


def of_training(parser: argparse.ArgumentParser, required: bool) -> None:
    """Add the arguments that name a training of the study in this folder."""
    parser.add_argument("--system", required=required, help="a system of the config, such as is09-svc")
    parser.add_argument("--train", required=required, help="a training set: all, emodb or 'iemocap>emodb' (quoted)")
    parser.add_argument("--protocol", help="whose models: all folds of it vote (default: the config's first)")
    parser.add_argument("--cores", type=int, default=1, help="cores to compute on (default: 1)")


def of_prediction(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of xser predict, but for those of a training."""
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="what `xser export` made; needs no study")
    parser.add_argument("--csv", metavar="FILE", help="write a table instead; - is the standard output")
    parser.add_argument("--list", action="append", default=[], metavar="FILE", help="a text file, one recording a line")
    parser.add_argument(
        "--threshold",
        type=float,
        metavar="P",
        help=f"less probable answers are `{CANNOT_TELL}` (default: {LEAST} where probabilities are calibrated)",
    )
    parser.add_argument(
        "--window",
        type=float,
        default=WINDOW,
        metavar="SECONDS",
        help=f"recordings of more than {WHOLE:.0f} s are cut into windows of about this length "
        f"(default: {WINDOW:.0f}; 0: never)",
    )
    parser.add_argument("recordings", nargs="*", help="files, folders, or patterns such as 'calls/*.flac'")
