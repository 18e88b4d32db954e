"""Systems made of other systems' predictions."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from xser.errors import InputError
from xser.evaluation import combination, predictions

CLASSES = ["anger", "neutral"]


def part(
    tmp_path: Path,
    rows: Sequence[Sequence[float]],
    languages: Sequence[str] = (),
    classes: Sequence[str] = CLASSES,
    seed: int = 0,
) -> predictions.Predictions:
    """Write and read predictions of utterances u0 u1 ... of two folds, each row the probabilities of one."""
    heads = {"language": (["deu"] * len(rows), list(languages))} if languages else {}
    blocks = [
        predictions.Block(
            fold=fold,
            seed=seed,
            utterances=[f"u{i}" for i in range(fold, len(rows), 2)],
            speakers=[f"s{fold}"] * len(range(fold, len(rows), 2)),
            truth=["anger"] * len(range(fold, len(rows), 2)),
            probabilities=np.array(rows[fold::2]),
            heads={h: (t[fold::2], s[fold::2]) for h, (t, s) in heads.items()},
        )
        for fold in (0, 1)
    ]
    path = tmp_path / "p.tsv"
    predictions.write(path, "c", classes, blocks)
    return predictions.read(path, probabilities=True)


def said(classes: Sequence[str], blocks: Sequence[predictions.Block]) -> dict[str, str]:
    return {u: classes[k] for b in blocks for u, k in zip(b.utterances, b.probabilities.argmax(axis=1), strict=True)}


ANGER, NEUTRAL = [0.9, 0.1], [0.2, 0.8]


def test_the_majority_wins_and_ties_go_to_the_surer(tmp_path: Path) -> None:
    parts = {
        "a": part(tmp_path, [ANGER, ANGER, [0.99, 0.01], NEUTRAL]),
        "b": part(tmp_path, [ANGER, NEUTRAL, NEUTRAL, NEUTRAL]),
        "c": part(tmp_path, [NEUTRAL, NEUTRAL, NEUTRAL, ANGER]),
    }
    assert said(*combination.combine("vote", parts, CLASSES)) == {
        "u0": "anger", "u1": "neutral", "u2": "neutral", "u3": "neutral",
    }  # fmt: skip
    del parts["c"]
    assert said(*combination.combine("vote", parts, CLASSES))["u2"] == "anger"
    _, blocks = combination.combine("vote", parts, CLASSES)
    assert all(np.allclose(b.probabilities.sum(axis=1), 1) for b in blocks)


def test_two_passes_follow_the_language_of_each_utterance(tmp_path: Path) -> None:
    parts = {
        "language": part(tmp_path, [ANGER] * 4, ["ita", "deu", "deu", "ita"]),
        "deu": part(tmp_path, [ANGER] * 4),
        "ita": part(tmp_path, [NEUTRAL] * 4),
    }
    classes, blocks = combination.combine("two_pass", parts, CLASSES)
    assert said(classes, blocks) == {"u0": "neutral", "u1": "anger", "u2": "anger", "u3": "neutral"}
    assert {u: s for b in blocks for u, s in zip(b.utterances, b.heads["language"][1], strict=True)}["u1"] == "deu"


def test_a_language_without_a_model_is_named(tmp_path: Path) -> None:
    parts = {"language": part(tmp_path, [ANGER] * 2, ["deu", "nld"]), "deu": part(tmp_path, [ANGER] * 2)}
    with pytest.raises(InputError, match="taken for nld, of which there is no emotion model"):
        combination.combine("two_pass", parts, CLASSES)


def test_selection_takes_the_most_frequent_language_of_a_fold(tmp_path: Path) -> None:
    parts = {
        "language": part(tmp_path, [ANGER] * 6, ["ita", "deu", "deu", "deu", "ita", "ita"]),
        "deu": part(tmp_path, [ANGER] * 6),
        "ita": part(tmp_path, [NEUTRAL] * 6),
    }
    result = said(*combination.combine("select_language", parts, CLASSES))
    assert {result[u] for u in ("u0", "u2", "u4")} == {"neutral"}
    assert {result[u] for u in ("u1", "u3", "u5")} == {"anger"}


def test_a_part_that_does_not_know_a_class_never_says_it(tmp_path: Path) -> None:
    parts = {"a": part(tmp_path, [[1.0], [1.0]], classes=["neutral"]), "b": part(tmp_path, [ANGER, NEUTRAL])}
    classes, blocks = combination.combine("vote", parts, ["anger", "fear", "neutral"])
    assert classes == CLASSES
    assert said(classes, blocks)["u1"] == "neutral"


def test_other_utterances_are_an_error(tmp_path: Path) -> None:
    parts = {"a": part(tmp_path, [ANGER] * 2), "b": part(tmp_path, [ANGER] * 4)}
    with pytest.raises(InputError, match="same utterances"):
        combination.combine("vote", parts, CLASSES)
