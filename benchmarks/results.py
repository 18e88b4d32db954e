"""Run the benchmarks, or some of them, and write RESULTS.md with its plot from what they measured.

Each part writes measured/{part}.json with the machine it ran on; RESULTS.md shows all that are there.

    python benchmarks/results.py [--quick] [--torch-python PYTHON] [PART ...]
"""

import json
import subprocess
import sys
from typing import Any

import page
from measurement import HERE, command_line

MEASURED = HERE / "measured"
PARTS = {  # in this order; with two idle cores they take about 6, 15, 6, 5, 3, 30, 1 and 6 minutes
    "lstm": "lstm.py",
    "svc": "svc.py",
    "extraction": "extraction.py",
    "run": "run_time.py",
    "dag": "dag.py",
    "size": "size.py",
    "adaptation": "adaptation.py",
    "peers": "peers.py",
}


def measured() -> dict[str, dict[str, Any]]:
    """What was measured last, by part."""
    paths = {part: MEASURED / f"{part}.json" for part in PARTS}
    return {part: json.loads(path.read_text(encoding="utf-8")) for part, path in paths.items() if path.exists()}


def main() -> None:
    """Run the parts that are asked for, then write RESULTS.md; one that fails or is over its limit stops no other."""
    parser = command_line(__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all otherwise; none: only write")
    parser.add_argument("--quick", action="store_true", help="see that all parts work; RESULTS.md stays")
    parser.add_argument("--torch-python", default=sys.executable, help="a Python that has PyTorch and nkululeko")
    options = parser.parse_args()
    if wrong := set(options.parts) - {*PARTS, "none"}:
        parser.error(f"no part {', '.join(sorted(wrong))}")
    more = {
        "lstm": ["--torch-python", options.torch_python],
        "peers": ["--nkululeko-python", options.torch_python],
    }
    failed = []
    for part in options.parts or PARTS:
        if part == "none":
            continue
        print(f"\n== {part}", flush=True)
        out = ["--quick"] if options.quick else ["--json", str(MEASURED / f"{part}.json")]
        run = subprocess.run([sys.executable, str(HERE / PARTS[part]), *more.get(part, []), *out], check=False)
        failed += [part] * (run.returncode != 0)
    if not options.quick:
        page.write(HERE, measured())
    if failed:
        sys.exit(f"failed, or over a limit: {', '.join(failed)}")


if __name__ == "__main__":
    main()
