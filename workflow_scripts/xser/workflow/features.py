"""What the rules of features need: which feature sets there are, their code and their parameters."""

import os
from typing import Any

from xser import paths
from xser.config.file import braces
from xser.config.study import Study
from xser.errors import InputError
from xser.features.base import load_extractor
from xser.imports import code
from xser.workflow.settings import ordered


def extracted(study: Study) -> list[str]:
    """The feature sets that are computed from audio."""
    return [f.id for f in study.features.values() if f.computed]


def derived(study: Study, extractor: str) -> list[str]:
    """The feature sets that are pasted or imported."""
    return [f.id for f in study.features.values() if f.extractor == extractor]


def pasted(study: Study, features: str, corpus: str, ending: str) -> list[str]:
    """The files of the feature sets that one is pasted from."""
    return [paths.features(part, corpus, ending) for part in study.features[features].of]


def imported(study: Study, features: str, corpus: str) -> list[str]:
    """The archives that the scp of an imported feature set names, as far as they are there.

    One that is written anew mostly has the offsets of the one before: its scp is the same, byte for byte.
    """
    from xser.features import archives  # imports kaldiio; few studies need it

    scp = study.features[features].scp[corpus]
    try:
        named = {entry.ark for entry in archives.entries(scp, given=True)}
    except (InputError, OSError):
        return []  # the job that imports it says what is wrong
    found = {archives.located(ark, scp) for ark in named}
    return sorted(path for path in found if os.path.isfile(path) and not braces(path))


def extractor_code(study: Study, features: str) -> dict[str, str]:
    """The code that computes a feature set."""
    return code("extract_features.py", f"xser/features/{study.features[features].extractor}.py")


def extractor_files(study: Study, features: str) -> list[str]:
    """The files that its extractor reads, such as weights."""
    entry = study.features[features]
    return load_extractor(entry.extractor).files(entry.parameters)


def extractor_environment(study: Study, features: str) -> str:
    """The conda environment of its extractor, relative to rules/."""
    return f"../envs/{load_extractor(study.features[features].extractor).environment}.yaml"


def extraction_gpu(study: Study) -> dict[str, Any]:
    """Resources of extraction: with the config's `gpu: true` one GPU for extractors that use one."""
    if not study.gpu:
        return {}
    return {"gres": lambda w: "gpu:1" if load_extractor(study.features[w.features].extractor).gpu else ""}


def extract_settings(study: Study, features: str, corpus: str, shard: int | None = None) -> dict[str, Any]:
    """Parameter of rule extract_features."""
    entry = study.features[features]
    return ordered(
        {
            "corpus": corpus,
            "extractor": entry.extractor,
            "parameters": entry.parameters,
            "root": study.corpora[corpus].root,
            "shard": None if shard is None else [shard, study.shards],
        }
    )
