"""The command `xser`: what does not fit a DAG."""

import argparse
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from xser import paths
from xser.config import file as config_file
from xser.config import trainsets
from xser.config.study import Run, Study
from xser.config.trainsets import TrainSet
from xser.errors import InputError, raise_all
from xser.imports import WORKFLOW


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; return the exit status."""
    parser = argparse.ArgumentParser(prog="xser", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    predict = commands.add_parser("predict", help="emotion probabilities of your own recordings")
    predict.add_argument("--system", required=True, help="a system of config.yaml, such as is09-svc")
    predict.add_argument("--train", required=True, help="a training set, such as all, emodb or iemocap>emodb")
    predict.add_argument("--protocol", help="whose models: all folds of it vote (default: the config's first)")
    predict.add_argument("--cores", type=int, default=1, help="cores to train on, if the model is not up to date")
    predict.add_argument("wav", nargs="+", help="recordings, one utterance each")
    predict.set_defaults(run=_predict)
    new = commands.add_parser("new", help="make the folder of a new study")
    new.add_argument("folder", type=Path, help="where; what lies there is never overwritten")
    new.set_defaults(run=_new)
    recover = commands.add_parser(
        "recover", help="after snakemake was killed: cancel what it left on a cluster, unlock"
    )
    recover.add_argument("--rerun", action="store_true", help="start snakemake again afterwards")
    recover.set_defaults(run=_recover)
    verify = commands.add_parser("verify", help="compare all results with the checksums recorded when they were made")
    verify.add_argument("folder", nargs="?", type=Path, default=Path(), help="the folder that holds results")
    verify.add_argument("--threads", type=int, help="files to read at a time (default: one a core)")
    verify.set_defaults(run=_verify)
    options = parser.parse_args(arguments)
    try:
        status = int(options.run(options))
        sys.stdout.flush()
        return status
    except InputError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more at its end
        return 1


def _config() -> Study:
    path = Path("config.yaml")
    if not path.is_file():
        raise InputError("there is no config.yaml here", hint="run xser in the folder of a study; `xser new` makes one")
    return Study(config_file.merged(config_file.files()))


def _predict(options: argparse.Namespace) -> int:
    from xser.cli import predict as prediction

    config = _config()
    protocol = options.protocol or config.protocol[0]
    trainset = _trainset(config, protocol, options)
    archive = Path(paths.models(protocol, options.system, trainset.name))
    scores = _scores(config, protocol, options.system, trainset)
    # A model that is there may be one of another config, such as of other features than would be computed below.
    print(f"snakemake brings the model and its scores up to date: {archive}", file=sys.stderr)
    command = [sys.executable, "-m", "snakemake", "--cores", str(options.cores), str(archive), *map(str, scores)]
    if not Path("Snakefile").is_file():  # a study in a folder of its own
        command += ["--snakefile", str(WORKFLOW / "Snakefile")]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
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
    for score in scores:
        print(textwrap.fill(_score_text(score), 100, initial_indent="  ", subsequent_indent="    "))
    print(textwrap.fill(prediction.LIMITS, 100, initial_indent="  ", subsequent_indent="  "))
    return 0


def _trainset(config: Study, protocol: str, options: argparse.Namespace) -> TrainSet:
    """The training set that is asked for, once all that is asked for is found right."""
    from xser.cli import predict as prediction

    problems = [f"--train: {wrong}"] if (wrong := trainsets.problem(options.train, config.corpora)) else []
    if options.system not in config.systems or config.systems[options.system].combine:
        problems.append(f"--system: {options.system!r} is not a system with a model of its own")
    else:
        problems += [f"--system: {wrong}" for wrong in prediction.system_problems(config, options.system)]
    if protocol not in config.protocols:
        problems.append(f"--protocol: {protocol!r} is not one of {', '.join(config.protocols)}")
    problems += [f"{wav}: there is no such file" for wav in options.wav if not Path(wav).is_file()]
    if words := trainsets.words_of_test(options.train):
        problems.append(f"--train: {', '.join(words)} depends on a tested corpus; name corpora or say all")
    raise_all("xser predict cannot run", problems)
    trainset = config.resolve(options.train, config.pool[0])
    if trainset is None:
        raise InputError(f"--train: {options.train} has a corpus without a root")
    raise_all("xser predict cannot run", config.training_problems(options.system, trainset))
    return trainset


def _scores(config: Study, protocol: str, system: str, train: TrainSet) -> list[Path]:
    """The scores of a training: on the held-out speakers of its corpora, and on all corpora for which there is one."""
    files = {corpus: Path(paths.score(protocol, system, train.name, corpus)) for corpus in sorted(config.corpora)}

    def wanted(corpus: str) -> bool:
        there = config.corpora[corpus].root is not None and files[corpus].is_file()
        return corpus in train.corpora or (there and not config.run_problems(Run(protocol, system, train, corpus)))

    return [path for corpus, path in files.items() if wanted(corpus)]


def _score_text(path: Path) -> str:
    from xser.evaluation import marks
    from xser.evaluation.score import SCORE

    (row,) = SCORE.records(path)
    uar, low, high, chance = (f"{row[k]:.1%}" for k in ("uar", "uar_low", "uar_high", "chance"))
    who = "test" if row["oracle"] or row["dependent"] else "held-out"
    found = f"on {who} speakers of {row['test']}: UAR {uar} ({low} to {high}), n = {row['n']}, chance {chance}"
    return "; ".join([found, *marks.explained([row])])


def _verify(options: argparse.Namespace) -> int:
    from xser.cli.verify import verify

    return verify(options.folder, options.threads)


def _new(options: argparse.Namespace) -> int:
    from xser.cli.new import new

    return new(options.folder)


def _recover(options: argparse.Namespace) -> int:
    from xser.cli.recover import recover

    return recover(Path.cwd(), options.rerun)
