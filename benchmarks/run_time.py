"""Where the time of `make run` goes: work, imports, starting Python, Snakemake, idle cores.

The practice study of config.yaml, from nothing, in a copy of this repository: `snakemake --cores 2` as `make run` calls
it. A probe in every process (probe/sitecustomize.py) notes the CPU seconds of its imports.

    python benchmarks/run_time.py [--quick] [--cores 2] [--json FILE] [TARGET ...]
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from dag import copy
from measurement import command_line, timed, write_json

from xser import paths

PROBE = Path(__file__).parent / "probe"


def run(cores: int, targets: list[str]) -> dict[str, float]:
    """One run; wall seconds and core seconds by what they were spent on."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder)
        lines = folder / "probe.jsonl"
        os.environ["XSER_PROBE"] = str(lines)
        modules = os.pathsep.join([str(PROBE), str(folder / "workflow_scripts")])
        wall = timed([sys.executable, "-m", "snakemake", "--cores", str(cores), *targets], folder, modules).wall
        notes = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    return split(notes, wall, cores)


def split(notes: list[dict[str, Any]], wall: float, cores: int) -> dict[str, float]:
    """Core seconds by kind; the process with the most of its children's seconds is Snakemake's own."""
    snakemake = max(notes, key=lambda note: note["children"])
    jobs = [note for note in notes if note is not snakemake]
    scripts = [note for note in jobs if ".snakemake/scripts" in note["program"]]
    spent = {
        "work": sum(n["own"] + n["children"] - n["imports"] - n["start"] for n in scripts),
        "imports of jobs": sum(n["imports"] for n in scripts),
        "starting Python for jobs": sum(n["start"] for n in scripts),
        "Snakemake, its imports and the DAG": snakemake["own"],
    }
    other = snakemake["own"] + snakemake["children"] - sum(spent.values())
    return {
        "wall": wall,
        "jobs": float(len(scripts)),
        **spent,
        "other programs": other,
        "idle cores": cores * wall - snakemake["own"] - snakemake["children"],
    }


def main() -> None:
    """Measure; print and write the figures."""
    parser = command_line(__doc__, "the splits only")
    parser.add_argument("targets", nargs="*", help="what to make; everything otherwise")
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    result = run(options.cores, [paths.split("paper", "emodb")] if options.quick else options.targets)
    for key, value in result.items():
        print(f"{key:40} {value:8.1f}")
    write_json(options.json, {"cores": options.cores, "run": result})


if __name__ == "__main__":
    main()
