"""The third line of a few-shot curve: a network that learnt from foreign corpora, fine-tuned on K utterances."""

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
