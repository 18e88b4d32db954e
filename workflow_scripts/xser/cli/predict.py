"""xser predict: the emotion of recordings, by models of a study or of an exported folder."""

import argparse
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xser.cli import recognised
from xser.cli.reasons import printable
from xser.errors import InputError, raise_all
from xser.files import AGAIN, DAMAGED
from xser.job import CLEAR, can_rewrite
from xser.recognition import model_card as cards
from xser.recognition import recordings
from xser.recognition.limits import CANNOT_TELL, LEAST, WHOLE
from xser.recognition.recogniser import Recogniser
from xser.recognition.recordings import Piece
from xser.workers import in_order

if TYPE_CHECKING:
    from xser.config.study import Study

MANY = 20  # recordings from which on progress is shown


def run(options: argparse.Namespace, study: "Callable[[], Study]") -> int:
    """Predict what is asked for; 1 where a recording cannot be used, whose line says why."""
    try:
        return _run(options, study)
    except InputError as error:
        if options.model is None or error.hint not in (AGAIN, DAMAGED):
            raise
        raise InputError(error.what, error.offenders, "copy the folder again, or export it again") from None


def _run(options: argparse.Namespace, study: "Callable[[], Study]") -> int:
    _check(options)
    paths = recordings.find(options.recordings, options.list)
    if options.csv and (refused := recognised.refusal(options.csv, [*options.list, *paths])):
        raise InputError(f"--csv: {refused}")
    if options.model is None:
        from xser.cli import trained

        recogniser, others = trained.recogniser(study(), options)
    else:
        recogniser, others = Recogniser.of_folder(options.model), []
    pieces = pieces_of(recogniser, paths, options.window or None, options.cores)
    known = [piece.features for piece in pieces if piece.features is not None]
    threshold = options.threshold
    if threshold is None and recogniser.card.temperature is not None:
        threshold = LEAST
    given = recognised.answers(pieces, recogniser.probabilities(known), recogniser.classes, threshold)
    if options.csv:
        recognised.write_csv(options.csv, given, recogniser.classes)
    else:
        print("\n".join([*recognised.printed(given, recogniser.classes), "", *remarks(recogniser, others, threshold)]))
    if wrong := [piece for piece in pieces if not piece.usable]:
        shown = [f"{printable(piece.path)}: {printable(piece.note)}" for piece in wrong]
        error = InputError(f"{len(wrong)} of {len(pieces)} recordings or windows cannot be used", shown)
        print(f"ERROR: {error.short('the CSV has all of them')}", file=sys.stderr)
    return 1 if wrong else 0


def _check(options: argparse.Namespace) -> None:
    problems = []
    if options.model is None:
        problems += [f"--{name} is missing" for name in ("system", "train") if getattr(options, name) is None]
    else:
        clash = [name for name in ("system", "train", "protocol") if getattr(options, name) is not None]
        problems += [f"--{name} and --model exclude each other: the folder holds one model" for name in clash]
    if not options.recordings and not options.list:
        problems.append("no recordings are named: give files, folders, patterns, or --list")
    if options.threshold is not None and not 0 <= options.threshold <= 1:
        problems.append(f"--threshold: {options.threshold} is not between 0 and 1")
    if not (options.window == 0 or 0.5 <= options.window <= WHOLE):
        problems.append(f"--window: {options.window} is neither 0 nor between 0.5 and {WHOLE:.0f} seconds")
    if options.cores < 1:
        problems.append(f"--cores: {options.cores} is not at least 1")
    raise_all("xser predict cannot run", problems)


def pieces_of(recogniser: Recogniser, paths: Sequence[str], window: float | None, cores: int = 1) -> list[Piece]:
    """Look at recordings and compute their features, several at a time, in order."""

    def make() -> Callable[[str], list[Piece]]:
        compute, shortest = recogniser.features(), recogniser.shortest
        return lambda path: list(recordings.pieces(path, compute, shortest, window))

    found = in_order(make, paths, cores)
    return [piece for pieces in _shown(found, len(paths)) for piece in pieces]


def _shown(found: Iterable[list[Piece]], total: int) -> Iterable[list[Piece]]:
    """Show on a terminal how far it is."""
    shown = total > MANY and can_rewrite(sys.stderr)
    for number, pieces in enumerate(found, start=1):
        if shown:
            print(
                f"\r{number} of {total} recordings",
                end="" if number < total else CLEAR,
                file=sys.stderr,
                flush=True,
            )
        yield pieces


def remarks(recogniser: Recogniser, others: Sequence[Path], threshold: float | None) -> list[str]:
    """What to know of an answer: whose it is, how good they are, what a probability means."""
    card = recogniser.card
    texts = [
        f"Model: {card.system} ({card.model} on {card.feature_set}), trained on {card.train}, protocol "
        f"{card.protocol}: {recogniser.voters} vote",
        *(f"PRACTICE DATA in training: {title}; says nothing about real speech" for title in card.practice),
        *map(cards.score_text, card.scores),
        *map(cards.score_text, cards.scores_of(others)),
        cards.calibration_text(card),
    ]
    if threshold is not None:
        texts.append(f"Where no emotion has a probability of at least {threshold:g}, the answer is `{CANNOT_TELL}`.")
    texts.append(cards.LIMITS)
    return [textwrap.fill(text, 100, initial_indent="  ", subsequent_indent="    ") for text in texts]
