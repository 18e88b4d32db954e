"""A training that adapts to a corpus: which of its utterances it sees, what it saves, and how predictions use it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_corpus

import predict_emotions
import train_models
from xser.adaptation.base import apply, load_adaptation
from xser.errors import InputError
from xser.features import archives
from xser.files import read_tsv
from xser.models.base import load_model
from xser.training import learnt, store

TARGET = {"A": "train", "B": "dev", "C": "test", "D": "test"}


class Study:
    """A source corpus `one`, and a target `two` whose tested utterances are `louder` times as loud."""

    def __init__(self, root: Path, louder: float = 1.0) -> None:
        self.root = root
        self.one = tiny_corpus.corpus(root, "one")
        self.two = tiny_corpus.corpus(root, "two", level=3.0, parts=TARGET)
        scp = self.two[0][0]
        self.values = archives.read(scp)
        tested = {row["utterance"] for row in read_tsv(self.two[3][0]) if row["fold_0"] == "test"}
        self.values = {u: x * (louder if u in tested else 1) for u, x in self.values.items()}
        tiny_corpus.write_archive(Path(scp).parent, "two", self.values)

    def train(self, method: str, model: str = "svc", unlabelled: str = "untested", **settings: Any) -> Path:
        adapt = {"method": method, "target": "two", "unlabelled": unlabelled}
        adapt["parameters"] = load_adaptation(method).complete({})
        complete = {
            **{**tiny_corpus.TRAINING, "corpora": ["one"], "model": model, "parameters": {}, "train": "one-for-two"},
            **{"adapt": adapt, **settings},
        }
        out = self.root / f"{method}-{unlabelled}.zip"
        train_models.main(
            *self.one, None, str(out), str(self.root / "h.tsv"), complete, target=(self.two[0][0], self.two[3][0])
        )
        return out

    def predict(self, archive: Path, unlabelled: tuple[str, ...] = ("train", "dev")) -> np.ndarray:
        out = self.root / "p.tsv"
        predict_emotions.main(*(f[0] for f in self.two), str(archive), str(out), "two", unlabelled)
        return np.array([float(row["p_anger"]) for row in read_tsv(out)])


@pytest.mark.parametrize("method", ["coral", "subspace", "tca", "ulsif"])
@pytest.mark.parametrize("model", ["svc", "logreg"])
def test_a_model_learns_from_what_the_method_makes_of_train_and_dev(tmp_path: Path, method: str, model: str) -> None:
    study = Study(tmp_path)
    archive = study.train(method, model)
    source = archives.read(study.one[0][0])
    rows = [row for row in read_tsv(study.one[3][0]) if row["fold_0"] != "test"]
    rows.sort(key=lambda row: row["fold_0"] == "dev")  # a classifier gets its training utterances first
    with store.Store(archive) as models:
        scaler, found, fitted = models.scaler(0), models.adapted_by(0), models.model(0, 0)
    x = np.stack(scaler.transform([source[r["utterance"]] for r in rows], ["all"] * len(rows)))
    names = [row["utterance"] for row in read_tsv(study.two[3][0]) if row["fold_0"] != "test"]
    target = scaler.transform([study.values[u] for u in names], ["all"] * len(names))
    adaptation = load_adaptation(method)
    wanted = adaptation.fit(x, np.stack(target), adaptation.complete({}))
    assert found.keys() == wanted.keys()
    for key, array in wanted.items():
        np.testing.assert_allclose(found[key], array, rtol=1e-4, atol=1e-5)
    y = np.array([int("-s" in r["utterance"]) for r in rows])
    weights = {"weights": found["weights"]} if "weights" in found else {}
    kind: Any = load_model(model)
    again = kind.fit_one(np.stack(apply(adaptation.source, list(x), found)), y, kind.complete({}), **weights)
    for key, array in again.items():
        np.testing.assert_allclose(fitted.arrays["emotion"][key], array, rtol=1e-4, atol=1e-5)  # type: ignore[attr-defined]


@pytest.mark.parametrize("normalise", ["global", "corpus", "none"])
@pytest.mark.parametrize("unlabelled", ["untested", "tested", "all"])
def test_tested_utterances_are_seen_only_where_the_config_says_so(
    tmp_path: Path, unlabelled: str, normalise: str
) -> None:
    found = []
    for louder in (1.0, 5.0):
        study = Study(tmp_path / f"{louder}", louder)
        archive = study.train("coral", unlabelled=unlabelled, normalise=normalise)
        with store.Store(archive) as models:
            found.append((models.manifest["learnt"]["fold0/seed0"]["unlabelled"], models.model_bytes(0, 0)))
    same = [one == other for one, other in zip(*found, strict=True)]
    assert same == [unlabelled == "untested"] * 2


@pytest.mark.parametrize("normalise", ["global", "corpus"])
def test_the_digest_is_of_the_stored_vectors_without_labels(tmp_path: Path, normalise: str) -> None:
    study = Study(tmp_path)
    with store.Store(study.train("coral", normalise=normalise)) as models:
        noted = models.manifest["learnt"]["fold0/seed0"]["unlabelled"]
    names = [row["utterance"] for row in read_tsv(study.two[3][0]) if row["fold_0"] != "test"]
    assert noted == learnt.digest((u, "", study.values[u]) for u in names)


def test_labels_of_the_target_are_not_read(tmp_path: Path) -> None:
    study = Study(tmp_path)
    first = study.train("coral").read_bytes()
    for path in (study.two[1][0], study.two[2][0]):
        Path(path).unlink()
    assert study.train("coral").read_bytes() == first


def test_predictions_follow_the_map_of_the_target(tmp_path: Path) -> None:
    study = Study(tmp_path)
    archive = study.train("subspace")
    names = [row["utterance"] for row in read_tsv(study.two[3][0]) if row["fold_0"] == "test"]
    with store.Store(archive) as models:
        scaled = models.scaler(0).transform([study.values[u] for u in names], ["all"] * len(names))
        fitted = models.adapted_by(0)
        wanted = models.model(0, 0).predict(list((np.stack(scaled) - fitted["mean_target"]) @ fitted["map_target"]))
    np.testing.assert_allclose(study.predict(archive), wanted["emotion"][:, 0], atol=1e-5)


def test_a_corpus_may_be_normalised_by_its_tested_utterances(tmp_path: Path) -> None:
    quiet, loud = Study(tmp_path / "quiet"), Study(tmp_path / "loud", louder=5.0)
    for unlabelled, same in ((("train", "dev"), False), (("test",), True)):
        found = [s.predict(s.train("coral", normalise="corpus"), unlabelled) for s in (quiet, loud)]
        assert np.allclose(*found, atol=1e-5) == same  # by their own statistics loudness does not matter


def test_frames_cannot_be_adapted(tmp_path: Path) -> None:
    study = Study(tmp_path)
    scp = Path(study.one[0][0])
    tiny_corpus.write_archive(scp.parent, "one", {u: np.ones((3, 4)) for u in archives.read(scp)})
    with pytest.raises(InputError, match="one vector an utterance"):
        study.train("coral")
