"""The systems of config.yaml and the defaults of their models, each checked by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from xser.adaptation.base import NONE, UNLABELLED, load_adaptation
from xser.combinations import COMBINATIONS
from xser.config.schema import suggest
from xser.errors import InputError
from xser.models.base import Model, load_model
from xser.parameters import defaults

CLASS_HEADS = ("emotion", "language", "gender", "corpus", "naturalness")
VALUE_HEADS = ("arousal", "valence", "dominance")


@dataclass(frozen=True)
class Adapt:
    """How a system adapts to the tested corpus: the method with all its parameters, and which utterances it uses."""

    method: str = NONE
    unlabelled: str = next(iter(UNLABELLED))
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.method != NONE

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the tested corpus that are used, unlabelled."""
        return UNLABELLED[self.unlabelled]


@dataclass(frozen=True)
class System:
    """Features + model + heads, or a combination of other systems' predictions."""

    id: str
    features: str = ""
    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    finetune: Mapping[str, Any] = field(default_factory=dict)
    heads: Mapping[str, float] = field(default_factory=lambda: {"emotion": 1.0})
    normalise: str = "global"
    adapt: Adapt = Adapt()
    combine: str = ""
    emotion_system: str = ""
    language_system: str = ""


def _keys(combine: str) -> set[str]:
    """The keys that an entry may have: others would have no effect."""
    combined = {"combine", "emotion_system", "language_system"}
    if not combine:
        return {f.name for f in fields(System)} - combined - {"id"}
    return combined if COMBINATIONS[combine].by_language else combined - {"language_system"}


def read_systems(raw: Mapping[str, Any], problems: list[str]) -> Iterator[System]:
    """Yield the systems; add what is wrong with any to `problems`."""
    entries = raw["systems"]
    for name, entry in entries.items():
        key = f"systems.{name}"
        problems += _unknown(key, entry, _keys(entry.get("combine", "")))
        if "combine" in entry:
            for part in ("emotion_system", "language_system"):
                if (other := entry.get(part)) and ("combine" in entries.get(other, {"combine": 1})):
                    problems.append(f"{key}.{part}: {other!r} is not a system with a model of its own")
            other = entry.get("language_system")
            identifies = entries.get(other, {"combine": 1})
            headless = "combine" not in identifies and not identifies.get("heads", {}).get("language")
            if COMBINATIONS[entry["combine"]].by_language and (not other or headless):
                problems.append(
                    f"{key}: {entry['combine']} needs a `language_system` with a language head, "
                    "such as `heads: {emotion: 1.0, language: 1.0}`" + (f"; {other!r} has none" if headless else "")
                )
            yield System(id=name, **entry)
            continue
        if entry["features"] not in raw["features"]:
            problems.append(f"{key}.features: there is no feature set {entry['features']!r} in `features`")
        try:
            model = load_model(entry["model"])
        except InputError as error:
            problems.append(f"{key}.model: {error}")
            continue
        common = raw.get("models", {}).get(entry["model"], {})
        own, finetune = entry.get("parameters", {}), dict(entry.get("finetune", {}))
        finetune.pop("scaling", None)
        problems += _wrong_parameters(f"{key}.parameters", model, own, common)
        problems += _wrong_parameters(f"{key}.finetune", model, finetune, {**common, **own})
        heads = entry.get("heads", {"emotion": 1.0})
        problems += _unknown(f"{key}.heads", heads, (*CLASS_HEADS, *VALUE_HEADS))
        if "emotion" not in heads:
            problems.append(f"{key}.heads: emotion is missing (weight 0 is allowed)")
        if len(heads) > 1 and not model.epochs:
            problems.append(f"{key}.heads: model {entry['model']!r} learns one task; use a neural model for several")
        parameters = {**defaults(model.parameters), **common, **own}
        ordered = {"emotion": 1.0, **{h: heads[h] for h in sorted(heads)}}  # emotion is the first head
        adapt = _adaptation(f"{key}.adapt", entry, model, problems)
        yield System(id=name, **{**entry, "parameters": parameters, "heads": ordered, "adapt": adapt})


def _adaptation(key: str, entry: Mapping[str, Any], model: Model, problems: list[str]) -> Adapt:
    """Return how a system adapts; add what is wrong with it to `problems`."""
    given = {"method": NONE, "unlabelled": Adapt.unlabelled, **entry.get("adapt", {})}
    name, unlabelled = given.pop("method"), given.pop("unlabelled")
    if name in (NONE, "corpus", "speaker"):
        if name != NONE:
            problems.append(f"{key}.method: write `normalise: {name}`, which any method can follow")
        elif unlabelled != Adapt.unlabelled and entry.get("normalise") != "corpus":
            problems.append(f"{key}.unlabelled: neither a method nor `normalise: corpus` uses unlabelled utterances")
        problems += _unknown(key, given, ())
        return Adapt(unlabelled=unlabelled)
    try:
        method = load_adaptation(name)
    except InputError as error:
        problems.append(f"{key}.method: {error}")
        return Adapt()
    problems += _unknown(key, given, method.parameters)
    problems += [f"{key}.{parameter}: {why}" for parameter, why in method.wrong(given).items()]
    if method.in_network and not model.reverses:
        problems.append(f"{key}: {name} works within a network, which model {entry['model']!r} is not; use lstm")
    if method.weighs and not model.weighs:
        problems.append(f"{key}: {name} weighs utterances, which model {entry['model']!r} does not know")
    return Adapt(name, unlabelled, method.complete(given))


def model_problems(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the defaults of models."""
    for name, given in raw.get("models", {}).items():
        try:
            yield from _wrong_parameters(f"models.{name}", load_model(name), given, {})
        except InputError as error:
            yield f"models.{name}: {error}"


def _unknown(key: str, given: Any, known: Any) -> list[str]:
    return [
        f"{key}: unknown key {g!r}{suggest(g, known)}; known: {', '.join(sorted(known))}"
        for g in given
        if g not in known
    ]


def _wrong_parameters(key: str, model: Model, given: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a model says of given parameters, without what it says already of those that they come on top of."""
    yield from _unknown(key, given, model.parameters)
    below = {**defaults(model.parameters), **before}
    known = model.wrong(below).keys() - given.keys()
    yield from (f"{key}.{name}: {why}" for name, why in model.wrong({**below, **given}).items() if name not in known)
