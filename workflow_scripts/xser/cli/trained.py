"""The models that a command asks for: checked, brought up to date by Snakemake where need be, with their card.

Snakemake takes seconds to find that nothing has changed. What it last found is therefore noted, with what it depends
on: the config, the workflow's code, and the models and scores themselves. Recordings of corpora are not among them:
whoever adds some runs snakemake.
"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

from xser import paths
from xser.cli import making
from xser.config import trainsets
from xser.config.study import Run, Study
from xser.config.trainsets import TrainSet
from xser.errors import InputError, raise_all
from xser.files import write_text
from xser.imports import WORKFLOW
from xser.recognition.recogniser import Recogniser, unfit

CODE = ("Snakefile", "rules/*.smk", "workflow_scripts/**/*.py")


def recogniser(study: Study, options: argparse.Namespace) -> tuple[Recogniser, list[Path]]:
    """Return the models that are asked for, up to date, and their scores on corpora that they were not trained on."""
    protocol = options.protocol or study.protocol[0]
    train = _trainset(study, protocol, options)
    ids = (protocol, options.system, train.name)
    archive, card = Path(paths.models(*ids)), Path(paths.models(*ids, "card.json"))
    others = _other_scores(study, *ids[:2], train)
    note = Path(paths.UP_TO_DATE, *ids[:2], f"{train.name}.sha256")
    targets = [archive, card, Path(paths.audit_of_card(*ids)), *others]
    if not _is_noted(note, study, targets):
        making.make(targets, options.cores)
        write_text(note, _digest(study, targets))
    return Recogniser(archive, card), others


def _trainset(study: Study, protocol: str, options: argparse.Namespace) -> TrainSet:
    """The training set that is asked for, once all that is asked for is found right."""
    problems = [f"--train: {wrong}"] if (wrong := trainsets.problem(options.train, study.corpora)) else []
    if options.system not in study.systems or study.systems[options.system].combine:
        problems.append(f"--system: {options.system!r} is not a system with a model of its own")
    else:
        system = study.systems[options.system]
        extractors = [study.features[part].extractor for part in study.features[system.features].parts]
        problems += [
            f"--system: {options.system} {why}" for why in unfit(system.normalise, extractors, bool(system.adapt))
        ]
    if protocol not in study.protocols:
        problems.append(f"--protocol: {protocol!r} is not one of {', '.join(study.protocols)}")
    if words := trainsets.words_of_test(options.train):
        problems.append(f"--train: {', '.join(words)} depends on a tested corpus; name corpora or say all")
    raise_all("these models cannot be used", problems)
    train = study.resolve(options.train, study.pool[0]) if study.pool else None
    if train is None:
        raise InputError(f"--train: {options.train} has a corpus without a root")
    runs = (Run(protocol, options.system, train, corpus) for corpus in train.corpora)
    raise_all("these models cannot be used", dict.fromkeys(p for run in runs for p in study.run_problems(run)))
    return train


def _other_scores(study: Study, protocol: str, system: str, train: TrainSet) -> list[Path]:
    """The scores that are there of other corpora than those trained on."""
    found = []
    for corpus in sorted(set(study.corpora) - set(train.corpora)):
        path = Path(paths.score(protocol, system, train.name, corpus))
        if path.is_file() and not study.run_problems(Run(protocol, system, train, corpus)):
            found.append(path)
    return found


def _is_noted(note: Path, study: Study, targets: Sequence[Path]) -> bool:
    try:
        return note.read_text(encoding="utf-8", errors="replace") == _digest(study, targets)
    except OSError:
        return False


def _digest(study: Study, targets: Sequence[Path]) -> str:
    """What makes these targets up to date: the config, and size and time of the code and of the targets."""
    files = sorted(path for pattern in CODE for path in WORKFLOW.glob(pattern))
    stamps = [f"{path} {(s := path.stat()).st_size} {s.st_mtime_ns}\n" for path in [*files, *targets]]
    return hashlib.sha256("".join([study.digest, *stamps]).encode()).hexdigest()
