"""Rates of jobs: Snakemake's part, the start of Python, imports."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rate_groups.common import REPOSITORY

# What one job imports, beside Python and Snakemake's wrapper around a script.
IMPORTS = {
    "plain": "import map_emotions",
    "sklearn": "import train_models, sklearn.svm, sklearn.linear_model, xser.models.svc",
    "tensorflow": "import train_models, xser.models.training_loop",
    "features": "import extract_features, soxr",
    "opensmile": "import extract_features, soxr, opensmile",
    "results": "import score_predictions, audit_run",
    "figures": "import draw_figure, matplotlib.pyplot",
    "compare": "import compare_systems, scipy.stats",
}


def children() -> float:
    """CPU seconds of all processes that this one has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(command: Sequence[str], folder: Path) -> float:
    """CPU seconds of a command."""
    before = children()
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "workflow_scripts")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return children() - before


def measure() -> dict[str, Any]:
    """A job that does nothing (Snakemake's part and the start of its script), and what kinds of jobs import."""
    few, many = 4, 12
    each = (toy_run(many) - toy_run(few)) / (many - few)
    nothing = run([sys.executable, "-c", "pass"], REPOSITORY)
    imports = {}
    memory = {}
    for kind, statement in IMPORTS.items():
        peak = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        code = f"import sys; sys.path.insert(0, 'workflow_scripts'); {statement}; {peak}"
        seconds = [run([sys.executable, "-c", code], REPOSITORY) - nothing for _ in range(2)]
        imports[kind] = min(seconds)
        shown = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
        memory[kind] = int(shown.stdout.split()[-1]) / 1e6
    return {"job": each, "imports": imports, "memory_gb": memory}


def toy_run(jobs: int) -> float:
    """CPU seconds of a Snakemake with so many jobs that do nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Snakefile").write_text(
            f'rule all:\n    input: expand("{{i}}.txt", i=range({jobs}))\n\n'
            'rule job:\n    output: "{i}.txt"\n    params: settings={}\n    script: "job.py"\n'
        )
        (folder / "job.py").write_text('open(snakemake.output[0], "w").close()\n')
        return run([sys.executable, "-m", "snakemake", "--cores", "1", "--quiet"], folder)
