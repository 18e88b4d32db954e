"""Which code and which packages made a result."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# Those whose numbers reach a table.
PACKAGES = (
    *("snakemake", "numpy", "scipy", "scikit-learn", "tensorflow-cpu", "tensorflow", "keras"),
    *("opensmile", "kaldi-native-fbank", "kaldiio", "soundfile", "soxr", "statsmodels"),
)


def versions() -> list[list[str]]:
    """[name, version] of Python, of the system and of each package that is installed."""
    found = [["Python", platform.python_version()], ["system", f"{platform.system()} {platform.machine()}"]]
    for package in PACKAGES:
        try:
            found.append([package, version(package)])
        except PackageNotFoundError:
            continue
    return found


def commit(folder: Path) -> str:
    """The git commit of a folder, and whether files differ from it; say so where there is no checkout."""
    revision = _git(folder, "rev-parse", "HEAD")
    if not revision:
        return "not known: no git checkout"
    changed = (_git(folder, "status", "--porcelain") or "").splitlines()
    return f"{revision} with {len(changed)} files changed since" if changed else f"{revision}, nothing changed since"


def _git(folder: Path, *arguments: str) -> str | None:
    # A clone that a group shares may belong to another of its members. Its code runs here, so its git config may, too.
    command = ["git", "-c", "safe.directory=*", *arguments]
    try:
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout.rstrip()
