"""Measure this machine for `snakemake estimate`: CPU seconds of everything that a study spends time on, in one thread.

Synthetic recordings and features go through this project's own functions (rate_groups/). openSMILE must not run in a
process that has loaded TensorFlow, so each group is a process of its own. Costs that depend on two sizes are straight
lines through measurements (non-negative least squares on relative errors). Takes about two minutes.

    python benchmarks/rates.py [--out results/rates.json]
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from measurement import REPOSITORY, command_line, machine

from xser import paths

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
GROUPS = ("jobs", "audio", "classifiers", "networks")


def measured(names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Run groups, each in a process of its own."""
    for name in names:
        started = time.monotonic()
        command = [sys.executable, __file__, "--group", name]
        done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            sys.exit(f"measuring {name} failed")
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        yield name, json.loads(done.stdout.splitlines()[-1])


def rounded(value: Any) -> Any:
    """All floats with four digits."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def main() -> None:
    """Measure all groups and write them."""
    parser = command_line(__doc__)
    parser.add_argument("--out", type=Path, default=Path(paths.RATES))
    parser.add_argument("--group", choices=GROUPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(REPOSITORY / "workflow_scripts"))
    if options.group:
        print(json.dumps(importlib.import_module(f"rate_groups.{options.group}").measure()))
        return
    result = {"machine": {**machine(), "date": str(date.today())}, **rounded(dict(measured(GROUPS)))}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"written: {options.out}")


if __name__ == "__main__":
    main()
