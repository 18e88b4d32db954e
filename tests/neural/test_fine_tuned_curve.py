"""The third line of a few-shot curve: a network that learnt from foreign corpora, fine-tuned on K utterances."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import tiny_corpus

import train_models
from xser.curves.few_shot import ALONE, POOLED, TUNED, FewShot
from xser.splits.split import TEST
from xser.training import examples, store
from xser.training.fit import stage_of

LSTM = {"layers": [4], "epochs": 4, "epoch": "last"}


def test_a_network_is_fine_tuned_on_what_the_other_lines_are_given(tmp_path: Path) -> None:
    one = tiny_corpus.corpus(tmp_path, "one")
    two = tiny_corpus.corpus(tmp_path, "two", 3.0, {"A": "train", "B": "dev", "C": "test", "D": "test"})
    data = examples.load("two", *(files[0] for files in two))
    settings = {**tiny_corpus.TRAINING, "corpora": ["one"], "train": "one"}
    archive = tmp_path / "n.zip"
    network = {**settings, "model": "lstm", "parameters": LSTM}
    train_models.main(*one, None, str(archive), str(tmp_path / "h.tsv"), network)
    stage = stage_of(
        {**settings, "model": "logreg", "parameters": {}}, [examples.load("one", *(f[0] for f in one))], None
    )
    tuned = str(archive), {**LSTM, "freeze": ["recurrent"]}
    given = {"stage": stage, "data": data, "ks": [0, 1, "all"], "draws": 2, "whole_speakers": False}
    answers = {(a.line, a.k, a.draw): a for a in FewShot().answers(**given, tuned=tuned)}
    assert set(answers) == {
        *((line, k, d) for line in (POOLED, TUNED) for k, d in (("0", 0), ("1", 0), ("1", 1), ("all", 0))),
        *((ALONE, k, d) for k, d in (("1", 0), ("1", 1), ("all", 0))),
    }
    assert all(answers[TUNED, k, d].used == answers[POOLED, k, d].used for line, k, d in answers if line == TUNED)
    tested = data.indices(0, TEST)
    with store.Store(archive) as models:
        inputs = data.scaled(models.scaler(0), tested, [])
        first = models.model(0, 0).predict(inputs)["emotion"].argmax(axis=1)
    assert answers[TUNED, "0", 0].predicted == [tiny_corpus.EMOTIONS[b] for b in first], "without K it is not tuned"
    assert np.all([len(a.predicted) == len(tested) for a in answers.values()])


def test_a_network_with_further_heads_learns_them_from_the_k_too(tmp_path: Path) -> None:
    """Its head of emotions starts anew where only the tested corpus has one of them, as in a chain."""
    one = tiny_corpus.corpus(tmp_path, "one")
    two = tiny_corpus.corpus(tmp_path, "two", 3.0, {"A": "train", "B": "dev", "C": "test", "D": "test"})
    data, foreign = (examples.load(n, *(f[0] for f in files)) for n, files in (("two", two), ("one", one)))
    data.labels["emotion"] = ["fear" if e == "sadness" else e for e in data.labels["emotion"]]
    heads = [["emotion", 1.0], ["corpus", 0.5]]
    settings = {**tiny_corpus.TRAINING, "corpora": ["one"], "train": "one", "heads": heads, "model": "lstm"}
    settings["parameters"] = {**LSTM, "epochs": 60, "learning_rate": 0.01}
    archive = str(tmp_path / "n.zip")
    train_models.main(*one, None, archive, str(tmp_path / "h.tsv"), settings)
    stage = stage_of(settings, [foreign], None)
    emotions = [*tiny_corpus.EMOTIONS, "fear"]
    stage = replace(stage, heads=examples.heads_of(dict(heads), emotions, [foreign, data]))  # type: ignore[arg-type]
    given = {"stage": stage, "data": data, "ks": [0, "all"], "draws": 1, "whole_speakers": False}
    answers = {(a.line, a.k): a for a in FewShot().answers(**given, tuned=(archive, settings["parameters"]))}
    truth = [data.labels["emotion"][i] for i in data.indices(0, TEST)]
    for line, k in answers:
        right = np.mean([p == t for p, t in zip(answers[line, k].predicted, truth, strict=True)])
        assert right <= 0.5 if k == "0" else right > 0.5, (line, k)
