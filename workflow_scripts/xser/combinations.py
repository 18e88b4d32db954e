"""The ways to combine systems, by their names in the config; evaluation/combination.py carries them out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Combination:
    """A way to combine the answers of emotion models.

    Attributes
    ----------
    by_language
        Whether the language is identified first and chooses the model; otherwise each corpus' model has one vote.
    over_corpus
        Whether it is the language most often identified in the tested utterances; otherwise each utterance has its own.
    """

    by_language: bool = False
    over_corpus: bool = False


COMBINATIONS = {
    "vote": Combination(),
    "two_pass": Combination(by_language=True),
    "select_language": Combination(by_language=True, over_corpus=True),
}
