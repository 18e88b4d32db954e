"""What the rules of splits, training and prediction need: inputs, code, threads and parameters.

A path below models, predictions or scores may also be asked for by hand; what it asks for is checked as a row of a
table is.
"""

from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from typing import Any

from xser import paths
from xser.config.study import Run, Study
from xser.config.trainsets import CHAIN, FOR, WORDS, TrainSet
from xser.errors import InputError, raise_all
from xser.imports import code
from xser.models.base import load_model
from xser.workflow.settings import ordered

# -- what a path asks for ---------------------------------------------------------------------------------------------


@cache
def _trainsets(study: Study) -> dict[str, TrainSet]:
    """The training sets of the config's tables and curves by name, all stages, and what words stand for.

    The names of long pools are digests, which tell nothing.
    """
    pools = (study.resolve(word, corpus) for word in WORDS for corpus in study.corpora)
    runs = [*study.runs(), *(run for curve in study.curves for run in study.curve_runs(curve))]
    stages = (stage for run in runs for part in (run, *study.trainings(run)) for stage in part.train.chain)
    return {train.name: train for train in (*filter(None, pools), *stages)}


@cache
def trainset(study: Study, name: str) -> TrainSet:
    """The training set of a path; also one that no table of the config names."""
    known = _trainsets(study)
    if name in known:
        return known[name]
    sources, _, target = name.partition(FOR)
    stages = tuple(
        known[stage].stages[-1] if stage in known else tuple(sorted(stage.split("+"))) for stage in sources.split(CHAIN)
    )
    if unknown := sorted({c for stage in (*stages, [target] if target else []) for c in stage} - set(study.corpora)):
        raise InputError(f"training set {name}: unknown corpus {', '.join(unknown)}")
    return TrainSet(stages, target)


@cache
def trainable(study: Study, system: str, name: str) -> TrainSet:
    """The training set of a path; an InputError where the system cannot be trained on it."""
    train = trainset(study, name)
    raise_all(f"{system} cannot be trained on {name}", list(study.training_problems(system, train)))
    return train


@cache
def run_of(study: Study, protocol: str, system: str, train: str, test: str) -> Run:
    """The run of a path; an InputError where it is one that no table could ask for."""
    run = Run(protocol, system, trainset(study, train), test)
    raise_all(f"{run.key} cannot be run", study.run_problems(run))
    return run


def check_path(study: Study, path: str) -> None:
    """Raise an InputError, naming the target, if what it asks for cannot be made; of paths see paths.RUN."""
    if path in study.without_runs:
        gone = ", ".join(c.id for c in study.corpora.values() if c.root is None)
        raise InputError(f"{path} is asked for. Nothing of this table is left without a root of {gone}")
    if not (match := paths.RUN.fullmatch(path)):
        return
    try:  # of what has unknown ids Snakemake says that nothing makes it
        if match["test"] is None and match["system"] in modelled(study):
            trainable(study, match["system"], match["train"])
        elif match["system"] in study.systems and match["test"] in study.corpora:
            run_of(study, *match.group("protocol", "system", "train", "test"))
    except InputError as error:
        raise InputError(f"{path} is asked for. {error.what}", error.offenders, error.hint) from None


def modelled(study: Study) -> list[str]:
    """The systems with a model of their own."""
    return [s.id for s in study.systems.values() if not s.combine]


def combined(study: Study) -> list[str]:
    """The systems that combine others' predictions."""
    return [s.id for s in study.systems.values() if s.combine]


# -- inputs and code --------------------------------------------------------------------------------------------------


def _corpus_inputs(study: Study, system: str, protocol: str, corpora: Iterable[str]) -> dict[str, list[str]]:
    """Features, labels and split of some corpora, as training and prediction read them."""
    own = list(corpora)
    audio = [study.corpora[c].audio for c in own]
    features = study.systems[system].features
    return {
        "scp": [paths.features(features, c, "scp") for c in audio],
        "ark": [paths.features(features, c, "ark") for c in audio],
        "utterances": [paths.corpus(c, "utterances.tsv") for c in audio],
        "utt2emo": [paths.corpus(c, "utt2emo") for c in own],
        "split": [paths.split(protocol, c) for c in own],
    }


def train_inputs(study: Study, protocol: str, system: str, name: str) -> dict[str, Any]:
    """Named inputs of rule train_models; an InputError as of `trainable`."""
    train = trainable(study, system, name)
    start = {"start": paths.models(protocol, system, train.before.name)} if train.before else {}
    return {
        **_corpus_inputs(study, system, protocol, train.stages[-1]),
        **start,
        **_target(study, protocol, system, train),
    }


def _target(study: Study, protocol: str, system: str, train: TrainSet) -> dict[str, str]:
    """Features and split of the corpus that a training adapts to: not its labels."""
    if not train.target:
        return {}
    features, audio = study.systems[system].features, study.corpora[train.target].audio
    return {
        "target_scp": paths.features(features, audio, "scp"),
        "target_ark": paths.features(features, audio, "ark"),
        "target_split": paths.split(protocol, train.target),
    }


def predict_inputs(study: Study, run: Run) -> dict[str, str]:
    """Named inputs of rule predict_emotions, but for the models."""
    return {name: file for name, (file,) in _corpus_inputs(study, run.system, run.protocol, [run.test]).items()}


def component_inputs(study: Study, run: Run) -> list[str]:
    """The predictions that a combining system reads."""
    return [paths.predictions(*part.ids) for part in study.components(run).values()]


def predict_settings(study: Study, system: str, test: str) -> dict[str, Any]:
    """Parameter of rule predict_emotions."""
    return ordered({"corpus": test, "unlabelled": study.systems[system].adapt.parts})


def model_code(study: Study, script: str, *systems: str, more: Iterable[str] = ()) -> dict[str, str]:
    """The code of a script that trains or uses the models of some systems, and adapts as they do; `more` is its own."""
    used = [study.systems[system] for system in systems]
    models = {f"xser/models/{s.model}.py" for s in used}
    methods = {f"xser/adaptation/{s.adapt.method}.py" for s in used if s.adapt}
    return code(script, *sorted({*models, *methods, *more}))


# -- threads and parameters -------------------------------------------------------------------------------------------


def threads(study: Study, protocol: str, system: str, train: str) -> int:
    """How many folds and seeds are trained side by side, at most.

    One for practice corpora (starting a process costs more than a training) and for models that are trained in
    seconds but may need gigabytes.
    """
    corpora = trainset(study, train).corpora
    if not load_model(study.systems[system].model).epochs or study.corpora[corpora[0]].practice:
        return 1
    folds = study.protocols[protocol].most_folds or 16
    return min(16, len(study.seeds_of(system)) * folds)


def training_gpu(study: Study) -> dict[str, Any]:
    """Resources of training jobs: with the config's `gpu: true` neural models ask SLURM for one GPU."""
    if not study.gpu:
        return {}
    return {"gres": lambda w: "gpu:1" if load_model(study.systems[w.system].model).epochs else ""}


def split_files(study: Study, protocol: str, corpus: str) -> list[str]:
    """The file that says how a corpus is split, where the protocol has one."""
    path = study.protocols[protocol].file_of(study.corpora[corpus].audio)
    return [path] if path else []


def split_settings(study: Study, protocol: str, corpus: str) -> dict[str, Any]:
    """Parameter of rule split_corpus."""
    entry = study.corpora[corpus]
    wanted = study.protocols[protocol]
    return ordered(
        {
            "corpus": entry.audio,
            "dev": entry.dev if wanted.paper_speakers else None,
            "protocol": wanted.settings(),
            "test": entry.test if wanted.paper_speakers else None,
        }
    )


def train_settings(study: Study, system: str, name: str, part: int = 0, parts: int = 1) -> dict[str, Any]:
    """Parameter of rule train_models."""
    entry, train = study.systems[system], trainset(study, name)
    adapt = {"adapt": asdict(entry.adapt) | {"target": train.target}} if train.target else {}
    return ordered(
        {
            **adapt,
            "corpora": train.stages[-1],
            "emotions": study.emotions,
            "heads": list(entry.heads.items()),
            "model": entry.model,
            "normalise": entry.normalise,
            "parameters": study.stage_parameters(system, train),
            "part": [part, parts],
            "scaling": entry.finetune.get("scaling", "keep") if train.before else "refit",
            "seeds": study.seeds_of(system),
            "system": system,
            "train": name,
        }
    )


def combine_settings(study: Study, run: Run) -> dict[str, Any]:
    """Parameter of rule combine_predictions."""
    return ordered(
        {
            "combine": study.systems[run.system].combine,
            "components": list(study.components(run)),
            "emotions": study.emotions,
        }
    )
