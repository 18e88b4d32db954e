"""The settings of the executor: those of snakemake-executor-plugin-slurm, and those of packs."""

from dataclasses import dataclass, field
from typing import Any

from snakemake_executor_plugin_slurm import ExecutorSettings as SlurmSettings


def _option(default: int, text: str) -> Any:
    return field(default=default, metadata={"help": text, "env_var": False, "required": False})


@dataclass
class ExecutorSettings(SlurmSettings):  # type: ignore[misc]
    """The plugin's settings, and those of packs."""

    pack_minutes: int = _option(
        120,
        "Short jobs run one after the other in one job of SLURM, which asks for at most so many minutes. "
        "A job that asks for more than a quarter of it goes alone; 0: every job goes alone.",
    )
    pack_wait: int = _option(30, "Seconds that a short job waits for others to share a job of SLURM with.")
    max_queued: int = _option(
        100, "The most jobs of SLURM that this run has in the queue; packs need a run of twice as many."
    )
