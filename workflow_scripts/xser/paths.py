"""Where each result lies, relative to the study's folder. No other module spells a path below `results/`.

A result is a path, and a path is a run. All functions take ids, or wildcards such as `"{corpus}"`, and return text;
`"*"` gives a pattern.

Examples
--------
>>> score("paper", "is09-svc", "emodb-to-savee", "savee")
'results/scores/paper/is09-svc/emodb-to-savee/savee.tsv'
>>> corpus("{corpus}", "utt2emo")
'results/corpora/{corpus}/utt2emo'
"""

import re

RESULTS = "results"
AUDIT, AUDIT_PAGE = "results/audit.tsv", "results/audit.md"
SUMMARY = "results/summary.html"
APPENDIX = "results/paper.tex"
REPORT = "results/report."  # html or zip, packed by `snakemake --report`
RATES = "results/rates.json"  # by `make rates`
CHECKSUMS = "results/checksums"
SENSITIVITY = "results/sensitivity."  # md and yaml, by `benchmarks/sensitivity.py`
UNRECORDED = (CHECKSUMS, "results/logs/", "results/cache/", REPORT, RATES, SENSITIVITY)  # without checksum: of no job
RUN = re.compile(  # models, their audit, predictions and scores: paths that a user may ask for beyond the tables
    r"results/(models|audit|(?P<tested>predictions|scores))/(?P<protocol>[^/]+)/(?P<system>[^/]+)/"
    r"(?P<train>[^/.]+)(?(tested)/(?P<test>[^/.]+))\.[a-z.]+"
)


LOGS = "results/logs"


def log(rule: str, *ids: str) -> str:
    """The log of a job."""
    return f"{LOGS}/{'/'.join((rule, *ids))}.log"


def checksums(output: str) -> str:
    """The record of the job that makes this file first of all."""
    return f"{CHECKSUMS}/{output.removeprefix(f'{RESULTS}/')}.sha256"


def practice(reader: str) -> str:
    """The folder of a practice corpus."""
    return f"results/practice/{reader}"


def included(reader: str) -> str:
    """The folder of a corpus that comes with xser, in the folder of the workflow."""
    return f"resources/{reader}"


def corpus(corpus: str, file: str) -> str:
    """One file of a corpus: the list of its files (files.tsv), utterances.tsv, utt2emo, card.md, ..."""
    return f"results/corpora/{corpus}/{file}"


def features(features: str, corpus: str, ending: str) -> str:
    """The features of a corpus: ark, scp or names.txt."""
    return f"results/features/{features}/{corpus}.{ending}"


def shard(features: str, corpus: str, number: int | str, ending: str) -> str:
    """One shard of the features of a corpus."""
    return f"results/features/{features}/shards/{corpus}.{number}.{ending}"


def split(protocol: str, corpus: str) -> str:
    """Who trains, develops and tests."""
    return f"results/splits/{protocol}/{corpus}.tsv"


def models(protocol: str, system: str, train: str, ending: str = "zip") -> str:
    """The models of all folds and seeds of a training (zip), their learning curves (history.tsv), or their card.

    The card (card.json) has their calibration, and all that predicting a recording takes beside the models.
    """
    return f"results/models/{protocol}/{system}/{train}.{ending}"


def audit_of_card(protocol: str, system: str, train: str) -> str:
    """The audit of a training and its card."""
    return f"results/audit/{protocol}/{system}/{train}.tsv"


def models_part(protocol: str, system: str, train: str, number: int | str, ending: str = "zip") -> str:
    """The models or the learning curves of one part of a training."""
    return f"results/models/{protocol}/{system}/parts/{train}.{number}.{ending}"


TRAINING_CACHE = "results/cache/trainings"
UP_TO_DATE = "results/cache/up_to_date"  # for what `xser predict` last found nothing to do


def training_cache(protocol: str, system: str, train: str) -> str:
    """The folder of the training cache of a training."""
    return f"{TRAINING_CACHE}/{protocol}/{system}/{train}"


def predictions(protocol: str, system: str, train: str, test: str) -> str:
    """The predictions of a run."""
    return f"results/predictions/{protocol}/{system}/{train}/{test}.tsv"


def score(protocol: str, system: str, train: str, test: str) -> str:
    """The score of a run, one line."""
    return f"results/scores/{protocol}/{system}/{train}/{test}.tsv"


def details(protocol: str, system: str, train: str, test: str) -> str:
    """The details of a run's score: by seed, speaker and emotion."""
    return f"results/scores/{protocol}/{system}/{train}/{test}.details.tsv"


def table(table: str, ending: str) -> str:
    """A table: tsv, md or tex; its comparisons: comparisons.tsv or .md; its spread: spread.tsv or .md."""
    return f"results/tables/{table}.{ending}"


def curve(curve: str, test: str) -> str:
    """The points of a curve on one tested corpus."""
    return f"results/curves/{curve}/{test}.tsv"


def curve_table(curve: str, ending: str) -> str:
    """A curve as a table: tsv or md."""
    return f"results/curves/{curve}.{ending}"


def audit(table: str) -> str:
    """The audit of a table's runs."""
    return f"results/audit/{table}.tsv"


def figure(name: str, ending: str) -> str:
    """A figure of the report: svg or png."""
    return f"results/figures/{name}.{ending}"
