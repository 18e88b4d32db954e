"""Locks of Snakemake, and what it leaves out when it says that a folder is locked."""

from pathlib import Path


def locks(folder: Path) -> list[Path]:
    """The locks that a Snakemake holds or has left in a project folder."""
    return list((folder / ".snakemake" / "locks").glob("*.lock"))


def lock_note(folder: Path = Path()) -> str:
    """What to do about a lock in a project folder; empty if there is none."""
    if not locks(folder):
        return ""
    return (
        "NOTE: this folder is locked: another snakemake works here, or one was killed. Instead of --unlock, run "
        "`xser recover`: it finds out which, cancels what a killed one left on a cluster, and unlocks.\n"
    )
