"""Curves over K: who is drawn, that none is judged by itself, and where lines cross."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_corpus
from configs import edit

import tabulate_curve
import trace_curve
import train_models
from xser.config.study import Study
from xser.corpora.card import CARD
from xser.curves import crossing, curve_table, enrolment, few_shot
from xser.curves.base import ALL, POINTS, draws_of
from xser.errors import InputError
from xser.evaluation import marks
from xser.evaluation.score import SCORE
from xser.files import read_tsv
from xser.models.functionals import FittedClassifier
from xser.training import examples
from xser.workflow import curves

TARGET = {"A": "train", "B": "dev", "C": "test", "D": "test"}
NAMES = ("scp", "utterances", "utt2emo", "split")
INTERVALS = {"confidence": 0.95, "samples": 100}


class Tiny:
    """A foreign corpus `one`, a tested corpus `two`, and the curves on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.one, self.two = tiny_corpus.corpus(root, "one"), tiny_corpus.corpus(root, "two", 3.0, TARGET)
        self.data = examples.load("two", *(files[0] for files in self.two))
        self.training = {
            **{**tiny_corpus.TRAINING, "corpora": ["one"], "normalise": "speaker", "parameters": {}, "train": "one"}
        }
        self.archive = str(root / "models.zip")
        train_models.main(*self.one, None, self.archive, str(root / "h.tsv"), self.training)

    def trace(self, kind: str, draws: int = 3, **options: Any) -> list[dict[str, Any]]:
        given: dict[str, Any] = {f"tested_{n}": files[0] for n, files in zip(NAMES, self.two, strict=True)}
        given["tested_audio"] = str(self.root / "corpora" / "two" / "audio.tsv")
        given |= {"archive": self.archive} if kind == "enrolment" else dict(zip(NAMES, self.one, strict=True))
        settings = {
            **INTERVALS,
            **{"curve": "c", "draws": draws, "emotions": tiny_corpus.EMOTIONS, "finetune": None, "kind": kind},
            **{"options": options, "practice": False, "protocol": "p", "test": "two", "training": self.training},
        }
        trace_curve.main(given, str(self.root / "points.tsv"), settings)
        return [dict(line) for line in POINTS.records(self.root / "points.tsv")]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    return Tiny(tmp_path_factory.mktemp("tiny"))


def test_the_halves_of_an_enrolment_are_apart_and_test_everyone_once(tiny: Tiny) -> None:
    places = tiny.data.indices(0, "test")
    tested = []
    for draw in range(5):
        halves = list(enrolment._halves(tiny.data, places, draw))
        for enrolled, own in halves:
            assert not set(enrolled) & set(own)
            assert len({tiny.data.speakers[i] for i in (*enrolled, *own)}) == 1
        tested.append([i for _, own in halves for i in own])
        assert sorted(tested[-1]) == sorted(places)
    assert len({tuple(order) for order in tested}) == 5, "draws differ"


def test_enrolled_utterances_alone_move_the_scaling_of_the_tested(tiny: Tiny) -> None:
    """K = 0 is the others' statistics; a large prior goes back to them, and without one the own mean is zero."""
    prior = enrolment._Prior.of(tiny.data, 0)
    others = [tiny.data.inputs[i] for i in tiny.data.indices(0, "train", "dev")]
    np.testing.assert_allclose(prior.mean, np.mean(others, axis=0), rtol=1e-6)
    own = tiny.data.indices(0, "test")[:6]
    raw = np.stack([tiny.data.inputs[i] for i in own]).astype(np.float64)
    plain = (raw - prior.mean) / np.sqrt(prior.variance)
    np.testing.assert_allclose(prior.scaled(tiny.data, [], own, 5), plain, rtol=1e-5)
    np.testing.assert_allclose(prior.scaled(tiny.data, own, own, 1e9), plain, rtol=1e-3, atol=1e-4)
    alone = np.stack(prior.scaled(tiny.data, own, own, 0))
    np.testing.assert_allclose(alone, (raw - raw.mean(axis=0)) / raw.std(axis=0), rtol=1e-4, atol=1e-5)
    one = np.stack(prior.scaled(tiny.data, own[:1], own, 0))
    np.testing.assert_allclose(one, (raw - raw[0]) / np.sqrt(prior.variance), rtol=1e-4, atol=1e-5)


def test_frames_cannot_be_enrolled(tiny: Tiny) -> None:
    """Imported ones are known to be frames only now."""
    data = replace(tiny.data, inputs=[np.ones((3, 4), np.float32) for _ in tiny.data.inputs])
    with pytest.raises(InputError, match="one vector an utterance"):
        enrolment._Prior.of(data, 0)


def test_an_enrolment_curve(tiny: Tiny) -> None:
    points = tiny.trace("enrolment", k=[0, 1, 2, ALL], prior=2)
    means = {(p["line"], p["k"]): p for p in points if p["draw"] is None}
    assert set(means) == {("with the others as 2", k) for k in ("0", "1", "2", ALL)} | {
        ("own utterances alone", k) for k in ("1", "2", ALL)
    }
    assert [means["with the others as 2", k]["used"] for k in ("0", "1", "2", ALL)] == [0, 1, 2, 4]
    assert all(p["n"] == 16 and p["speakers"] == 2 for p in points)
    drawn = [
        p["uar"] for p in points if p["line"] == "own utterances alone" and p["k"] == "1" and p["draw"] is not None
    ]
    assert len(drawn) == 3
    assert means["own utterances alone", "1"]["uar"] == pytest.approx(np.mean(drawn), abs=1e-5)


@pytest.mark.parametrize("whole", [False, True])
def test_few_shot_draws_are_nested_balanced_and_never_tested(tiny: Tiny, whole: bool) -> None:
    own = tiny.data.indices(0, "train", "dev")
    emotions = tiny.data.labels["emotion"]
    for draw in range(4):
        before: set[int] = set()
        for k in (0, 1, 2, 4):
            chosen = few_shot.drawn(tiny.data, own, k, (draw, 0), whole)
            assert before <= set(chosen) <= set(own)
            assert [sum(emotions[i] == e for i in chosen) for e in tiny_corpus.EMOTIONS] == [k, k]
            before = set(chosen)
            if whole and k == 4:  # four of each emotion are one speaker's
                assert len({tiny.data.speakers[i] for i in chosen}) == 1
    assert few_shot.drawn(tiny.data, own, ALL, (0, 0), whole) == own
    assert len({tuple(few_shot.drawn(tiny.data, own, 2, (d, 0), whole)) for d in range(5)}) > 1


def test_a_few_shot_curve_ends_at_what_training_gives(tiny: Tiny) -> None:
    tiny.training["normalise"] = "corpus"
    points = tiny.trace("few_shot", k=[0, 1, ALL], whole_speakers=False)
    tiny.training["normalise"] = "speaker"
    means = {(p["line"], p["k"]): p for p in points if p["draw"] is None}
    assert set(means) == {("others + K", k) for k in ("0", "1", ALL)} | {("K alone", k) for k in ("1", ALL)}
    assert [means["others + K", k]["used"] for k in ("0", "1", ALL)] == [0, 2, 16]
    assert means["others + K", "1"]["draws"] == 3
    data, alone = tiny.data, {"parts": [["train" if p in ("train", "dev") else p for p in tiny.data.parts[0]]]}
    from xser.models.base import load_model
    from xser.training.fit import Stage

    data = replace(data, **alone)
    stage = Stage([data], (examples.Head("emotion", tuple(tiny_corpus.EMOTIONS)),), "logreg", {}, "corpus")
    train, _ = stage.given(0, scaled := stage.scaled(0))
    fitted = load_model("logreg").fit(train, None, stage.heads, {}, 0)
    places = data.indices(0, "test")
    best = fitted.predict([scaled.inputs[0][i] for i in places])["emotion"].argmax(axis=1)
    right = np.array([tiny_corpus.EMOTIONS[b] == data.labels["emotion"][i] for b, i in zip(best, places, strict=True)])
    assert means["K alone", ALL]["accuracy"] == pytest.approx(right.mean())


def test_an_emotion_that_only_the_tested_corpus_has_is_learnt_from_its_own_utterances(tmp_path: Path) -> None:
    emotions = [*tiny_corpus.EMOTIONS, "fear"]
    spoken = [(f"two_{s}-{e[0]}{n}", f"two_{s}", e) for s in TARGET for e in emotions for n in range(4)]
    values = {u: 9 * np.eye(4)[emotions.index(e)] + np.arange(4) / (9 + n) for n, (u, _, e) in enumerate(spoken)}
    two = tiny_corpus.write_corpus(tmp_path, "two", spoken, values, {f"two_{s}": p for s, p in TARGET.items()})
    given: dict[str, Any] = {f"tested_{n}": str(file) for n, file in zip(NAMES, two, strict=True)}
    given |= {"tested_audio": str(two[1].with_name("audio.tsv"))}
    given |= dict(zip(NAMES, tiny_corpus.corpus(tmp_path, "one"), strict=True))
    settings = {
        **{**INTERVALS, "curve": "c", "draws": 2, "emotions": emotions, "finetune": None, "kind": "few_shot"},
        **{"options": {"k": [0, 1, ALL], "whole_speakers": False}, "practice": False, "protocol": "p", "test": "two"},
        "training": {**tiny_corpus.TRAINING, "corpora": ["one"], "emotions": emotions, "normalise": "corpus"},
    }
    settings["training"]["parameters"] = {"C": 10.0}
    trace_curve.main(given, str(tmp_path / "points.tsv"), settings)
    means = {(p["line"], p["k"]): p for p in POINTS.records(tmp_path / "points.tsv") if p["draw"] is None}
    assert means["others + K", "0"]["uar"] <= 2 / 3 + 1e-6
    assert means["K alone", "1"]["uar"] == means["K alone", ALL]["uar"] == means["others + K", ALL]["uar"] == 1


def points_of(alone: dict[str, float], pooled: dict[str, float]) -> list[dict[str, Any]]:
    return [
        {"line": line, "k": k, "draw": None, "uar": uar, "used": 100.0 if k == ALL else 5.0 * int(k)}
        for line, values in ((few_shot.ALONE, alone), (few_shot.POOLED, pooled))
        for k, uar in values.items()
    ]


def test_where_foreign_data_help_and_what_they_are_worth() -> None:
    alone = {"1": 0.3, "4": 0.5, "10": 0.6, ALL: 0.8}
    points = points_of(alone, {"0": 0.4, "1": 0.45, "4": 0.5, "10": 0.65, ALL: 0.8})
    tests = {"1": (-0.15, 0.001), "4": (0.0, 1.0), "10": (-0.05, 0.03), ALL: (0.1, 0.01)}
    for point in points:
        point["difference"], point["p"] = tests[point["k"]] if point["line"] == few_shot.ALONE else (None, None)
    assert crossing.significant_ks(points) == (["1"], [ALL]), "p 0.03 is the third of four"
    assert crossing.significant_ks([p for p in points if p["k"] in ("0", "1")]) == (["1"], [])
    assert crossing.worth(points) == pytest.approx(np.sqrt(5 * 20))  # halfway between K = 1 and 4, on a logarithm
    few = points_of(alone, {"0": 0.2})
    assert crossing.worth(few) == 5
    least = [p | {"test": "t", "p": None} for p in few]
    least += [p | {"draw": draw} for p in least if p["k"] == "1" for draw in range(2)]
    (row,) = curve_table._crossings({"t": "T"}, least, from_none=True)
    assert row[3:] == ["5 or fewer utterances", "5 or fewer"], "fewer than five were not tried"
    assert crossing.worth(points_of(alone, {"0": 0.9})) is None


def test_lines_of_a_few_shot_curve_are_compared_in_pairs(tiny: Tiny) -> None:
    points = tiny.trace("few_shot", k=[0, 1, ALL], whole_speakers=False)
    means = {(p["line"], p["k"]): p for p in points if p["draw"] is None}
    for (line, k), point in means.items():
        if line == few_shot.POOLED:
            assert point["p"] is None
        else:
            assert point["difference"] == pytest.approx(point["uar"] - means[few_shot.POOLED, k]["uar"], abs=2e-6)
            assert 0 <= point["p"] <= 1
    assert all(p["p"] is None for p in points if p["draw"] is not None)
    assert {p["p"] for p in tiny.trace("enrolment", k=[0, 1], prior=2)} == {None}


def test_a_few_shot_curve_may_do_without_zero(tiny: Tiny, tmp_path: Path) -> None:
    settings = {
        **{"beside": [], "caption": "C", "columns": ["two"], "curve": "c", "kind": "few_shot"},
        **{"titles": {"two": "TWO"}, "marks": {"two": []}},
    }
    CARD.write_records(tmp_path / "two" / "card.tsv", [])
    texts = []
    for ks in ([1, ALL], [0, 1, ALL]):
        tiny.trace("few_shot", k=ks, whole_speakers=False)
        out = [str(tmp_path / f"c.{e}") for e in ("tsv", "md")]
        tabulate_curve.main([str(tiny.root / "points.tsv")], [], [str(tmp_path / "two" / "card.tsv")], *out, settings)  # type: ignore[misc]
        texts.append(Path(out[1]).read_text(encoding="utf-8"))
    assert ["foreign data are worth" in text for text in texts] == [False, True]
    assert ["Foreign data are worth" in text for text in texts] == [False, True]
    assert all("own data alone are better at K" in text and "never" not in text for text in texts)
    score = {**dict.fromkeys(SCORE.columns, 0), "system": "beside it", "train": "x", "test": "two", "protocol": "p"}
    score |= {**dict.fromkeys(marks.MARKS, ""), "transductive": "normalised by test statistics"}
    SCORE.write_records(tmp_path / "s.tsv", [score | dict.fromkeys(("interval", "classes", "rare", "heads"), "")])
    scores = [str(tmp_path / "s.tsv")]
    tabulate_curve.main([str(tiny.root / "points.tsv")], scores, [str(tmp_path / "two" / "card.tsv")], *out, settings)  # type: ignore[misc]
    rows = [[x.strip() for x in line.split("|")[2:-1]] for line in Path(out[1]).read_text().splitlines() if "|" in line]
    assert rows[0] == ["", "0", "1", "all", "any K"]
    assert next(row for row in rows if row[0].startswith("beside")) == ["beside it (t)", "", "", "", "0.0 [0.0–0.0]"]
    assert "- (t) transductive: normalised by test statistics." in Path(out[1]).read_text()


def test_a_table_warns_of_speakers_with_one_emotion(tiny: Tiny, tmp_path: Path) -> None:
    tiny.trace("enrolment", k=[0, 1], prior=2)
    row = {
        "section": "Take care",
        "item": "speaker and emotion are confounded",
        "measure": "value",
        "value": "the speaker tells",
    }
    CARD.write_records(tmp_path / "two" / "card.tsv", [row])
    settings = {
        **{"beside": [], "caption": "C", "columns": ["two"], "curve": "c", "kind": "enrolment"},
        **{"titles": {"two": "TWO"}, "marks": {"two": [{**dict.fromkeys(marks.MARKS, ""), "undeclared": "vectors"}]}},
    }
    out = [str(tmp_path / f"c.{e}") for e in ("tsv", "md")]
    tabulate_curve.main([str(tiny.root / "points.tsv")], [], [str(tmp_path / "two" / "card.tsv")], *out, settings)  # type: ignore[misc]
    text = Path(out[1]).read_text(encoding="utf-8")
    assert "TWO: speaker and emotion are confounded (the speaker tells)" in text
    assert "| TWO (u)   | own utterances alone |" in text
    assert "- (u) what these features learnt from is not declared, so not known: vectors." in text


@pytest.mark.parametrize("kind", ["enrolment", "few_shot"])
def test_a_curve_whose_split_has_tested_speakers_in_training_is_marked(tmp_path: Path, kind: str) -> None:
    tiny = Tiny(tmp_path)
    rows = read_tsv(tiny.two[3][0])
    next(row for row in rows if row["fold_0"] == "test")["fold_0"] = "train"
    tiny_corpus.write_tsv(tiny.two[3][0], list(rows[0]), rows)
    options = {"prior": 2} if kind == "enrolment" else {"whole_speakers": False}
    why = "two: training has 1 of 2 tested speakers, 0 of 0 tested sentences, 0 of 15 tested recordings"
    assert {p["dependent"] for p in tiny.trace(kind, k=[0, 1], **options)} == {why}
    CARD.write_records(tmp_path / "two" / "card.tsv", [])
    settings = {
        **{"beside": [], "caption": "C", "columns": ["two"], "curve": "c", "kind": kind},
        **{"titles": {"two": "TWO"}, "marks": {"two": []}},
    }
    out = [str(tmp_path / f"c.{e}") for e in ("tsv", "md")]
    tabulate_curve.main([str(tmp_path / "points.tsv")], [], [str(tmp_path / "two" / "card.tsv")], *out, settings)  # type: ignore[misc]
    text = Path(out[1]).read_text(encoding="utf-8")
    assert "| TWO (d)" in text
    assert f"- (d) speaker-dependent, says little of new speakers: {why}." in text


@pytest.mark.parametrize("kind", ["enrolment", "few_shot"])
def test_a_curve_of_answers_that_are_no_numbers_is_refused(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny, predict = Tiny(tmp_path), FittedClassifier.predict

    def diverged(self: FittedClassifier, inputs: Any) -> dict[str, np.ndarray]:
        return {head: x * np.nan for head, x in predict(self, inputs).items()}

    monkeypatch.setattr(FittedClassifier, "predict", diverged)
    options = {"prior": 2} if kind == "enrolment" else {"whole_speakers": False}
    with pytest.raises(InputError, match="has no finite answer") as error:
        tiny.trace(kind, k=[0, 1], **options)
    assert set(error.value.offenders) <= set(tiny.data.utterances)


def test_nothing_is_drawn_where_all_or_none_are_used() -> None:
    assert draws_of([0, 2, ALL], 3) == [(0, 0), (2, 0), (2, 1), (2, 2), (ALL, 0)]


def frames(raw: dict[str, Any]) -> None:
    """The enrolment curve of a system on frames."""
    raw["systems"]["frames"] = {**raw["systems"]["mfcc-lstm"], "normalise": "speaker"}
    raw["curves"]["enrolment"]["system"] = "frames"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (edit("curves/enrolment/kind", "magic"), "kind: there is no curve 'magic'"),
        (edit("curves/enrolment/system", "is09-svc"), "normalises by global; this curve needs `normalise: speaker`"),
        (edit("curves/enrolment/system", "vote"), "'vote' is not a system with a model of its own"),
        (edit("curves/enrolment/whole_speakers", True), "unknown key 'whole_speakers'"),
        (edit("curves/enrolment/columns", ["emodbb"]), "unknown corpus 'emodbb'"),
        (edit("curves/enrolment/protocol", "none"), "'none' is not one of `protocols`"),
        (edit("curves/enrolment/train", "others>same"), "the curve adds K utterances"),
        (edit("curves/few-shot/train", "all"), "'all' has emodb, emovo, savee, iemocap, masc itself: write what is"),
        (frames, "features mfcc give frames; this curve takes one vector an utterance"),
        (edit("curves/few-shot/k", [5, 1]), "from small to large"),
        (edit("curves/few-shot/k", ["all", 1]), "from small to large"),
        (edit("curves/few-shot/k", ["most"]), "k, value 1"),
        (edit("curves/few-shot/finetune", "is09-svc"), "model 'svc' cannot be fine-tuned"),
        (edit("curves/few-shot/finetune", "mfcc-lstm"), "has other features"),
        (edit("curves/few-shot/system", "is09-svc-coral"), "a system with `adapt` has no curve"),
        (edit("systems/is09-svc-corpus/adapt", {"unlabelled": "tested"}), "a system with `adapt` has no curve"),
        (edit("systems/is09-svc-corpus/parameters", {"C": [0.1, 1.0]}), "chooses a parameter on development speakers"),
        (
            edit("curves/table2", {"kind": "few_shot", "columns": "all", "system": "is09-svc", "train": "others"}),
            "a table",
        ),
    ],
)
def test_wrong_curves_are_named(raw: dict[str, Any], change: Any, why: str) -> None:
    change(raw)
    with pytest.raises(InputError) as error:
        Study(raw)
    assert why in str(error.value)


def test_a_curve_is_one_job_a_corpus_and_depends_on_what_it_uses(raw: dict[str, Any]) -> None:
    raw["curves"]["few-shot"]["finetune"] = "is09-lstm-transfer"
    study = Study(raw)
    given = curves.trace_inputs(study, "few-shot", "savee")
    assert given["network"].endswith("is09-lstm-transfer/emodb+emovo+iemocap+masc.zip")
    assert "epoch" not in curves.trace_settings(study, "few-shot", "savee")["training"]["parameters"]
    assert curves.trace_settings(study, "few-shot", "savee")["finetune"]["freeze"] == ["recurrent", "emotion"]
    assert "xser/models/lstm.py" in " ".join(curves.trace_code(study, "few-shot"))
    assert curves.trace_inputs(study, "enrolment", "savee")["archive"].endswith(
        "is09-svc-speaker/emodb+emovo+iemocap+masc.zip"
    )


def test_a_network_on_a_few_shot_curve_learns_for_all_its_epochs(raw: dict[str, Any]) -> None:
    """As in fine-tuning: K utterances leave none to choose one on, least of all on the test set."""
    raw["systems"]["is09-lstm"]["parameters"] = {"epoch": "oracle"}
    raw["curves"]["few-shot"]["system"] = "is09-lstm"
    settings = curves.trace_settings(Study(raw), "few-shot", "savee")
    assert settings["training"]["parameters"]["epoch"] == "last"


def test_an_enrolment_of_models_with_an_oracle_epoch_is_marked(raw: dict[str, Any]) -> None:
    oracle = {"normalise": "speaker", "parameters": {"epoch": "oracle"}}
    raw["systems"]["x"] = {"features": "is09", "model": "lstm", **oracle}
    raw["curves"]["enrolment"] |= {"system": "x", "train": "all", "beside": []}
    marked = curves.curve_table_settings(Study(raw), "enrolment")["marks"]
    assert {m["oracle"] for found in marked.values() for m in found} == {"the epoch was chosen on the test set (x)"}


def test_statistics_of_the_tested_corpus_are_named_where_a_curve_is_not_about_them(raw: dict[str, Any]) -> None:
    study = Study(raw)
    few_shot_marks, enrolment_marks = (
        curves.curve_table_settings(study, c)["marks"] for c in ("few-shot", "enrolment")
    )
    assert {m["transductive"] for found in few_shot_marks.values() for m in found} == {
        "normalised by unlabelled statistics of the tested corpus (its non-test speakers)"
    }
    assert {m["transductive"] for found in enrolment_marks.values() for m in found} == {""}
