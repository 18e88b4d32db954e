"""What can be added as a module (reader, extractor, model, adaptation, curve): one object of a known name and class."""

import importlib
from abc import ABC
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from xser.errors import InputError
from xser.parameters import Parameters, defaults, problems

Base = TypeVar("Base")


class Addition(ABC):
    """An extractor, model, adaptation or curve: a class with one object in its module. The config may set `parameters`.

    Attributes
    ----------
    name
        That of its module, and in the config.
    parameters
        What the config may set: a default, a rule and a note each. The docs show them.
    title, references
        What a paper calls it, and the keys of what it cites for it in summary/references.bib; both may name parameters
        in braces.
    """

    name: str
    title = ""
    references: tuple[str, ...] = ()
    parameters: ClassVar[Parameters] = {}

    def __init_subclass__(cls) -> None:
        cls.name = cls.__module__.rpartition(".")[2]

    def wrong(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with parameters, name -> why. It is called early, so it imports nothing heavy."""
        return problems(self.parameters, parameters)

    def check(self, parameters: Mapping[str, Any]) -> None:  # noqa: B027
        """Raise one InputError for all that is wrong with parameters, unless who reads the config says it."""

    def complete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the defaults under the given parameters, checked."""
        result = {**defaults(self.parameters), **given}
        self.check(result)
        return result


def load_addition(kind: str, package: str, name: str, base: type[Base]) -> Base:
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
        raise InputError(f"{kind} {name!r} cannot be used: {error} ({where}; see base.py beside it)") from None
    if not isinstance(found, base):
        raise InputError(f"there is no {kind} {name!r} (no {kind.upper()} in {where})")
    return found
