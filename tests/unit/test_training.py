"""What a training learns from: which parts are learnt from, which scale, fold by fold and stage by stage."""

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from audited_tree import SETTINGS as AUDITED
from audited_tree import run_of
from tiny_corpus import EMOTIONS, PARTS, TRAINING, write_corpus

import audit_run
import predict_emotions
import train_models
from xser.errors import InputError
from xser.files import read_tsv
from xser.models import logreg
from xser.models.base import FittedModel, Model
from xser.models.functionals import FittedClassifier
from xser.parameters import Parameter, Parameters, text
from xser.training import scaling, store

CORPORA = ("one", "two")


def rows(corpus: str) -> list[tuple[str, str, str]]:
    """(utterance, speaker, emotion)"""
    return [(f"{corpus}_{s}-{e[0]}{n}", f"{corpus}_{s}", e) for s in PARTS for e in EMOTIONS for n in range(3)]


class Probe(Model):
    """A model that learns in epochs, as far as training can tell; it keeps what it was given."""

    epochs = seeded = True
    defaults: ClassVar[dict[str, Any]] = {"epoch": "dev"}

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.name = "probe"

    @property
    def parameters(self) -> Parameters:  # type: ignore[override]
        return {name: Parameter(value, text) for name, value in self.defaults.items()}

    def fit(
        self, train: Any, dev: Any, heads: Any, parameters: Any, seed: int, start: Any = None, oracle: Any = None
    ) -> FittedModel:
        self.calls.append({"train": train, "dev": dev, "start": start, "oracle": oracle})
        return logreg.MODEL.fit(train, None, heads, {}, seed)

    def load(self, path: Path) -> FittedModel:
        return logreg.MODEL.load(path)


class Study:
    """Two corpora of four speakers, one feature beside the utterance's number, and the trainings on them."""

    def __init__(self, root: Path, probe: Probe) -> None:
        self.root, self.probe = root, probe
        self.values: dict[str, np.ndarray] = {}
        for number, corpus in enumerate(CORPORA):
            self.corpus(corpus, 100.0 * (number + 1))

    def corpus(self, corpus: str, level: float) -> None:
        random = np.random.default_rng(int(level))
        values = {u: (level * (1 + random.random(2))).astype(np.float32) for u, _, _ in sorted(rows(corpus))}
        write_corpus(self.root, corpus, rows(corpus), values, {f"{corpus}_{s}": part for s, part in PARTS.items()})
        self.values |= values

    def files(self, corpus: str) -> list[str]:
        """The scp, utterances, labels and split of a corpus."""
        data = f"corpora/{corpus}/"
        names = f"features/f/{corpus}.scp", f"{data}utterances.tsv", f"{data}utt2emo", f"splits/paper/{corpus}.tsv"
        return [str(self.root / name) for name in names]

    def archive(self, train: str) -> Path:
        return self.root / "models" / "paper" / "sys" / f"{train}.zip"

    def train(
        self, train: str = "one", before: str | None = None, parameters: dict[str, Any] | None = None, **settings: Any
    ) -> scaling.Scaler:
        """Train, and return the scaling of the only fold."""
        corpus = train.rpartition("-to-")[2]
        complete = {
            **{**TRAINING, "corpora": [corpus], "model": "probe", "parameters": parameters or {}, "scaling": "keep"},
            **{"train": train, **settings},
        }
        train_models.main(
            *([file] for file in self.files(corpus)),
            str(self.archive(before)) if before else None,
            str(self.archive(train)),
            str(self.root / "h.tsv"),
            complete,
        )
        with store.Store(self.archive(train)) as models:
            return models.scaler(0)

    def of(self, corpus: str, *parts: str) -> np.ndarray:
        """The features of some parts of a corpus, as stored."""
        return np.stack([self.values[u] for u, s, _ in rows(corpus) if PARTS[s[-1]] in parts])

    def audit(self, train: str, test: str, normalise: str) -> str:
        """Predict, and return the audit's word on the scaling of this run."""
        out = self.root / "predictions" / "paper" / "sys" / train / f"{test}.tsv"
        predict_emotions.main(*self.files(test), str(self.archive(train)), str(out), test)
        first = train.partition("-to-")[0]
        settings = {
            **AUDITED,
            "corpora": {c: c for c in CORPORA},
            "runs": [run_of(train, test, seeds=[0])],
            "counted": {f"sys/{t}": {"learns": ["train"], "chooses": ["dev"]} for t in (first, train)},
            "labels": {},
            "manifests": {f"sys/{t}": {"normalise": normalise, "seeds": [0]} for t in (first, train)},
            "systems": {"sys": {"features": "f", "normalise": normalise, "scaling": "keep"}},
            "trainsets": {
                first: {"before": None, "corpora": [first]},
                train: {"before": first if train != first else None, "corpora": [train.rpartition("-to-")[2]]},
            },
        }
        table = self.root / "audit.tsv"
        table.unlink(missing_ok=True)
        audit_run.main(results=self.root, out=table, settings=settings)
        return read_tsv(table)[0]["scaling"]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    probe = Probe()
    real = importlib.import_module

    def load(name: str, *rest: Any) -> Any:
        return SimpleNamespace(MODEL=probe) if name == "xser.models.probe" else real(name, *rest)

    monkeypatch.setattr("xser.additions.importlib", SimpleNamespace(import_module=load))
    return Study(tmp_path, probe)


def test_development_speakers_choose_an_epoch_and_are_not_learnt_from(study: Study) -> None:
    scaler = study.train()
    (call,) = study.probe.calls
    assert (len(call["train"].inputs), len(call["dev"].inputs)) == (12, 6)
    np.testing.assert_allclose(scaler.means["all"], study.of("one", "train").mean(axis=0), rtol=1e-6)
    assert study.audit("one", "one", "global") == "fitted on training utterances"


@pytest.mark.parametrize("epoch", ["last", "oracle"])
def test_where_no_epoch_is_chosen_on_them_they_are_learnt_from_and_scaled_with(study: Study, epoch: str) -> None:
    scaler = study.train(parameters={"epoch": epoch})
    (call,) = study.probe.calls
    assert len(call["train"].inputs) == 18
    assert call["dev"] is None
    assert len(call["oracle"].inputs) == 6 if epoch == "oracle" else call["oracle"] is None
    np.testing.assert_allclose(scaler.means["all"], study.of("one", "train", "dev").mean(axis=0), rtol=1e-6)
    assert study.audit("one", "one", "global") == "fitted on training and development utterances"


def test_a_default_of_the_model_counts_too(study: Study) -> None:
    study.probe.defaults = {"epoch": "last"}  # type: ignore[misc]
    study.train()
    assert len(study.probe.calls[0]["train"].inputs) == 18


def test_classifiers_still_get_both_parts_apart(study: Study) -> None:
    study.probe.epochs, study.probe.defaults = False, {}  # type: ignore[misc]
    study.train()
    (call,) = study.probe.calls
    assert (len(call["train"].inputs), len(call["dev"].inputs)) == (12, 6)


def test_each_stage_of_a_chain_by_its_own_choice(study: Study) -> None:
    first = study.train()
    kept = study.train("one-to-two", "one", {"epoch": "last"})
    assert [len(c["train"].inputs) for c in study.probe.calls] == [12, 18]
    assert study.probe.calls[1]["start"]
    assert kept.to_bytes() == first.to_bytes()
    assert study.audit("one-to-two", "two", "global") == "kept from one"
    refitted = study.train("one-to-two", "one", {"epoch": "last"}, scaling="refit")
    np.testing.assert_allclose(refitted.means["all"], study.of("two", "train", "dev").mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize(("epoch", "parts"), [("dev", ("train",)), ("last", ("train", "dev"))])
def test_fine_tuning_by_corpus_keeps_what_is_known_and_fits_the_new(
    study: Study, epoch: str, parts: tuple[str, ...]
) -> None:
    first = study.train(normalise="corpus")
    scaler = study.train("one-to-two", "one", {"epoch": epoch}, normalise="corpus")
    assert sorted(scaler.means) == ["one", "two"]
    np.testing.assert_array_equal(scaler.means["one"], first.means["one"])
    np.testing.assert_array_equal(scaler.scales["one"], first.scales["one"])
    np.testing.assert_allclose(scaler.means["two"], study.of("two", *parts).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(scaler.scales["two"], study.of("two", *parts).std(axis=0), rtol=1e-5)
    learnt = np.stack(study.probe.calls[-1]["train"].inputs)
    np.testing.assert_allclose(learnt.mean(axis=0), 0, atol=1e-5)
    fitted = "training" if epoch == "dev" else "training and development"
    assert study.audit("one-to-two", "two", "corpus") == f"kept from one, others fitted on {fitted} utterances"
    assert study.audit("one-to-two", "one", "corpus").startswith("kept from one")


@pytest.mark.parametrize("group", ["one", "two"])
def test_the_audit_sees_a_chain_with_other_statistics(study: Study, group: str) -> None:
    study.train(normalise="corpus")
    scaler = study.train("one-to-two", "one", normalise="corpus")
    scaler.means[group] = study.of(group, "train", "test").mean(axis=0)
    with store.Store(study.archive("one-to-two")) as models:
        manifest, entries = models.manifest, list(models.entries().items())
    changed = [(n, scaler.to_bytes() if n.endswith("scaler.npy") else data) for n, data in entries]
    store.write(study.archive("one-to-two"), manifest, changed)
    with pytest.raises(InputError, match=r"one-to-two\.zip, fold 0: its scaler"):
        study.audit("one-to-two", "two", "corpus")


def test_fine_tuning_by_speaker_gives_new_speakers_their_own(study: Study) -> None:
    first = study.train(normalise="speaker")
    scaler = study.train("one-to-two", "one", normalise="speaker")
    assert sorted(scaler.means) == sorted({s for c in CORPORA for _, s, _ in rows(c)})
    np.testing.assert_array_equal(scaler.means["one_A"], first.means["one_A"])
    own = np.stack([study.values[u] for u, s, _ in rows("two") if s == "two_A"])
    np.testing.assert_allclose(scaler.means["two_A"], own.mean(axis=0), rtol=1e-6)
    assert study.audit("one-to-two", "two", "speaker") == "each speaker by own statistics (transductive)"


def test_rounding_is_not_blown_up_and_real_columns_are() -> None:
    """A column of rounding noise beside one that is as small as the energy of a recording can be."""
    random = np.random.default_rng(0)
    x = np.stack([random.normal(0, 4e-8, 50), random.normal(0, 1e-6, 50), np.full(50, 3.0)], axis=1).astype(np.float32)
    scaled = np.stack(scaling.fit("global", list(x), ["all"] * 50).transform(list(x), ["all"] * 50))
    assert np.abs(scaled[:, [0, 2]]).max() < 1e-5
    assert scaled[:, 1].std() == pytest.approx(1, rel=1e-3)


def test_answers_that_are_no_numbers_are_refused(study: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The largest of probabilities that are not known is that of the first class, which may even be right."""
    study.train()
    predict = FittedClassifier.predict

    def diverged(self: FittedClassifier, inputs: Any) -> dict[str, np.ndarray]:
        found = predict(self, inputs)
        found["emotion"][[0, 2]] = np.nan
        return found

    monkeypatch.setattr(FittedClassifier, "predict", diverged)
    with pytest.raises(InputError, match="the model of fold 0, seed 0 has no finite answer") as error:
        predict_emotions.main(*study.files("one"), str(study.archive("one")), str(tmp_path / "p.tsv"), "one")
    assert error.value.offenders == ["one_D-a0", "one_D-a2"]
    assert not (tmp_path / "p.tsv").exists()
