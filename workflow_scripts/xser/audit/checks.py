"""The audit: proof, from the files alone, that nothing of a test set was in training, development or pre-training.

It calls neither the code that made the splits nor the code that trained. Per run and fold it walks the chain of models
back to the first stage, joins the utterances that each stage may see, and compares them with those that are tested: by
speaker, by the samples of their audio (under whatever name, in whatever corpus), and by sentence where the protocol
says `text: disjoint`. Dialogues on both sides are counted, not refused: no protocol promises to keep them apart. It
checks that archives say of themselves what the config asks for, that predictions are exactly the split's test
utterances, that labels and splits are whole (data.py), and that features were scaled by the statistics of training
utterances (scaling.py).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from xser import zips
from xser.audit import data
from xser.audit.dealt import unlike_protocol
from xser.audit.spoken import Sound, Spoken, dialogue_of, in_common, shared_counts
from xser.data_dir import COLUMNS, read_mapping
from xser.files import decoding, look_up, read_tsv
from xser.frames import FLAG, TEXT, WHOLE, Kind, columns

AUDIT = Kind(
    "an audit",
    columns(
        (TEXT, "protocol system train test"),
        (FLAG, "practice"),
        (WHOLE, "folds seeds tested test_speakers"),
        (TEXT, "trained training_speakers"),  # a number, or a range over folds
        (TEXT, "learnt_from chosen_on"),  # likewise: of `trained`, what the models learn from and what only chooses
        (WHOLE, "stages shared_speakers shared_audio shared_dialogues"),
        (TEXT, "shared_sentences scaling transductive oracle undeclared seen dependent declared"),
        (WHOLE, "recomputed"),  # predictions
    ),
    key=("protocol", "system", "train", "test"),
)
SEEN = ("train", "dev")
FROM_CONFIG = ("transductive", "oracle", "undeclared", "seen", "declared")  # what a run says of itself
PREDICTED = ("utterance", "speaker", "fold", "seed", "truth")  # columns of predictions that are looked at


def kept_apart(but_dependent: bool) -> str:
    """What holds of all runs, as a sentence goes on: else the audit fails; `but_dependent`: some share speakers."""
    but = "except in runs marked speaker-dependent, whose split was given as a file, " if but_dependent else ""
    return f"{but}no tested speaker and no tested audio was in training, development or pre-training"


@dataclass(frozen=True)
class SplitCorpus:
    """The utterances of one split with their truth, and `parts[fold][i]`."""

    spoken: Sequence[Spoken]
    truth: Sequence[str]
    parts: Sequence[Sequence[str]]

    def of(self, fold: int, *parts: str) -> list[Spoken]:
        """The utterances in some parts of a fold; a corpus with fewer folds than a pool goes round."""
        column = self.parts[fold % len(self.parts)]
        return [s for s, part in zip(self.spoken, column, strict=True) if part in parts]


@dataclass(frozen=True)
class Overlap:
    """What training and test of one training set and one tested corpus have in common, and how many they are."""

    problems: tuple[str, ...]
    trained: tuple[int, ...]
    speakers: tuple[int, ...]
    without_text: int
    counts: tuple[int, int, int]  # speakers, recordings and sentences of tests that training has; 0 where none may be
    dialogues: int  # tested ones that training has, each once


class Audit:
    """All runs of one table.

    Parameters
    ----------
    results
        The folder of results.
    settings
        `runs` (protocol, system, train, test, practice, seeds, those of FROM_CONFIG, models: pairs of system and
        training set, `combine` and `components`: what the models of a combined system are combined as), `emotions`,
        `learning` (`{system}/{training set}` -> the parts that `fit` may be given as `train`, `dev`, `oracle` and to
        fit the `scaling`, and all `parameters` of the model), `counted` (the same -> the parts that the model `learns`
        from in the end, and `chooses` an epoch or a parameter on), `files` (protocol -> corpus -> its split as a
        user gave it), `predictions` (protocol, system, training set and test of all that own models predicted),
        `trainsets` (name -> `corpora` of its last stage, and the one
        `before`), `systems` (`features`, `normalise`, `scaling`), `manifests` (`{system}/{training set}` -> what its
        archive must say of itself), `corpora` (corpus -> the one whose audio it is), `labels` (corpus -> see
        `data.wrong_labels`), `splits` (protocol -> corpus -> see `dealt.unlike_protocol`), `text` (protocol -> `any`,
        `disjoint`, or `shared`: a split of others, in which tested speakers may be trained on, and are counted),
        `text_notes` (corpus -> in what its sentence codes fall short, where they do).
    """

    def __init__(self, results: Path, settings: Mapping[str, Any]) -> None:
        self.results, self.settings = results, settings
        self.corpus = cache(self._corpus)
        self.spoken = cache(self._spoken)
        self.emotions = cache(lambda corpus: read_mapping(self._file(corpus, "utt2emo")))
        self.manifest = cache(self._manifest)
        self.overlap = cache(self._overlap)

    # -- what is there ---------------------------------------------------------------------------------------------

    def _spoken(self, audio: str) -> dict[str, Spoken]:
        """Every utterance of a data directory."""
        path, audio_path = self._file(audio, "utterances.tsv"), self._file(audio, "audio.tsv")
        rows = read_tsv(path, *COLUMNS)
        sounds = {r["recording"]: r["samples_sha256"] for r in read_tsv(audio_path, "recording", "samples_sha256")}
        digests = look_up(sounds, (row["recording"] for row in rows), audio_path)
        with decoding(path, "the utterances of a corpus"):
            return {
                row["utterance"]: Spoken(
                    row["utterance"],
                    row["speaker"],
                    Sound(digest, float(row["start"] or 0), float(row["end"] or "inf")),
                    row["text"] and f"{audio} {row['text']}",
                    dialogue_of(audio, row),
                )
                for row, digest in zip(rows, digests, strict=True)
            }

    def _corpus(self, protocol: str, corpus: str) -> SplitCorpus:
        """One corpus under one protocol."""
        spoken = self.spoken(self.settings["corpora"][corpus])
        emotions = self.emotions(corpus)
        path = self._split(protocol, corpus)
        rows = read_tsv(path, "utterance", "speaker", "fold_0")
        names = [row["utterance"] for row in rows]
        folds = [c for c in (rows[0] if rows else {}) if c.startswith("fold_")]
        return SplitCorpus(
            look_up(spoken, names, self._file(self.settings["corpora"][corpus], "utterances.tsv")),
            look_up(emotions, names, self._file(corpus, "utt2emo")),
            [[row[f] for row in rows] for f in folds],
        )

    def _file(self, corpus: str, name: str) -> Path:
        """A file of a corpus' data directory."""
        return self.results / "corpora" / corpus / name

    def _split(self, protocol: str, corpus: str) -> Path:
        return self.results / "splits" / protocol / f"{corpus}.tsv"

    def wrong_data(self) -> Iterator[str]:
        """Yield where labels are not those of the config, or a split is not one of all labelled utterances."""
        for corpus, labels in sorted(self.settings["labels"].items()):
            utterances = read_tsv(self._file(self.settings["corpora"][corpus], "utterances.tsv"), *COLUMNS)
            wrong = data.wrong_labels(utterances, self.emotions(corpus), labels)
            yield from (f"{self._file(corpus, 'utt2emo')}: {problem}" for problem in wrong)
        for protocol, corpus in sorted(self.split_corpora()):
            path, audio = self._split(protocol, corpus), self.settings["corpora"][corpus]
            rows = read_tsv(path, "utterance", "speaker", "fold_0")
            own = {row["utterance"]: row for row in read_tsv(self._file(audio, "utterances.tsv"), *COLUMNS)}
            speakers = {name: row["speaker"] for name, row in own.items()}
            found = list(data.wrong_split(rows, self.emotions(corpus), speakers))
            if file := self.settings["files"].get(protocol, {}).get(audio):
                found += data.unlike_file(rows, {name: row["path"] for name, row in own.items()}, file)
            elif not found and (entry := self.settings["splits"].get(protocol, {}).get(corpus)):
                found += unlike_protocol(rows, own, entry)
            yield from (f"{path}: {problem}" for problem in found)

    def split_corpora(self) -> set[tuple[str, str]]:
        """(protocol, corpus) of all that some run is trained on, in any stage, or tested on."""
        tested = {(run["protocol"], run["test"]) for run in self.settings["runs"]}
        return tested | self.trained_on()

    def trained_on(self) -> set[tuple[str, str]]:
        """(protocol, corpus) of all that some stage of some run is trained on."""
        trainsets = self.settings["trainsets"]
        return {(protocol, c) for protocol, _, train in self.archives() for c in trainsets[train]["corpora"]}

    def archive(self, protocol: str, system: str, train: str) -> Path:
        """The models of one training."""
        return self.results / "models" / protocol / system / f"{train}.zip"

    def _manifest(self, protocol: str, system: str, train: str) -> dict[str, Any]:
        """What an archive says of itself."""
        with self.open(protocol, system, train) as archive, decoding(archive.path, archive.what):
            manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
            manifest["heads"] = [{**h, "name": h["name"], "weight": h["weight"]} for h in manifest.get("heads", [])]
            manifest["folds"] = int(manifest["folds"])
        return manifest

    def open(self, protocol: str, system: str, train: str) -> zips.ZipReader:
        """The models of one training, open for reading."""
        return zips.ZipReader(self.archive(protocol, system, train), "an archive of models")

    def archives(self) -> list[tuple[str, str, str]]:
        """(protocol, system, training set) of all models behind the runs, pre-training included."""
        return sorted(
            {
                (run["protocol"], system, stage)
                for run in self.settings["runs"]
                for system, train in run["models"]
                for stage in self.chain(train)
            }
        )

    def wrong_models(self, protocol: str, system: str, train: str) -> list[str]:
        """Say where an archive is not what the config asks for, or not whole."""
        path, manifest = self.archive(protocol, system, train), self.manifest(protocol, system, train)
        wanted = self.settings["manifests"][f"{system}/{train}"]
        heads = [[head["name"], head["weight"]] for head in manifest.get("heads", [])]
        learnt = manifest.get("learnt", {})
        problems = [
            f"{path}: {key} is {manifest.get(key)}, the config says {value}"
            for key, value in wanted.items()
            if key != "heads" and manifest.get(key) != value
        ]
        # One that the corpora have no labels for is left out; learning.py looks at labels.
        if extra := [head for head in heads if head not in wanted.get("heads", heads)]:
            problems.append(f"{path}: heads is {heads}, the config does not say {extra}")
        with self.open(protocol, system, train) as archive:
            digests: dict[str, list[str]] = {}
            for name in archive.names:
                digests.setdefault(name.rpartition(".")[0], []).append(hashlib.sha256(archive.read(name)).hexdigest())
        models: dict[str, tuple[int, int]] = {}
        for fold in range(manifest["folds"]):
            for seed in wanted["seeds"]:
                model = digests.get(f"fold{fold}/seed{seed}", [])
                if len(model) != 1:
                    problems.append(f"{path}: fold {fold} has no seed{seed}, or more than one")
                    continue
                other = models.setdefault(model[0], (fold, seed))
                one, two = (learnt.get(f"fold{k}/seed{seed}") for k in (fold, other[0]))
                # Folds may be alike: a corpus with fewer of them goes round, and all of a target is the same in each.
                alike = other == (fold, seed) or (one and one == two and other[1] == seed)
                if not alike:
                    which = f"seeds {other[1]} and {seed}" if other[0] == fold else f"folds {other[0]} and {fold}"
                    problems.append(f"{path}: fold {fold} has one model for {which}")
            if len(digests.get(f"fold{fold}/scaler", [])) != 1:
                problems.append(f"{path}: fold {fold} has no scaler, or more than one")
        return problems

    # -- what training and test share ------------------------------------------------------------------------------

    def chain(self, train: str) -> list[str]:
        """The training sets whose models a training rests on, the last first."""
        before = self.settings["trainsets"][train]["before"]
        return [train, *(self.chain(before) if before else [])]

    def seen(self, protocol: str, train: str, fold: int, folds: Sequence[int]) -> list[tuple[str, Spoken]]:
        """(stage, utterance) of all that the models of a fold saw; `folds` of each stage's models, the last first."""
        found = []
        for stage, number in zip(self.chain(train), folds, strict=True):
            fold %= number
            for name in self.settings["trainsets"][stage]["corpora"]:
                found += [(stage, s) for s in self.corpus(protocol, name).of(fold, *SEEN)]
        return found

    def _overlap(self, protocol: str, train: str, test: str, folds: tuple[int, ...]) -> Overlap:
        disjoint = self.settings["text"][protocol] == "disjoint"
        corpus = self.corpus(protocol, test)
        problems, trained, speakers, counts = [], [], [], Counter[str]()
        share, dialogues = self.settings["text"][protocol] == "shared", set[str]()
        for fold in range(len(corpus.parts)):
            tested, seen = corpus.of(fold, "test"), self.seen(protocol, train, fold, folds)
            where = f"protocol {protocol}, trained on {train}, tested on {test}, fold {fold}"
            own = {s.utterance for s in corpus.spoken} if share else set()
            others = [x for x in seen if x[1].utterance not in own]
            problems += [f"{where}: {p}" for p in in_common(tested, others, disjoint)]
            known = [s for _, s in seen if s.utterance in own]
            counts += shared_counts(tested, known)
            dialogues |= ({s.dialogue for s in tested} & {s.dialogue for _, s in seen}) - {""}
            both = {s.utterance for s in tested} & {s.utterance for s in known}
            problems += [f"{where}: {u} is tested and trained on" for u in sorted(both)]
            if not tested or not seen:
                problems.append(f"{where}: {len(tested)} utterances to test, {len(seen)} to train on")
            trained.append(len({s.utterance for _, s in seen}))
            speakers.append(len({s.speaker for _, s in seen}))
        without = sum(not s.text for s in corpus.spoken) if disjoint else 0
        found = counts["speakers"], counts["audio"], counts["sentences"]
        return Overlap(tuple(problems), tuple(trained), tuple(speakers), without, found, len(dialogues))

    # -- runs ------------------------------------------------------------------------------------------------------

    def check(self, run: Mapping[str, Any]) -> tuple[dict[str, object], list[str]]:
        """One run: its line of the audit (without `scaling` and `recomputed`) and what is wrong with it."""
        protocol, test = run["protocol"], run["test"]
        corpus = self.corpus(protocol, test)
        overlaps = []
        for system, train in run["models"]:
            folds = tuple(self.manifest(protocol, system, stage)["folds"] for stage in self.chain(train))
            overlaps.append(self.overlap(protocol, train, test, folds))
        problems = [p for overlap in overlaps for p in overlap.problems]
        path = self.results / "predictions" / protocol / run["system"] / run["train"] / f"{test}.tsv"
        problems += [f"{path}: {p}" for p in wrong_predictions(read_tsv(path, *PREDICTED), corpus, run["seeds"])]
        tested = [s for fold in range(len(corpus.parts)) for s in corpus.of(fold, "test")]
        without = overlaps[0].without_text
        sentences = f"0 ({without} utterances without a sentence code)" if without else "0"
        if (note := self.settings["text_notes"].get(test)) and self._same_audio(run):
            sentences = f"not certain: {note}"
        n_speakers, n_audio, n_sentences = (max(numbers) for numbers in zip(*(o.counts for o in overlaps), strict=True))
        asked = {"any": "not asked", "disjoint": sentences, "shared": str(n_sentences)}
        line = {
            **{key: run[key] for key in ("protocol", "system", "train", "test", *FROM_CONFIG)},
            "dependent": f"training has {n_speakers} tested speakers and {n_audio} tested recordings, over folds"
            if n_speakers or n_audio
            else "",
            "practice": run["practice"],
            "folds": len(corpus.parts),
            "seeds": len(run["seeds"]),
            "tested": len(tested),
            "test_speakers": len({s.speaker for s in tested}),
            "trained": _range([n for overlap in overlaps for n in overlap.trained]),
            "training_speakers": _range([n for overlap in overlaps for n in overlap.speakers]),
            **self._learnt(run),
            "stages": len(self.chain(run["models"][0][1])),
            "shared_speakers": n_speakers,
            "shared_audio": n_audio,
            "shared_dialogues": max(o.dialogues for o in overlaps),
            "shared_sentences": asked[self.settings["text"][protocol]],
        }
        return line, problems

    def _learnt(self, run: Mapping[str, Any]) -> dict[str, str]:
        """How many utterances the models of a run learnt from, and on how many an epoch or a parameter was chosen."""
        counts: dict[str, list[int]] = {"learns": [], "chooses": []}
        for system, train in run["models"]:
            stages = [(s, self.manifest(run["protocol"], system, s)["folds"]) for s in self.chain(train)]
            for fold in range(len(self.corpus(run["protocol"], run["test"]).parts)):
                for role, found in counts.items():
                    total, at = 0, fold
                    for stage, folds in stages:
                        at %= folds
                        parts = self.settings["counted"][f"{system}/{stage}"][role]
                        for name in self.settings["trainsets"][stage]["corpora"]:
                            total += len(self.corpus(run["protocol"], name).of(at, *parts))
                    found.append(total)
        return {"learnt_from": _range(counts["learns"]), "chosen_on": _range(counts["chooses"])}

    def _same_audio(self, run: Mapping[str, Any]) -> bool:
        """Whether a run is trained on utterances of the corpus that it tests."""
        corpora, trainsets = self.settings["corpora"], self.settings["trainsets"]
        stages = {stage for _, train in run["models"] for stage in self.chain(train)}
        return any(corpora[c] == corpora[run["test"]] for stage in stages for c in trainsets[stage]["corpora"])


def wrong_predictions(rows: Sequence[Mapping[str, str]], corpus: SplitCorpus, seeds: Sequence[int]) -> list[str]:
    """Say where predictions are not the split's test utterances, each once a seed, in their fold, with their truth."""
    wanted = {
        (s.utterance, seed): (str(fold), truth, s.speaker)
        for fold, column in enumerate(corpus.parts)
        for s, truth, part in zip(corpus.spoken, corpus.truth, column, strict=True)
        if part == "test"
        for seed in map(str, seeds)
    }
    counts = Counter((row["utterance"], row["seed"]) for row in rows)
    problems = [f"{u}, seed {s}: tested by the split, not predicted" for u, s in sorted(set(wanted) - set(counts))]
    problems += [f"{u}, seed {s}: predicted, not tested by the split" for u, s in sorted(set(counts) - set(wanted))]
    problems += [f"{u}, seed {s}: predicted {n} times" for (u, s), n in sorted(counts.items()) if n > 1]
    for row in rows:
        expected = wanted.get((row["utterance"], row["seed"]))
        found = (row["fold"], row["truth"], row["speaker"])
        if expected and found != expected:
            problems.append(
                f"{row['utterance']}, seed {row['seed']}: fold, truth and speaker are {' '.join(found)}; "
                f"the split and utt2emo say {' '.join(expected)}"
            )
    return problems


def _range(values: Sequence[int]) -> str:
    return str(min(values)) if min(values) == max(values) else f"{min(values)}-{max(values)}"
