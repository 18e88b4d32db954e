"""Parameters of readers, extractors and models: a default, a rule and a note each.

They are checked when the config is read: a mistake must not cost a training. A rule takes a value and says what is
wrong with it, "" if nothing. Nothing heavy is imported here: the Snakefile runs these checks at its start.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xser.errors import raise_all

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


# The names that Keras knows, in any case, without what wraps other optimizers. A test compares them with Keras.
OPTIMIZERS = (
    *("adadelta", "adafactor", "adagrad", "adam", "adamax", "adamw"),
    *("ftrl", "lion", "muon", "nadam", "rmsprop", "schedulefreeadamw", "sgd"),
)


def problems(rules: Mapping[str, Rule], parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with the parameters that have a rule: name -> why."""
    return {key: wrong for key, rule in rules.items() if key in parameters and (wrong := rule(parameters[key]))}


def refuse(model: str, wrong: Mapping[str, str]) -> None:
    """Raise one InputError for what is wrong, each offender as `name: why`, if anything is."""
    raise_all(
        f"model {model!r} cannot be trained with these parameters",
        [f"{key}: {why}" for key, why in wrong.items()],
        "correct the config; docs/models.md explains every parameter",
    )


def number(above: float | None = None, least: float | None = None, below: float | None = None) -> Rule:
    """A finite number, above or at least one limit and below another."""
    limits = {"above": above, "of at least": least, "below": below}
    wanted = " ".join(
        ["a number", " and ".join(f"{word} {v:g}" for word, v in limits.items() if v is not None)]
    ).strip()

    def rule(value: Any) -> str:
        right = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        inside = right and (
            (above is None or value > above) and (least is None or value >= least) and (below is None or value < below)
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
    known = ", ".join(_yaml(a) for a in allowed)

    def rule(value: Any) -> str:
        right = any(type(value) is type(a) and value == a for a in allowed)
        return "" if right else f"{_yaml(value)} is not one of {known}"

    return rule


def text(value: Any) -> str:
    """Text that is not empty."""
    return "" if isinstance(value, str) and value else _not(value, "text") if value else "empty text"


def optimizer(value: Any) -> str:
    """The name of an optimizer of Keras."""
    known = isinstance(value, str) and value.lower() in OPTIMIZERS
    return "" if known else f"{_yaml(value)} is no optimizer that Keras knows; use one of {', '.join(OPTIMIZERS)}"


def list_of(rule: Rule, least: int = 0) -> Rule:
    """A list of at least `least` values that each follow a rule."""

    def each(value: Any) -> str:
        if value is None:
            return "null is not a list" + ("" if least else "; write [] for none")
        if not isinstance(value, list | tuple):
            return rule(value) or f"{_yaml(value)} is not a list; write [{_yaml(value)}]"
        if len(value) < least:
            return f"the list has {len(value)} values, at least {least} must be there"
        return "; ".join(wrong for v in value if (wrong := rule(v)))

    return each


def frozen(layers: Sequence[str]) -> Rule:
    """A list of layers to freeze: of these names, or `recurrent` and `dense` for all layers of a kind."""
    return list_of(one_of(*dict.fromkeys(["recurrent", "dense", *layers])))


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
    wrong = f"{_yaml(value)} is not {wanted}"
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


def _yaml(value: Any) -> str:
    words = {"None": "null", "True": "true", "False": "false"}
    return value if isinstance(value, str) and value else words.get(repr(value), repr(value))


TRAINING: dict[str, Rule] = {  # what training in epochs reads, whatever the network
    "steps": integer(1),
    "optimizer": optimizer,
    "learning_rate": number(above=0),
    "batch_size": integer(1),
    "epochs": integer(1),
    "patience": or_null(integer(1)),
    "epoch": one_of("dev", "last", "oracle"),
    "monitor": one_of("uar", "loss"),
    "class_weight": one_of(None, "balanced"),
}
