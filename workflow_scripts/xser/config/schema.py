"""The config against its schema, in words that say what to write."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xser.errors import raise_all

SCHEMA = Path(__file__).parents[3] / "schemas" / "config.schema.json"


def check_schema(raw: Mapping[str, Any], source: str) -> None:
    """Raise an InputError that names each key of the config that breaks the schema, and what is wanted there.

    Parameters
    ----------
    raw
        The config as it was read.
    source
        The files that it was read from.
    """
    from jsonschema import Draft202012Validator

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    errors = sorted(Draft202012Validator(schema).iter_errors(raw), key=lambda e: [str(p) for p in e.absolute_path])
    problems = [f"{_key(error.absolute_path)}: {message}" for error in errors for message in _messages(error)]
    raise_all(f"{source} cannot be used", problems, "see config.yaml of the repository for every key and its meaning")


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
        yield _cut(error.message) + (f"; give {wanted}" if wanted else "")


def _cut(text: str) -> str:
    return text if len(text) < 300 else text[:300] + " ..."
