"""What a user might pick instead: nkululeko on the same task, from recordings to the scores of a held-out speaker.

EMO-DB as it comes with xser, five emotions, eGeMAPS + SVC (C = 1, standardised), speaker 03 held out (396 recordings,
43 of them tested). Both start from nothing and take turns; xser also checks, splits, audits and tabulates. nkululeko
needs an environment of its own (requirements/bench.in).

    python benchmarks/peers.py --nkululeko-python PYTHON [--quick] [--json FILE]
"""

import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
from measurement import REPOSITORY, command_line, timed, write_json

EMOTIONS = {"W": "anger", "A": "fear", "F": "happiness", "N": "neutral", "T": "sadness"}
MEN = {"03", "10", "11", "12", "15"}
STUDY = """
corpora: {emodb: {root: included, paper: {test: ["03"]}}, emovo: null, savee: null, iemocap: null, masc: null}
protocol: [paper]
tables:
  peers:
    columns: [emodb]
    rows: [{label: eGeMAPS + SVC, system: egemaps-svc, train: same}]
  table2: null
  table3: null
  table4: null
  table5: null
  related: null
  matrix: null
"""
EXPERIMENT = """
[EXP]
root = {folder}/
name = out
runs = 1
epochs = 1
[DATA]
databases = ['train', 'test']
train = {folder}/train.csv
train.type = csv
train.absolute_path = True
train.split_strategy = train
test = {folder}/test.csv
test.type = csv
test.absolute_path = True
test.split_strategy = test
target = emotion
labels = {labels}
[FEATS]
type = ['os']
set = eGeMAPSv02
scale = standard
no_reuse = True
[MODEL]
type = svm
C_val = 1
"""


def nkululeko(python: str, folder: Path) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and UAR."""
    files = sorted((REPOSITORY / "resources/emodb/wav").glob("*.flac"))
    rows = [(str(f), f.name[:2], EMOTIONS[f.name[5]]) for f in files if f.name[5] in EMOTIONS]
    frame = pd.DataFrame(rows, columns=["file", "speaker", "emotion"])
    frame["gender"] = ["male" if speaker in MEN else "female" for speaker in frame["speaker"]]
    for name, chosen in (("test", frame["speaker"].eq("03")), ("train", frame["speaker"].ne("03"))):
        frame[chosen].to_csv(folder / f"{name}.csv", index=False)
    (folder / "nk.ini").write_text(EXPERIMENT.format(folder=folder, labels=sorted(EMOTIONS.values())))
    run = timed([python, "-m", "nkululeko.nkululeko", "--config", "nk.ini"], folder, modules="")
    found = re.search(r"macro avg +[\d.]+ +([\d.]+)", run.text)
    assert found, run.text[-2000:]
    return run.cpu, run.wall, float(found[1])


def xser(folder: Path) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and UAR."""
    (folder / "config.yaml").write_text(STUDY)
    (folder / "Snakefile").write_text(f"include: {str(REPOSITORY / 'Snakefile')!r}\n")
    (folder / "profiles").symlink_to(REPOSITORY / "profiles")
    run = timed([sys.executable, "-m", "snakemake", "--cores", "2", "peers"], folder)
    table = pd.read_csv(folder / "results/tables/peers.tsv", sep="\t")
    return run.cpu, run.wall, float(table["uar"].iloc[0])


def main() -> None:
    """Measure; print and write the figures."""
    parser = command_line(__doc__, "one round")
    parser.add_argument("--nkululeko-python", required=True, help="a Python that has nkululeko")
    options = parser.parse_args()
    # Its full path too: studies run in folders of their own.
    asked = "import sys; from importlib import metadata; print(metadata.version('nkululeko'), sys.executable)"
    answer = subprocess.run([options.nkululeko_python, "-c", asked], capture_output=True, text=True, check=False).stdout
    if not answer:
        print("nkululeko is not there: left out")
        return
    version, python = answer.strip().split(" ", 1)
    found: dict[str, list[tuple[float, float, float]]] = {"xser": [], "nkululeko": []}
    for _ in range(1 if options.quick else 5):
        for name, lines in found.items():
            with tempfile.TemporaryDirectory() as place:
                folder = Path(place)
                lines.append(xser(folder) if name == "xser" else nkululeko(python, folder))
    numbers = {"nkululeko_version": version, "peers": found}
    for name, lines in found.items():
        cpu, wall, uar = (statistics.median(x) for x in zip(*lines, strict=True))
        print(f"{name:10} {cpu:6.1f} s of CPU {wall:6.1f} s of wall, UAR {100 * uar:.1f} %")
    write_json(options.json, numbers)


if __name__ == "__main__":
    main()
