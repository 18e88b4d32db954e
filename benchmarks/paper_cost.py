"""What the whole paper costs on the real corpora: `snakemake estimate` for config.yaml, at the sizes of their releases.

No recording is needed: the corpora's folders are empty, so their sizes are those that the publishers state.

    python benchmarks/paper_cost.py [--cores 2]
"""

import sys
import tempfile
from pathlib import Path

import yaml
from dag import copy
from measurement import command_line, timed


def main() -> None:
    """Print the estimate."""
    parser = command_line(__doc__)
    parser.add_argument("--cores", type=int, default=2)
    cores = parser.parse_args().cores
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder)
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        for entry in config["corpora"].values():
            if "view" not in entry:
                entry["root"] = name
        (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--quiet", "all", "--", "estimate"]
        print(timed(command, folder, folder / "workflow_scripts").text)


if __name__ == "__main__":
    main()
