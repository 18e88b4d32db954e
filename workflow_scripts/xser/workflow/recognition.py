"""What the rule that calibrates a training needs: its training corpora, and what is known of held-out speakers."""

from typing import Any

from xser import paths
from xser.config.study import Run, Study
from xser.workflow import training
from xser.workflow.corpora import description
from xser.workflow.settings import ordered


def card_inputs(study: Study, protocol: str, system: str, name: str) -> dict[str, list[str]]:
    """Named inputs of rule calibrate_model, but for the models."""
    tested = runs(study, protocol, system, name)
    corpora = training.train_inputs(study, protocol, system, name)
    return {
        **{key: files for key, files in corpora.items() if key != "start"},
        "tested": [paths.predictions(*run.ids) for run in tested],
        "scores": [paths.score(*run.ids) for run in tested],
    }


def runs(study: Study, protocol: str, system: str, name: str) -> list[Run]:
    """The runs whose held-out speakers a card speaks of: a training on each corpus that it learnt from."""
    train = training.trainable(study, system, name)
    return [Run(protocol, system, train, corpus) for corpus in train.corpora]


def model_card_settings(study: Study, protocol: str, system: str, name: str) -> dict[str, Any]:
    """Parameter of rule calibrate_model: what a card says of the system and its corpora."""
    train, features = training.trainset(study, name), study.systems[system].features
    parts = [study.features[part] for part in study.features[features].parts]
    return ordered(
        {
            "corpora": [description(study, corpus) for corpus in train.corpora],
            "feature_set": features,
            "features": [(part.extractor, part.parameters) for part in parts],
            "protocol": protocol,
            "system": system,
            "train": name,
        }
    )
