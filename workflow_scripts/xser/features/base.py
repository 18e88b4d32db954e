"""What an extractor is.

An extractor is a module `xser/features/{name}.py` with

- `PARAMETERS`: parameter -> default; config.yaml may set any of them;
- `MIN_SAMPLES`: the shortest utterance it can take, in samples at 16 kHz;
- `check(parameters)`: raises InputError for settings that cannot work together; imports nothing heavy;
- `names(parameters) -> list[str]`: what each column of its result is called;
- `make(parameters) -> Callable[[np.ndarray], np.ndarray]`: the function that turns one utterance into features. It
  takes what `audio.load` returns, float32 of shape `(samples,)`, 16 kHz mono in [-1, 1 - 2^-15], and returns float32 of
  shape `(dims,)` (functionals: one vector an utterance) or `(frames, dims)`. It keeps no memory from one utterance to
  the next, so that neither order nor the number of cores changes a value. Each worker makes its own; it may be called
  in one thread only.

All three take parameters that `complete` has made whole.
The Snakefile imports an extractor's module and calls `check`: what is heavy is imported in `names` and `make` only.

`paste` and `scp` are no extractors: they make features from archives (see paste.py and outside.py).
"""

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from xser.errors import InputError, raise_all

# The id in config.yaml -> its module, where a module of that name would be taken for the package it uses.
MODULES = {"opensmile": "opensmile_sets"}


def module_name(extractor: str) -> str:
    """Return the name of the module, below xser.features, of an extractor's id."""
    return MODULES.get(extractor, extractor)


def load_extractor(extractor: str) -> ModuleType:
    """Import the module of an extractor's id."""
    name = f"xser.features.{module_name(extractor)}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        module = None
    if not hasattr(module, "make"):
        raise InputError(
            f"there is no extractor {extractor!r} (no {name.replace('.', '/')}.py with a function make)",
            hint="use kaldi_mfcc, kaldi_pitch, opensmile, short_term, or the name of a module of your own",
        )
    return module  # type: ignore[return-value]


def complete(extractor: str, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults overridden by the given parameters.

    An unknown parameter, or a value of another type than its default's, is an InputError that lists them all.
    """
    problems = [f"{key}: not a parameter of {extractor}" for key in sorted(set(given) - set(defaults))]
    result = dict(defaults)
    for key in sorted(set(given) & set(defaults)):
        value, kind = given[key], type(defaults[key])
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not kind:
            problems.append(f"{key}: {value!r} is not of type {kind.__name__}, as its default {defaults[key]!r}")
        result[key] = value
    raise_all(f"features by {extractor}: wrong parameters", problems, f"it takes {', '.join(sorted(defaults))}")
    return result


def check_choice(extractor: str, parameters: Mapping[str, Any], key: str, allowed: list[str]) -> None:
    """Raise InputError unless the parameter is one of the allowed values."""
    if parameters[key] not in allowed:
        raise InputError(
            f"features by {extractor}: {key} {parameters[key]!r} is not known", hint=f"use {', '.join(allowed)}"
        )
