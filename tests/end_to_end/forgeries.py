"""Forgeries planted in the finished results of a real small run, and how many of them the audit finds.

PLANTS are those that it must find, MISSED those that it cannot; test_forgeries.py plants each in a copy of the results.
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

from xser.config.study import Run
from xser.errors import InputError
from xser.recognition import development
from xser.training import store
from xser.workflow import audit, recognition

PAGE = REPOSITORY / "docs" / "audit.md"


def audited(study: Path, folder: Path, plant: str) -> list[str]:
    """Plant a forgery in a copy of a study; return what the audit finds. It runs in a process with TensorFlow."""
    import audit_run

    shutil.copytree(study / "results", folder / "results", ignore=shutil.ignore_patterns("cache", "logs", "practice"))
    shutil.copy(study / "config.yaml", folder)
    os.chdir(folder)
    forger = Forger()
    (PLANTS | MISSED)[plant].act(forger)
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
    "a test speaker's utterance in training": Plant(remade(by.learn_a_test_speaker), ("is tested in 0 folds",)),
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
        remade(by.never_tested), ("is tested in 0 folds",)
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
}


# -- the page ---------------------------------------------------------------------------------------------------------


def section() -> str:
    """What docs/audit.md says of the suite."""
    found, missed = ("\n".join(f"- {name}" for name in plants) for plants in (PLANTS, MISSED))
    return (
        f"**{len(PLANTS)} of {len(PLANTS) + len(MISSED)} forgeries are found.** Found:\n\n{found}\n\n"
        f"Not found, and why is said below:\n\n{missed}\n"
    )


MARKS = re.compile(r"(?<=<!-- forgeries -->\n).*(?=<!-- end of forgeries -->)", re.DOTALL)

if __name__ == "__main__":
    PAGE.write_text(MARKS.sub(section().replace("\\", "\\\\"), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
