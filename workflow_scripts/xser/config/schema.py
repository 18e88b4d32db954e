"""The config against its schema, in words that say what to write."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xser.corpora.base import is_plain
from xser.errors import raise_all

LONGEST, LARGEST = 1000, 2**53  # characters of a text, and a number
MOST, DEEPEST = 100_000, 20  # values in all, and levels of values in values
SCHEMA = Path(__file__).parents[3] / "schemas" / "config.schema.json"


def check_schema(raw: Mapping[str, Any], source: str) -> None:
    """Raise an InputError that names each key of a config that breaks the schema, and what is wanted there."""
    unusual: list[str] = []
    for count, (path, value) in enumerate(_values(raw)):
        if count > MOST or len(path) > DEEPEST:
            wrong = f"more than {MOST:,} values in all" if count > MOST else "nested too deep"
            raise_all(f"{source} cannot be used", [f"{_key(path[:3])}: {wrong}"])
        if wrong := _unusual(value):
            unusual.append(f"{_key(path)}: {wrong}")
    raise_all(f"{source} cannot be used", unusual)
    errors = sorted(_validator().iter_errors(raw), key=lambda e: [str(p) for p in e.absolute_path])
    problems = [f"{_key(error.absolute_path)}: {message}" for error in errors for message in _messages(error)]
    raise_all(f"{source} cannot be used", problems, "see config.yaml of the repository for every key and its meaning")


def _values(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield each value with its path, those that hold others before these."""
    yield path, value
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from _values(each, (*path, key))


def _unusual(value: Any) -> str:
    """Say why a value cannot stand in any config, wherever it is."""
    if isinstance(value, Mapping):
        keys = ", ".join(repr(key) for key in value if not isinstance(key, str))
        return f"the key {_cut(keys)} is not text; write it in quotes" if keys else ""
    if isinstance(value, str):
        if len(value) > LONGEST:
            return f"{value[:40]!r} ... is longer than {LONGEST:,} characters"
        return "" if is_plain(value) else f"{value!r} has a line break or control character in it"
    if isinstance(value, int | float):
        if abs(value) <= LARGEST:
            return ""
        shown = f"a whole number of {value.bit_length()} bits" if isinstance(value, int) else str(value)
        return f"{shown} is not a number that can be used"
    if value is None or isinstance(value, list):
        return ""
    return f"{_cut(repr(value))} is a {type(value).__name__}; if it is text, write it in quotes"


def _validator() -> Any:
    """JSON Schema, but for what it takes too lightly: 2.0 is no whole number, and a pattern means all of a text."""
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(_: Any, wanted: str, value: Any, __: Any) -> Iterator[Any]:
        if isinstance(value, str) and not re.fullmatch(wanted, value):
            yield ValidationError(f"{value!r} does not match {wanted!r}")

    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    strict = extend(Draft202012Validator, {"pattern": pattern}, type_checker=types)
    return strict(json.loads(SCHEMA.read_text(encoding="utf-8")))


def suggest(word: str, known: Any) -> str:
    """Return the known word that was probably meant, as an addition to a message; empty where none is close."""
    close = difflib.get_close_matches(str(word), list(map(str, known)), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _key(path: Iterable[Any]) -> str:
    """A key as other messages write it: rows and values of lists are counted from 1."""
    key = ""
    for part in path:
        if isinstance(part, int):
            key = f"{key.removesuffix('.rows')}, {'row' if key.endswith('.rows') else 'value'} {part + 1}"
        else:
            key += f".{part}" if key else str(part)
    return key or "top level"


def _messages(error: Any) -> Iterator[str]:
    wanted = error.schema.get("description")
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        yield from (f"unknown key {k!r}{suggest(k, known)}" for k in error.instance if k not in known)
    elif error.validator == "oneOf" and wanted:  # of which the validator says nothing but that none of them fits
        yield f"{_cut(repr(error.instance))} cannot be used; give {wanted}"
    else:
        shown = repr(error.instance)
        yield _cut(error.message.replace(shown, _cut(shown, 100))) + (f"; give {wanted}" if wanted else "")


def _cut(text: str, most: int = 300) -> str:
    return text if len(text) < most else text[:most] + " ..."
