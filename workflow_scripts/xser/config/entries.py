"""The entries of config.yaml as typed objects: corpora, feature sets, models and systems, each checked by itself.

What they mean together (tables, runs) is config.py's.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from xser import paths
from xser.config.schema import suggest
from xser.corpora import labels
from xser.corpora.base import load_reader
from xser.corpora.practice import SUPPORTED
from xser.errors import InputError
from xser.features.base import complete, load_extractor
from xser.models.base import load_module

PRACTICE = "practice"
DERIVED = ("paste", "scp")  # extractors that read archives, not audio
LANGUAGE_FIRST = ("two_pass", "select_language")  # combinations that identify the language first
CLASS_HEADS = ("emotion", "language", "gender", "corpus", "naturalness")
VALUE_HEADS = ("arousal", "valence", "dominance")


@dataclass(frozen=True)
class Corpus:
    """One corpus, or a view of one: other labels over the same audio and features."""

    id: str
    title: str
    reader: str
    root: str | None
    language: str
    options: Mapping[str, Any]
    mapping: Mapping[str, str | None]
    select: Mapping[str, Any]
    emotions: tuple[str, ...]
    test: Any
    dev: Any
    paper_n: int | None
    practice: bool
    view: str | None = None

    @property
    def audio(self) -> str:
        """The id under which data directory and features lie."""
        return self.view or self.id


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
    combine: str = ""
    emotion_system: str = ""
    language_system: str = ""
    title: str = ""


def read_corpora(raw: Mapping[str, Any], problems: list[str]) -> Iterator[Corpus]:
    """Yield the corpora; add what is wrong with any to `problems`."""
    entries, asked = raw["corpora"], tuple(raw["emotions"])
    for name, entry in entries.items():
        if view := entry.get("view"):
            if view not in entries or "view" in entries[view]:
                problems.append(f"corpora.{name}.view: {view!r} is not a corpus with a root of its own")
                continue
            if clash := {"root", "reader", "language"} & set(entry):
                problems.append(f"corpora.{name}: a view takes {', '.join(sorted(clash))} from its corpus; remove")
        elif "root" not in entry:
            problems.append(f"corpora.{name}.root: give the folder of the corpus, `practice`, or null")
            continue
        merged = {**entries[view], **{"options": {}}, **entry} if view else entry
        try:
            reader = load_reader(reader_name := merged.get("reader", view or name))
            options = (
                {**entries[view].get("options", {}), **entry.get("options", {})} if view else entry.get("options", {})
            )
            mapping, select, read_options = labels.resolve(reader, options, merged.get("mapping"))
        except InputError as error:
            problems.append(f"corpora.{name}: {error}")
            continue
        emotions = tuple(entry.get("emotions", asked))
        problems += [f"corpora.{name}.emotions: {e!r} is not among `emotions`" for e in emotions if e not in asked]
        known = {*asked, *labels.EMOTIONS, *reader.emotions.values()} - {None}
        problems += [
            f"corpora.{name}.mapping: {label} stands for {emotion!r}, no known emotion{suggest(emotion, known)}; "
            f"use {', '.join(sorted(known))}; null leaves the label out"
            for label, emotion in (merged.get("mapping") or {}).items()
            if emotion is not None and emotion not in known
        ]
        root, practice = merged["root"], merged["root"] == PRACTICE
        if practice and reader_name not in SUPPORTED:
            problems.append(f"corpora.{name}.root: there is no practice corpus for reader {reader_name!r}")
        if root is not None and not practice and not Path(root).expanduser().is_dir():
            problems.append(
                f"corpora.{name}.root: {root} is not a folder; give the folder where the corpus lies, "
                "`practice` for a synthetic stand-in, or null to leave the corpus out"
            )
        further = [read_options[o] for o in reader.tables if read_options.get(o)]
        problems += [f"corpora.{name}: {wrong}" for p in (root or "", *further) if (wrong := braces(p))]
        language = merged.get("language") or read_options.get("language") or reader.language
        paper = merged.get("paper", {})
        yield Corpus(
            id=name,
            title=entry.get("title", name),
            reader=reader_name,
            root=paths.practice(reader_name) if practice else root and str(Path(root).expanduser()),
            language=language,
            options={**read_options, **({"language": language} if "language" in reader.options else {})},
            mapping=mapping,
            select=select,
            emotions=emotions,
            test=paper.get("test"),
            dev=paper.get("dev"),
            paper_n=paper.get("n"),
            practice=practice,
            view=view,
        )


def feature(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a feature set's full parameters: its extractor's defaults under what the config says."""
    entry = dict(raw["features"][name])
    extractor = entry.pop("extractor")
    if extractor in DERIVED:
        if extractor == "scp":
            entry["scp"] = {corpus: os.path.expanduser(path) for corpus, path in entry["scp"].items()}
        return {"extractor": extractor, **entry}
    return {"extractor": extractor, "parameters": complete(extractor, load_extractor(extractor).PARAMETERS, entry)}


def feature_problems(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the feature sets."""
    for name, entry in raw["features"].items():
        key = f"features.{name}"
        if entry["extractor"] == "paste":
            for part in entry["of"]:
                if part not in raw["features"] or raw["features"][part]["extractor"] == "paste":
                    yield f"{key}.of: {part!r} is not a feature set that can be pasted"
        elif entry["extractor"] == "scp":
            for corpus, path in feature(raw, name)["scp"].items():
                if corpus not in raw["corpora"]:
                    yield f"{key}.scp: unknown corpus {corpus!r}"
                if not Path(path).is_file():
                    yield f"{key}.scp.{corpus}: there is no file {path}"
                if wrong := braces(path):
                    yield f"{key}.scp.{corpus}: {wrong}"
        else:
            try:
                load_extractor(entry["extractor"]).check(feature(raw, name)["parameters"])
            except InputError as error:
                yield f"{key}: {error}"


def read_systems(raw: Mapping[str, Any], problems: list[str]) -> Iterator[System]:
    """Yield the systems; add what is wrong with any to `problems`."""
    entries = raw["systems"]
    for name, entry in entries.items():
        key = f"systems.{name}"
        if "combine" in entry:
            for part in ("emotion_system", "language_system"):
                if (other := entry.get(part)) and ("combine" in entries.get(other, {"combine": 1})):
                    problems.append(f"{key}.{part}: {other!r} is not a system with a model of its own")
            other = entry.get("language_system")
            identifies = entries.get(other, {"combine": 1})
            headless = "combine" not in identifies and not identifies.get("heads", {}).get("language")
            if entry["combine"] in LANGUAGE_FIRST and (not other or headless):
                problems.append(
                    f"{key}: {entry['combine']} needs a `language_system` with a language head, "
                    "such as `heads: {emotion: 1.0, language: 1.0}`" + (f"; {other!r} has none" if headless else "")
                )
            yield System(id=name, **entry)
            continue
        if entry["features"] not in raw["features"]:
            problems.append(f"{key}.features: there is no feature set {entry['features']!r} in `features`")
        try:
            module = load_module(entry["model"])
        except InputError as error:
            problems.append(f"{key}.model: {error}")
            continue
        defaults = raw.get("models", {}).get(entry["model"], {})
        own, finetune = entry.get("parameters", {}), dict(entry.get("finetune", {}))
        finetune.pop("scaling", None)
        problems += _wrong_parameters(f"{key}.parameters", module, own, defaults)
        problems += _wrong_parameters(f"{key}.finetune", module, finetune, {**defaults, **own})
        heads = entry.get("heads", {"emotion": 1.0})
        problems += _unknown(f"{key}.heads", heads, (*CLASS_HEADS, *VALUE_HEADS))
        if "emotion" not in heads:
            problems.append(f"{key}.heads: emotion is missing (weight 0 is allowed)")
        if len(heads) > 1 and not module.EPOCHS:
            problems.append(f"{key}.heads: model {entry['model']!r} learns one task; use a neural model for several")
        parameters = {**module.PARAMETERS, **defaults, **own}
        ordered = {
            "emotion": 1.0,
            **{h: heads[h] for h in sorted(heads)},
        }  # emotion is the first head, whatever the order
        yield System(id=name, **{**entry, "parameters": parameters, "heads": ordered})


def model_problems(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the defaults of models."""
    for name, given in raw.get("models", {}).items():
        try:
            yield from _wrong_parameters(f"models.{name}", load_module(name), given, {})
        except InputError as error:
            yield f"models.{name}: {error}"


def braces(path: Any) -> str:
    """Say that Snakemake would take a path for a pattern, if it would; what is wrong is then nowhere said."""
    wrong = set("{}") & set(str(path))
    return f"{path} has {{ or }} in it, which Snakemake takes for wildcards; rename it" if wrong else ""


def _unknown(key: str, given: Any, known: Any) -> list[str]:
    return [
        f"{key}: unknown key {g!r}{suggest(g, known)}; known: {', '.join(sorted(known))}"
        for g in given
        if g not in known
    ]


def _wrong_parameters(
    key: str, module: ModuleType, given: Mapping[str, Any], before: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what a model says of given parameters, without what it says already of those that they come on top of."""
    yield from _unknown(key, given, module.PARAMETERS)
    known = {o.split(":")[0] for o in _objections(module, {**module.PARAMETERS, **before})} - set(given)
    for objection in _objections(module, {**module.PARAMETERS, **before, **given}):
        if objection.split(":")[0] not in known:
            yield f"{key}.{objection}"


def _objections(module: ModuleType, parameters: Mapping[str, Any]) -> list[str]:
    try:
        module.check(parameters)
    except InputError as error:
        return error.offenders or [error.what]
    return []
