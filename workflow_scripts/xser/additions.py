"""What can be added as a module: a reader, an extractor or a model, one object of a known name and class."""

import importlib
from typing import TypeVar

from xser.errors import InputError

Addition = TypeVar("Addition")


def load_addition(kind: str, package: str, name: str, base: type[Addition]) -> Addition:
    """Return the object of a module of a package of xser; it is called `kind` in capitals.

    An InputError if there is no such module or object, or if the object's class lacks a method of `base`.
    """
    module, where, found = f"xser.{package}.{name}", f"workflow_scripts/xser/{package}/{name}.py", None
    try:
        if not name.isidentifier():  # a path, or a module of a module
            raise ModuleNotFoundError(name=module)
        found = vars(importlib.import_module(module)).get(kind.upper())
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
    except TypeError as error:  # of an abstract class: Python names the methods that are not there
        raise InputError(f"{kind} {name!r} cannot be used: {error} ({where}; see docs/{package}.md)") from None
    if not isinstance(found, base):
        raise InputError(f"there is no {kind} {name!r} (no {kind.upper()} in {where})")
    return found
