"""The card of a training: what it takes to use its models on a recording, and what to know before one does.

It lies beside the archive of models as `{train}.card.json`, and as `card.json` in an exported folder, whose README.md
shows it. It is data: names of extractors and models lead to modules of xser only, and nothing in it is a path, but for
where `ssl` finds its weights.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from xser.corpora.base import is_plain
from xser.errors import InputError
from xser.evaluation import marks
from xser.features.base import load_extractor
from xser.files import decoding, read_text, write_text
from xser.recognition.calibration import COLDEST, HOTTEST

WHAT = "the card of a training"
LIMITS = (
    "A model names the one of its training emotions that a recording sounds most like, acted or not. It knows neither "
    "the speaker nor the situation. On a language, room or microphone that it was not trained on, expect it to be "
    "right less often, and its probabilities to be too high. Do not judge people by it."
)
TEXTS = ("system", "train", "protocol", "model", "normalise", "feature_set", "uncalibrated")
COUNTS = {"utterances", "speakers", "before", "after", "perfect", "perfect_high", "tested"}
SHARES = ("uar", "uar_low", "uar_high", "chance")


@dataclass(frozen=True)
class Card:
    """What is known of a training.

    `feature_set` is what the config calls the features, `features` are (extractor, parameters) of each part of it.
    `temperature` is None where probabilities could not be calibrated, `uncalibrated` then says why. `calibration`
    counts the `utterances` and `speakers` that it was fitted on, and has the calibration error of held-out speakers
    `before` and `after`, over `tested` utterances, each by the models of its fold at a temperature fitted without its
    speaker; and what a perfectly calibrated model would have there, `perfect` (97.5 % point `perfect_high`). `scores`
    are those of held-out speakers of each corpus, `corpora` what was trained on.
    """

    system: str
    train: str
    protocol: str
    model: str
    normalise: str
    feature_set: str
    features: list[tuple[str, dict[str, Any]]]
    temperature: float | None
    calibration: dict[str, float]
    uncalibrated: str
    scores: list[dict[str, Any]]
    corpora: list[dict[str, Any]]
    versions: list[tuple[str, str]]

    @property
    def practice(self) -> list[str]:
        """The titles of the corpora that are practice data."""
        return [corpus["title"] for corpus in self.corpora if corpus["practice"]]

    def write(self, path: str | Path) -> None:
        """Write it as JSON; the same card gives the same bytes."""
        write_text(path, json.dumps(asdict(self), indent=1, sort_keys=True) + "\n")


def read(path: str | Path) -> Card:
    """Read a card; whatever is wrong with it is an InputError."""
    if not Path(path).is_file():
        raise InputError(f"{path}: there is no such card", hint="name a folder that `xser export` made")
    with decoding(path, WHAT):
        card = Card(**json.loads(read_text(path)))
        card.features[:] = [(extractor, dict(parameters)) for extractor, parameters in card.features]
        if wrong := next(_wrong(card), ""):
            raise ValueError(wrong)
    for extractor, parameters in card.features:
        load_extractor(extractor).complete(parameters)
    return card


def _wrong(card: Card) -> Iterator[str]:
    """Yield what in a card cannot be: of all that is computed with, or shown."""
    texts = [getattr(card, name) for name in TEXTS]
    texts += [corpus[key] for corpus in card.corpora for key in ("id", "title", "language", "licence", "reference")]
    texts += [text for score in card.scores for text in (score["test"], score["who"], *score["notes"])]
    texts += [text for name_and_version in card.versions for text in name_and_version]
    if not all(isinstance(text, str) and is_plain(text) for text in texts):
        yield "text with control characters, or none"
    if not card.features or not all(str(extractor).isidentifier() for extractor, _ in card.features):
        yield "features by no extractor"
    numbers = [score[key] for score in card.scores for key in (*SHARES, "n")] + list(card.calibration.values())
    numbers += [] if card.temperature is None else [card.temperature]
    if not all(type(number) in (int, float) and math.isfinite(number) for number in numbers):
        yield "a value that is not a number"
    if card.temperature is not None and not COLDEST <= card.temperature <= HOTTEST:
        yield f"a temperature of {card.temperature}"
    if card.temperature is not None and set(card.calibration) != COUNTS:
        yield "a calibration without its error"


def scores_of(paths: Iterable[str | Path]) -> list[dict[str, Any]]:
    """What a card says of the scores of some runs."""
    if not (found := list(paths)):
        return []
    from xser.evaluation.score import SCORE  # imports SciPy

    def entry(row: Mapping[str, Any]) -> dict[str, Any]:
        who = "test" if row["oracle"] or row["seen"] or row["dependent"] else "held-out"
        return {**{key: row[key] for key in ("test", "n", *SHARES)}, "who": who, "notes": marks.explained([row])}

    return [entry(row) for path in found for row in SCORE.records(path)]


def score_text(score: Mapping[str, Any]) -> str:
    """One line on how the models did on the held-out speakers of a corpus."""
    uar, low, high, chance = (f"{score[key]:.1%}" for key in SHARES)
    found = f"on {score['who']} speakers of {score['test']}: UAR {uar} ({low} to {high})"
    return "; ".join([f"{found}, n = {score['n']}, chance {chance}", *score["notes"]])


def calibration_text(card: Card) -> str:
    """A few sentences on what the probabilities mean."""
    if card.temperature is None:
        return f"Probabilities are not calibrated: {card.uncalibrated}."
    c = card.calibration
    who = next((score["who"] for score in card.scores if score["who"] != "held-out"), "held-out")
    return (
        f"Probabilities are calibrated on {c['utterances']} development utterances of {c['speakers']} "
        f"speaker{'s' * (c['speakers'] != 1)} (temperature {card.temperature:.2f}). Expected calibration error on "
        f"{c['tested']} utterances of {who} speakers, at temperatures fitted without them: {c['after']:.3f}, "
        f"uncalibrated {c['before']:.3f}; a perfectly calibrated model would have {c['perfect']:.3f} on so many (97.5 "
        f"% point {c['perfect_high']:.3f}). That is of each fold's "
        "models by themselves; the average of several folds, as printed, is not measured."
    )


def markdown(card: Card, classes: list[str], voters: str) -> str:
    """The model card as a page."""
    from xser.templates import render  # imports Jinja2; jobs that write cards do without

    values = {
        "calibration": calibration_text(card),
        "card": card,
        "classes": classes,
        "features": [(extractor, json.dumps(given, sort_keys=True)) for extractor, given in card.features],
        "limits": LIMITS,
        "scores": list(map(score_text, card.scores)),
        "voters": voters,
    }
    return render(Path(__file__).with_name("model_card.md"), values)
