"""What xser predict answers: lines on the terminal, a timeline of long recordings, a CSV."""

import csv
import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from xser.cli.making import obstacle
from xser.cli.reasons import printable
from xser.files import write_text
from xser.recognition.limits import CANNOT_TELL
from xser.recognition.recordings import ENDINGS, Piece

UNUSABLE = "not usable"
BAR = 40  # characters of a probability of 1
SHORT = 20
HEADER = ("file", "start", "end", "emotion", "probability")  # of every CSV; a column a class and a note follow


@dataclass(frozen=True)
class Recognised:
    """A piece of a recording with its probabilities, one a class (None: nothing to predict from)."""

    piece: Piece
    probabilities: np.ndarray | None
    emotion: str

    @property
    def confidence(self) -> float | None:
        """The largest probability."""
        return None if self.probabilities is None else float(self.probabilities.max())


def answers(
    pieces: Sequence[Piece], probabilities: np.ndarray, classes: Sequence[str], threshold: float | None
) -> list[Recognised]:
    """Give each piece its row of probabilities, which has a row for every piece with features, and its answer."""
    rows = iter(probabilities)
    found = []
    for piece in pieces:
        row = None if piece.features is None else next(rows)
        if row is None:
            emotion = CANNOT_TELL if piece.usable else UNUSABLE
        else:
            emotion = CANNOT_TELL if threshold is not None and row.max() < threshold else classes[int(row.argmax())]
        found.append(Recognised(piece, row, emotion))
    return found


def refusal(path: str, others: Iterable[str]) -> str:
    """Say why a CSV must not be written to a path, if anything is lost by it: `others` are files that are read."""
    name, start = Path(path), ",".join(HEADER).encode()
    if path == "-":
        return ""
    if name.suffix[1:].lower() in ENDINGS:
        return f"{path} is named as a recording; name a file that ends in .csv"
    blocked = f"{path} cannot be made: {wrong}" if (wrong := obstacle(path)) else ""
    if not os.path.exists(path):
        return blocked
    if any(os.path.exists(other) and name.samefile(other) for other in others):
        return f"{path} is one of the files to read; name another"
    if not name.is_file():
        return f"{path} is not a file; `-` writes to the terminal"
    with name.open("rb") as file:
        found = file.read(len(start))
    return blocked if found in (b"", start) else f"{path} is there and is no CSV of xser predict; name another"


def write_csv(path: str, given: Sequence[Recognised], classes: Sequence[str]) -> None:
    """Write a line a recording or window: file, start, end, emotion, probability, one column a class, note."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*HEADER, *(f"p_{c}" for c in classes), "note"])
    for a in given:
        times = ["" if t is None else f"{t:.3f}" for t in (a.piece.start, a.piece.end)]
        shares = [""] * len(classes) if a.probabilities is None else [f"{p:.6f}" for p in a.probabilities]
        confidence = "" if a.confidence is None else f"{a.confidence:.6f}"
        writer.writerow([printable(a.piece.path), *times, a.emotion, confidence, *shares, printable(a.piece.note)])
    if path == "-":
        sys.stdout.write(out.getvalue())
    else:
        write_text(path, out.getvalue())


def printed(given: Sequence[Recognised], classes: Sequence[str]) -> Iterator[str]:
    """Yield what the terminal shows: all emotions of a single recording, a line each of many, timelines."""
    recordings = [list(group) for _, group in groupby(given, key=lambda a: a.piece.path)]
    for parts in recordings:
        if len(parts) > 1:
            yield from _timeline(parts)
        elif len(recordings) == 1:
            yield from _single(parts[0], classes)
        else:
            yield _short(parts[0])


def _single(answer: Recognised, classes: Sequence[str]) -> Iterator[str]:
    note = f" ({printable(answer.piece.note)})" if answer.piece.note else ""
    yield f"{printable(answer.piece.path)}: {answer.emotion}{note}"
    if answer.probabilities is not None:
        for p, emotion in sorted(zip(answer.probabilities, classes, strict=True), key=lambda pair: -pair[0]):
            yield f"  {emotion:<12} {p:6.1%}  {'#' * round(BAR * p)}"


def _short(answer: Recognised) -> str:
    confidence = "" if answer.confidence is None else f"{answer.confidence:4.0%}"
    bar = "#" * round(SHORT * (answer.confidence or 0))
    note = f"  ({printable(answer.piece.note)})" if answer.piece.note else ""
    return f"{answer.emotion:<12} {confidence:>4}  {bar:<{SHORT}}  {printable(answer.piece.path)}{note}"


def _timeline(parts: Sequence[Recognised]) -> Iterator[str]:
    """One line a stretch of windows with the same answer."""
    end = parts[-1].piece.end or 0.0
    yield f"{printable(parts[0].piece.path)}: {_clock(end)} long, {len(parts)} windows"
    width = 2 * len(_clock(end)) + 3
    for same, group in groupby(parts, key=lambda a: (a.emotion, a.piece.note)):
        stretch = list(group)
        span = f"{_clock(stretch[0].piece.start or 0.0)} - {_clock(stretch[-1].piece.end or 0.0)}"
        known = [a.confidence for a in stretch if a.confidence is not None]
        share = f"{np.mean(known):4.0%}  {'#' * round(SHORT * float(np.mean(known)))}" if known else ""
        note = f"  ({printable(same[1])})" if same[1] else ""
        yield f"  {span:<{width}}  {same[0]:<12} {share}{note}".rstrip()


def _clock(seconds: float) -> str:
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
