"""What the DAG itself costs: seconds and memory of `snakemake -n` and of a run with nothing to do.

Measured are config.yaml of this repository, and a stress config that grows: corpora x 6 feature sets x 6 systems each,
by two protocols, and the matrix of every corpus against every corpus. Last comes config.yaml with all that a study may
ask of it: every table and curve by five protocols, and the matrices of 22 systems. Limits hold for CPU seconds: all of
it is one busy thread, so on an idle machine they are the seconds that one waits.

    python benchmarks/dag.py [--quick] [--json FILE]
"""

import re
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from measurement import REPOSITORY, command_line, markdown, timed, write_json

LIMITS = {"default": (5.0, 1000), "nothing to do": (5.0, 1000), "stress": (30.0, 1000), "paper": (30.0, 1000)}
FEATURES = {
    "is09": {"extractor": "opensmile", "set": "IS09"},
    "gemaps": {"extractor": "opensmile", "set": "GeMAPSv01b"},
    "egemaps-1": {"extractor": "opensmile", "set": "eGeMAPSv01b"},
    "egemaps": {"extractor": "opensmile", "set": "eGeMAPSv02"},
    "compare": {"extractor": "opensmile", "set": "ComParE_2016"},
    "emobase": {"extractor": "opensmile", "set": "emobase"},
}
MODELS: dict[str, dict[str, Any]] = {
    "logreg": {"model": "logreg"},
    "rbf": {"model": "svc"},
    "linear": {"model": "svc", "parameters": {"kernel": "linear"}},
    "lstm": {"model": "lstm"},
    "dense": {"model": "lstm", "parameters": {"dense": [128]}},
    "tripathi": {"model": "tripathi"},
}
# Makes the outputs of a job without its work, so that a no-op can be timed soon; imports below it stay where they are.
HOLLOW = """if "snakemake" in globals():
    from pathlib import Path
    for name in snakemake.output:
        Path(name).write_text(snakemake.params.settings["root"] if name.endswith("root.txt") else "made by a benchmark")
    raise SystemExit(0)
"""


@dataclass(frozen=True)
class Cost:
    """One measurement."""

    what: str
    jobs: int
    waited: float
    seconds: float
    megabytes: float


def stress(corpora: int) -> dict[str, Any]:
    """The stress config with some number of corpora."""
    names = [f"c{i:02}" for i in range(corpora)]
    systems = {f"{f}-{m}": {"features": f, **entry} for f in FEATURES for m, entry in MODELS.items()}
    return {
        "emotions": ["anger", "fear", "happiness", "neutral", "sadness"],
        "protocols": {"paper": {"kind": "paper"}, "speakers": {"kind": "speakers", "folds": 5}},
        "protocol": ["paper", "speakers"],
        "seeds": [0, 1, 2],
        "corpora": {n: {"root": f"speech/{n}", "reader": "emodb", "paper": {"test": ["03"]}} for n in names},
        "languages": {"deu": {"name": "German", "family": "Germanic"}},
        "features": FEATURES,
        "models": {},
        "systems": systems,
        "tables": {
            "each": {"columns": names, "rows": [{"system": s, "train": "same"} for s in systems]},
            "matrix": {"columns": "all", "rows": [{"system": "is09-rbf", "train": "each"}]},
        },
    }


def paper() -> dict[str, Any]:
    """The repository's config with every table and curve by five protocols, and the matrices of 22 systems."""
    config: dict[str, Any] = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    config["protocols"]["speakers-10"] = {"kind": "speakers", "folds": 10}
    config["protocol"] = protocols = list(config["protocols"])
    for table in config["tables"].values():
        table["default"] = True
        if len(table.pop("protocols", [])) == 1:
            table["protocols"] = ["paper"]
    config["curves"] = {
        f"{name}-{p}": {**curve, "protocol": p, "default": True}
        for name, curve in config["curves"].items()
        for p in protocols
    }
    systems = [name for name, entry in config["systems"].items() if "combine" not in entry][:22]
    config["tables"] |= {f"matrix-{s}": {"columns": "all", "rows": [{"system": s, "train": "each"}]} for s in systems}
    return config


def copy(folder: Path) -> None:
    """Copy what Snakemake needs of the repository."""
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(REPOSITORY / name, folder / name)
    for name in ("rules", "workflow_scripts", "schemas", "envs", "profiles", "report"):
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))


def measure(what: str, folder: Path, *arguments: str) -> Cost:
    """Run Snakemake once; return its cost."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--nocolor", *arguments]
    run = timed(command, folder, folder / "workflow_scripts")
    jobs = re.search(r"^ *([\d,]+)  in all$", run.text, re.MULTILINE)
    cost = Cost(what, int(jobs[1].replace(",", "")) if jobs else 0, run.wall, run.cpu, run.megabytes)
    print(cost, flush=True)
    return cost


def default(folder: Path) -> list[Cost]:
    """Cost of the repository's config: a dry run of everything, and runs with nothing to do."""
    copy(folder)
    costs = [measure("default: dry run", folder, "--dry-run")]
    snakefile = folder / "Snakefile"  # its last words show tables, which hollow jobs do not make
    snakefile.write_text(snakefile.read_text(encoding="utf-8").partition("onsuccess:")[0], encoding="utf-8")
    for script in folder.glob("workflow_scripts/*.py"):
        script.write_text(HOLLOW + script.read_text(encoding="utf-8"), encoding="utf-8")
    measure("hollow run", folder)
    costs.append(measure("nothing to do: dry run", folder, "--dry-run"))
    costs.append(measure("nothing to do: run", folder))
    return costs


def growing(folder: Path, numbers: list[int]) -> list[Cost]:
    """Cost of dry runs of the stress config, by number of corpora."""
    copy(folder)
    costs = []
    for number in numbers:
        (folder / "config.yaml").write_text(yaml.safe_dump(stress(number), sort_keys=False), encoding="utf-8")
        for i in range(number):
            wavs = folder / f"speech/c{i:02}/wav"
            wavs.mkdir(parents=True, exist_ok=True)
            for speaker in ("03", "08", "09", "10"):
                (wavs / f"{speaker}a01Wa.wav").write_bytes(b"RIFF")
        costs.append(measure(f"stress: {number} corpora", folder, "--dry-run"))
    return costs


def whole_paper(folder: Path) -> Cost:
    """Cost of a dry run of `paper`."""
    copy(folder)
    (folder / "config.yaml").write_text(yaml.safe_dump(paper(), sort_keys=False), encoding="utf-8")
    return measure("paper: five protocols", folder, "--dry-run")


def report(costs: list[Cost]) -> str:
    """The table of all measurements, with the limits."""
    rows = []
    for c in costs:
        seconds, megabytes = LIMITS[c.what.split(":")[0]]
        measured = (f"{c.jobs:,}", f"{c.seconds:.1f}", f"{c.waited:.1f}", f"{c.megabytes:.0f}")
        rows.append([c.what, *measured, f"{seconds:.0f} s, {megabytes:,} MB"])
    head = ["what", "jobs", "CPU seconds", "seconds waited", "peak memory (MB)", "limit"]
    return "\n".join(markdown(head, rows))


def main() -> None:
    """Measure, write the numbers, and fail if a limit is passed."""
    parser = command_line(__doc__, "the default config and 5 corpora only, not the paper's by five protocols")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        stressed = growing(Path(two), [5] if options.quick else [5, 10, 15, 20])
        costs = [*default(Path(one)), *stressed]
    if not options.quick:
        with tempfile.TemporaryDirectory() as three:
            costs.append(whole_paper(Path(three)))
    print(report(costs))
    write_json(options.json, {"dag": [asdict(cost) for cost in costs], "table": report(costs)})
    over = [c.what for c in costs if c.seconds > LIMITS[c.what.split(":")[0]][0] or c.megabytes > 1000]
    if over:
        sys.exit(f"over the limit: {', '.join(over)}")


if __name__ == "__main__":
    main()
