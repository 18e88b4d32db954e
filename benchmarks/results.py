"""Run the benchmarks, or some of them, and write RESULTS.md with its plot from what they measured.

Each part writes measured/{part}.json with the machine it ran on; RESULTS.md shows all that are there.

    python benchmarks/results.py [--quick] [--torch-python PYTHON] [--speech FOLDER] [PART ...]
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MEASURED = HERE / "measured"
PARTS = {  # in this order; with two idle cores they take about 6, 40, 6, 8, 3 and 30 minutes
    "lstm": "lstm.py",
    "svc": "svc.py",
    "extraction": "extraction.py",
    "run": "run_time.py",
    "dag": "dag.py",
    "size": "size.py",
}
PACKAGES = ("numpy", "scikit-learn", "tensorflow-cpu", "keras", "opensmile", "kaldi-native-fbank", "snakemake", "torch")


def machine() -> dict[str, Any]:
    """The machine and the versions that a figure belongs to."""
    processor, memory = platform.processor() or platform.machine(), 0.0
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), processor)
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "processor": processor, "cores": os.cpu_count(), "memory_gb": round(memory), "system": platform.system(),
        "python": platform.python_version(), "packages": versions,
    }  # fmt: skip


def write_json(path: Path, figures: dict[str, Any]) -> None:
    """Write what a part measured, with date and machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"date": str(date.today()), "machine": machine(), **figures}, indent=1) + "\n")


def measured() -> dict[str, dict[str, Any]]:
    """What was measured last, by part."""
    paths = {part: MEASURED / f"{part}.json" for part in PARTS}
    return {part: json.loads(path.read_text(encoding="utf-8")) for part, path in paths.items() if path.exists()}


def main() -> None:
    """Run the parts that are asked for, then write RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all otherwise; none: only write")
    parser.add_argument("--quick", action="store_true", help="see that all parts work; RESULTS.md stays")
    parser.add_argument("--torch-python", default=sys.executable, help="a Python that has PyTorch and numpy")
    parser.add_argument("--speech", type=Path, help="wav files for the extraction; practice speech otherwise")
    options = parser.parse_args()
    if wrong := set(options.parts) - {*PARTS, "none"}:
        parser.error(f"no part {', '.join(sorted(wrong))}")
    more = {
        "lstm": ["--torch-python", options.torch_python],
        "extraction": ["--speech", str(options.speech)] if options.speech else [],
    }
    for part in options.parts or PARTS:
        if part == "none":
            continue
        print(f"\n== {part}", flush=True)
        out = ["--quick"] if options.quick else ["--json", str(MEASURED / f"{part}.json")]
        subprocess.run([sys.executable, str(HERE / PARTS[part]), *more.get(part, []), *out], check=True)
    if not options.quick:
        from page import write

        write(HERE, measured())


if __name__ == "__main__":
    main()
