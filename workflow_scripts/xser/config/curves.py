"""The curves of config.yaml: a system on a training set, over K utterances of each tested corpus."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from xser.config import trainsets
from xser.config.entries import Corpus, FeatureSet, columns_of
from xser.config.schema import suggest
from xser.config.systems import Adapt, System
from xser.curves.base import ALL, load_curve
from xser.errors import InputError
from xser.models.base import load_model

DRAWS = 10
FOREIGN = "write what is foreign, such as `others`; the curve adds K utterances"


@dataclass(frozen=True)
class CurveEntry:
    """One curve: its kind, tested corpora (`columns`), and the system on its training set; see the kinds for `options`.

    `beside` are systems whose results on the same training set are shown as levels.
    """

    id: str
    kind: str
    caption: str
    columns: tuple[str, ...]
    protocol: str
    default: bool
    system: str
    train: str
    draws: int
    beside: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


COMMON = [each.name for each in fields(CurveEntry) if each.name not in ("id", "options")]


def read_curves(
    raw: Mapping[str, Any],
    corpora: Mapping[str, Corpus],
    systems: Mapping[str, System],
    features: Mapping[str, FeatureSet],
    problems: list[str],
) -> Iterator[CurveEntry]:
    """Yield the curves; add what is wrong with any to `problems`. Corpora without a root take no part."""
    defaults = {"protocol": raw["protocol"][0], "default": True, "draws": DRAWS, "beside": ()}
    for name, given in raw.get("curves", {}).items():
        entry = {"caption": name, **defaults, **given}
        found = list(_problems(name, entry, raw, corpora, systems, features))
        problems += [f"curves.{name}{p}" for p in found]
        if found:
            continue
        columns = [c for c in columns_of(entry, corpora) if trainsets.resolve(entry["train"], corpora, c)]
        common = {**{key: entry[key] for key in COMMON}, "columns": tuple(columns), "beside": tuple(entry["beside"])}
        own = {key: value for key, value in entry.items() if key not in COMMON}
        if columns:
            yield CurveEntry(name, **common, options={**load_curve(entry["kind"]).options, **own})


def _problems(
    name: str,
    entry: Mapping[str, Any],
    raw: Mapping[str, Any],
    corpora: Mapping[str, Corpus],
    systems: Mapping[str, System],
    features: Mapping[str, FeatureSet],
) -> Iterator[str]:
    try:
        kind = load_curve(entry["kind"])
    except InputError as error:
        yield f".kind: {error}"
        return
    if name in raw["tables"]:
        yield f": there is a table {name!r}; give the curve another name"
    columns = columns_of(entry, corpora)
    yield from (f".columns: unknown corpus {c!r}" for c in columns if c not in corpora)
    if entry["protocol"] not in raw["protocols"]:
        yield f".protocol: {entry['protocol']!r} is not one of `protocols`"
    if wrong := trainsets.problem(entry["train"], corpora):
        yield f".train: {wrong}"
    elif ">" in entry["train"] or "same" in trainsets.words(entry["train"]):
        yield f".train: {entry['train']!r}: {FOREIGN}"
    elif kind.foreign:
        trained = {c: trainsets.resolve(entry["train"], corpora, c) for c in columns if c in corpora}
        if own := [c for c, train in trained.items() if train and c in train.corpora]:
            yield f".train: {entry['train']!r} has {', '.join(own)} itself: {FOREIGN}"
    unknown = [k for k in entry if k not in (*COMMON, *kind.options)]
    yield from (f": unknown key {k!r}{suggest(k, kind.options)}" for k in unknown)
    finetune = entry.get("finetune", "")
    for key, other in (("system", entry["system"]), ("finetune", finetune), *(("beside", s) for s in entry["beside"])):
        if other and (other not in systems or systems[other].combine):
            yield f".{key}: {other!r} is not a system with a model of its own{suggest(other, systems)}"
            return
    system = systems[entry["system"]]
    if kind.normalise and system.normalise not in kind.normalise:
        wanted = kind.normalise[0]
        yield f".system: {system.id!r} normalises by {system.normalise}; this curve needs `normalise: {wanted}`"
    if not kind.takes_frames and (frames := [p for p in features[system.features].parts if features[p].gives_frames]):
        yield f".system: features {', '.join(frames)} give frames; this curve takes one vector an utterance, as is09"
    model = load_model(system.model)
    if not (kind.needs_archive or model.epochs) and model.chooses(system.parameters):
        yield f".system: {system.id!r} chooses a parameter on development speakers; this curve has none, give one value"
    if any(systems[s].adapt != Adapt() for s in (entry["system"], finetune) if s):
        yield ".system: a system with `adapt` has no curve"
    if finetune and systems[finetune].features != system.features:
        yield f".finetune: {finetune!r} has other features than {system.id!r}"
    if finetune and not load_model(systems[finetune].model).epochs:
        yield f".finetune: model {systems[finetune].model!r} cannot be fine-tuned"
    ks = entry.get("k", [0])
    numbers = [k for k in ks if k != ALL]
    if numbers != sorted(set(numbers)) or (ALL in ks and ks[-1] != ALL):
        yield ".k: write numbers from small to large, then `all`"
