"""Parameters of readers, extractors and models: a default, a rule and a note each.

They are checked when the config is read: a mistake must not cost a training. A rule takes a value and says what is
wrong with it, "" if nothing. Nothing heavy is imported here: the Snakefile runs these checks at its start.
"""

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

Rule = Callable[[Any], str]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a reader, an extractor or a model.

    `default` is its value where the config gives none, `rule` says what is wrong with a value, `note` says in one line
    what it means and where the default comes from (the tables of the docs show it).

    Examples
    --------
    >>> Parameter(32, integer(1), "our assumption").rule(0)
    '0 is not a whole number of at least 1'
    """

    default: Any
    rule: Rule
    note: str = ""


Parameters = Mapping[str, Parameter]


def defaults(parameters: Parameters) -> dict[str, Any]:
    """Return parameter -> default."""
    return {name: p.default for name, p in parameters.items()}


def problems(parameters: Parameters, values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with the values by their rules: name -> why."""
    return {key: wrong for key, p in parameters.items() if key in values and (wrong := p.rule(values[key]))}


def changed(parameters: Parameters, note: str, **values: Any) -> Parameters:
    """Return the parameters of these names with other defaults and one note, their rules as they are."""
    return {key: replace(parameters[key], default=value, note=note) for key, value in values.items()}


def number(
    above: float | None = None, least: float | None = None, below: float | None = None, most: float | None = None
) -> Rule:
    """A finite number, above or at least one limit, and below or at most another."""
    limits = {"above": above, "of at least": least, "below": below, "at most": most}
    wanted = " ".join(
        ["a number", " and ".join(f"{word} {v:g}" for word, v in limits.items() if v is not None)]
    ).strip()

    def rule(value: Any) -> str:
        right = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
        inside = right and (
            (above is None or value > above)
            and (least is None or value >= least)
            and (below is None or value < below)
            and (most is None or value <= most)
        )
        return "" if inside else _not(value, wanted)

    return rule


def integer(least: int) -> Rule:
    """A whole number of at least `least`."""

    def rule(value: Any) -> str:
        right = isinstance(value, int) and not isinstance(value, bool) and value >= least
        return "" if right else _not(value, f"a whole number of at least {least}")

    return rule


def one_of(*allowed: Any) -> Rule:
    """One of some values; null, true and false are written as YAML has them."""
    known = ", ".join(shown(a) for a in allowed)

    def rule(value: Any) -> str:
        right = any(type(value) is type(a) and value == a for a in allowed)
        return "" if right else f"{shown(value)} is not one of {known}"

    return rule


def text(value: Any) -> str:
    """Text that is not empty."""
    return "" if isinstance(value, str) and value else _not(value, "text") if value else "empty text"


def list_of(rule: Rule, least: int = 0) -> Rule:
    """A list of at least `least` values that each follow a rule."""

    def each(value: Any) -> str:
        if value is None:
            return "null is not a list" + ("" if least else "; write [] for none")
        if not isinstance(value, list | tuple):
            return rule(value) or f"{shown(value)} is not a list; write [{shown(value)}]"
        if len(value) < least:
            return f"the list has {len(value)} values, at least {least} must be there"
        return "; ".join(wrong for v in value if (wrong := rule(v)))

    return each


def either(*rules: Rule) -> Rule:
    """A value that follows one of some rules; what is wrong by each of them is said."""

    def rule(value: Any) -> str:
        wrong = [r(value) for r in rules]
        return "" if "" in wrong else ", and ".join(dict.fromkeys(wrong))

    return rule


def one_or_list(rule: Rule) -> Rule:
    """A value, or a list of some, to choose from."""
    several = list_of(rule, least=1)
    return lambda value: several(value) if isinstance(value, list | tuple) else rule(value)


def or_null(rule: Rule) -> Rule:
    """A value that follows a rule, or null."""
    return lambda value: "" if value is None else (wrong := rule(value)) and f"{wrong}, or null"


def _not(value: Any, wanted: str) -> str:
    """Say that a value is not what is wanted; and how to write a number that YAML has taken for text."""
    wrong = f"{shown(value)} is not {wanted}"
    if isinstance(value, str):
        try:
            meant = float(value)
        except ValueError:
            return wrong
        if math.isfinite(meant):
            return f"{wrong}: YAML reads it as text; write {_as_number(value, meant)}"
    return wrong


def _as_number(value: str, meant: float) -> str:
    """Spell a number as YAML 1.1 reads one: with an exponent only behind a point, and signed."""
    plain = format(Decimal(repr(meant)), "f").removesuffix(".0")
    if "e" not in value.lower():
        return f"{plain} without quotes"
    if meant.is_integer():
        return plain
    digits, exponent = f"{meant:.15e}".split("e")
    digits = digits.rstrip("0")
    return f"{digits}{'0' if digits.endswith('.') else ''}e{int(exponent):+d} or {plain}"


def shown(value: Any) -> str:
    """Return a value as YAML writes it."""
    words = {"None": "null", "True": "true", "False": "false"}
    return value if isinstance(value, str) and value else words.get(repr(value), repr(value))
