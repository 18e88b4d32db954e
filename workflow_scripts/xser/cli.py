"""The command `xser`: what does not fit a DAG."""

import argparse
import subprocess
import sys
import textwrap
from pathlib import Path

import yaml

from xser.config import Config
from xser.errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; return the exit status."""
    parser = argparse.ArgumentParser(prog="xser", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    predict = commands.add_parser("predict", help="emotion probabilities of your own recordings")
    predict.add_argument("--system", required=True, help="a system of config.yaml, such as is09-svc")
    predict.add_argument("--train", required=True, help="a training set, such as all, emodb or iemocap>emodb")
    predict.add_argument("--protocol", help="whose models: all folds of it vote (default: the config's first)")
    predict.add_argument("--cores", type=int, default=1, help="cores to train on, if it is not trained yet")
    predict.add_argument("wav", nargs="+", help="recordings, one utterance each")
    predict.set_defaults(run=_predict)
    recover = commands.add_parser("recover", help="after snakemake was killed on a cluster: cancel orphans, unlock")
    recover.add_argument("--rerun", action="store_true", help="start snakemake again afterwards")
    recover.set_defaults(run=_recover)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except InputError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1


def _config() -> Config:
    path = Path("config.yaml")
    if not path.is_file() or not Path("Snakefile").is_file():
        raise InputError("there is no config.yaml and Snakefile here", hint="run xser in the folder of the project")
    return Config(yaml.safe_load(path.read_text(encoding="utf-8")))


def _predict(options: argparse.Namespace) -> int:
    from xser import prediction
    from xser.trainsets import check

    config = _config()
    protocol = options.protocol or config.raw["protocol"][0]
    problems = [f"--train: {wrong}"] if (wrong := check(options.train, config.corpora)) else []
    if options.system not in config.systems or config.systems[options.system].combine:
        problems.append(f"--system: {options.system!r} is not a system with a model of its own")
    if protocol not in config.raw["protocols"]:
        problems.append(f"--protocol: {protocol!r} is not one of {', '.join(config.raw['protocols'])}")
    problems += [f"{wav}: there is no such file" for wav in options.wav if not Path(wav).is_file()]
    if any(word in options.train.split(">")[-1].split("+") for word in ("same", "others", "family")):
        problems.append("--train: same, others and family need a tested corpus; name corpora or say all")
    if problems:
        raise InputError("xser predict cannot run", problems)
    trainset = config.resolve(options.train, config.pool[0])
    if trainset is None:
        raise InputError(f"--train: {options.train} has a corpus without a root")
    archive = Path(f"results/models/{protocol}/{options.system}/{trainset.name}.zip")
    if not archive.is_file():
        print(f"{archive} is not there yet: training it, and scoring it on its held-out speakers", file=sys.stderr)
        run = f"{protocol}/{options.system}/{trainset.name}"
        scores = [f"results/scores/{run}/{corpus}.tsv" for corpus in trainset.corpora]
        command = [sys.executable, "-m", "snakemake", "--cores", str(options.cores), str(archive), *scores]
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
            return 1
    manifest, results = prediction.predict(config, archive, options.wav)
    for wav, probabilities in zip(options.wav, results, strict=True):
        shown = sorted(probabilities.items(), key=lambda item: -item[1])
        print(f"{wav}: {shown[0][0]}")
        for emotion, probability in shown:
            print(f"  {emotion:<12} {probability:6.1%}  {'#' * round(40 * probability)}")
    print(
        f"\nModel card: system {manifest['system']} ({manifest['model']} on {config.systems[options.system].features})"
    )
    voters = f"{manifest['folds']} fold(s) x {len(manifest['seeds'])} seed(s)"
    print(f"  trained on {manifest['train']}, protocol {protocol}: {voters} vote")
    practice = [c for c in trainset.corpora if config.corpora[c].practice]
    if practice:
        print(f"  PRACTICE DATA in training ({', '.join(practice)}): says nothing about real speech")
    for score in sorted(Path("results/scores", protocol, options.system, trainset.name).glob("*.tsv")):
        if ".details." not in score.name:
            print(f"  {_score_line(score)}")
    print(textwrap.fill(prediction.LIMITS, 100, initial_indent="  ", subsequent_indent="  "))
    return 0


def _score_line(path: Path) -> str:
    from xser.files import read_tsv

    row = read_tsv(path)[0]
    uar, low, high, chance = (f"{float(row[k]):.1%}" for k in ("uar", "uar_low", "uar_high", "chance"))
    return f"on held-out speakers of {row['test']}: UAR {uar} ({low} to {high}), n = {row['n']}, chance {chance}"


def _recover(options: argparse.Namespace) -> int:
    from xser.recovery import recover

    return recover(Path.cwd(), options.rerun)
