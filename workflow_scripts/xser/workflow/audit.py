"""What the audit needs: its input files and its parameters, worked out from the config."""

from collections.abc import Iterable
from typing import Any

from xser import paths
from xser.config.study import Run, Study
from xser.config.trainsets import TrainSet
from xser.corpora.base import load_reader
from xser.workflow.plan import Plan, ordered


def _archives(config: Study, runs: Iterable[Run]) -> list[tuple[str, str, TrainSet]]:
    """(protocol, system, training set) of every archive of models behind some runs, pre-training included."""
    return sorted({(r.protocol, r.system, t) for run in runs for r in config.trainings(run) for t in r.train.chain})


def inputs(plan: Plan, table: str) -> dict[str, list[str]]:
    """Inputs of rule audit_runs: all that the runs of a table were made of, and what they predicted."""
    config, runs = plan.config, plan.table_runs(table)
    archives = _archives(config, runs)
    split = {(r.protocol, c) for r in runs for c in (*r.train.corpora, r.test)}
    features = {
        (config.systems[system].features, plan.audio(c)) for _, system, train in archives for c in train.corpora
    }
    audio = sorted({plan.audio(c) for _, c in split})
    return {
        "predictions": [paths.predictions(*run.ids) for run in runs],
        "models": [paths.models(protocol, system, train.name) for protocol, system, train in archives],
        "split": sorted(paths.split(protocol, c) for protocol, c in split),
        "utt2emo": sorted({paths.corpus(c, "utt2emo") for _, c in split}),
        "utterances": [paths.corpus(c, "utterances.tsv") for c in audio],
        "audio": [paths.corpus(c, "audio.tsv") for c in audio],
        "features": sorted(paths.features(f, c, end) for f, c in features for end in ("ark", "scp")),
    }


def settings(plan: Plan, table: str) -> dict[str, Any]:
    """Parameter of rule audit_runs; see audit.Audit."""
    config, runs = plan.config, plan.table_runs(table)
    archives = _archives(config, runs)
    corpora = {c for r in runs for c in (*r.train.corpora, r.test)}
    return ordered(
        {
            "corpora": {c: plan.audio(c) for c in corpora},
            "runs": [_run(config, run) for run in runs],
            "systems": {system: _system(config, system) for _, system, _ in archives},
            "text": {r.protocol: "disjoint" if config.protocols[r.protocol].separates_texts else "any" for r in runs},
            "text_notes": {c: note for c in corpora if (note := _text_note(config, c))},
            "trainsets": {
                t.name: {"before": t.before.name if t.before else None, "corpora": t.stages[-1]} for _, _, t in archives
            },
        }
    )


def _run(config: Study, run: Run) -> dict[str, Any]:
    trainings = config.trainings(run)
    return {
        "models": sorted({(r.system, r.train.name) for r in trainings}),
        "oracle": config.oracle(run),
        "practice": any(config.corpora[c].practice for c in (*run.train.corpora, run.test)),
        "protocol": run.protocol,
        "seeds": max((config.seeds_of(r.system) for r in trainings), key=len),
        "system": run.system,
        "test": run.test,
        "train": run.train.name,
        "transductive": config.transductive(run),
    }


def _text_note(config: Study, corpus: str) -> str:
    """In what the sentence codes of a corpus fall short, as its reader says; empty where they do not."""
    return load_reader(config.corpora[corpus].reader).text_note


def _system(config: Study, system: str) -> dict[str, Any]:
    entry = config.systems[system]
    return {
        "features": entry.features,
        "normalise": entry.normalise,
        "scaling": entry.finetune.get("scaling", "keep"),
        "seeds": config.seeds_of(system),
    }


def page_corpora(plan: Plan) -> list[str]:
    """The corpora of the default target's runs."""
    runs = plan.config.runs(plan.config.default_tables())
    return sorted({c for r in runs for c in (*r.train.corpora, r.test)})


def page_inputs(plan: Plan) -> dict[str, list[str]]:
    """Inputs of rule make_audit."""
    corpora = page_corpora(plan)
    return {
        "audits": [paths.audit(table) for table in plan.config.default_tables()],
        "labels": [paths.corpus(c, "labels.tsv") for c in corpora],
        "cards": [paths.corpus(c, "card.tsv") for c in corpora],
    }


def page_settings(plan: Plan) -> dict[str, Any]:
    """Parameter of rule make_audit."""
    used = {run.protocol for run in plan.config.runs(plan.config.default_tables())}
    corpora = [plan.config.corpora[c] for c in page_corpora(plan)]
    return ordered(
        {
            "config": plan.config.digest,
            "corpora": [{"id": c.id, "practice": c.practice, "title": c.title} for c in corpora],
            "protocols": {p: plan.config.protocols[p].describe() for p in used},
            "seeds": plan.config.seeds,
            "tables": plan.config.default_tables(),
        }
    )
