"""The jobs of the small project, by the message that Snakemake shows for them, and who comes after whom.

Written out by hand: no name here is taken from Snakemake's output.
"""

from collections.abc import Iterable

RUNS = {
    ("is09-logreg", "emodb", "emodb"): "alone",
    ("is09-logreg", "savee", "savee"): "alone",
    ("mfcc-lstm", "emodb", "emodb"): "alone",
    ("mfcc-lstm", "savee", "savee"): "alone",
    ("is09-svc", "emodb", "savee"): "across",
    ("mfcc-lstm", "emodb-to-savee", "savee"): "across",
}


def train(system: str, on: str) -> str:
    """The training of a system on a training set."""
    return f"train_models paper {system} {on}"


def predict(system: str, on: str, test: str) -> str:
    """The predictions of one run."""
    return f"predict_emotions paper {system} {on} {test}"


def score(system: str, on: str, test: str) -> str:
    """The scores of one run."""
    return f"score_predictions paper {system} {on} {test}"


def extract(features: str, corpus: str) -> str:
    """The features of a corpus."""
    return f"extract_features {features} {corpus}"


def split(corpus: str) -> str:
    """The split of a corpus."""
    return f"split_corpus paper {corpus}"


def run(system: str, on: str, test: str) -> list[str]:
    """What follows from models: predictions and scores of one run."""
    return [predict(system, on, test), score(system, on, test)]


ALONE, ACROSS = "make_table alone", "make_table across"
TABLES = [ALONE, ACROSS]
TRAININGS = [
    train("is09-logreg", "emodb"),
    train("is09-logreg", "savee"),
    train("is09-svc", "emodb"),
    train("mfcc-lstm", "emodb"),
    train("mfcc-lstm", "savee"),
    train("mfcc-lstm", "emodb-to-savee"),
]
LSTM_TRAININGS = TRAININGS[3:]
ALL_RUNS = [job for one in RUNS for job in run(*one)]
LSTM_RUNS = [job for one in RUNS if one[0] == "mfcc-lstm" for job in run(*one)]
# What depends on the labels or the split of a corpus: who trains on it, and who is tested on it.
EMODB_LEARNING = [
    train("is09-logreg", "emodb"),
    train("is09-svc", "emodb"),
    train("mfcc-lstm", "emodb"),
    train("mfcc-lstm", "emodb-to-savee"),
]
EMODB_RESULTS = [
    *run("is09-logreg", "emodb", "emodb"),
    *run("mfcc-lstm", "emodb", "emodb"),
    *run("is09-svc", "emodb", "savee"),
    *run("mfcc-lstm", "emodb-to-savee", "savee"),
    *TABLES,
]
SAVEE_LEARNING = [train("is09-logreg", "savee"), train("mfcc-lstm", "savee"), train("mfcc-lstm", "emodb-to-savee")]
SAVEE_RESULTS = [
    *run("is09-logreg", "savee", "savee"),
    *run("mfcc-lstm", "savee", "savee"),
    *run("is09-svc", "emodb", "savee"),
    *run("mfcc-lstm", "emodb-to-savee", "savee"),
    *TABLES,
]
# All that follows from the recordings of EMO-DB.
EMODB_DATA = [
    "map_emotions emodb",
    "describe_corpus emodb",
    split("emodb"),
    extract("is09", "emodb"),
    extract("mfcc", "emodb"),
]
SAVEE_DATA = ["map_emotions savee", split("savee"), extract("is09", "savee"), extract("mfcc", "savee")]


def because(reason: str, jobs: Iterable[str]) -> set[tuple[str, str]]:
    """These jobs, each for this reason."""
    return {(job, reason) for job in jobs}


def after(*jobs: str) -> set[tuple[str, str]]:
    """These jobs, because an earlier job of the plan makes their inputs anew."""
    return because("after", jobs)
