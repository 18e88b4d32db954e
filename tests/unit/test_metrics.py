"""Metrics against scikit-learn, the file of predictions, and the scores made from it."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, f1_score, precision_score
from tiny_corpus import SCORING, write_tsv, write_utterances

from score_predictions import main as score_predictions
from xser.data_dir import UTTERANCES, Utterance
from xser.errors import InputError
from xser.evaluation import design, intervals, metrics, predictions
from xser.evaluation.clusters import read_clusters
from xser.evaluation.predictions import Block
from xser.evaluation.score import DETAILS, SCORE, _Classes
from xser.files import read_tsv

CLASSES = ("anger", "fear", "happiness", "neutral", "sadness")
SETTINGS = SCORING | {"protocol": "speakers", "samples": 200, "system": "is09-svc", "test": "emodb", "train": "emodb"}


def labels(seed: int, n: int = 120, seeds: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Speakers, truth without `sadness`, and answers that hit half of the time and may be `sadness`."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(CLASSES[:4], n, p=[0.4, 0.3, 0.2, 0.1])
    answers = np.where(rng.random((seeds, n)) < 0.5, truth, rng.choice(CLASSES, (seeds, n)))
    return rng.choice([f"s{k}" for k in range(6)], n), truth, answers


@pytest.mark.parametrize("seed", range(5))
def test_metrics_are_those_of_scikit_learn(seed: int) -> None:
    speakers, truth, answers = labels(seed)
    present = [c for c in CLASSES if c in truth]
    t, p, names, classes = metrics.encode(truth, answers, CLASSES)
    assert names[:classes] == present
    by_speaker = metrics.count(np.unique(speakers, return_inverse=True)[1], t, p, classes)
    found = {m.name: m.function(by_speaker.sum(axis=0)) for m in metrics.METRICS}
    assert found["accuracy"] == pytest.approx(np.mean([accuracy_score(truth, a) for a in answers]))
    with pytest.warns(UserWarning, match="y_pred contains classes not in y_true"):
        recalls = [balanced_accuracy_score(truth, a) for a in answers]
    assert found["uar"] == pytest.approx(np.mean(recalls))
    f1 = [f1_score(truth, a, labels=present, average="macro") for a in answers]
    assert found["f1"] == pytest.approx(np.mean(f1))
    precision = [precision_score(truth, a, labels=present[:1], average="macro") for a in answers]
    of_first = metrics.of_class(metrics.precisions, 0)
    assert of_first(by_speaker.sum(axis=0)) == pytest.approx(np.mean(precision))
    matrix = np.mean([confusion_matrix(truth, a, labels=names) for a in answers], axis=0)
    assert metrics.confusion(t, p, classes, len(names)) == pytest.approx(matrix[:classes])


def test_concordance_is_lins() -> None:
    rng = np.random.default_rng(0)
    truth, predicted = rng.normal(size=50), rng.normal(size=(2, 50))
    predicted[0] += 2 * truth
    statistic = metrics.concordance(rng.integers(0, 5, 50), truth, predicted)
    by_hand = [
        2 * np.cov(truth, x, bias=True)[0, 1] / (truth.var() + x.var() + (truth.mean() - x.mean()) ** 2)
        for x in predicted
    ]
    assert statistic.value() == pytest.approx(np.mean(by_hand))
    assert metrics.concordance(np.zeros(50, int), truth, truth[None]).value() == pytest.approx(1)


def blocks(n: int = 40) -> list[Block]:
    """Two folds by two seeds, with a class head that is partly unknown and a value head; `surprise` is never learnt."""
    made = []
    for fold in range(2):
        speakers = [f"s{fold}{i % 4}" for i in range(n)]
        truth = [(*CLASSES, "surprise")[i % 6] for i in range(n)]
        for seed in (7, 1):
            rng = np.random.default_rng([fold, seed])
            probabilities = rng.dirichlet(np.ones(5), n)
            heads = {"language": ([("deu", "")[i % 2] for i in range(n)], ["deu"] * n)}
            values = {
                "arousal": ([f"{i / n:.6f}" for i in range(n)], [f"{i / n + rng.normal() / 9:.6f}" for i in range(n)]),
            }
            utterances = [f"{s}-{i:03d}" for i, s in enumerate(speakers)]
            made.append(Block(fold, seed, utterances, speakers, truth, probabilities, heads, values))
    return made


def learnt(folder: Path, **labels: list[str]) -> dict[str, list[str]]:
    """Files of a corpus whose utterances have these labels of further heads; the last one is not learnt from."""
    columns = [dict(zip(labels, found, strict=True)) for found in zip(*labels.values(), strict=True)]
    rows = [{"utterance": f"c_s-{i}", "speaker": "c_s", "fold_0": "train", **row} for i, row in enumerate(columns)]
    files = [str(folder / f"learnt-{name}.tsv") for name in ("split", "utterances")]
    write_tsv(files[0], ["utterance", "speaker", "fold_0"], rows[:-1])
    write_utterances(files[1], rows)
    return {"learnt_splits": files[:1], "learnt_utterances": files[1:]}


def scored(
    folder: Path, made: list[Block], **more: list[str]
) -> tuple[dict[str, str], list[dict[str, str]], dict[str, dict[str, str]]]:
    """The line of scores, the details and the further heads of predictions."""
    files = [str(folder / f"{name}.tsv") for name in "psd"]
    predictions.write(files[0], "emodb", CLASSES, made)
    score_predictions(*files, SETTINGS, **more)  # type: ignore[arg-type]
    (line,) = read_tsv(files[1])
    return line, read_tsv(files[2]), json.loads(line["heads"])


def test_predictions_return_as_written(tmp_path: Path) -> None:
    made = blocks()
    predictions.write(tmp_path / "a.tsv", "emodb", CLASSES, made)
    predictions.write(tmp_path / "b.tsv", "emodb", CLASSES, made[::-1])
    text = (tmp_path / "a.tsv").read_text()
    assert text == (tmp_path / "b.tsv").read_text(), "the order of folds and seeds must not matter"
    keys = [(fields[0], int(fields[4])) for fields in (line.split("\t") for line in text.splitlines()[1:])]
    assert keys == sorted(keys)
    p = predictions.read(tmp_path / "a.tsv", probabilities=True)
    assert (p.corpus, p.classes, p.seeds, p.predicted.shape) == ("emodb", CLASSES, (1, 7), (2, 80))
    at = list(p.utterances).index(made[2].utterances[5])  # fold 1, seed 7
    assert p.probabilities is not None
    assert p.probabilities[1, at] == pytest.approx(made[2].probabilities[5], abs=5e-7)
    assert p.predicted[1, at] == CLASSES[made[2].probabilities[5].argmax()]
    assert (p.folds[at], p.speakers[at], p.truth[at]) == (1, "s11", "surprise")
    assert p.values["arousal"][1][1, at] == made[2].values["arousal"][1][5]
    assert (list(p.heads), list(p.values)) == (["language"], ["arousal"])


def test_predictions_that_do_not_pair_up_are_refused(tmp_path: Path) -> None:
    made = blocks()
    with pytest.raises(InputError, match="predicted twice"):
        predictions.write(tmp_path / "p.tsv", "emodb", CLASSES, [*made, made[0]])
    assert not (tmp_path / "p.tsv").exists()
    predictions.write(tmp_path / "p.tsv", "emodb", CLASSES, made[:3])
    with pytest.raises(InputError, match="one line a seed"):
        predictions.read(tmp_path / "p.tsv")
    predictions.write(tmp_path / "p.tsv", "emodb", CLASSES, [])
    with pytest.raises(InputError, match="no utterance"):
        predictions.read(tmp_path / "p.tsv")
    (tmp_path / "p.tsv").write_text("")
    with pytest.raises(InputError, match="predictions: expected the columns"):
        predictions.read(tmp_path / "p.tsv")


def test_scores_of_a_run(tmp_path: Path) -> None:
    line, details, _ = scored(tmp_path, blocks())
    assert list(line) == list(SCORE.columns)
    assert list(details[0]) == list(DETAILS.columns)
    p = predictions.read(tmp_path / "p.tsv")
    by_seed = [accuracy_score(p.truth, a) for a in p.predicted]
    assert float(line["accuracy"]) == pytest.approx(np.mean(by_seed), abs=1e-6)
    assert float(line["accuracy_sd"]) == pytest.approx(np.std(by_seed, ddof=1), abs=1e-6)
    assert (line["n"], line["speakers"], line["seeds"]) == ("80", "8", "2")
    assert line["classes"].split(",") == [*CLASSES, "surprise"]
    assert float(line["chance"]) == pytest.approx(1 / 6, abs=1e-6)
    assert line["interval"] == "95 % bootstrap clustered by speaker"
    for metric in ("accuracy", "uar", "f1"):
        assert float(line[f"{metric}_low"]) < float(line[metric]) < float(line[f"{metric}_high"])

    def found(**which: str) -> list[dict[str, str]]:
        return [d for d in details if all(d[k] == v for k, v in which.items())]

    assert [d["value"] for d in found(metric="recall", head="emotion", truth="surprise")] == ["0.000000"]
    assert sum(float(d["value"]) for d in found(metric="confusion", head="emotion")) == pytest.approx(80)
    assert len(found(metric="accuracy", speaker="s02")) == 1
    assert [d["seed"] for d in found(metric="accuracy") if d["seed"]] == ["1", "7"]
    (language,) = (d for d in found(metric="accuracy", head="language") if not d["truth"])
    assert (language["value"], language["n"]) == ("1.000000", "40"), "unknown truths are left out"
    (arousal,) = found(metric="ccc", head="arousal")
    assert float(arousal["low"]) < float(arousal["value"]) < float(arousal["high"])


def test_scores_are_the_same_bytes_again(tmp_path: Path) -> None:
    assert scored(tmp_path, blocks()) == scored(tmp_path, blocks())


def test_scores_take_sentences_dialogues_and_recordings_for_what_varies(tmp_path: Path) -> None:
    """Of one speaker; a sentence comes before a dialogue, a dialogue before a recording of several utterances."""
    names = [f"emodb_s-{i:03d}" for i in range(60)]
    probabilities = np.random.default_rng(0).dirichlet(np.ones(5), 60)
    made = Block(0, 0, names, ["emodb_s"] * 60, [CLASSES[i % 5] for i in range(60)], probabilities)
    predictions.write(tmp_path / "p.tsv", "emodb", CLASSES, [made])
    spoken = []
    for i, name in enumerate(names):
        u = Utterance(name, "emodb_s", name, f"{name}.wav", "x", "deu")
        which = {"text": f"t{i % 4}"} if i < 20 else {"dialogue": f"d{i % 2}"} if i < 40 else {"recording": f"r{i % 2}"}
        spoken.append(replace(u, **(which | ({"dialogue": "d0"} if i < 20 else {}))))
    spoken[59] = Utterance(names[59], "emodb_s", names[59], "x.wav", "x", "deu")
    UTTERANCES.write_records(tmp_path / "u.tsv", map(asdict, spoken))
    clusters = read_clusters(str(tmp_path / "u.tsv"), names)
    assert (set(clusters), clusters[59]) == ({"t0", "t1", "t2", "t3", "d0", "d1", "r0", "r1", names[59]}, names[59])
    files = [str(tmp_path / f"{name}.tsv") for name in "psd"]
    score_predictions(*files, SETTINGS, utterances_tsv=str(tmp_path / "u.tsv"))
    assert read_tsv(files[1])[0]["interval"] == f"95 % {design.BY_CLUSTER}"
    score_predictions(*files, SETTINGS)
    assert read_tsv(files[1])[0]["interval"] == f"95 % {intervals.ONE_SPEAKER}"


def test_scores_say_which_classes_have_few_utterances_and_the_level_of_heads(tmp_path: Path) -> None:
    made = blocks()
    for b in made:
        b.truth[:] = ["sadness" if i == 3 else "anger" if i % 2 else "fear" for i in range(40)]  # type: ignore[index]
    line, _, heads = scored(tmp_path, made)
    assert line["rare"] == "sadness 2"
    assert (heads["language"]["chance"], heads["language"]["majority"]) == ("1.000000", "1.000000")
    assert "chance" not in heads["arousal"]
    four = learnt(tmp_path, language=["deu", "eng", "ita", "cmn", "deu", "", "fra"])
    _, _, heads = scored(tmp_path, made, **four)  # the tested corpus has one language, the head four
    assert heads["language"]["chance"] == "0.250000"


@pytest.mark.parametrize(
    ("sadness", "low", "collapsed"),
    [
        (0.99, 0.199, "99 % of the answers are sadness, UAR is not above chance"),
        (0.85, 0.25, "85 % of the answers are sadness"),
        (0.75, 0.19, "UAR is not above chance"),
        (0.75, 0.25, ""),
    ],
)
def test_scores_say_where_one_class_is_all_that_is_answered(sadness: float, low: float, collapsed: str) -> None:
    """A system that says sadness to 99 % of what it hears has a precise UAR of 20.5 %."""
    truth = np.array(CLASSES * 40)
    answers = np.where(np.arange(200) < 200 * sadness, "sadness", "anger")
    classes = _Classes(truth, truth, np.stack([answers, answers[::-1]]), CLASSES, 0.95, 2)
    classes.estimates["uar"] = intervals.Estimate(low + 0.01, low, low + 0.02, 200)
    assert ", ".join(classes.collapse()) == collapsed


def test_seeds_that_collapse_on_different_classes_are_collapsed() -> None:
    truth = np.array(CLASSES * 4)
    classes = _Classes(truth, truth, np.array([["fear"] * 20, ["anger"] * 20]), CLASSES, 0.95, 2)
    assert next(classes.collapse()).startswith("100 % of the answers")


def test_a_further_head_that_says_one_thing_is_collapsed_unless_it_is_the_only_one(tmp_path: Path) -> None:
    made = blocks()
    for b in made:
        n = len(b.utterances)
        b.heads["gender"] = ((["f", "m"] * n)[:n], ["m"] * n)  # type: ignore[index]
        b.heads["language"] = (["deu"] * n, ["deu"] * n)  # type: ignore[index]
    five = learnt(tmp_path, language=["deu", "eng", "ita", "cmn", "fra", "fra"], gender=["f", "m", "f", "m", "", ""])
    _, _, heads = scored(tmp_path, made, **five)
    assert heads["gender"]["collapsed"] == "100 % of the answers are m, UAR is not above chance"
    assert "collapsed" not in heads["language"]
    _, _, heads = scored(tmp_path, made)
    assert "collapsed" not in heads["language"], "chance is 1 where nobody says how many languages are known"
    for b in made:
        b.heads["gender"] = (["f"] * 40, ["f"] * 18 + ["m"] * 22)  # type: ignore[index]
    _, _, heads = scored(tmp_path, made, **five)
    assert heads["gender"]["chance"] == "0.500000", "of one speaker, whose gender is one of two"
    assert heads["gender"]["collapsed"] == "UAR is not above chance"


def test_a_head_is_a_class_or_a_value_whatever_its_text(tmp_path: Path) -> None:
    """Classes that look like numbers, and truths that do not, are classes: nothing is guessed from the text."""
    made = blocks()
    for b in made:
        b.heads["naturalness"] = (["impro", "1"] * 20, ["1" if i % 3 else "2" for i in range(40)])  # type: ignore[index]
    _, _, heads = scored(tmp_path, made)
    assert {h: found["metric"] for h, found in heads.items()} == {
        "language": "accuracy",
        "naturalness": "accuracy",
        "arousal": "ccc",
    }
    assert float(heads["naturalness"]["chance"]) == 0.5
