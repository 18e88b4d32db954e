"""What the audit needs: its input files and its parameters, worked out from the config."""

from collections.abc import Iterable, Sequence
from typing import Any

from xser import paths
from xser.config.study import Run, Study
from xser.config.trainsets import TrainSet
from xser.corpora.base import load_reader
from xser.models.base import load_model
from xser.parameters import defaults
from xser.workflow import results
from xser.workflow.settings import ordered
from xser.workflow.training import model_code, split_settings, train_settings

LABELS = ("emotions", "mapping", "select")  # what of a corpus says what its labels mean


def _archives(study: Study, runs: Iterable[Run]) -> list[tuple[str, str, TrainSet]]:
    """(protocol, system, training set) of every archive of models behind some runs, pre-training included."""
    return sorted({(r.protocol, r.system, t) for run in runs for r in study.trainings(run) for t in r.train.chain})


def inputs(study: Study, runs: Sequence[Run]) -> dict[str, list[str]]:
    """Inputs of rules audit_runs and audit_card: all that some runs were made of, and what they predicted."""
    archives = _archives(study, runs)
    split = results.splits_of(runs)
    trainings = {part for run in runs for part in study.trainings(run)}
    used = {(system, c) for _, system, train in archives for c in train.corpora}
    used |= {(r.system, r.test) for r in trainings}
    features = {(study.systems[system].features, study.corpora[c].audio) for system, c in used}
    audio = sorted({study.corpora[c].audio for _, c in split})
    return {
        "predictions": [paths.predictions(*run.ids) for run in sorted({*runs, *trainings})],
        "models": [paths.models(protocol, system, train.name) for protocol, system, train in archives],
        "split": [paths.split(*each) for each in split],
        "split_files": sorted(path for files in _files(study, runs).values() for path in files.values()),
        "utt2emo": sorted({paths.corpus(c, "utt2emo") for _, c in split}),
        "utterances": [paths.corpus(c, "utterances.tsv") for c in audio],
        "audio": [paths.corpus(c, "audio.tsv") for c in audio],
        "features": sorted(paths.features(f, c, end) for f, c in features for end in ("ark", "scp")),
    }


def settings(study: Study, runs: Sequence[Run]) -> dict[str, Any]:
    """Parameter of rules audit_runs and audit_card; see audit.Audit."""
    archives = _archives(study, runs)
    corpora = sorted({corpus for _, corpus in results.splits_of(runs)})
    return ordered(
        {
            "corpora": {c: study.corpora[c].audio for c in corpora},
            "counted": {f"{system}/{train.name}": _counted(study, system, train) for _, system, train in archives},
            "emotions": study.emotions,
            "files": _files(study, runs),
            "labels": {c: {key: getattr(study.corpora[c], key) for key in LABELS} for c in corpora},
            "learning": {f"{system}/{train.name}": _learning(study, system, train) for _, system, train in archives},
            "manifests": {f"{system}/{train.name}": _manifest(study, system, train) for _, system, train in archives},
            "predictions": sorted({r.ids for run in runs for r in study.trainings(run)}),
            "runs": [_run(study, run) for run in runs],
            "splits": {
                p: {c: split_settings(study, p, c) for c in corpora} for p in sorted({r.protocol for r in runs})
            },
            "systems": {system: _system(study, system) for _, system, _ in archives},
            "text": {r.protocol: _text(study, r.protocol) for r in runs},
            "text_notes": {c: note for c in corpora if (note := load_reader(study.corpora[c].reader).text_note)},
            "trainsets": {
                t.name: {"before": t.before.name if t.before else None, "corpora": t.stages[-1]} for _, _, t in archives
            },
        }
    )


def _files(study: Study, runs: Sequence[Run]) -> dict[str, dict[str, str]]:
    """The splits that a user gave as files: protocol -> corpus whose audio it is -> path."""
    found: dict[str, dict[str, str]] = {}
    for protocol, corpus in results.splits_of(runs):
        audio = study.corpora[corpus].audio
        if path := study.protocols[protocol].file_of(audio):
            found.setdefault(protocol, {})[audio] = path
    return found


def _run(study: Study, run: Run) -> dict[str, Any]:
    trainings = study.trainings(run)
    return {
        "models": sorted({(r.system, r.train.name) for r in trainings}),
        "combine": study.systems[run.system].combine or "",
        "components": {name: (part.system, part.train.name) for name, part in study.components(run).items()},
        **study.marks(run),
        "declared": study.declared(run),
        "practice": any(study.corpora[c].practice for c in (*run.train.corpora, run.test)),
        "protocol": run.protocol,
        "seeds": max((study.seeds_of(r.system) for r in trainings), key=len),
        "system": run.system,
        "test": run.test,
        "train": run.train.name,
    }


def _text(study: Study, protocol: str) -> str:
    wanted = study.protocols[protocol]
    return "shared" if wanted.may_share else "disjoint" if wanted.separates_texts else "any"


def used_code(study: Study, runs: Sequence[Run]) -> dict[str, str]:
    """The code of rules audit_runs and audit_card: the models that predict again are loaded by name."""
    return model_code(study, "audit_run.py", *(r.system for run in runs for r in study.trainings(run)))


def _learning(study: Study, system: str, train: TrainSet) -> dict[str, Any]:
    """The parts of a split that a training may be given, as what; see training/fit.py, which decides by itself.

    Development speakers choose the epoch, or the parameters of a model without epochs, which then learns from them as
    well. Where an epoch is not chosen on them they are learnt from.
    """
    model = load_model(study.systems[system].model)
    parameters = {**defaults(model.parameters), **study.stage_parameters(system, train)}
    epoch = parameters.get("epoch", "dev") if model.epochs else ""
    chooses = epoch in ("dev", "")
    return {
        "train": ["train"] if chooses else ["train", "dev"],
        "dev": ["dev"] if chooses else [],
        "oracle": ["test"] if epoch == "oracle" else [],
        "parameters": parameters,
        "scaling": ["train"] if epoch == "dev" else ["train", "dev"],
    }


def _counted(study: Study, system: str, train: TrainSet) -> dict[str, list[str]]:
    """The parts that a training learns from in the end, and those that its epoch, or a parameter, is chosen on.

    Written a second time, like the rest of the audit: tables take it from the model (`learns`, `chooses`).
    """
    learning, model = _learning(study, system, train), load_model(study.systems[system].model)
    parameters = learning["parameters"]
    if model.epochs:
        refit = bool(learning["dev"]) and parameters.get("refit")
        return {
            "learns": ["train", "dev"] if refit else learning["train"],
            "chooses": [*learning["dev"], *learning["oracle"]],
        }
    values = parameters.get(getattr(model, "choice", ""))
    several = isinstance(values, list) and len(values) > 1
    return {"learns": ["train", "dev"], "chooses": ["dev"] if several else []}


def _system(study: Study, system: str) -> dict[str, Any]:
    entry = study.systems[system]
    return {
        "features": entry.features,
        "normalise": entry.normalise,
        "unlabelled": entry.adapt.parts,
        "scaling": entry.finetune.get("scaling", "keep"),
    }


def _manifest(study: Study, system: str, train: TrainSet) -> dict[str, Any]:
    """What the archive of a training must say of itself: the parameters of its rule, but for how it is made."""
    given = train_settings(study, system, train.name)
    return {key: value for key, value in given.items() if key not in ("part", "scaling")}


def page_inputs(study: Study) -> dict[str, list[str]]:
    """Inputs of rule make_audit."""
    corpora = results.table_corpora(study, *study.default_tables())
    return {
        "audits": [paths.audit(table) for table in study.default_tables()],
        "audio": [paths.corpus(c, "audio.tsv") for c in _audio(study)],
        "labels": [paths.corpus(c, "labels.tsv") for c in corpora],
        "cards": [paths.corpus(c, "card.tsv") for c in corpora],
    }


def _audio(study: Study) -> list[str]:
    """The corpora whose recordings the default tables use; a view has those of its corpus."""
    return sorted({study.corpora[c].audio for c in results.table_corpora(study, *study.default_tables())})


def page_settings(study: Study) -> dict[str, Any]:
    """Parameter of rule make_audit."""
    used = {run.protocol for run in study.runs(study.default_tables())}
    corpora = [study.corpora[c] for c in results.table_corpora(study, *study.default_tables())]
    return ordered(
        {
            "audio": [study.corpora[c].title for c in _audio(study)],
            "config": study.digest,
            "corpora": [{"id": c.id, "practice": c.practice, "title": c.title} for c in corpora],
            "protocols": {p: study.protocols[p].describe() for p in used},
            "seeds": study.seeds,
            "tables": study.default_tables(),
        }
    )
