"""Forgeries planted in the finished results of a real small run, and how many of them the audit finds.

PLANTS are those that it must find, MISSED those that it cannot; NUMBERS are those that `xser verify` must find,
UNCOUNTED those that it cannot. test_forgeries.py plants each in a copy of the results.
`python tests/end_to_end/forgeries.py` writes them into docs/audit.md. Whoever forges here is thorough: what rests on a
forged file is made anew from it with the software's own code, so that everything agrees but for the lie.
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import forger as by
from configs import REPOSITORY
from forger import TEST, Forger, remade, used

from xser import paths
from xser.audit import numbers
from xser.config.study import Run
from xser.errors import InputError
from xser.files import read_tsv
from xser.recognition import development
from xser.training import store
from xser.workflow import audit, recognition

PAGE = REPOSITORY / "docs" / "audit.md"


def planted(study: Path, folder: Path, plant: str) -> Forger:
    """Plant a forgery in a copy of a study, and go there."""
    shutil.copytree(study / "results", folder / "results", ignore=shutil.ignore_patterns("cache", "logs", "practice"))
    shutil.copy(study / "config.yaml", folder)
    os.chdir(folder)
    forger = Forger()
    (PLANTS | MISSED | NUMBERS | UNCOUNTED)[plant].act(forger)
    return forger


def verified(study: Path, folder: Path, plant: str) -> list[str]:
    """What `xser verify` finds of a forgery, whose checksums are made anew, too."""
    planted(study, folder, plant)
    return [f"{path}: {why}" for path, why in numbers.wrong_numbers(Path("results")).items()]


def audited(study: Path, folder: Path, plant: str) -> list[str]:
    """What the audit finds of a forgery. It runs in a process with TensorFlow."""
    import audit_run

    forger = planted(study, folder, plant)
    own = forger.study
    runs: dict[str | None, list[Run]] = {None: own.runs(["forged"])}
    runs |= {forger.card(s): recognition.runs(own, by.PROTOCOL, s, TEST) for s in by.CARDS}
    try:
        for card, each in runs.items():
            audit_run.main(results="results", out="audit.tsv", settings=audit.settings(own, each), card=card)
    except InputError as error:
        return error.offenders
    return []


# -- the forgeries ----------------------------------------------------------------------------------------------------


def edit_card(f: Forger, change: Callable[[dict[str, Any]], Any]) -> None:
    """The SVC's card is changed."""
    path = Path(f.card("is09-svc"))
    card = json.loads(path.read_text(encoding="utf-8"))
    change(card)
    path.write_text(json.dumps(card), encoding="utf-8")


def calibrate_on_test(f: Forger) -> None:
    """The temperature of the SVC is fitted on the tested speakers, and its error is measured with it."""
    _, stage = f.stage("is09-svc", TEST)
    with store.Store(f.archive("is09-svc")) as models:
        found = development.predict(models, [used(corpus, {"test": "dev", "dev": "-"}) for corpus in stage.corpora])
        assert found
        said = development.measured_calibration(found, [f.predicted("is09-svc")], models.heads[0].classes)
    edit_card(f, lambda card: card.update(temperature=found.temperature(), calibration=said))


@dataclass(frozen=True)
class Plant:
    """A forgery, and words that one line of what the audit says must have."""

    act: Callable[[Forger], Any]
    words: tuple[str, ...] = ()


SVC, LSTM, CHAIN = "is09-svc", "is09-lstm", "emodb-to-savee"
CORAL, ALL = "is09-svc-coral", ("train", "dev", "test")
NOTED = ("not as config, split and features say",)
PLANTS: dict[str, Plant] = {
    "an SVC trained on the test utterances, with the right scaling": Plant(
        remade(lambda f: f.retrain(SVC, use={"test": "train"})), (*NOTED, "what it learnt from")
    ),
    "predictions edited to the truth": Plant(
        lambda f: f.edit(f.predicted(SVC), by.to_truth), ("is09-svc", "predictions are not those of")
    ),
    "another system's predictions copied in": Plant(
        lambda f: shutil.copy(f.predicted("is09-logreg"), f.predicted(SVC)), ("is09-svc", "predictions are not those")
    ),
    "an epoch chosen on the test set, as the archive itself says": Plant(
        remade(lambda f: f.retrain(LSTM, epoch="oracle")), ("is09-lstm/savee.zip", "parameters is", "oracle")
    ),
    "fine-tuning with nothing frozen, as the archive itself says": Plant(
        remade(lambda f: f.retrain(LSTM, CHAIN, freeze=[])), (f"{CHAIN}.zip", "parameters is")
    ),
    "test utterances answered wrongly set to `-` in the split": Plant(remade(by.set_aside), ("'-' in fold_",)),
    "test utterances answered wrongly deleted from the split": Plant(
        remade(lambda f: by.delete(f, labels=False)), ("has a label and no part",)
    ),
    "early stopping on the test set": Plant(
        remade(lambda f: f.retrain(LSTM, use={"test": "dev", "dev": "-"})), (*NOTED, "what it chose on")
    ),
    "pre-training that saw the target's test utterances": Plant(
        remade(by.pre_train_on_test), ("emodb.zip", *NOTED, "what it learnt from")
    ),
    "one seed's models copied over the others": Plant(
        remade(lambda f: f.tamper(LSTM, TEST, by.copy_seed)), ("one model for seeds 0 and 1",)
    ),
    "truth rewritten to the answers in utt2emo": Plant(
        remade(by.rewrite_truth), ("its label in the config stands for",)
    ),
    "a combined system's predictions edited": Plant(
        lambda f: f.edit(f.predicted("two-pass", "emodb+savee"), by.to_truth),
        ("two-pass", "not what its components give"),
    ),
    "a test speaker's utterance in training": Plant(remade(by.learn_a_test_speaker), ("the protocol says 'test'",)),
    "scaling fitted on test utterances": Plant(remade(by.scaler_of_all), ("its scaler is not that",)),
    "a test recording under another name in the corpus of pre-training": Plant(
        by.same_recording, ("are the same audio",)
    ),
    "test utterances answered wrongly deleted from split and labels": Plant(
        remade(lambda f: by.delete(f, labels=True)), ("is left out, its label in the config",)
    ),
    "an epoch chosen on the test set, the archive says it was not": Plant(
        remade(lambda f: f.retrain(LSTM, epoch="oracle", keep=["parameters"])),
        ("not as config", "what it learnt from"),
    ),
    "fine-tuning with nothing frozen, the archive says `recurrent` was": Plant(
        remade(lambda f: f.retrain(LSTM, CHAIN, freeze=[], keep=["parameters", "learnt"])),
        ("the model's freeze is []",),
    ),
    "an SVC with another C, the archive says the config's": Plant(
        remade(lambda f: f.retrain(SVC, C=100.0, keep=["parameters"])), ("the model's C is 100.0",)
    ),
    "one wrong answer put right, its probabilities swapped": Plant(
        lambda f: f.edit(f.predicted(LSTM), by.flip_one), ("is09-lstm", "1 predictions are not those of")
    ),
    "one seed's predictions copied over the others": Plant(
        lambda f: f.edit(f.predicted(LSTM), by.one_seed), ("is09-lstm", "predictions are not those of")
    ),
    "one seed's predictions left out": Plant(
        lambda f: f.edit(f.predicted(LSTM), lambda rows: rows.__setitem__(slice(None), rows[::2])), ("not predicted",)
    ),
    "language identified edited to the truth in the first pass": Plant(
        lambda f: f.edit(f.predicted(LSTM, "emodb+savee"), by.languages_known),
        ("emodb+savee", "predictions are not those"),
    ),
    "a combined system's language edited to the truth": Plant(
        lambda f: f.edit(f.predicted("select-language", "emodb+savee"), by.languages_known), ("select-language",)
    ),
    "a component's predictions edited, combined from them anew": Plant(
        lambda f: (f.edit(f.predicted(SVC, "emodb"), by.to_truth), f.combine()),
        ("is09-svc/emodb/savee.tsv", "predictions are not those of"),
    ),
    "the votes of a vote edited": Plant(
        lambda f: f.edit(f.predicted("vote", "emodb+savee"), by.flip_one), ("vote", "1 predictions are not what")
    ),
    "models of another training set under this name": Plant(
        remade(lambda f: shutil.copy(f.archive(SVC, "emodb"), f.archive(SVC))), ("train is emodb",)
    ),
    "one fold's models used for the other fold, which they learnt from": Plant(
        remade(lambda f: f.tamper(SVC, TEST, by.same_folds)), ("one model for folds",)
    ),
    "classes of the archive renamed, predictions made anew": Plant(remade(by.other_classes), ("heads is",)),
    "development speakers learnt from, an epoch chosen on them": Plant(
        remade(lambda f: f.retrain(LSTM, use={"dev": "train"})), (*NOTED, "what it learnt from", "what it chose on")
    ),
    "training utterances left out": Plant(remade(lambda f: f.retrain(SVC, change=by.fewer)), (*NOTED, "learnt from")),
    "labels of training utterances changed for training only": Plant(
        remade(lambda f: f.retrain("is09-logreg", change=by.mislabelled)), (*NOTED, "what it learnt from")
    ),
    "features of training utterances changed after training": Plant(
        remade(lambda f: by.louder_features(f, "train")), ("its scaler is not that",)
    ),
    "fine-tuned from a pre-training on test utterances, which is then replaced by the honest one": Plant(
        remade(by.pre_trained_elsewhere), (f"{CHAIN}.zip", *NOTED, "the model that it started from")
    ),
    "an archive that says it has one fold": Plant(
        remade(lambda f: f.tamper(SVC, TEST, folds=1)), ("trained on savee", "is tested, and")
    ),
    "an SVC trained on the test utterances, the digests of the honest one in its manifest": Plant(
        remade(lambda f: f.retrain(SVC, use={"test": "train"}, keep=["learnt"])), ("support vector", "is none of")
    ),
    "logistic regression trained on the test utterances, the digests of the honest one in its manifest": Plant(
        remade(lambda f: f.retrain("is09-logreg", use={"test": "train"}, keep=["learnt"])), ("its gradient on the",)
    ),
    "an SVC trained on half of its utterances, the digests of the honest one in its manifest": Plant(
        remade(lambda f: f.retrain(SVC, use={"dev": "-"}, keep=["learnt"])), ("although they are right",)
    ),
    "the SVCs of the two folds exchanged: each predicts what it learnt from": Plant(
        remade(lambda f: f.tamper(SVC, TEST, by.swap_folds)), ("although they are right",)
    ),
    "features of a fold's test utterances changed, predictions made anew": Plant(
        remade(lambda f: by.louder_features(f, "test")), ("fold 1: its scaler is not that",)
    ),
    "truth rewritten to the answers in utt2emo and in the labels of utterances.tsv": Plant(
        remade(lambda f: by.rewrite_truth(f, own_labels=True)), (*NOTED, "what it learnt from")
    ),
    "an adaptation (CORAL) that saw the tested utterances, the archive says it did not": Plant(
        remade(lambda f: f.retrain(CORAL, "emodb-for-savee", unlabelled=ALL)),
        ("emodb-for-savee", *NOTED, "the unlabelled utterances that it adapted to"),
    ),
    "an adaptation (CORAL) that saw the tested utterances, the digests of the honest one in its manifest": Plant(
        remade(lambda f: f.retrain(CORAL, "emodb-for-savee", unlabelled=ALL, keep=["learnt"])),
        ("emodb-for-savee", "although they are right: its adaptation by coral has other map"),
    ),
    "importance weights for the tested utterances, the digests of the honest ones in the manifest": Plant(
        remade(lambda f: f.retrain(by.ULSIF, "emodb-for-savee", unlabelled=["test"], keep=["learnt"])),
        ("emodb-for-savee", "although they are right: its adaptation by ulsif has other weights"),
    ),
    "importance weights saved that the model was not trained with": Plant(
        remade(lambda f: by.equal_weights(f)), ("emodb-for-savee", "its adaptation by ulsif has other weights")
    ),
    "an adapted SVC that learnt from other utterances than it adapted": Plant(
        remade(lambda f: f.retrain(CORAL, "emodb-for-savee", change=by.fewer, keep=["learnt"])),
        ("emodb-for-savee", "although they are right"),
    ),
    "an adaptation (CORAL) that weighs utterances, too": Plant(
        remade(lambda f: f.retrain(CORAL, "emodb-for-savee", method=by.Weighing())),
        ("emodb-for-savee", "although they are right: its adaptation by coral has other weights"),
    ),
    "statistics of a speaker who is learnt from, changed": Plant(
        remade(lambda f: f.tamper(by.SPEAKER, TEST, by.other_statistics)), ("its scaler is not that of",)
    ),
    "the tested corpus normalised by its tested utterances": Plant(
        lambda f: f.follow(unlabelled=["test"]), ("is09-svc-corpus", "predictions are not those of")
    ),
    "the worst speaker never tested, learnt from in all folds": Plant(
        remade(by.never_tested), ("the protocol says 'test'",)
    ),
    "a temperature edited": Plant(
        lambda f: edit_card(f, lambda card: card.update(temperature=2 * card["temperature"])),
        ("is09-svc/savee.card.json", "temperature is"),
    ),
    "a calibration error edited": Plant(
        lambda f: edit_card(f, lambda card: card["calibration"].update(after=0.0)),
        ("is09-svc/savee.card.json", "the calibration error `after` is 0.0"),
    ),
    "a calibration on the tested speakers": Plant(calibrate_on_test, ("is09-svc/savee.card.json",)),
    "a further head that no model has, always right": Plant(
        lambda f: f.edit(f.predicted(SVC), by.further_head), ("is09-svc", "gender_prediction", "its heads are not")
    ),
    "a further head of a vote, always right": Plant(
        lambda f: f.edit(f.predicted("vote", "emodb+savee"), by.further_head), ("vote", "its heads are not")
    ),
    "right answers written twice": Plant(lambda f: f.edit(f.predicted(SVC), by.doubled), ("predicted 2 times",)),
    "probabilities of two emotions exchanged": Plant(
        lambda f: by.columns_exchanged(f.predicted(SVC)), ("is09-svc", "its classes are not")
    ),
    "each utterance a speaker of its own in the split": Plant(
        remade(by.own_speakers), ("is of savee_", "utterances.tsv says savee_")
    ),
    "other speakers develop, everything trained anew": Plant(
        remade(by.others_develop), ("'train' in fold_0, the protocol says 'dev'",)
    ),
    "speakers dealt to other folds, everything trained anew": Plant(
        remade(by.dealt_otherwise), ("the protocol says 'test'",)
    ),
    "half of the development utterances learnt from, everything trained anew": Plant(
        remade(by.some_develop), ("'train' in fold_0, the protocol says 'dev'",)
    ),
    "a training utterance twice in the split": Plant(by.learnt_twice, ("is there 2 times",)),
    "features shifted by one utterance, predictions made anew": Plant(
        remade(by.shifted_features), ("its scaler is not that",)
    ),
    "features selected by the tested utterances": Plant(
        remade(lambda f: f.retrain(SVC, change=by.selected)), (*NOTED, "what it learnt from")
    ),
    "features selected by the tested utterances, the digests of the honest SVC in its manifest": Plant(
        remade(lambda f: f.retrain(SVC, change=by.selected, keep=["learnt"])), ("support vector", "is none of")
    ),
    "an emotion weighed twice in logistic regression, the digests of the honest one in its manifest": Plant(
        remade(lambda f: f.retrain("is09-logreg", change=by.weighed, keep=["learnt"])), ("its gradient on the",)
    ),
    "logistic regression trained on the test utterances, digests of the honest one, says it did not converge": Plant(
        remade(
            lambda f: (
                f.retrain("is09-logreg", use={"test": "train"}, keep=["learnt"]),
                f.tamper("is09-logreg", TEST, by.not_converged),
            )
        ),
        ("is09-logreg", "it says that it stopped at max_iter"),
    ),
    "fine-tuning with nothing frozen, archive and models say `recurrent` was": Plant(
        remade(
            lambda f: (
                f.retrain(LSTM, CHAIN, freeze=[], keep=["parameters", "learnt"]),
                f.tamper(LSTM, CHAIN, by.says_frozen),
            )
        ),
        (f"{CHAIN}.zip", "fine-tuning moved lstm_1"),
    ),
    "networks trained for more epochs, the archive says the config's": Plant(
        remade(lambda f: f.retrain(LSTM, epochs=9, keep=["parameters"])), ("the model's epochs is 9",)
    ),
}
MISSED: dict[str, Plant] = {
    "an LSTM trained on the test utterances, the digests of the honest one in its manifest": Plant(
        remade(lambda f: f.retrain(LSTM, use={"test": "train"}, keep=["learnt"]))
    ),
    "features of utterances changed, and everything trained and predicted anew": Plant(
        remade(lambda f: (by.louder_features(f, "test"), by.retrain_all(f)))
    ),
    "truth rewritten to the answers in utt2emo and in the labels of utterances.tsv, and everything trained anew": Plant(
        remade(lambda f: (by.rewrite_truth(f, own_labels=True), by.retrain_all(f)))
    ),
    "features shifted by one utterance, and everything trained anew": Plant(
        remade(lambda f: (by.shifted_features(f), by.retrain_all(f)))
    ),
    "a speaker under two names, split and trained anew": Plant(remade(by.two_names)),
    "networks of other, luckier seeds under the names of the config's": Plant(remade(by.lucky_seeds)),
}


# -- numbers ----------------------------------------------------------------------------------------------------------

SCORE, TABLE = paths.score(by.PROTOCOL, SVC, TEST, TEST), paths.table("forged", "tsv")
DETAILS, PAIRS = paths.details(by.PROTOCOL, SVC, TEST, TEST), paths.table("forged", "comparisons.tsv")
MARKDOWN, LATEX, LINES = paths.table("forged", "md"), paths.table("forged", "tex"), paths.audit("forged")


def first(path: str, which: Callable[[dict[str, str]], object] = bool, **cells: str) -> Callable[[Forger], None]:
    """Change cells of the first line of a TSV that is asked for."""
    return lambda f: f.edit(path, lambda rows: next(filter(which, rows)).update(cells))


def typed(path: str, *changes: tuple[str, str]) -> Callable[[Forger], None]:
    """Replace the first of each text of a page."""

    def act(f: Forger) -> None:
        text = Path(path).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{path}: no {old}"
            text = text.replace(old, new, 1)
        Path(path).write_text(text, encoding="utf-8")

    return act


def better(path: str) -> Callable[[Forger], None]:
    """The first accuracy of a printed table is another."""
    return lambda f: typed(path, (f"{100 * float(read_tsv(TABLE)[0]['accuracy']):.1f}", "99.9"))(f)


def exchange(f: Forger) -> None:
    """Two systems have each other's accuracy in the table."""

    def change(rows: by.Rows) -> None:
        rows[0]["accuracy"], rows[1]["accuracy"] = rows[1]["accuracy"], rows[0]["accuracy"]

    f.edit(TABLE, change)


def printed_exchange(f: Forger) -> None:
    """So have they in the printed table."""
    one, two = (f"{100 * float(row['accuracy']):.1f}" for row in read_tsv(TABLE)[:2])
    typed(MARKDOWN, (one, "x"), (two, one), ("x", two))(f)


def other_row(f: Forger) -> None:
    """A comparison says another row than it compares."""
    f.edit(PAIRS, lambda rows: rows[0].update(row_b=rows[1]["row_b"]))


NUMBERS: dict[str, Plant] = {
    "an accuracy edited in the scores": Plant(first(SCORE, accuracy="0.900000"), (SCORE, "accuracy is 0.900000, not")),
    "a UAR of fewer classes in the scores": Plant(first(SCORE, uar="0.900000"), (SCORE, "uar is 0.900000, not")),
    "more utterances than were tested in the scores": Plant(first(SCORE, n="720"), (SCORE, "n is 720, not")),
    "more speakers than were tested in the scores": Plant(first(SCORE, speakers="40"), (SCORE, "speakers is 40, not")),
    "a lower chance level in the scores": Plant(first(SCORE, chance="0.2"), (SCORE, "chance is 0.2, not 0.25")),
    "another system's scores copied in": Plant(
        lambda f: shutil.copy(paths.score(by.PROTOCOL, "is09-logreg", TEST, TEST), SCORE),
        (SCORE, "system is is09-logreg"),
    ),
    "an interval narrowed in the scores": Plant(first(SCORE, uar_low="0.770000"), (TABLE, "uar_low is")),
    "the mark of a transductive run taken from its scores": Plant(
        first(paths.score(by.PROTOCOL, "is09-svc-corpus", "emodb", TEST), transductive=""), (TABLE, "transductive is")
    ),
    "a recall edited in the details": Plant(
        first(DETAILS, lambda row: row["metric"] == "recall", value="0.99"), (SCORE, "recall is 0.99, not")
    ),
    "a confusion edited in the details": Plant(
        first(DETAILS, lambda row: row["metric"] == "confusion", value="18"), (SCORE, "confusion is 18, not")
    ),
    "the accuracy of a speaker edited in the details": Plant(
        first(DETAILS, lambda row: row["speaker"], value="0.99"), (SCORE, "accuracy is 0.99, not")
    ),
    "a cell of a table edited": Plant(first(TABLE, accuracy="0.900000"), (TABLE, "accuracy is '0.900000', the score")),
    "cells of two systems exchanged": Plant(exchange, (TABLE, "accuracy is")),
    "an interval narrowed in a table": Plant(first(TABLE, uar_low="0.770000"), (TABLE, "uar_low is '0.770000'")),
    "the mark of a transductive run taken from a table": Plant(
        first(TABLE, lambda row: row["transductive"], transductive=""), (TABLE, "transductive is ''")
    ),
    "a number edited in a printed table": Plant(better(MARKDOWN), (MARKDOWN, "of the table is not there")),
    "a number edited in a table in LaTeX": Plant(better(LATEX), (LATEX, "of the table is not there")),
    "numbers of two systems exchanged in a printed table": Plant(printed_exchange, (MARKDOWN, "is not there")),
    "a mark taken from a printed table": Plant(typed(MARKDOWN, (" (t)", "    ")), (MARKDOWN, "(t)", "is not there")),
    "a comparison of another row than it says": Plant(other_row, (PAIRS, "the table says")),
    "a difference edited in a comparison": Plant(first(PAIRS, difference="0.5"), (PAIRS, "difference is 0.5, not")),
    "a UAR edited in a card": Plant(
        lambda f: edit_card(f, lambda card: card["scores"][0].update(uar=0.9)), ("card.json", "uar is 0.9, not")
    ),
    "practice data that a card says are real": Plant(
        lambda f: edit_card(f, lambda card: card["corpora"][0].update(practice=False)), ("card.json", "practice is yes")
    ),
    "more tested utterances in an audit": Plant(first(LINES, tested="720"), (LINES, "tested is '720'")),
    "the mark of a transductive run taken from an audit": Plant(
        first(LINES, lambda row: row["transductive"], transductive=""), (LINES, "transductive is ''")
    ),
}
UNCOUNTED: dict[str, Plant] = {
    "a p value edited in a comparison": Plant(first(PAIRS, p="0.0001", significant="yes")),
    "another value of the paper in a table": Plant(first(TABLE, paper="0.5", verdict="agrees")),
    "the worst row taken from a table": Plant(lambda f: f.edit(TABLE, lambda rows: rows.pop(2))),
    "more speakers trained on in an audit": Plant(first(LINES, training_speakers="7")),
}


# -- the page ---------------------------------------------------------------------------------------------------------


def section() -> str:
    """What docs/audit.md says of the suite."""
    found, missed, counted, uncounted = (
        "\n".join(f"- {name}" for name in plants) for plants in (PLANTS, MISSED, NUMBERS, UNCOUNTED)
    )
    return (
        f"**{len(PLANTS)} of {len(PLANTS) + len(MISSED)} forgeries are found by the audit.** Found:\n\n{found}\n\n"
        f"Not found, and why is said below:\n\n{missed}\n\n"
        f"**{len(NUMBERS)} of {len(NUMBERS) + len(UNCOUNTED)} edited numbers are found by `xser verify`**, whose "
        f"checksums are made anew with the forgery (without that, it finds every change of a file). Found:\n\n"
        f"{counted}\n\nNot found:\n\n{uncounted}\n"
    )


MARKS = re.compile(r"(?<=<!-- forgeries -->\n).*(?=<!-- end of forgeries -->)", re.DOTALL)

if __name__ == "__main__":
    PAGE.write_text(MARKS.sub(section().replace("\\", "\\\\"), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
