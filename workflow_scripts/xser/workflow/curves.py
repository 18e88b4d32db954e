"""What the rules of curves need: inputs, code and parameters."""

from dataclasses import asdict
from typing import Any

from xser import paths
from xser.config.study import Study
from xser.curves.base import load_curve
from xser.workflow import training
from xser.workflow.settings import ordered


def curve_files(study: Study, *curves: str) -> list[str]:
    """All files of some curves."""
    made = [paths.curve_table(c, ending) for c in curves for ending in ("tsv", "md")]
    return made + [paths.figure(f"{c}-curve", ending) for c in curves for ending in ("svg", "png")]


def trace_inputs(study: Study, curve: str, test: str) -> dict[str, Any]:
    """Named inputs of rule trace_curve: the tested corpus, and the models of a run or the data to learn from."""
    entry = study.curves[curve]
    run = study.curve_run(curve, test)
    given: dict[str, Any] = {f"tested_{name}": files for name, files in training.predict_inputs(study, run).items()}
    given["tested_audio"] = paths.corpus(study.corpora[test].audio, "audio.tsv")
    if load_curve(entry.kind).needs_archive:
        return {**given, "archive": paths.models(*run.ids[:3])}
    given |= training.train_inputs(study, run.protocol, run.system, run.train.name)
    if other := entry.options["finetune"]:
        network = study.curve_run(curve, test, other)
        given["network"] = paths.models(*network.ids[:3])
    return given


def trace_code(study: Study, curve: str) -> dict[str, str]:
    """The code of rule trace_curve."""
    entry = study.curves[curve]
    systems = [entry.system, *filter(None, [entry.options.get("finetune")])]
    return training.model_code(study, "trace_curve.py", *systems, more=[f"xser/curves/{entry.kind}.py"])


def trace_settings(study: Study, curve: str, test: str) -> dict[str, Any]:
    """Parameter of rule trace_curve."""
    entry = study.curves[curve]
    run = study.curve_run(curve, test)
    options = dict(entry.options)
    other = options.pop("finetune", "")
    network = study.systems[other] if other else None
    learning = training.train_settings(study, run.system, run.train.name)
    if "epoch" in learning["parameters"]:  # K utterances leave none to choose it on
        learning["parameters"]["epoch"] = "last"
    return ordered(
        {
            **asdict(study.intervals),
            "curve": curve,
            "draws": entry.draws,
            "emotions": study.emotions,
            "finetune": {**network.parameters, **network.finetune, "epoch": "last"} if network else None,
            "kind": entry.kind,
            "options": options,
            "practice": any(study.corpora[c].practice for c in (*run.train.corpora, test)),
            "protocol": run.protocol,
            "test": test,
            "training": learning,
        }
    )


def curve_table_settings(study: Study, curve: str) -> dict[str, Any]:
    """Parameter of rule tabulate_curve."""
    entry = study.curves[curve]
    return ordered(
        {
            "beside": entry.beside,
            "caption": entry.caption,
            "columns": entry.columns,
            "curve": curve,
            "kind": entry.kind,
            "marks": {test: study.curve_marks(curve, test) for test in entry.columns},
            "titles": {c: study.corpora[c].title for c in entry.columns},
        }
    )


def tabulate_inputs(study: Study, curve: str) -> dict[str, list[str]]:
    """Named inputs of rule tabulate_curve."""
    columns = study.curves[curve].columns
    return {
        "points": [paths.curve(curve, test) for test in columns],
        "scores": [paths.score(*run.ids) for run in study.runs_beside(curve)],
        "cards": [paths.corpus(test, "card.tsv") for test in columns],
    }
