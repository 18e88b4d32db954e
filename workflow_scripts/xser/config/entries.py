"""The entries of config.yaml as typed objects: protocols, languages, corpora, feature sets; each checked by itself.

Systems are systems.py's, tables are tables.py's; what all of them mean together is study.py's.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from xser import paths
from xser.config.file import braces
from xser.config.schema import suggest
from xser.corpora import labels
from xser.corpora.base import Reader, load_reader
from xser.corpora.practice import SUPPORTED
from xser.corpora.public import Database, database
from xser.errors import InputError
from xser.features.base import load_extractor
from xser.files import filled
from xser.imports import own_file
from xser.splits.protocols import Protocol, read_protocol

PRACTICE = "practice"
INCLUDED = "included"  # in the workflow's folder, whose licence allows it
DERIVED = ("paste", "scp")  # extractors that read archives, not audio


@dataclass(frozen=True)
class Intervals:
    """The level of all intervals, and the number of bootstrap samples where one needs them."""

    confidence: float = 0.95
    samples: int = 2000


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
    database: Database | None = None

    @property
    def audio(self) -> str:
        """The id under which data directory and features lie."""
        return self.view or self.id

    @property
    def languages(self) -> list[str]:
        """Its languages, as far as the config and its reader tell them, sorted; none where its files alone do."""
        return sorted({self.language, *getattr(load_reader(self.reader), "languages", {}).values()} - {""})

    @property
    def names(self) -> tuple[str, ...]:
        """What it may be called: its id and title, its database, what its reader knows."""
        reader = load_reader(self.reader)
        known = (self.reader, reader.title, *reader.also) if reader.releases else ()
        return (self.id, self.title, *([self.database.name] if self.database else ()), *known)

    @property
    def real(self) -> bool:
        """Whether it has a root, and that is no practice."""
        return self.root is not None and not self.practice


@dataclass(frozen=True)
class FeatureSet:
    """Features by an extractor with all its `parameters`; or pasted (`of`), or imported (`scp`: corpus -> path).

    `pretrained_on` is what a `pretrained` set is declared to have learnt from; None: nothing is declared.
    """

    id: str
    extractor: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    of: tuple[str, ...] = ()
    scp: Mapping[str, str] = field(default_factory=dict)
    pretrained_on: tuple[str, ...] | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The feature sets that it is pasted from, or itself."""
        return self.of or (self.id,)

    @property
    def computed(self) -> bool:
        """Whether it is computed from audio."""
        return self.extractor not in DERIVED

    @property
    def pretrained(self) -> bool:
        """Whether it was made outside xser, or by what was trained there."""
        return self.extractor == "scp" or (self.computed and load_extractor(self.extractor).pretrained)

    def seen(self, names: Sequence[str]) -> list[str]:
        """What it is declared to have learnt from that means a corpus, which has these names."""
        return [declared for declared in self.pretrained_on or () if _same(declared, names)]

    @property
    def gives_frames(self) -> bool:
        """Whether an utterance becomes a matrix of frames; False where that is not known before it is read (`scp`)."""
        return self.computed and load_extractor(self.extractor).gives_frames(self.parameters)


def read_protocols(raw: Mapping[str, Any], problems: list[str]) -> Iterator[tuple[str, Protocol]]:
    """Yield id and protocol; add what is wrong with any to `problems`."""
    for name, entry in raw["protocols"].items():
        try:
            yield name, read_protocol(entry)
        except InputError as error:
            problems += [f"protocols.{name}.{offender}" for offender in error.offenders]
    wanted = raw["protocol"]
    problems += [f"protocol: {name!r} is not one of `protocols`" for name in wanted if name not in raw["protocols"]]


def read_corpora(raw: Mapping[str, Any], problems: list[str]) -> Iterator[Corpus]:
    """Yield the corpora; add what is wrong with any to `problems`."""
    for name, entry in raw["corpora"].items():
        try:
            merged = _with_view(raw["corpora"], name)
            reader = load_reader(merged["reader"])
            mapping, select, options = labels.chosen(reader, merged["options"], merged.get("mapping"))
            public = database(merged["root"] or "", reader)
        except InputError as error:
            problems.append(f"corpora.{name}{error}" if str(error).startswith(".") else f"corpora.{name}: {error}")
            continue
        further = [str(options[o]) for o in reader.tables if options.get(o)]
        problems += [f"corpora.{name}{wrong}" for wrong in _corpus_problems(raw, entry, merged, reader, further)]
        root, paper = merged["root"], merged.get("paper", {})
        language = merged.get("language") or options.get("language") or reader.language
        yield Corpus(
            id=name,
            title=entry.get("title", name),
            reader=merged["reader"],
            root=public.folder if public else root and _folder(root, merged["reader"]),
            language=language,
            family=raw.get("languages", {}).get(language, {}).get("family", language),
            options={**options, **({"language": language} if "language" in reader.options else {})},
            mapping=mapping,
            select=select,
            emotions=tuple(entry.get("emotions", raw["emotions"])),
            test=paper.get("test"),
            dev=paper.get("dev"),
            paper_n=paper.get("n"),
            practice=root == PRACTICE,
            view=entry.get("view"),
            database=public,
        )


def columns_of(entry: Mapping[str, Any], corpora: Mapping[str, Corpus]) -> list[str]:
    """The tested corpora of a table or curve; `all` are those that are no view."""
    return [c.id for c in corpora.values() if not c.view] if entry["columns"] == "all" else list(entry["columns"])


def _with_view(entries: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the entry of a corpus with its reader and options; a view's on top of what its corpus says."""
    entry, view = entries[name], entries[name].get("view")
    if not view:
        if "root" not in entry:
            raise InputError(".root: give the folder of the corpus, `included`, `audb`, `practice`, or null")
        return {**entry, "reader": entry.get("reader", name), "options": entry.get("options", {})}
    if view not in entries or "root" not in entries[view]:
        raise InputError(f".view: {view!r} is not a corpus with a root of its own")
    if clash := {"root", "reader", "language"} & set(entry):
        raise InputError(f"a view takes {', '.join(sorted(clash))} from its corpus; remove")
    shown = entries[view]
    options = {**shown.get("options", {}), **entry.get("options", {})}
    return {**shown, **entry, "reader": shown.get("reader", view), "options": options}


def _folder(root: str, reader: str) -> str:
    if root == PRACTICE:
        return paths.practice(reader)
    if root == INCLUDED:
        return own_file(paths.included(reader))
    return os.path.normpath(filled(root))


def _corpus_problems(
    raw: Mapping[str, Any], entry: Mapping[str, Any], merged: Mapping[str, Any], reader: Reader, further: list[str]
) -> Iterator[str]:
    """Yield what is wrong with the values of a corpus; `further` files are read beside those of its root."""
    asked, root = raw["emotions"], merged["root"]
    yield from (f".emotions: {e!r} is not among `emotions`" for e in entry.get("emotions", asked) if e not in asked)
    known = {*asked, *labels.EMOTIONS, *reader.emotions.values()} - {None}
    for label, emotion in merged.get("mapping", {}).items():
        if emotion is not None and emotion not in known:
            yield (
                f".mapping: {label} stands for {emotion!r}, no known emotion{suggest(emotion, known)}; "
                f"use {', '.join(sorted(known))}; null leaves the label out"
            )
    if "view" in entry and (own := set(entry.get("options", {})) - {*reader.select, *reader.relabel}):
        yield f".options: {', '.join(sorted(own))}: a view has what its corpus read; remove, or give a root instead"
    if reader.language and merged.get("language", reader.language) != reader.language:
        yield f".language: the corpus is in {reader.language}, as its reader {merged['reader']!r} knows; remove"
    if root == PRACTICE and merged["reader"] not in SUPPORTED:
        yield f".root: there is no practice corpus for reader {merged['reader']!r}"
    elif root in (None, PRACTICE) or database(root, reader) or os.path.isdir(_folder(root, merged["reader"])):
        pass
    elif root == INCLUDED:
        yield f".root: no corpus of reader {merged['reader']!r} comes with xser; give the folder where it lies"
    else:
        yield (
            f".root: {root} is not a folder; give the folder where the corpus lies, "
            "`practice` for a synthetic stand-in, or null to leave the corpus out"
        )
    yield from (f": {wrong}" for path in (root or "", *further) if (wrong := braces(path)))


def read_features(raw: Mapping[str, Any], problems: list[str]) -> Iterator[FeatureSet]:
    """Yield the feature sets; add what is wrong with any to `problems`."""
    entries = raw["features"]
    for name, entry in entries.items():
        key, extractor = f"features.{name}", entry["extractor"]
        declared = tuple(entry["pretrained_on"]) if "pretrained_on" in entry else None
        if extractor == "paste":
            problems += [
                f"{key}.of: {part!r} is not a feature set that can be pasted"
                for part in entry["of"]
                if part not in entries or entries[part]["extractor"] == "paste"
            ]
            yield FeatureSet(name, extractor, of=tuple(entry["of"]))
        elif extractor == "scp":
            scp = {corpus: filled(path) for corpus, path in entry["scp"].items()}
            for corpus, path in scp.items():
                if corpus not in raw["corpora"]:
                    problems.append(f"{key}.scp: unknown corpus {corpus!r}")
                elif "view" in raw["corpora"][corpus]:
                    problems.append(f"{key}.scp.{corpus}: a view has the features of its corpus; name that")
                if not os.path.isfile(path):
                    problems.append(f"{key}.scp.{corpus}: there is no file {path}")
                if wrong := braces(path):
                    problems.append(f"{key}.scp.{corpus}: {wrong}")
            yield FeatureSet(name, extractor, scp=scp, pretrained_on=declared)
        else:
            try:
                kind = load_extractor(extractor)
                known = ("extractor", *(["pretrained_on"] if kind.pretrained else ()))
                parameters = kind.complete({k: v for k, v in entry.items() if k not in known})
            except InputError as error:
                problems.append(f"{key}: {error}")
                continue
            yield FeatureSet(name, extractor, parameters, pretrained_on=declared)


def _same(declared: str, names: Iterable[str]) -> bool:
    """Whether a declared name means one of others: either, written as one word, is in the other, as whole words.

    Examples
    --------
    >>> [_same(name, ["emodb"]) for name in ("EMO-DB", "Berlin Emo_DB v2", "EmoDBX", "")]
    [True, True, False, False]
    """
    one, *others = ([w for w in re.split(r"[\W_]+", _plain(text)) if w] for text in (declared, *names))
    return any("".join(a) in _runs(b) or "".join(b) in _runs(a) for a, b in ((one, other) for other in others))


def _plain(text: str) -> str:
    """A text without capitals and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _runs(words: Sequence[str]) -> set[str]:
    """All neighbours among some words, written as one."""
    return {"".join(words[i:j]) for i, j in combinations(range(len(words) + 1), 2)}
