"""A campaign of random damage: every kind of file that a stage reads, damaged in every way, read by that stage.

Each case must end in the right result, in one clear error that names the file, or, where nothing in the file could have
shown it, in another result of a file that `xser verify` lists. XSER_EXAMPLES is the number of cases a file.
"""

import json
import os
import random
import re
import signal
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from configs import REPOSITORY
from damaged_stages import STAGES, Stage

from xser import checksums
from xser.errors import InputError
from xser.estimate.costs import Costs
from xser.job import job

CASES = int(os.environ.get("XSER_EXAMPLES", "5"))
LIMIT = 20.0  # seconds a case
LOG = "results/logs/damage.log"
OUTCOMES = ("right", "clear error", "another result, listed by verify", "the user's own file says something else")
WRONG = ("traceback", "hang", "an error that names no file", "silently another result")


class Hang(BaseException):
    """A case that took longer than LIMIT."""


def damaged(whole: bytes, others: Sequence[bytes], dice: random.Random, case: int) -> bytes:
    """One damage of a file, of ten kinds in turn."""
    data, size = bytearray(whole), len(whole)
    place = dice.randrange(size)
    length = min(dice.randint(1, 64), size - place)
    lines = whole.splitlines(keepends=True)
    match case % 10:
        case 0:  # a bit turns
            data[place] ^= 1 << dice.randrange(8)
        case 1:  # bytes are overwritten
            data[place : place + length] = dice.randbytes(length)
        case 2:  # cut short
            del data[place:]
        case 3:  # two pieces change places
            other = dice.randrange(size - length + 1)
            data[place : place + length], data[other : other + length] = (
                data[other : other + length],
                data[place : place + length],
            )
        case 4:  # the file of another name
            data[:] = dice.choice(others)
        case 5:  # a line is lost or there twice
            number = dice.randrange(len(lines))
            lines[number : number + 1] = [lines[number]] * dice.choice((0, 2))
            data[:] = b"".join(lines)
        case 6:  # a NUL, a digit of another script, no UTF-8, a quote, digits by the thousand
            data[place:place] = dice.choice((b"\0", "٣".encode(), b"\xff", b'"', b"9" * 5000, b"\n", b"\t", b"\r"))
        case 7:  # a digit changes
            digits = [m.start() for m in re.finditer(rb"[0-9]", whole)] or [place]
            data[dice.choice(digits)] = ord(dice.choice("0123456789"))
        case 8:  # zeros to the next sector, as after a power loss
            data[place:] = bytes(size - place)
        case 9:  # empty, or longer by itself
            data[:] = dice.choice((b"", whole + whole))
    return bytes(data)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise a Hang after so many seconds."""

    def stop(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def outcome(stage: Stage, path: Path, right: Any) -> tuple[str, str]:
    """What became of one case, run as a job, and words about it."""
    name, text = os.path.relpath(path), ""
    rule = SimpleNamespace(
        rule="damage", wildcards=[], log=[LOG], output=[], input=[os.path.relpath(file) for file in stage.files]
    )
    result = None
    try:
        with limited(LIMIT), job(rule):
            result = stage.act()
    except Hang:
        return "hang", ""
    except SystemExit:
        text = Path(LOG).read_text(encoding="utf-8", errors="replace").partition("ERROR: ")[2]
        stem = path.name.removeprefix("db.").partition(".")[0]  # tables of a database go by their names
        named = [word for word in (path.name, name, str(path.parent), stem) if word in text]
        return ("clear error" if named else "an error that names no file"), text
    except BaseException:
        return "traceback", traceback.format_exc()
    if result == right:
        return "right", ""
    if stage.own:
        return OUTCOMES[3], ""
    listed = [path for path, recorded in checksums.recorded(Path()).items() if not checksums.has(path, recorded)]
    return (OUTCOMES[2] if listed == [name] else "silently another result"), str(listed)


def campaign(stages: Sequence[Stage], dice: random.Random) -> tuple[dict[str, Counter[str]], list[str]]:
    """Outcomes by stage, and what went wrong."""
    found: dict[str, Counter[str]] = {}
    wrong = []
    for stage in stages:
        right = stage.act()
        assert right == stage.act(), f"{stage.name}: another result of the same files"
        counts = found.setdefault(stage.name, Counter())
        wholes = {path: path.read_bytes() for path in stage.files}
        if not stage.own:
            for path in wholes:
                checksums.record([os.path.relpath(path)])
        for path, whole in wholes.items():
            others = [data for other, data in wholes.items() if other != path] or [whole[::-1]]
            start = dice.randrange(10)
            for case in range(start, start + max(round(CASES * stage.share), 1)):
                path.write_bytes(damaged(whole, others, dice, case))
                end, words = outcome(stage, path, right)
                counts[end] += 1
                if end in WRONG:
                    wrong.append(f"{stage.name}, {path.name}, kind {case % 10}: {end}\n{words[-2500:]}")
            path.write_bytes(whole)
    return found, wrong


@pytest.mark.fault(
    "files",
    "every kind of file that a stage reads damaged at random: bits, bytes, pieces, lines, another file's content",
    "one error that names the file, or nothing",
    "that error, the right result, or a result of files that `xser verify` lists; no traceback, no hang",
)
@pytest.mark.parametrize("area", STAGES)
def test_damage(area: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path(LOG).parent.mkdir(parents=True)
    found, wrong = campaign(STAGES[area](tmp_path / "results"), random.Random(f"{area} {CASES}"))
    with capsys.disabled():
        print()
        for name, counts in found.items():
            print(f"{name}: {json.dumps(counts)}")
        total = sum(found.values(), Counter[str]())
        print(f"{area}, {total.total()} cases: {json.dumps(total)}")
    assert not wrong, f"{len(wrong)} cases\n" + "\n".join(wrong[:40])


@pytest.mark.parametrize("value", ['"fast"', "-1", "1e999", "NaN", "null"])
def test_rates_that_are_no_numbers_are_refused(tmp_path: Path, value: str) -> None:
    given = json.loads((REPOSITORY / "workflow_scripts/xser/estimate/rates.json").read_text(encoding="utf-8"))
    given["jobs"]["job"] = "here"
    (tmp_path / "results").mkdir()
    text = json.dumps(given).replace('"here"', value)
    (tmp_path / "results/rates.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"rates\.json has rates that are no numbers"):
        Costs.best(tmp_path)
