"""Rates of jobs: Snakemake's part, the start of Python, imports."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from measurement import REPOSITORY, timed

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


def measure() -> dict[str, Any]:
    """A job that does nothing (Snakemake's part and the start of its script), and what kinds of jobs import."""
    few, many = 4, 12
    each = (toy_run(many) - toy_run(few)) / (many - few)
    nothing = timed([sys.executable, "-c", "pass"], REPOSITORY).cpu
    imports, memory = {}, {}
    for kind, statement in IMPORTS.items():
        runs = [timed([sys.executable, "-c", statement], REPOSITORY) for _ in range(2)]
        imports[kind] = min(run.cpu for run in runs) - nothing
        memory[kind] = runs[0].megabytes / 1024
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
        return timed([sys.executable, "-m", "snakemake", "--cores", "1", "--quiet"], folder).cpu
