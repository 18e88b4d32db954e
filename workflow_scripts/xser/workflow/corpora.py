"""What the rules of corpora need: the files of a corpus, the code that reads it, and parameters."""

import os
import re
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from xser import paths
from xser.config.entries import Corpus
from xser.config.study import Study
from xser.corpora import practice
from xser.corpora.base import input_files, is_plain, load_reader, matching
from xser.corpora.public import Database
from xser.errors import InputError, raise_all
from xser.features.base import load_extractor
from xser.imports import code
from xser.workflow.features import extracted
from xser.workflow.settings import ordered

MIN_SAMPLES = 3_200  # at 16 kHz; all extractors here can take it, so that a further feature set rereads no corpus
_ID = re.compile(r"[a-z0-9_-]+")


def own_audio(study: Study) -> list[str]:
    """The corpora with audio of their own."""
    return [c.id for c in study.corpora.values() if not c.view]


# -- files ------------------------------------------------------------------------------------------------------------


def practice_readers(study: Study) -> list[str]:
    """The readers for which a practice corpus is to be spoken."""
    return sorted({c.reader for c in study.corpora.values() if c.practice})


def practice_files(reader: str) -> list[str]:
    """All files of a practice corpus."""
    return [f"{paths.practice(reader)}/{path}" for path in practice.files(reader)]


def with_root(study: Study, corpus: str) -> Corpus:
    """A corpus' entry; an InputError where it has no root."""
    entry = study.corpora[corpus]
    if entry.root is None:
        raise InputError(f"corpora.{corpus}.root is null", hint="set it to the folder of the corpus, or to practice")
    return entry


@cache
def _files(study: Study, corpus: str) -> list[str]:
    """All files of a corpus that its reader knows, links that lead nowhere included."""
    entry = with_root(study, corpus)
    return input_files(load_reader(entry.reader), str(entry.root), entry.options)


def public(study: Study) -> dict[str, Database]:
    """The corpora that audb loads, and the database of each."""
    found = {c: study.corpora[c].database for c in own_audio(study)}
    return {c: database for c, database in found.items() if database}


def listed(study: Study) -> list[str]:
    """The corpora whose files are there before anything runs, or are practice."""
    return [c for c in own_audio(study) if not study.corpora[c].database]


def load_settings(study: Study, corpus: str) -> dict[str, Any]:
    """Parameter of rule load_corpus."""
    return ordered(asdict(public(study)[corpus]))


def corpus_files(study: Study, corpus: str) -> list[str]:
    """All files a reader reads, below the root of its corpus; where there are none, reading says so.

    Those of a public corpus are known only when it is loaded.
    """
    entry = with_root(study, corpus)
    if entry.practice:
        files = matching(practice.files(entry.reader), load_reader(entry.reader).files)
        return [f"{entry.root}/{path}" for path in files]
    return files_below(study, corpus)


def files_below(study: Study, corpus: str) -> list[str]:
    """All files of a corpus that its reader knows and that are there now."""
    return [path for path in _files(study, corpus) if os.path.isfile(path)]


def dangling_files(study: Study, corpus: str) -> list[str]:
    """The files of a corpus that are links that lead nowhere, relative to its root.

    As inputs they would be missing, and where there are results of a former run, Snakemake would then leave out the
    reading and go on with those; so reading is given their names, and reports them.
    """
    entry = with_root(study, corpus)
    if entry.practice or entry.database:
        return []
    start = len(os.path.join(str(entry.root), ""))
    return [path[start:] for path in _files(study, corpus) if not os.path.isfile(path)]


def check_files(study: Study) -> None:
    """Raise an InputError for names of files on which Snakemake fails, or that it would take for patterns."""
    corpora = [c for c in study.corpora.values() if c.real and not c.view]
    files = [path for c in corpora for path in _files(study, c.id)]
    hint = "rename them, or link the corpus into another folder under other names"
    raise_all(
        "file names that are not UTF-8, or with control characters or line breaks",
        (repr(path) for path in files if not (path.isprintable() or is_plain(path))),
        hint,
    )
    raise_all(
        "file names with { or }, which Snakemake takes for wildcards",
        (path for path in files if {"{", "}"} & set(path)),
        hint,
    )


def recordings(study: Study, corpus: str) -> list[str]:
    """What extraction reads beyond audio.tsv: the recordings of a practice corpus, which a job makes, also anew.

    Those of a real corpus are no inputs: audio.tsv holds their checksums, and reading notices when they change.
    """
    return corpus_files(study, corpus) if study.corpora[corpus].practice else []


def check_roots(study: Study) -> None:
    """Raise an InputError where results of real recordings would be replaced by those of another root, or practice."""
    problems = []
    for corpus in study.corpora.values():
        file = Path(paths.corpus(corpus.id, "root.txt"))
        if corpus.root is None or not file.is_file():
            continue
        before = file.read_text(encoding="utf-8", errors="replace").rstrip("\n")
        replaceable = before.startswith(paths.practice("")) or (
            before.endswith(paths.included(corpus.reader)) and not corpus.practice  # it can always be read again
        )
        if before != corpus.root and not replaceable:
            problems.append(f"{corpus.id}: made from {before}; by this config they would come from {corpus.root}")
    raise_all(
        f"the results in {Path.cwd()} belong to another config: real recordings would be replaced",
        problems,
        "run with the config that they belong to (--configfile), or in another folder (--directory); if they shall be "
        "replaced, add `--config replace=true`",
    )


def check_results() -> None:
    """Raise an InputError where Snakemake could not write results, of which it says no more than a traceback.

    Looked at are the two uppermost levels: there, what is called as an id may be called is a folder. Others, such as
    `lost+found` where a disk of its own is mounted, are not ours.
    """
    folders, wrong = [Path(paths.RESULTS)], []
    for level in range(3):
        wrong += [p for p in folders if os.path.lexists(p) and not _is_writable(p)]
        if level < 2:
            folders = [p for f in folders if _is_writable(f) for p in sorted(f.iterdir()) if _ID.fullmatch(p.name)]
    raise_all(
        "results cannot be written",
        (f"{path.absolute()} is {'read-only or forbidden' if path.is_dir() else 'not a folder'}" for path in wrong),
        "move away what is not a folder, change permissions, or run in another folder (--directory)",
    )


def _is_writable(path: Path) -> bool:
    return path.is_dir() and os.access(path, os.R_OK | os.W_OK | os.X_OK)


# -- code and parameters ----------------------------------------------------------------------------------------------


def reader_code(study: Study, corpus: str, script: str) -> dict[str, str]:
    """The code of a script that loads the reader of a corpus."""
    return code(script, f"xser/corpora/{study.corpora[corpus].reader}.py")


def min_samples(study: Study) -> int:
    """The shortest utterance that every feature set can take: those here, and those that the config names."""
    sets = [study.features[name] for name in extracted(study)]
    return max([MIN_SAMPLES, *(load_extractor(s.extractor).shortest(s.parameters) for s in sets)])


def read_settings(study: Study, corpus: str) -> dict[str, Any]:
    """Parameter of rule read_corpus."""
    entry = with_root(study, corpus)
    return ordered(
        {
            "corpus": corpus,
            "dangling": dangling_files(study, corpus),
            "min_samples": min_samples(study),
            "on_bad_audio": study.on_bad_audio,
            "options": entry.options,
            "reader": entry.reader,
            "root": entry.root,
        }
    )


def map_settings(study: Study, corpus: str) -> dict[str, Any]:
    """Parameter of rule map_emotions."""
    entry = study.corpora[corpus]
    return ordered(
        {
            "corpus": corpus,
            "emotions": entry.emotions,
            "mapping": entry.mapping,
            "root": with_root(study, corpus).root,
            "select": entry.select,
        }
    )


def description(study: Study, corpus: str) -> dict[str, Any]:
    """What pages and cards of models say of a corpus."""
    entry = study.corpora[corpus]
    reader = load_reader(entry.reader)
    return {
        "id": corpus,
        "title": entry.title,
        "language": ", ".join(study.languages.get(code, code) for code in entry.languages),
        "licence": reader.licence,
        "practice": entry.practice,
        "reference": reader.reference,
    }


def card_settings(study: Study, corpus: str) -> dict[str, Any]:
    """Parameter of rule describe_corpus."""
    entry = study.corpora[corpus]
    return ordered({"corpus": corpus, "practice": entry.practice, "reader": entry.reader, "root": entry.root})
