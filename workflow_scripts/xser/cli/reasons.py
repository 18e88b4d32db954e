"""Why a job runs, in a few words, from Snakemake's account, which may be pages long."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

SHOWN = 3  # differences of parameters
LONGEST = 30  # characters of a value
_PARAMS = re.compile(
    r"Params have changed since last execution: .*?before: (?P<old>.*) now: (?P<new>.*?) *(?:; |$)", re.S
)
_NEW = re.compile(r"Missing output files: ")
_FILES = re.compile(r"Updated input files: (?P<files>[^;]*)")
_CODE = re.compile(r"[\w/-]+\.\w+")  # a key of the parameter `code`, never one of settings
ANEW = "its inputs are made anew"
OTHERS = {  # what Snakemake says -> what we say, the first that it says
    "Forced execution": "forced",
    "Incomplete output files": "was interrupted",
    "Set of input files has changed": "other input files than before",
    "Software environment definition has changed": "another software environment",
    "Code has changed": "other code",
    "Input files updated by another job": ANEW,
}


def reason(text: str) -> str:
    """Return it: `new`, what changed, or that inputs are made anew; empty for a target, which makes nothing itself.

    Examples
    --------
    >>> reason("Params have changed since last execution: Union ...: before: {'C': 1.0} now: {'C': 10.0} ")
    'C 1.0 -> 10.0'
    >>> reason("Missing output files: results/tables/matrix.md; Input files updated by another job: a, b")
    'new'
    """
    if _NEW.match(text):
        return "new"
    found = []
    files = sorted(match["files"].split(", ")) if (match := _FILES.search(text)) else []
    if match := _PARAMS.search(text):
        (old, before), (new, now) = (_parts(_value(match[side])) for side in ("old", "new"))
        files += [file for file in sorted({*before, *now}) if before.get(file) != now.get(file)]
        if changes := list(_differences(old, new)) if old != new else []:
            more = len(changes) - SHOWN
            found.append(", ".join(changes[:SHOWN]) + (f" (+ {more} more)" if more > 0 else ""))
    if files:
        found.append(f"changed: {files[0]}" + (f" (+ {len(files) - 1} more)" if len(files) > 1 else ""))
    return "; ".join(found) or next((ours for theirs, ours in OTHERS.items() if theirs in text), "")


def _value(text: str) -> Any:
    """The parameters of a job as its outputs recorded them: dicts, or whatever it is as text."""
    if "<nothing exclusive>" in text:
        return {}
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text.strip()


def _parts(value: Any) -> tuple[Any, Mapping[str, str]]:
    """The settings and the code among parameters; of each the last, where outputs of a job recorded different ones."""
    several = value if isinstance(value, tuple) else (value,)
    code = [v for v in several if isinstance(v, Mapping) and v and all(_CODE.fullmatch(str(key)) for key in v)]
    settings = [v for v in several if v not in code]
    return settings[-1] if settings else {}, code[-1] if code else {}


def _differences(old: Any, new: Any, key: str = "") -> Iterator[str]:
    """Yield each difference of two values as `key old -> new`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}, key=str):
            if name not in old:
                yield f"{name} = {cut(new[name])} added"
            elif name not in new:
                yield f"{name} dropped"
            elif old[name] != new[name]:
                yield from _differences(old[name], new[name], str(name))
    elif _is_long(old) and _is_long(new):
        if len(old) == len(new):
            for number, (before, after) in enumerate(zip(old, new, strict=True), start=1):
                if before != after:
                    yield from _differences(before, after, f"{key} {number}")
        else:
            yield f"{key}: {len(old)} -> {len(new)} entries"
    else:
        yield f"{key} {cut(old)} -> {cut(new)}".strip()


def _is_long(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(repr(value)) > LONGEST


def printable(text: str) -> str:
    """Text without what could steer a terminal, and with what is not UTF-8 escaped."""
    clean = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in clean)


def cut(value: Any, most: int = LONGEST) -> str:
    """Return a text, or a value's repr, with at most so many characters."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"
