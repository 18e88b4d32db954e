"""The entries of config.yaml as typed objects: languages, corpora, feature sets; each checked by itself.

Systems are systems.py's, tables are tables.py's; what all of them mean together is study.py's.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from xser import paths
from xser.config.file import braces
from xser.config.schema import suggest
from xser.corpora import labels
from xser.corpora.base import load_reader
from xser.corpora.practice import SUPPORTED
from xser.errors import InputError
from xser.features.base import load_extractor

PRACTICE = "practice"
DERIVED = ("paste", "scp")  # extractors that read archives, not audio


@dataclass(frozen=True)
class Intervals:
    """The level of all intervals, and the number of bootstrap samples where one needs them."""

    confidence: float = 0.95
    samples: int = 2000


@dataclass(frozen=True)
class Language:
    """What a language is called and its family: by default both are its ISO 639-3 code."""

    name: str
    family: str


@dataclass(frozen=True)
class Corpus:
    """One corpus, or a view of one: other labels over the same audio and features."""

    id: str
    title: str
    reader: str
    root: str | None
    language: str
    family: str
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
class FeatureSet:
    """Features by an extractor with all its `parameters`; or pasted (`of`), or imported (`scp`: corpus -> path)."""

    id: str
    extractor: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    of: tuple[str, ...] = ()
    scp: Mapping[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[str, ...]:
        """The feature sets that it is pasted from, or itself."""
        return self.of or (self.id,)

    @property
    def computed(self) -> bool:
        """Whether it is computed from audio."""
        return self.extractor not in DERIVED


def read_languages(raw: Mapping[str, Any]) -> dict[str, Language]:
    """Return the languages that the config describes."""
    return {code: _language(code, entry) for code, entry in raw.get("languages", {}).items()}


def _language(code: str, entry: Mapping[str, Any]) -> Language:
    return Language(entry.get("name", code), entry.get("family", code))


def read_corpora(raw: Mapping[str, Any], problems: list[str]) -> Iterator[Corpus]:
    """Yield the corpora; add what is wrong with any to `problems`."""
    entries, asked, languages = raw["corpora"], tuple(raw["emotions"]), raw.get("languages", {})
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
        if "root" not in merged:
            continue  # the corpus of a view, whose own problem it is
        try:
            reader = load_reader(reader_name := merged.get("reader", view or name))
            options = {**(entries[view].get("options", {}) if view else {}), **entry.get("options", {})}
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
        if root is not None and not practice and not os.path.isdir(os.path.expanduser(root)):
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
            root=paths.practice(reader_name) if practice else root and os.path.normpath(os.path.expanduser(root)),
            language=language,
            family=_language(language, languages.get(language, {})).family,
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


def read_features(raw: Mapping[str, Any], problems: list[str]) -> Iterator[FeatureSet]:
    """Yield the feature sets; add what is wrong with any to `problems`."""
    entries = raw["features"]
    for name, entry in entries.items():
        key, extractor = f"features.{name}", entry["extractor"]
        if extractor == "paste":
            problems += [
                f"{key}.of: {part!r} is not a feature set that can be pasted"
                for part in entry["of"]
                if part not in entries or entries[part]["extractor"] == "paste"
            ]
            yield FeatureSet(name, extractor, of=tuple(entry["of"]))
        elif extractor == "scp":
            scp = {corpus: os.path.expanduser(path) for corpus, path in entry["scp"].items()}
            for corpus, path in scp.items():
                if corpus not in raw["corpora"]:
                    problems.append(f"{key}.scp: unknown corpus {corpus!r}")
                if not os.path.isfile(path):
                    problems.append(f"{key}.scp.{corpus}: there is no file {path}")
                if wrong := braces(path):
                    problems.append(f"{key}.scp.{corpus}: {wrong}")
            yield FeatureSet(name, extractor, scp=scp)
        else:
            given = {k: v for k, v in entry.items() if k != "extractor"}
            try:
                parameters = load_extractor(extractor).complete(given)
            except InputError as error:
                problems.append(f"{key}: {error}")
                continue
            yield FeatureSet(name, extractor, parameters)
