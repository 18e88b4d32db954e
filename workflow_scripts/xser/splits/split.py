"""The split of a corpus, as a file.

A split gives every utterance of a corpus its part in every fold: `train`, `dev` (development speakers, inside the
training part: epochs and hyper-parameters are chosen on them), `test`, or `-` (kept out: its sentence is tested or its
speaker is, but not both). A fold of a pool or a chain of corpora joins their folds by number; see `fold_of`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from xser.data_dir import read_mapping, read_utterances
from xser.files import look_up, read_tsv
from xser.frames import TEXT, Kind, columns

SPLIT = Kind("a split", columns((TEXT, "utterance speaker")), key=("utterance",), further={r"fold_\d+": TEXT})
TRAIN, DEV, TEST, OUT = "train", "dev", "test", "-"


@dataclass(frozen=True)
class Item:
    """What a split needs to know of an utterance.

    `sound` identifies the samples of its recording, of which it is the seconds from `start` to `end`; `path` is below
    the corpus' root. `dialogue` is the conversation that it is part of, or the recording that holds it and others.
    """

    utterance: str
    speaker: str
    gender: str
    text: str
    sound: str
    emotion: str = ""
    path: str = ""
    dialogue: str = ""
    start: float = 0.0
    end: float = math.inf

    @property
    def span(self) -> tuple[str, float, float]:
        """Its audio: of which recording, from where to where."""
        return self.sound, self.start, self.end


@dataclass(frozen=True)
class Split:
    """The parts of one corpus: `parts[fold][i]` is the part of `items[i]`."""

    items: Sequence[Item]
    parts: Sequence[Sequence[str]]

    def write(self, path: str) -> None:
        """Write one line an utterance, one column a fold."""
        folds = [f"fold_{k}" for k in range(len(self.parts))]
        SPLIT.write_records(
            path,
            (
                {
                    "utterance": x.utterance,
                    "speaker": x.speaker,
                    **{f: p[i] for f, p in zip(folds, self.parts, strict=True)},
                }
                for i, x in enumerate(self.items)
            ),
        )


def read_items(utterances: str, utt2emo: str, audio: str) -> list[Item]:
    """Read all utterances of a data directory; those without an emotion of the config have none."""
    rows, emotions = read_utterances(utterances), read_mapping(utt2emo)
    sounds = {row["recording"]: row["samples_sha256"] for row in read_tsv(audio, "recording", "samples_sha256")}
    digests = look_up(sounds, (u.recording for u in rows), audio)
    return [
        Item(
            u.utterance,
            u.speaker,
            u.gender,
            u.text,
            digest,
            emotions.get(u.utterance, ""),
            u.path,
            u.dialogue or (u.recording if u.start is not None else ""),
            u.start or 0.0,
            u.end or math.inf,
        )
        for u, digest in zip(rows, digests, strict=True)
    ]


def read_split(path: str) -> tuple[list[str], list[str], list[list[str]]]:
    """Read a split: utterances, their speakers, and for each fold the part of each utterance."""
    rows = SPLIT.records(path)
    folds = [c for c in (rows[0] if rows else {}) if c.startswith("fold_")]
    return [r["utterance"] for r in rows], [r["speaker"] for r in rows], [[r[f] for r in rows] for f in folds]


def read_with_items(split: str, utterances: str, utt2emo: str, audio: str) -> Split:
    """Read a split with all that is known of its utterances."""
    items = {x.utterance: x for x in read_items(utterances, utt2emo, audio)}
    names, _, parts = read_split(split)
    return Split(look_up(items, names, utterances), parts)


def fold_of(fold: int, folds: int) -> int:
    """The fold of a corpus with `folds` folds that belongs to fold `fold` of a pool.

    A pool has as many folds as its largest corpus; a smaller one goes round. A corpus is tested in its own folds only,
    and in each of them its test speakers are out of all stages.
    """
    return fold % folds
